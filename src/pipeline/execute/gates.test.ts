import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actScene } from '../../../test/support/act-scene.ts'
import { BINDING } from '../../../test/support/bindings.ts'
import type { Json } from '../../core/canonical.ts'
import type { ActPort, Halt } from '../../core/store-ports.ts'
import { fromMs } from '../../core/time.ts'
import { ACTIONS_PER_TARGET_PER_DAY, reasonToWait } from './gates.ts'

type Run = Awaited<ReturnType<ActPort['recentRuns']>>[number]

const NOW = Date.parse('2026-11-21T10:00:00Z')
const limits = { coolDownSeconds: 600, perTargetPerHour: 3, perTargetPerDay: 6 }
const OTHER = [{ kind: 'table', name: '`shop`.`stock`', definitionDigest: 's' }] as unknown as Json

/** A run `minutes` ago, of the same action on another object, that went well. */
const run = (minutes: number, change: Partial<Run> = {}): Run => ({
  actionName: BINDING.action.name,
  objects: OTHER,
  at: fromMs(NOW - minutes * 60_000),
  outcome: 'SUCCESS',
  status: 'COMPLETED',
  ...change,
})
const halt = (scope: Halt['scope'], key: string): Halt => ({
  haltId: 1,
  scope,
  key,
  reason: 'release night',
  setBy: 'anna',
  setAt: fromMs(NOW),
})

function wait(
  given: { readonly halts?: readonly Halt[]; readonly runs?: readonly Run[]; readonly purpose?: 'UNDO' } = {},
) {
  const { runnable } = actScene(given.purpose === undefined ? {} : { purpose: given.purpose })
  const port = {
    read: { halts: async () => given.halts ?? [] },
    recentRuns: async () => given.runs ?? [],
  } as unknown as ActPort
  return reasonToWait(port, runnable, { engine: 'mysql', limits, now: fromMs(NOW) })
}

test('nothing in the way: it may go now', async () => assert.equal(await wait(), null))

describe('a stop switch', () => {
  for (const [scope, key] of [
    ['ALL', ''],
    ['ENGINE', 'mysql'],
    ['TARGET', '1'],
    ['ACTION', 'mysql/create-index'],
  ] as const) {
    test(`on ${scope} ${key} stops it, and an undo too`, async () => {
      assert.equal(await wait({ halts: [halt(scope, key)] }), 'stopped by anna: release night')
      assert.equal(
        await wait({ halts: [halt(scope, key)], purpose: 'UNDO' }),
        'stopped by anna: release night',
      )
    })
  }

  for (const [scope, key] of [
    ['ENGINE', 'postgres'],
    ['TARGET', '11'],
    ['ACTION', 'mysql/kill-query'],
  ] as const) {
    test(`on ${scope} ${key} does not`, async () =>
      assert.equal(await wait({ halts: [halt(scope, key)] }), null))
  }
})

describe('one action a target at a time', () => {
  for (const status of ['QUEUED', 'IN_PROGRESS'] as const) {
    test(`waits for one that is ${status}, and so does an undo`, async () => {
      const runs = [run(0, { status, outcome: null, actionName: 'mysql/kill-query' })]
      assert.equal(await wait({ runs }), 'another action is running on this target')
      assert.equal(await wait({ runs, purpose: 'UNDO' }), 'another action is running on this target')
    })
  }
})

describe('limits', () => {
  const many = (n: number, minutes: number, change: Partial<Run> = {}): Run[] =>
    Array.from({ length: n }, (_, i) => run(minutes + i, change))

  test('of an hour', async () => {
    assert.equal(await wait({ runs: many(2, 30) }), null)
    assert.match((await wait({ runs: many(3, 30) })) ?? '', /limit for an hour/)
    assert.equal(await wait({ runs: many(3, 61) }), null)
  })

  test('of a day', async () => {
    assert.equal(await wait({ runs: many(5, 90) }), null)
    assert.match((await wait({ runs: many(6, 90) })) ?? '', /ran 6 times on this target within a day/)
  })

  test('of all actions on a target', async () => {
    const others = many(ACTIONS_PER_TARGET_PER_DAY, 90, { actionName: 'mysql/analyze-table' })
    assert.match((await wait({ runs: others })) ?? '', /10 actions ran/)
    assert.equal(await wait({ runs: others.slice(1) }), null)
  })

  test('do not count refusals: nothing was sent', async () =>
    assert.equal(await wait({ runs: many(20, 5, { outcome: 'REFUSED', status: 'FAILED' }) }), null))

  test('do not hold back an undo', async () =>
    assert.equal(await wait({ runs: many(20, 5), purpose: 'UNDO' }), null))
})

describe('the cool-down', () => {
  const same = { objects: BINDING.objects as unknown as Json }

  test('is of the same object and ends', async () => {
    assert.match((await wait({ runs: [run(9, same)] })) ?? '', /same object within 600 s/)
    assert.equal(await wait({ runs: [run(10, same)] }), null)
    assert.equal(await wait({ runs: [run(1)] }), null)
  })

  test('is of the object, whatever its definition has become since', async () => {
    const [object] = BINDING.objects
    const altered = [{ ...object, definitionDigest: 'after the first run' }] as unknown as Json
    assert.match((await wait({ runs: [run(1, { objects: altered })] })) ?? '', /same object/)
  })
})

describe('three failures in a row', () => {
  const failed = { status: 'FAILED', outcome: 'FAILED' } as const

  test('of this action wait for a person', async () => {
    assert.match(
      (await wait({ runs: [run(70, failed), run(80, failed), run(90, failed)] })) ?? '',
      /failed 3 times in a row/,
    )
  })

  test('are broken by a success, and not made of another action’s', async () => {
    assert.equal(await wait({ runs: [run(70), run(80, failed), run(90, failed), run(95, failed)] }), null)
    const other = { ...failed, actionName: 'mysql/kill-query' }
    assert.equal(await wait({ runs: [run(70, other), run(80, failed), run(90, failed)] }), null)
  })
})
