/** The questions `wait-profile`, `connections` and `io-profile`, answered from windows already read. */
import { toMs } from '../../../core/time.ts'
import { count, number, textOrEmpty } from '../cells.ts'
import type { Activity, ConnectionUse, IoProfile, StatementWindow, StatusWindow } from '../shapes.ts'
import { exactly, matching, wholeNumber } from './params.ts'
import { processListTable } from './process-list.ts'
import type { Collected, Found, Question, QuestionContext, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { globalStatus, globalVariables } from './variables.ts'

const NO_WINDOWS = {
  because: 'no window of it has been read yet',
  toProceed: 'Ask again after the observer has watched for a while.',
} as const

/** A sample is one client session that runs the statement in one reading of the activity. */
export const waitProfile: Question<'wait-profile'> = {
  params: exactly({
    fingerprintId: matching(/^(?:[0-9a-f]{8,64})?$/, 'a fingerprint id or empty'),
    seconds: wholeNumber(1, 600),
  }),
  answer: async ({ collected }, params) => {
    const all = collected?.activity() ?? []
    const newest = all.at(-1)
    if (newest === undefined) return NO_WINDOWS
    const oldestMs = toMs(newest.at) - params.seconds * 1000
    const recent = all.filter((activity) => activity.epoch === newest.epoch && toMs(activity.at) >= oldestMs)
    const samples = recent.flatMap((activity) => samplesOf(activity, params.fingerprintId))
    const share = (is: (sample: WaitSample) => boolean): number =>
      samples.length === 0 ? 0 : (100 * samples.filter(is).length) / samples.length
    return {
      value: {
        samples: samples.length,
        seconds: params.seconds,
        lockWaitPercent: share((sample) => sample.row || sample.metadata),
        metadataWaitPercent: share((sample) => sample.metadata),
      },
      source: `${recent.length} activity samples`,
    }
  },
}

interface WaitSample {
  readonly row: boolean
  readonly metadata: boolean
}

function samplesOf(activity: Activity, fingerprintId: string): readonly WaitSample[] {
  const rowWaiters = new Set([
    ...activity.lockWaits.map((wait) => wait.waiter),
    ...activity.transactions.filter((item) => item.state === 'LOCK WAIT').map((item) => item.connectionId),
  ])
  const metadataWaiters = new Set(activity.metadataWaits.map((wait) => wait.waiter))
  return activity.sessions
    .filter(
      (session) => session.kind === 'client' && session.command !== 'Sleep' && session.fingerprintId !== null,
    )
    .filter((session) => fingerprintId === '' || session.fingerprintId === fingerprintId)
    .map(({ connectionId }) => ({
      row: rowWaiters.has(connectionId),
      metadata: metadataWaiters.has(connectionId),
    }))
}

/** The observer's newest window; on an act connection the moment itself, with nothing to say of refusals. */
export const connections: Question<'connections'> = {
  params: exactly({}),
  answer: async (context) => {
    if (context.collected === null)
      return { value: await connectionsNow(context), source: 'global status, process list' }
    const window = context.collected.connections()
    return window === null ? NO_WINDOWS : { value: window, source: 'global status, process list' }
  },
}

async function connectionsNow({ reader, identity }: QuestionContext): Promise<ConnectionUse> {
  const who = await identity()
  if (!who.known) throw new RangeError(who.because)
  const status = await globalStatus(reader, ['Threads_connected', 'Threads_running'])
  const settings = await globalVariables(reader, ['max_connections'])
  return {
    windowStart: who.at,
    windowEnd: who.at,
    elapsedMs: 0,
    epoch: who.value.epoch,
    maxConnections: number(settings['max_connections']) ?? 0,
    threadsConnected: status['threads_connected'] ?? 0,
    threadsRunning: status['threads_running'] ?? 0,
    refused: 0,
    abortedConnects: 0,
    counts: await countsNow(reader),
  }
}

async function countsNow(reader: Reader): Promise<ConnectionUse['counts']> {
  const rows = await reader.query(`SELECT USER AS user_name, COMMAND AS command, TIME AS seconds
FROM ${processListTable(await serverFacts(reader))} WHERE ID <> CONNECTION_ID() LIMIT 5000`)
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify([textOrEmpty(row['user_name']), textOrEmpty(row['command'])]),
  )
  return [...groups.values()].map((group) => ({
    user: textOrEmpty(group[0]?.['user_name']),
    command: textOrEmpty(group[0]?.['command']),
    count: group.length,
    medianSeconds: median(group.map((row) => count(row['seconds']))) ?? 0,
  }))
}

/**
 * The newest windows are compared with those before, ms at pace 1. Trouble is an issue after three of five windows of
 * ten seconds, and is explained at once: of a longer time most would be of before it began, and hide it.
 */
const CURRENT_MS = 40_000
/** Windows of the past it takes to be a baseline. */
const BASELINE_WINDOWS_MIN = 6
/** A class is compared with this many calls on both sides. */
const CALLS_MIN = 20
/** A class got slower when its mean grew by this factor while rows examined per call stayed within this share. */
const SLOWER_FACTOR = 1.5
const SAME_WORK_SHARE = 0.2

