import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMs } from '../../../core/time.ts'
import type { StatementDelta, StatementWindow, StatusWindow } from '../shapes.ts'
import { ioProfile } from './io-profile.ts'
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
    readWaitPercent: null,
    baselineReadWaitPercent: null,
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

/** A window of 10 s in which statements worked for `busyMs`, `readMs` of it on `reads` reads of data files. */
const timed = (
  at: number,
  part: { busyMs: number; readMs: number; reads?: number; lockMs?: number; running?: number },
) => ({
  status: {
    ...status(at, 100),
    deltas: {
      ...status(at, 100).deltas,
      data_file_reads: part.reads ?? 110,
      data_file_read_us: part.readMs * 1_000,
      innodb_row_lock_time: part.lockMs ?? 0,
    },
    values: { threads_running: part.running ?? 0 },
  },
  statements: { ...statements(at, 2), totalMs: part.busyMs },
})
const PAST = Array.from({ length: 12 }, (_, at) => 10 * (at + 1))
const NOW = [160, 170, 180]

async function waits(
  before: Parameters<typeof timed>[1],
  now: Parameters<typeof timed>[1],
  unseenCalls?: number,
): Promise<readonly (number | null)[]> {
  const windows = [...PAST.map((at) => timed(at, before)), ...NOW.map((at) => timed(at, now))]
  const found = await ioProfile.answer(
    context({
      status: () => windows.map((one) => one.status),
      statements: () =>
        windows.map((one) => ({
          ...one.statements,
          ...(unseenCalls === undefined ? {} : { unseenCalls }),
        })),
    }),
    {},
  )
  assert.ok('value' in found)
  return [found.value.baselineReadWaitPercent, found.value.readWaitPercent]
}

test('reads of data files are a share of the time statements work, before and now', async () =>
  assert.deepEqual(await waits({ busyMs: 500, readMs: 25 }, { busyMs: 2_000, readMs: 1_200 }), [5, 60]))
test('waits for row locks are no work', async () =>
  assert.deepEqual(
    await waits({ busyMs: 500, readMs: 25 }, { busyMs: 2_000, readMs: 600, lockMs: 1_000 }),
    [5, 60],
  ))
test('a statement that still runs takes time as well, though no class counts it yet', async () => {
  const before = { busyMs: 500, readMs: 25 }
  // One session but ours runs at the end of each window of ten seconds.
  assert.deepEqual(await waits(before, { busyMs: 100, readMs: 3_000, running: 2 }), [5, 30])
  assert.deepEqual(await waits(before, { busyMs: 100, readMs: 9_000 }), [5, 100], 'never more than all of it')
})
test('an instrument that is off, or not timed, says nothing', async () => {
  const off = { busyMs: 500, readMs: 0, reads: 0 }
  const untimed = { busyMs: 500, readMs: 0 }
  assert.deepEqual(await waits(off, untimed), [null, null])
})
test('calls in no class leave the share unknown beyond one in a hundred', async () => {
  const both = [
    { busyMs: 500, readMs: 25 },
    { busyMs: 500, readMs: 250 },
  ] as const
  assert.deepEqual(await waits(...both, 1), [null, null])
  assert.deepEqual(await waits(...both, 0), [5, 50])
})
