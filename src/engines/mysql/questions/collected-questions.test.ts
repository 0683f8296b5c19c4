import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMs } from '../../../core/time.ts'
import type { Activity, StatementDelta, StatementWindow, StatusWindow } from '../shapes.ts'
import { ioProfile, waitProfile } from './collected-questions.ts'
import type { Collected, QuestionContext } from './question.ts'

const EPOCH = fromMs(0)
const context = (collected: Partial<Collected>): QuestionContext =>
  ({
    collected: {
      activity: () => [],
      connections: () => null,
      status: () => [],
      statements: () => [],
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

const window = (at: number) => ({
  windowStart: fromMs((at - 10) * 1000),
  windowEnd: fromMs(at * 1000),
  elapsedMs: 10_000,
  epoch: EPOCH,
})
const status = (at: number, reads: number): StatusWindow => ({
  ...window(at),
  deltas: { innodb_buffer_pool_reads: reads, innodb_buffer_pool_read_requests: 10_000 },
  values: { innodb_checkpoint_age: 50, innodb_checkpoint_max_age: 200 },
  variables: { innodb_buffer_pool_size: '134217728' },
})
const statements = (at: number, meanMs: number): StatementWindow => {
  const one = (id: string, ms: number): StatementDelta =>
    ({ fingerprintId: id, calls: 10, totalMs: 10 * ms, rowsExamined: 100, partial: false }) as StatementDelta
  return {
    ...window(at),
    statements: [one('a', meanMs), one('b', 2)],
    totalCalls: 20,
    totalMs: 1,
    blindPercent: 0,
    digestsLost: 0,
  }
}

test('the I/O profile lays the newest windows, forty seconds, beside the windows before them', async () => {
  const past = Array.from({ length: 12 }, (_, at) => 10 * (at + 1))
  const now = [400, 410, 420]
  const found = await ioProfile.answer(
    context({
      status: () => [...past.map((at) => status(at, 50)), ...now.map((at) => status(at, 1_000))],
      statements: () => [...past.map((at) => statements(at, 2)), ...now.map((at) => statements(at, 5))],
    }),
    {},
  )
  assert.ok('value' in found)
  assert.deepEqual(found.value, {
    physicalReadsPerSecond: 100,
    baselineReadsPerSecond: 5,
    missPercent: 10,
    waitFree: 0,
    logWaits: 0,
    checkpointAgePercent: 25,
    bufferPoolBytes: 134217728,
    classes: 2,
    slowerClasses: 1,
  })
  const paced = await ioProfile.answer(
    context({ status: () => [...past.map((at) => status(at, 50)), status(130, 1_000)], pace: 0.35 }),
    {},
  )
  assert.ok('value' in paced, 'a tenth of the forty seconds')
  assert.deepEqual([paced.value.physicalReadsPerSecond, paced.value.baselineReadsPerSecond], [52.5, 5])
  const young = await ioProfile.answer(context({ status: () => now.map((at) => status(at, 1)) }), {})
  assert.ok('value' in young && young.value.baselineReadsPerSecond === null)
})