/** Reads, waits and slower statement classes of the newest windows against the windows before. */
export const ioProfile: Question<'io-profile'> = {
  params: exactly({}),
  answer: async ({ collected }) => (collected === null ? NO_WINDOWS : profileIo(collected)),
}

function profileIo(collected: Pick<Collected, 'status' | 'statements' | 'pace'>): Found<IoProfile> {
  const currentMs = CURRENT_MS * collected.pace
  const { now, before } = split(collected.status(), currentMs)
  const newest = now.at(-1)
  if (newest === undefined) return NO_WINDOWS
  const requests = total(now, 'innodb_buffer_pool_read_requests')
  const reads = total(now, 'innodb_buffer_pool_reads')
  const seconds = now.reduce((sum, window) => sum + window.elapsedMs, 0) / 1000
  const past = before.map(
    (window) => (window.deltas['innodb_buffer_pool_reads'] ?? 0) / (window.elapsedMs / 1000),
  )
  const value: IoProfile = {
    physicalReadsPerSecond: seconds > 0 ? reads / seconds : 0,
    baselineReadsPerSecond: past.length >= BASELINE_WINDOWS_MIN ? median(past) : null,
    missPercent: requests > 0 ? (100 * reads) / requests : 0,
    waitFree: total(now, 'innodb_buffer_pool_wait_free'),
    logWaits: total(now, 'innodb_log_waits'),
    checkpointAgePercent: checkpointAge(newest),
    bufferPoolBytes: Number(newest.variables['innodb_buffer_pool_size'] ?? 0),
    ...compareClasses(split(collected.statements(), currentMs)),
  }
  return { value, source: `${now.length} status windows, ${before.length} before them` }
}

interface Split<W> {
  readonly now: readonly W[]
  readonly before: readonly W[]
}

/** The windows of the last `currentMs` and the earlier ones of the same life of the server. */
function split<W extends { readonly windowEnd: string; readonly epoch: string; readonly elapsedMs: number }>(
  windows: readonly W[],
  currentMs: number,
): Split<W> {
  const newest = windows.at(-1)
  if (newest === undefined) return { now: [], before: [] }
  const limit = toMs(newest.windowEnd) - currentMs
  const same = windows.filter((window) => window.epoch === newest.epoch && window.elapsedMs > 0)
  return {
    now: same.filter((window) => toMs(window.windowEnd) > limit),
    before: same.filter((window) => toMs(window.windowEnd) <= limit),
  }
}

function total(windows: readonly StatusWindow[], name: string): number {
  return windows.reduce((sum, window) => sum + (window.deltas[name] ?? 0), 0)
}

/** MariaDB states age and limit; MySQL 8.0.30+ the two positions and the capacity of the log. */
function checkpointAge({ values, variables }: StatusWindow): number | null {
  const age =
    values['innodb_checkpoint_age'] ??
    difference(values['innodb_redo_log_current_lsn'], values['innodb_redo_log_checkpoint_lsn'])
  const limit = values['innodb_checkpoint_max_age'] ?? number(variables['innodb_redo_log_capacity'])
  return age === null || age === undefined || !limit ? null : (100 * age) / limit
}

function difference(left: number | undefined, right: number | undefined): number | null {
  return left === undefined || right === undefined ? null : left - right
}

function compareClasses({
  now,
  before,
}: Split<StatementWindow>): Pick<IoProfile, 'classes' | 'slowerClasses'> {
  const past = sumClasses(before)
  const compared = [...sumClasses(now)].flatMap(([id, current]) => {
    const earlier = past.get(id)
    if (earlier === undefined || earlier.calls < CALLS_MIN || current.calls < CALLS_MIN) return []
    return [{ current, earlier }]
  })
  const slower = compared.filter(({ current, earlier }) => {
    const work = current.rows / current.calls
    const workBefore = earlier.rows / earlier.calls
    const isSameWork = Math.abs(work - workBefore) <= SAME_WORK_SHARE * Math.max(work, workBefore)
    return isSameWork && current.ms / current.calls >= (SLOWER_FACTOR * earlier.ms) / earlier.calls
  })
  return { classes: compared.length, slowerClasses: slower.length }
}

interface ClassSum {
  calls: number
  ms: number
  rows: number
}

function sumClasses(windows: readonly StatementWindow[]): ReadonlyMap<string, ClassSum> {
  const sums = new Map<string, ClassSum>()
  for (const statement of windows.flatMap((window) => window.statements)) {
    if (statement.partial) continue
    const sum = sums.get(statement.fingerprintId) ?? { calls: 0, ms: 0, rows: 0 }
    sum.calls += statement.calls
    sum.ms += statement.totalMs
    sum.rows += statement.rowsExamined
    sums.set(statement.fingerprintId, sum)
  }
  return sums
}

/** The middle value; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}
