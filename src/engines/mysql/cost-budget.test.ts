import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CostBudget, SHED_ORDER } from './cost-budget.ts'

const OPTIONS = { budgetPercent: 0.5, budgetMsPerSecond: 2 }

function budget() {
  let nowMs = 0
  const made = new CostBudget(OPTIONS, () => nowMs)
  /** `ms` of statements in each of `seconds` seconds. */
  const pass = (seconds: number, ms: number): void => {
    for (let i = 0; i < seconds; i += 1) {
      nowMs += 1000
      made.spent(0.5)
      made.spent(ms + 0.5)
      made.shed()
    }
  }
  return { made, pass }
}

test('the network’s part of a statement is not charged to the target', () => {
  const { made, pass } = budget()
  pass(60, 0)
  assert.equal(made.cost().busyMsPerSecond, 0)
})

test('within the budget nothing is skipped', () => {
  const { made, pass } = budget()
  pass(300, 1.2)
  assert.deepEqual(made.cost().shed, [])
})

test('over the budget one more instrument is skipped every ten seconds, in the stated order, and locks never', () => {
  const { made, pass } = budget()
  pass(31, 50)
  assert.deepEqual(made.cost().shed, SHED_ORDER.slice(0, 3))
  pass(200, 50)
  assert.deepEqual(made.cost().shed, SHED_ORDER)
  for (const kept of ['activity', 'deadlocks', 'connections'] as const) assert.ok(!SHED_ORDER.includes(kept))
})

test('what was skipped comes back when there is room', () => {
  const { made, pass } = budget()
  pass(60, 50)
  assert.ok(made.cost().shed.length > 0)
  pass(300, 0)
  assert.deepEqual(made.cost().shed, [])
})

test('the server’s own figures win over ours, and a busy server allows more', () => {
  const { made, pass } = budget()
  made.asked({ ownMs: 0, totalMs: 1_000 })
  pass(60, 50)
  made.asked({ ownMs: 60 * 4, totalMs: 1_000 + 60 * 1_000 })
  const { busyMsPerSecond, sharePercent } = made.cost()
  assert.equal(busyMsPerSecond, 4)
  assert.ok(Math.abs((sharePercent ?? 0) - 0.4) < 1e-9)
  const before = made.cost().shed.length
  pass(11, 50)
  assert.ok(made.cost().shed.length <= before, '4 ms/s is within 0.5 % of 1,000 ms/s')
})

test('figures that went down, as after a restart, say nothing', () => {
  const { made, pass } = budget()
  made.asked({ ownMs: 500, totalMs: 50_000 })
  pass(60, 0)
  made.asked({ ownMs: 1, totalMs: 10 })
  assert.equal(made.cost().sharePercent, null)
})

test('a server that keeps no figures is asked again only a minute later', () => {
  const { made, pass } = budget()
  assert.equal(made.isDue, true)
  made.asked(null)
  assert.equal(made.isDue, false)
  pass(61, 0)
  assert.equal(made.isDue, true)
})
