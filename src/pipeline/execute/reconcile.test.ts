import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { abandonedRun } from '../../../test/support/act-scene.ts'
import { step } from '../../../test/support/pipeline-rows.ts'
import type { LogLine } from '../../core/log.ts'
import type { Execution } from '../../core/nouns.ts'
import type { ActPort } from '../../core/store-ports.ts'
import { type AskPostcondition, reconcileAbandoned } from './reconcile.ts'

const AT = '2026-11-21T09:58:01.000000Z'
const guardOnly = [{ ...step(0, AT, true), kind: 'guard' }]
const sent = [...guardOnly, step(1, AT, false)]

async function reconcile(
  runs: readonly Execution[],
  options: { readonly ask?: AskPostcondition; readonly port?: Partial<ActPort> } = {},
) {
  const ends: [number, Parameters<ActPort['finishExecution']>[1]][] = []
  const asked: number[] = []
  const lines: LogLine[] = []
  const port = {
    abandoned: async () => runs,
    adoptExecution: async () => true,
    finishExecution: async (id: number, end: Parameters<ActPort['finishExecution']>[1]) =>
      void ends.push([id, end]),
    ...options.port,
  } as unknown as ActPort
  const ask: AskPostcondition = async (execution) => {
    asked.push(execution.executionId)
    return options.ask?.(execution) ?? { holds: true, found: 'the index' }
  }
  const settled = await reconcileAbandoned(port, {
    lease: { owner: 'me', seconds: 60 },
    ask,
    log: (line) => lines.push(line),
  })
  return { settled, ends, asked, lines, end: ends[0]?.[1] }
}

describe('a run whose executor died', () => {
  test('before it began is a refusal: nothing was sent, and nobody is asked', async () => {
    const { end, asked } = await reconcile([abandonedRun({ executionStatus: 'QUEUED' })])
    assert.deepEqual([end?.status, end?.outcome], ['FAILED', 'REFUSED'])
    assert.deepEqual(asked, [])
  })

  test('before a statement was sent is a refusal too', async () => {
    const { end, asked } = await reconcile([abandonedRun({ steps: guardOnly })])
    assert.equal(end?.outcome, 'REFUSED')
    assert.deepEqual(asked, [])
  })

  test('after a statement may have been sent is what the target says: SUCCESS where the postcondition holds', async () => {
    const { end } = await reconcile([abandonedRun({ steps: sent })])
    assert.deepEqual([end?.status, end?.outcome], ['COMPLETED', 'SUCCESS'])
    assert.deepEqual(end?.steps, sent, 'its steps stay as they were recorded')
  })

  for (const holds of [false, 'unknown'] as const) {
    test(`is UNKNOWN where the postcondition is ${holds}: it may still be running`, async () => {
      const { end } = await reconcile([abandonedRun({ steps: sent })], {
        ask: async () => ({ holds, found: 'no index' }),
      })
      assert.deepEqual([end?.status, end?.outcome], ['FAILED', 'UNKNOWN'])
      assert.match(end?.errors ?? '', /no index/)
    })
  }

  test('that another copy adopted is left to it', async () => {
    const { settled, ends } = await reconcile([abandonedRun({})], {
      port: { adoptExecution: async () => false },
    })
    assert.deepEqual([settled, ends], [0, []])
  })

  test('and cannot be settled now holds up no other', async () => {
    const { settled, ends, lines } = await reconcile(
      [abandonedRun({ executionId: 1, steps: sent }), abandonedRun({ executionId: 2, steps: sent })],
      {
        ask: async (execution) => {
          if (execution.executionId === 1) throw new Error('no answer')
          return { holds: true, found: '' }
        },
      },
    )
    assert.equal(settled, 1)
    assert.deepEqual(
      ends.map(([id]) => id),
      [2],
    )
    assert.ok(lines.some((l) => l.message === 'no answer'))
  })
})
