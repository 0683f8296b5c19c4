import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SnapshotName } from './collector.ts'
import { CostBudget, toPlan } from './cost-budget.ts'
import { expectedRate, plannedTimes, ReadingCosts, SLOW_TIMES_MAX } from './cost-plan.ts'
import { INSTRUMENTS } from './snapshots/index.ts'

const PLANNED = toPlan(INSTRUMENTS)
const ROOM = { budget: 2, patience: 1, elsewhere: 0.3 }

type Costs = { readonly [K in SnapshotName]?: number }

const costs = (of: Costs): ReadonlyMap<SnapshotName, number> =>
  new Map(Object.entries(of) as [SnapshotName, number][])

const plan = (of: Costs, room = ROOM) =>
  Object.fromEntries([...plannedTimes(PLANNED, costs(of), room)].filter(([, times]) => times !== 1))

function expected(of: Costs, room = ROOM): number {
  const times = plannedTimes(PLANNED, costs(of), room)
  return PLANNED.reduce(
    (sum, one) => sum + expectedRate(one, of[one.name] ?? 0, times.get(one.name) ?? 1),
    room.elsewhere,
  )
}

test('what fits into the budget is read at its own interval', () => {
  assert.deepEqual(plan({ statements: 5, status: 3, activity: 1, catalog: 100, tableSizes: 20 }), {})
})

test('a catalog of 5,000 tables is read every two and a half hours, its sizes every three quarters of an hour, and both stay within a fifth of the budget', () => {
  const dear = { catalog: 1312, tableSizes: 305, statements: 5, activity: 1 }
  assert.deepEqual(plan(dear), { catalog: 10, tableSizes: 3 })
  assert.ok(expected(dear) - expected({ statements: 5, activity: 1 }) <= 0.4)
})

test('on a server that is busy the share of its statement time gives slow facts more', () => {
  assert.deepEqual(plan({ catalog: 1312 }, { ...ROOM, budget: 20 }), {})
})

test('10,000 statement classes that all ran are read every minute, 100 of them every 40 s: as often as the others leave room for', () => {
  const others = { activity: 1, status: 2, connections: 0.5 }
  assert.deepEqual(plan({ ...others, statements: 26.6 }), { statements: 4 })
  assert.deepEqual(plan({ ...others, statements: 103 }), { statements: 6 })
  assert.ok(expected({ ...others, statements: 26.6 }) < 2)
})

test('while something new is the matter what finds trouble may take twice the budget, slow facts may not', () => {
  const room = { ...ROOM, patience: 2 }
  assert.deepEqual(plan({ statements: 26.6, catalog: 1312 }, room), { statements: 2, catalog: 10 })
})

test('nothing is read less often for what others cost, and who waits for whom never is', () => {
  assert.deepEqual(plan({ statements: 3, status: 3 }, { ...ROOM, elsewhere: 50 }), {})
  assert.deepEqual(plan({ activity: 100, connections: 100, deadlocks: 100 }), {})
})

test('facts are read once a day at least, however dear they are', () => {
  assert.deepEqual(plan({ tableSizes: 10_000_000 }), { tableSizes: SLOW_TIMES_MAX })
})

test('one hiccup is no cost; what finds trouble is read as often as it should be until three windows are seen, slow facts are not; a failed one counts if it cost more', () => {
  const made = new ReadingCosts()
  const read = (name: SnapshotName, ms: number, how?: 'failed') => {
    made.add(name, ms / 2)
    made.add(name, ms / 2)
    made.end(name, how)
    return made.expected(PLANNED).get(name)
  }
  assert.deepEqual(
    [80, 6, 300, 7, 8].map((ms) => read('statements', ms)),
    [undefined, undefined, undefined, 7, 8],
  )
  assert.deepEqual(
    [read('catalog', 900), read('catalog', 10, 'failed'), read('catalog', 5_000, 'failed')],
    [900, 900, 900],
  )
  assert.equal(read('catalog', 9_000, 'failed'), 5_000)
})

/** A server seen from its beginning: instruments with their costs, each read when it is due, at its own interval times the stretch. */
function watch(of: Costs) {
  let nowMs = 0
  const made = new CostBudget(
    { budgetPercent: 0.5, budgetMsPerSecond: 2, instruments: INSTRUMENTS },
    () => nowMs,
  )
  const due = new Map<SnapshotName, number>()
  let spentMs = 0
  const pass = (seconds: number): number => {
    const before = spentMs
    for (let i = 0; i < seconds; i += 1) {
      nowMs += 1000
      for (const one of [0.5, 0.5, 0.5]) made.spent(one)
      const shed = made.shed()
      for (const { name, everyMs } of INSTRUMENTS) {
        const ms = of[name]
        if (ms === undefined || nowMs < (due.get(name) ?? 0) || shed.includes(name)) continue
        made.spent(ms + 0.5, name)
        spentMs += ms
        made.ended(name)
        due.set(name, nowMs + everyMs * made.stretch(name))
      }
    }
    return (spentMs - before) / seconds
  }
  return { made, pass }
}

test('over three hours a server with 5,000 tables and 10,000 statement classes costs less than the budget, from the second minute on', () => {
  const { made, pass } = watch({ activity: 1.5, status: 3, statements: 26.6, catalog: 1312, tableSizes: 305 })
  pass(60)
  const perSecond = pass(3 * 3600)
  assert.ok(perSecond <= 2, `${perSecond} ms/s`)
  const { stretched } = made.cost()
  assert.ok((stretched['catalog'] ?? 1) > 1 && (stretched['statements'] ?? 1) > 1, 'and it says so')
})
