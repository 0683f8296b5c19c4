import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMs } from '../../../core/time.ts'
import type { Activity } from '../shapes.ts'
import { waitProfile } from './collected-questions.ts'
import type { Collected, QuestionContext } from './question.ts'

const EPOCH = fromMs(0)
const context = (collected: Partial<Collected>): QuestionContext =>
  ({
    collected: {
      activity: () => [],
      connections: () => null,
      status: () => [],
      statements: () => [],
      catalog: () => null,
      pace: 1,
      ...collected,
    },
  }) as unknown as QuestionContext

function activity(at: number, waiting: readonly string[]): Activity {
  const session = (connectionId: string) => ({
    connectionId,
    user: 'app',
    host: 'h',
    database: null,
    command: 'Query',
    state: '',
    seconds: 1,
    queryId: null,
    fingerprintId: connectionId === '1' ? 'aaaaaaaa' : 'bbbbbbbb',
    fingerprint: 'x',
    kind: 'client' as const,
  })
  return {
    at: fromMs(at * 1000),
    epoch: EPOCH,
    sessions: ['1', '2'].map(session),
    transactions: [],
    threadsRunning: 2,
    metadataWaits: [],
    lockWaits: waiting.map((waiter) => ({
      waiter,
      blocker: '9',
      waitSeconds: 1,
      schema: null,
      table: null,
      index: null,
      lockMode: null,
    })),
  }
}

test('the wait profile counts the samples of one statement, of the last seconds only', async () => {
  const all = [
    activity(0, ['1']),
    activity(100, ['1']),
    activity(105, ['1']),
    activity(110, []),
    activity(115, ['1', '2']),
  ]
  const found = await waitProfile.answer(context({ activity: () => all }), {
    fingerprintId: 'aaaaaaaa',
    seconds: 60,
  })
  assert.ok('value' in found)
  assert.deepEqual(found.value, { samples: 4, seconds: 60, lockWaitPercent: 75, metadataWaitPercent: 0 })
  const every = await waitProfile.answer(context({ activity: () => all }), { fingerprintId: '', seconds: 60 })
  assert.ok('value' in every && every.value.samples === 8 && every.value.lockWaitPercent === 50)
  assert.ok('because' in (await waitProfile.answer(context({}), { fingerprintId: '', seconds: 60 })))
})
