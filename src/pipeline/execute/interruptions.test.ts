/** What may come between a run and its end: a stop switch, a store that goes away, a process that stands still. */
import assert from 'node:assert/strict'
import { describe, type mock, test } from 'node:test'
import { actScene, type SceneOptions } from '../../../test/support/act-scene.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { ActPort } from '../../core/store-ports.ts'
import { executeApproved } from './executor.ts'

async function execute(options: SceneOptions = {}) {
  const scene = actScene(options)
  const executed = await executeApproved(scene.runnable, scene.input)
  return { ...scene, executed, sent: scene.happened.filter((h) => h.startsWith('send')) }
}
const ALL = ['send SET a', 'send ONE', 'send TWO', 'send THREE']

describe('a stop switch', () => {
  const halt = { haltId: 1, scope: 'ALL', key: '', reason: 'incident', setBy: 'anna', setAt: '' }

  /** Runs until ONE is under way; then the switch is set, and the target ends the statement as `ended` says. */
  async function haltDuring(
    t: { readonly mock: { readonly timers: typeof mock.timers } },
    ended: 'cancelled' | 'in time',
    options: SceneOptions = {},
  ) {
    t.mock.timers.enable({ apis: ['setInterval'] })
    let isSet = false
    const read = { halts: async () => (isSet ? [halt] : []), executions: async () => [] }
    const scene = actScene({ ...options, port: { read: read as never } })
    const { actuator } = scene.input
    const open = async () => {
      const session = await actuator.open()
      const send: typeof session.send = async (s, mayGo) => {
        const result = await session.send(s, mayGo)
        if (s.text !== 'ONE') return result
        isSet = true
        t.mock.timers.tick(1_000)
        await new Promise((resolve) => setImmediate(resolve))
        return ended === 'in time' ? result : { ...result, ok: false, messages: [INTERRUPTED] }
      }
      return { ...session, send }
    }
    const executed = await executeApproved(scene.runnable, { ...scene.input, actuator: { open } })
    return { ...scene, executed }
  }
  const INTERRUPTED = { level: 'Error', code: 1317, text: 'Query execution was interrupted' } as const

  test('that is set while a statement runs cancels it, and the record says who and what became of it', async (t) => {
    const { executed, happened, ends } = await haltDuring(t, 'cancelled', { holds: false })
    assert.ok(happened.includes('cancel'))
    assert.ok(!happened.includes('send TWO'))
    assert.deepEqual([executed?.outcome, ends[0]?.status], ['FAILED', 'FAILED'])
    assert.match(executed?.because ?? '', /stopped by anna: incident; Query execution was interrupted/)
  })

  test('that comes too late for a statement stops the ones behind it', async (t) => {
    const { executed, happened } = await haltDuring(t, 'in time', { holds: false })
    assert.ok(!happened.includes('send TWO'))
    assert.equal(executed?.outcome, 'PARTIAL_SUCCESS')
  })

  test('that comes too late for the whole effect is a success, and says so', async (t) => {
    const { executed } = await haltDuring(t, 'cancelled', { holds: true })
    assert.equal(executed?.outcome, 'SUCCESS')
    assert.match(executed?.because ?? '', /stopped by anna/)
  })
})

describe('a store that goes away', () => {
  const away = (): never => {
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: 'db1', reason: 'ECONNREFUSED' })
  }
  /** The write fails `times` times before it is done. */
  const failing = (times: number, done: () => unknown) => {
    let tries = 0
    return async (): Promise<never> => {
      tries += 1
      return (tries <= times ? away() : done()) as never
    }
  }

  test('before the run began is waited for, and everything is proved again', async () => {
    let proofs = 0
    const { executed, happened } = await execute({
      port: { startExecution: failing(2, () => true) },
      input: {
        verifyVotes: async () => {
          proofs += 1
          return null
        },
      },
    })
    assert.deepEqual([executed?.outcome, proofs], ['SUCCESS', 3])
    assert.equal(happened.filter((h) => h === 'send ONE').length, 1)
  })

  test('and does not come back before the run began leaves a refusal, nothing sent', async () => {
    let now = 0
    const { executed, sent } = await execute({
      port: { startExecution: failing(1_000, () => true) },
      input: {
        nowMs: () => {
          now += 500
          return now
        },
      },
    })
    assert.deepEqual([executed?.outcome, sent], ['REFUSED', []])
  })

  test('around a record is waited for: the statement is sent once, after it was written down', async () => {
    const steps: string[] = []
    let left = 6
    const recordSteps: ActPort['recordSteps'] = async (_id, _owner, records) => {
      left -= 1
      if (left % 3 !== 0) away()
      steps.push(records.at(-1)?.statement ?? '')
    }
    const { executed, sent } = await execute({ port: { recordSteps } })
    assert.deepEqual([sent, executed?.outcome], [ALL, 'SUCCESS'])
    assert.equal(steps.length, 8)
  })

  test('at the end is waited for, and an end that was stored though its answer was lost is not an error', async () => {
    let finished = 0
    const stored = [{ executionId: 9, executionStatus: 'COMPLETED', steps: [] }]
    const { executed } = await execute({
      port: {
        finishExecution: async () => {
          finished += 1
          if (finished === 1) away()
          throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'GOV-044' })
        },
        read: { halts: async () => [], executions: async () => stored } as never,
      },
    })
    assert.deepEqual([executed?.outcome, finished], ['SUCCESS', 2])
  })

  test('for longer than the lease is told what happened, once the run is taken again', async () => {
    let now = 0
    let adopted = 0
    const { executed, ends, sent } = await execute({
      port: {
        recordSteps: async (_id, _owner, records) => {
          if (records.at(-1)?.statement !== 'THREE' || records.at(-1)?.endedAt === null) return
          now += 120_000
          away()
        },
        adoptExecution: async () => {
          adopted += 1
          return true
        },
        read: {
          halts: async () => [],
          executions: async () => [{ executionId: 9, steps: [1, 2, 3, 4] }],
        } as never,
      },
      input: { nowMs: () => now },
    })
    assert.deepEqual([sent, executed?.outcome, adopted], [ALL, 'SUCCESS', 1])
    assert.equal(ends[0]?.steps.length, 4)
  })
})

describe('a process that stood still', () => {
  test('between the last check and the start does not act on what was true before', async () => {
    let now = 0
    const { executed, sent } = await execute({
      input: {
        nowMs: () => now,
        measureBefore: async () => {
          now += 61_000
          return null
        },
      },
    })
    assert.deepEqual([sent, executed?.outcome], [[], 'REFUSED'])
    assert.match(executed?.because ?? '', /too old/)
  })

  test('longer than its lease sends nothing more, though no timer ran', async () => {
    let now = 0
    const { executed, sent, ends } = await execute({
      port: {
        recordSteps: async (_id, _owner, records) => {
          if (records.at(-1)?.statement === 'ONE' && records.at(-1)?.endedAt === null) now += 61_000
        },
        adoptExecution: async () => true,
        read: {
          halts: async () => [],
          executions: async () => [{ executionId: 9, steps: [1, 2] }],
        } as never,
      },
      input: { nowMs: () => now },
    })
    assert.deepEqual([sent, executed?.outcome], [['send SET a'], 'REFUSED'])
    assert.match(ends[0]?.errors ?? '', /lease .* was lost; .* no statement had been sent/)
  })
})
