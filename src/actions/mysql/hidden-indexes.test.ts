import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PastRun } from '../../core/store-ports.ts'
import { hiddenIndexes } from './hidden-indexes.ts'

const INDEX = { schema: 'shop', table: 'orders', index: 'by_customer' }

/** A run, `day` of November, that did what it says unless told otherwise. */
function run(verb: 'hide' | 'show' | 'drop', day: number, more: Partial<PastRun> = {}): PastRun {
  return {
    actionName: `mysql/${verb}-index`,
    purpose: 'DO',
    status: 'COMPLETED',
    outcome: 'SUCCESS',
    finishedAt: at(day),
    instanceUid: 'uid-1',
    parameters: { table: { schema: 'shop', table: 'orders' }, index: 'by_customer' },
    ...more,
  }
}

const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T12:00:00.000000Z`

/** Runs as they happened; the store lists the newest first. */
const hidden = (...happened: PastRun[]) => hiddenIndexes(happened.toReversed(), 'uid-1')

const LOST = { status: 'FAILED', outcome: 'UNKNOWN' } as const
const REFUSED = { status: 'FAILED', outcome: 'REFUSED' } as const

describe('our record of hidden indexes', () => {
  const cases: readonly (readonly [claim: string, runs: readonly PastRun[], since: number | null])[] = [
    ['begins when the run that hid it ended', [run('hide', 3)], 3],
    ['ends when a run shows it', [run('hide', 3), run('show', 5)], null],
    ['ends when hiding is undone', [run('hide', 3), run('hide', 4, { purpose: 'UNDO' })], null],
    ['begins anew when it is hidden again', [run('hide', 3), run('show', 5), run('hide', 6)], 6],
    [
      'begins anew when showing is undone',
      [run('hide', 3), run('show', 5), run('show', 6, { purpose: 'UNDO' })],
      6,
    ],
    ['ends when the index is dropped', [run('hide', 3), run('drop', 12)], null],
    [
      'does not return when the drop is undone',
      [run('hide', 3), run('drop', 12), run('drop', 13, { purpose: 'UNDO' })],
      null,
    ],
    ['needs a run that succeeded', [run('hide', 3, LOST)], null],
    [
      'ends when a run shows it and nobody knows how that ended',
      [run('hide', 3), run('show', 5, LOST)],
      null,
    ],
    [
      'ends while a run shows it',
      [run('hide', 3), run('show', 5, { status: 'IN_PROGRESS', outcome: null, finishedAt: null })],
      null,
    ],
    ['stays when a run that was refused sent nothing', [run('hide', 3), run('show', 5, REFUSED)], 3],
    ['is of one instance', [run('hide', 3, { instanceUid: 'uid-2' })], null],
    [
      'is not made of parameters that name no index',
      [run('hide', 3, { parameters: { table: 'orders', index: 1 } })],
      null,
    ],
  ]
  for (const [claim, runs, since] of cases) {
    test(claim, () => {
      assert.deepEqual(hidden(...runs), since === null ? [] : [{ ...INDEX, since: at(since) }])
    })
  }

  test('keeps indexes of the same name on different tables apart', () => {
    const other = { parameters: { table: { schema: 'shop', table: 'items' }, index: 'by_customer' } }
    assert.deepEqual(hidden(run('hide', 3), run('hide', 4, other), run('show', 5)), [
      { ...INDEX, table: 'items', since: at(4) },
    ])
  })
})
