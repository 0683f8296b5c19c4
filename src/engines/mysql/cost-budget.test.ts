import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SnapshotName } from './collector.ts'
import { ATTENTION_MS, CostBudget, RARELY, SHED_ORDER } from './cost-budget.ts'

const SKIPPED = SHED_ORDER.flatMap((one) => (one.isVital ? [] : one.name))
const VITAL = SHED_ORDER.flatMap((one) => (one.isVital ? one.name : []))
const rarely = (names: readonly SnapshotName[]) => Object.fromEntries(names.map((name) => [name, RARELY]))
const OPTIONS = { budgetPercent: 0.5, budgetMsPerSecond: 2 }

function budget() {
  let nowMs = 0
  const made = new CostBudget(OPTIONS, () => nowMs)
  /** In each of `seconds` seconds one statement of `ms` and three that take only the way there and back. */
  const pass = (seconds: number, ms: number): void => {
    for (let i = 0; i < seconds; i += 1) {
      nowMs += 1000
      for (const one of [0, 0, 0, ms]) made.spent(one + 0.5)
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
  assert.deepEqual([made.cost().shedsMuch, made.cost().allowedMsPerSecond], [false, 2])
})

test('over the budget one more instrument is skipped every ten seconds, in the stated order; then, above twice the budget, what finds trouble is read rarely; locks never', () => {
  const { made, pass } = budget()
  const count = (): number => made.cost().shed.length + Object.keys(made.cost().stretched).length
  pass(20, 50)
  const early = count()
  assert.ok(early >= 1 && early <= 2)
  assert.deepEqual(made.cost().shed, SKIPPED.slice(0, early))
  assert.equal(made.cost().shedsMuch, false)
  pass(10, 50)
  assert.equal(count(), early + 1)
  pass(200, 50)
  assert.deepEqual([made.cost().shed, made.cost().stretched], [SKIPPED, rarely(VITAL)])
  assert.equal(made.cost().shedsMuch, true)
  const all: readonly SnapshotName[] = [...SKIPPED, ...VITAL]
  for (const kept of ['activity', 'deadlocks', 'connections'] as const) assert.ok(!all.includes(kept))
})

test('one costly beginning is not a costly watch', () => {
  const { made, pass } = budget()
  pass(1, 100)
  pass(30, 0.5)
  assert.deepEqual(made.cost().shed, [])
})

test('what finds trouble is read on up to twice the budget, and rarely above', () => {
  const { made, pass } = budget()
  pass(300, 3.2)
  assert.deepEqual([made.cost().shed, made.cost().stretched], [SKIPPED, {}])
  pass(300, 5)
  assert.deepEqual([made.cost().shed, made.cost().stretched], [SKIPPED, rarely(VITAL)])
  pass(300, 2.4)
  assert.deepEqual([made.cost().shed, made.cost().stretched], [SKIPPED, {}])
})

/** A server on which one reading of `name` costs `ms`, every ten seconds as long as it is not stretched. */
function dear(name: SnapshotName, ms: () => number) {
  let [nowMs, dueMs, readings] = [0, 0, 0]
  const made = new CostBudget(OPTIONS, () => nowMs)
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i += 1) {
      nowMs += 1000
      for (const one of [0, 0, 0]) made.spent(one + 0.5)
      const isSkipped = made.shed().includes(name)
      if (nowMs < dueMs || isSkipped) continue
      made.spent(ms() + 0.5, name)
      readings += 1
      dueMs = nowMs + 10_000 * made.stretch(name)
    }
  }
  return { made, pass, readings: () => readings }
}

test('statements that cost 3 ms a second are read every 20 s, not skipped, and nothing else is', () => {
  const { made, pass, readings } = dear('statements', () => 30)
  pass(150)
  const before = readings()
  let most = 0
  for (let i = 0; i < 600; i += 1) {
    pass(1)
    const { busyMsPerSecond, shed, stretched } = made.cost()
    most = Math.max(most, busyMsPerSecond)
    assert.deepEqual([shed, stretched], [[], { statements: 2 }])
  }
  assert.ok(most <= 2, `${most} ms/s`)
  assert.equal(readings() - before, 30)
})

test('when something new is the matter they are read every ten seconds for two minutes, at up to twice the budget', () => {
  const { made, pass, readings } = dear('statements', () => 30)
  pass(150)
  made.attend()
  pass(20)
  const before = readings()
  pass(ATTENTION_MS / 1000 - 25)
  assert.ok(readings() - before >= 8)
  assert.deepEqual(made.cost().stretched, {})
  pass(120)
  assert.deepEqual(made.cost().stretched, { statements: 2 })
})

