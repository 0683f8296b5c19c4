/** Which plan a class has over time, counted from windows; with real servers it is in plan-history.test.ts. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { planNode, statementPlan } from '../../../test/support/mysql-answers.ts'
import type { Reading } from '../../core/observer.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { PlanWatch, planMeasures } from './plan-watch.ts'
import type { StatementDelta, StatementPlan, StatementWindow } from './shapes.ts'

const START = toMs('2026-11-21T12:00:00.000000Z')
const SECOND = 1_000

/** A target whose clock is turned by hand, with classes that all run once a second, 10 ms each. */
class Scene {
  nowMs = 0
  readonly windows: StatementWindow[] = []
  readonly asked: string[] = []
  mayAsk = true
  plans = new Map<string, StatementPlan | null>()
  readonly watch = new PlanWatch(
    {
      statements: () => this.windows,
      mayAsk: () => this.mayAsk,
      plan: async (id): Promise<Reading<StatementPlan>> => {
        this.asked.push(id)
        const value = this.plans.get(id) ?? null
        return value === null
          ? { known: false, because: 'no text', toProceed: '' }
          : { known: true, value, at: fromMs(START), source: 'EXPLAIN' }
      },
    },
    1,
    () => this.nowMs,
  )

  /** One window of ten seconds, then a look. */
  async step(ids: readonly string[], epoch = '2026-01-01T00:00:00.000000Z') {
    const from = START + this.nowMs
    this.nowMs += 10 * SECOND
    this.windows.push({
      windowStart: fromMs(from),
      windowEnd: fromMs(from + 10 * SECOND),
      elapsedMs: 10_000,
      epoch,
      statements: ids.map(
        (fingerprintId, at) =>
          ({ fingerprintId, calls: 10, totalMs: 100 - at, partial: false }) as StatementDelta,
      ),
      totalCalls: 10,
      totalMs: 100,
      blindPercent: 0,
      digestsLost: 0,
    })
    return this.watch.windows()
  }

  async steps(count: number, ids: readonly string[] = ['a']) {
    const found = []
    for (let i = 0; i < count; i += 1) found.push(...(await this.step(ids)))
    return found
  }
}

const planA = statementPlan({ planHash: 'a'.repeat(64) })
const planB = statementPlan({ planHash: 'b'.repeat(64) })

describe('the plans of a target', () => {
  test('are on record for the time in which a class had the same at both ends', async () => {
    const scene = new Scene()
    scene.plans.set('a', planA)
    const [stretch, ...more] = await scene.steps(32)
    assert.deepEqual(more, [])
    assert.equal(stretch?.seriesKind, 'plan')
    assert.equal(stretch?.seriesKey, 'a')
    assert.equal(stretch?.measures[`plan ${'a'.repeat(64)}`], 1)
    assert.deepEqual([stretch?.calls, stretch?.totalMs], [300, 3_000])
    assert.equal(toMs(stretch?.windowEnd ?? '') - toMs(stretch?.windowStart ?? ''), 300 * SECOND)
    assert.deepEqual(scene.asked, ['a', 'a'])
  })

  test('take no calls of the time in which it changed', async () => {
    const scene = new Scene()
    scene.plans.set('a', planA)
    await scene.steps(20)
    scene.plans.set('a', planB)
    const found = await scene.steps(50)
    assert.deepEqual(
      found.map((one) => [Object.keys(one.measures)[0], one.calls]),
      [[`plan ${'b'.repeat(64)}`, 300]],
    )
  })

  test('are not counted over a restart, which sets the counters back', async () => {
    const scene = new Scene()
    scene.plans.set('a', planA)
    await scene.steps(20)
    for (let i = 0; i < 10; i += 1) await scene.step(['a'], '2026-11-21T12:03:20.000000Z')
    const [stretch] = await scene.step(['a'], '2026-11-21T12:03:20.000000Z')
    assert.equal(stretch?.epoch, '2026-11-21T12:03:20.000000Z')
    assert.ok((stretch?.calls ?? 0) <= 110, String(stretch?.calls))
  })

  test('are asked for of the busiest, five a minute at most', async () => {
    const scene = new Scene()
    const ids = Array.from({ length: 60 }, (_, i) => `class ${String(i).padStart(2, '0')}`)
    for (const id of ids) scene.plans.set(id, planA)
    await scene.step(ids)
    assert.deepEqual(scene.asked, ids.slice(0, 5))
    await scene.steps(60, ids)
    assert.ok(scene.asked.length <= 5 * 11, String(scene.asked.length))
  })

  test('are not asked for while the target is busy', async () => {
    const scene = new Scene()
    scene.mayAsk = false
    await scene.steps(40)
    assert.deepEqual(scene.asked, [])
  })

  test('that cannot be had are asked for again when they are old, and nothing is on record', async () => {
    const scene = new Scene()
    assert.deepEqual(await scene.steps(62), [])
    assert.deepEqual(scene.asked, ['a', 'a', 'a'])
  })
})

test('a plan is on record by its steps, in order, with the rows expected', () => {
  const nodes = [
    planNode({ schema: 'shop', table: 'orders', access: 'ref', key: 'by_customer', estimatedRows: 12.4 }),
    planNode({ schema: null, table: null, alias: '<derived2>', access: 'ALL', key: null, estimatedRows: 3 }),
  ]
  assert.deepEqual(planMeasures({ planHash: 'c'.repeat(64), nodes }), {
    [`plan ${'c'.repeat(64)}`]: 1,
    '01 shop.orders ref by_customer': 12,
    '02 <derived2> ALL': 3,
  })
})
