import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { abandonedRun } from '../../../test/support/act-scene.ts'
import { step } from '../../../test/support/pipeline-rows.ts'
import type { LogLine } from '../../core/log.ts'
import type { Execution } from '../../core/nouns.ts'
import type { ActPort } from '../../core/store-ports.ts'
import { type AskAbandoned, reconcileAbandoned } from './reconcile.ts'

const AT = '2026-11-21T09:58:01.000000Z'
const guardOnly = [{ ...step(0, AT, true), kind: 'guard' }]
const sent = [...guardOnly, step(1, AT, false)]
const OVER = { run: 'over', timeIsOver: true } as const

async function reconcile(
  runs: readonly Execution[],
  options: { readonly ask?: AskAbandoned; readonly port?: Partial<ActPort> } = {},
) {
  const ends: [number, Parameters<ActPort['finishExecution']>[2]][] = []
  const asked: number[] = []
  const lines: LogLine[] = []
  const port = {
    abandoned: async () => runs,
    read: { decision: async () => ({ targetId: 7 }) },
    adoptExecution: async () => true,
    finishExecution: async (id: number, _owner: string, end: Parameters<ActPort['finishExecution']>[2]) =>
      void ends.push([id, end]),
    ...options.port,
  } as unknown as ActPort
  const ask: AskAbandoned = async (execution) => {
    asked.push(execution.executionId)
    return options.ask?.(execution) ?? { ...OVER, holds: true, found: 'the index' }
  }
  const settled = await reconcileAbandoned(port, {
    lease: { owner: 'me', seconds: 60 },
    ask,
    nameOf: async (targetId) => `target-${targetId}`,
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

  test('and of which nothing is there and nothing can come any more has FAILED', async () => {
    const { end } = await reconcile([abandonedRun({ steps: sent })], {
      ask: async () => ({ ...OVER, holds: false, found: 'no index' }),
    })
    assert.deepEqual([end?.status, end?.outcome], ['FAILED', 'FAILED'])
    assert.match(end?.errors ?? '', /no index/)
  })

  test('after an earlier statement had succeeded is a partial success', async () => {
    const steps = [...guardOnly, step(1, AT, true), step(2, AT, false)]
    const { end } = await reconcile([abandonedRun({ steps })], {
      ask: async () => ({ ...OVER, holds: false, found: 'one of two' }),
    })
    assert.deepEqual([end?.status, end?.outcome], ['COMPLETED', 'PARTIAL_SUCCESS'])
    const whole = async () =>
      ({ ...OVER, holds: false, found: 'the old type', isOneTransaction: true }) as const
    const other = await reconcile([abandonedRun({ steps: [step(0, AT, true), step(1, AT, false)] })], {
      ask: whole,
    })
    assert.equal(other.end?.outcome, 'FAILED', 'of one transaction no part is there')
  })

  test('after the server refused the statement has FAILED, with what the server said', async () => {
    const messages = [{ level: 'Error', code: 1205, text: 'Lock wait timeout exceeded' }] as const
    const steps = [...guardOnly, { ...step(1, AT, true), ok: false, messages }]
    const { end } = await reconcile([abandonedRun({ steps })], {
      ask: async () => ({ ...OVER, run: 'unknown', holds: false, found: 'no index' }),
    })
    assert.equal(end?.outcome, 'FAILED')
    assert.match(end?.errors ?? '', /Lock wait timeout exceeded/)
  })

  test('whose next step was withheld counts as never sent', async () => {
    const messages = [{ level: 'Warning', code: 'WITHHELD', text: 'not sent' }] as const
    const steps = [...guardOnly, { ...step(1, AT, true), ok: false, messages }]
    const { end, asked } = await reconcile([abandonedRun({ steps })])
    assert.deepEqual([end?.outcome, asked], ['REFUSED', []])
  })

  test('while the target still works on it is left for a later turn', async () => {
    const { settled, ends } = await reconcile([abandonedRun({ steps: sent })], {
      ask: async () => ({ ...OVER, run: 'working', holds: 'unknown', found: '' }),
    })
    assert.deepEqual([settled, ends], [0, []])
  })

  describe('on a target that cannot be asked', () => {
    const away = (timeIsOver: boolean): AskAbandoned => {
      return async () => ({ run: 'away', timeIsOver, holds: 'unknown', found: 'connection refused' })
    }
    const again = abandonedRun({ steps: sent, leaseOwner: 'another:settle' })

    test('is not settled while the time of its statement is not over, so that nothing begins beside it', async () => {
      for (const run of [abandonedRun({ steps: sent }), again]) {
        const { settled, ends, lines } = await reconcile([run], { ask: away(false) })
        assert.deepEqual([settled, ends], [0, []])
        assert.match(lines[0]?.message ?? '', /cannot be asked \(connection refused\) .* time .* is not over/)
      }
    })

    test('is asked about once more after that time, and then UNKNOWN with the reason', async () => {
      const first = await reconcile([abandonedRun({ steps: sent })], { ask: away(true) })
      assert.deepEqual([first.settled, first.ends], [0, []])
      const second = await reconcile([again], { ask: away(true) })
      assert.deepEqual([second.settled, second.end?.status, second.end?.outcome], [1, 'FAILED', 'UNKNOWN'])
      assert.match(second.end?.errors ?? '', /connection refused/)
    })
  })

  for (const [run, holds] of [
    ['unknown', false],
    ['over', 'unknown'],
    ['unknown', 'unknown'],
  ] as const) {
    test(`is UNKNOWN where the postcondition is ${holds} and the end of its connection ${run}`, async () => {
      const { end } = await reconcile([abandonedRun({ steps: sent })], {
        ask: async () => ({ ...OVER, run, holds, found: 'no index' }),
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
          return { ...OVER, holds: true, found: '' }
        },
      },
    )
    assert.equal(settled, 1)
    assert.deepEqual(
      ends.map(([id]) => id),
      [2],
    )
    assert.ok(lines.some((l) => l.message === 'no answer'))
    assert.ok(lines.length >= 2 && lines.every((l) => l.target === 'target-7'))
  })
})