test('who waits for whom is read twice as often for the first twenty seconds, up to twice the budget', () => {
  const { made, pass } = budget()
  pass(60, 1)
  assert.equal(made.stretch('activity'), 1)
  made.attend()
  assert.deepEqual([made.stretch('activity'), made.stretch('statements')], [0.5, 1])
  pass(19, 1)
  assert.equal(made.stretch('activity'), 0.5)
  pass(1, 1)
  assert.equal(made.stretch('activity'), 1)
  pass(60, 5)
  made.attend()
  assert.equal(made.stretch('activity'), 1)
})

test('beyond twice the budget nothing is read more often, whatever is the matter', () => {
  const { made, pass } = dear('statements', () => 400)
  pass(300)
  const before = made.cost().stretched
  made.attend()
  pass(1)
  assert.deepEqual(made.cost().stretched, before)
})

test('statements that are a small part of what is too dear are read less often step by step, and the rest is skipped', () => {
  let nowMs = 0
  const made = new CostBudget(OPTIONS, () => nowMs)
  const longest: number[] = []
  for (let i = 0; i < 600; i += 1) {
    nowMs += 1000
    // 3 ms/s for reasons no instrument has, and 0.5 ms/s of statements.
    for (const one of [0, 0, 0, 3]) made.spent(one + 0.5)
    if (i % 10 === 0) made.spent(5.5, 'statements')
    made.shed()
    longest.push(made.stretch('statements'))
  }
  assert.equal(Math.max(...longest.slice(0, 120)), 2, 'step by step')
  assert.deepEqual(made.cost().shed, SKIPPED)
})

test('they are read as often again when they have become cheap', () => {
  let ms = 80
  const { made, pass } = dear('statements', () => ms)
  pass(300)
  assert.ok((made.cost().stretched['statements'] ?? 1) >= 4)
  assert.deepEqual(made.cost().shed, [])
  ms = 3
  pass(600)
  assert.deepEqual(made.cost().stretched, {})
})

test('what is no way to find trouble is skipped where it is the dear one, and nothing is stretched for it', () => {
  const { made, pass } = dear('catalog', () => 30)
  const shed = new Set<string>()
  for (let i = 0; i < 120; i += 1) {
    pass(1)
    for (const name of made.cost().shed) shed.add(name)
    assert.deepEqual(made.cost().stretched, {})
  }
  assert.deepEqual([...shed], ['catalog'])
})

test('what finds trouble is never given up, however dear it is: a reading every five minutes at least', () => {
  const { made, pass, readings } = dear('statements', () => 20_000)
  pass(900)
  assert.equal(made.cost().shed.includes('statements'), false)
  for (let i = 0; i < 10; i += 1) {
    const before = readings()
    pass(301)
    assert.ok(readings() > before)
  }
})

test('one dear moment costs at most two instruments, and none for long', () => {
  const { made, pass } = budget()
  pass(60, 0.5)
  pass(1, 2_000)
  let most = 0
  for (let i = 0; i < 70; i += 1) {
    pass(1, 0.5)
    most = Math.max(most, made.cost().shed.length)
  }
  assert.ok(most <= 2, `${most} instruments were skipped`)
  pass(30, 0.5)
  assert.deepEqual(made.cost().shed, [])
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
  pass(40, 50)
  const before = made.cost().shed.length
  assert.ok(before > 0)
  made.asked({ ownMs: 0, totalMs: 1_000 })
  pass(40, 50)
  assert.equal(made.cost().shed.length, before, 'nothing changes while its figures come')
  made.asked({ ownMs: 40 * 4, totalMs: 1_000 + 40 * 1_600 })
  const { busyMsPerSecond, sharePercent } = made.cost()
  assert.equal(busyMsPerSecond, 4)
  assert.equal(made.cost().allowedMsPerSecond, 8, '0.5 % of 1,600 ms/s')
  assert.equal(sharePercent, 0.25)
  made.shed()
  pass(11, 50)
  assert.ok(made.cost().shed.length < before, '4 ms/s is half of 0.5 % of 1,600 ms/s')
})

test('figures that went down, as after a restart, say nothing', () => {
  const { made, pass } = budget()
  made.asked({ ownMs: 500, totalMs: 50_000 })
  pass(30, 0)
  made.asked({ ownMs: 1, totalMs: 10 })
  assert.equal(made.cost().sharePercent, null)
})

test('a server that keeps no figures is asked again only 20 s later', () => {
  const { made, pass } = budget()
  assert.equal(made.isDue, true)
  made.asked(null)
  assert.equal(made.isDue, false)
  pass(20, 0)
  assert.equal(made.isDue, true)
})
