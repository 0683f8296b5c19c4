/** The question `io-profile`: reads of data files, what statements wait for them, and which classes became slower. */
import { median } from '../../../core/median.ts'
import { toMs } from '../../../core/time.ts'
import { number } from '../cells.ts'
import type { IoProfile, StatementWindow, StatusWindow } from '../shapes.ts'
import { FILE_READS } from '../snapshots/file-reads.ts'
import { NO_WINDOWS } from './collected-questions.ts'
import { exactly } from './params.ts'
import type { Collected, Found, Question } from './question.ts'

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
  const classes = split(collected.statements(), currentMs)
  const newest = now.at(-1)
  if (newest === undefined) return NO_WINDOWS
  const requests = total(now, 'innodb_buffer_pool_read_requests')
  const reads = total(now, 'innodb_buffer_pool_reads')
  const seconds = sum(now, (window) => window.elapsedMs) / 1000
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
    readWaitPercent: readWaitPercent(now, classes.now),
    baselineReadWaitPercent:
      past.length >= BASELINE_WINDOWS_MIN ? readWaitPercent(before, classes.before) : null,
    ...compareClasses(classes),
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
  return sum(windows, (window) => window.deltas[name] ?? 0)
}

/** Share of calls no class is kept for from which the statement time is not known, percent. */
const UNSEEN_PERCENT = 1

/**
 * Share of the statements' working time (without waits for row locks) spent on reads of data files, percent, 0 to 100:
 * the reads of the Performance Schema's file summary over the time of its digests, both a second. A statement that still
 * runs is in no digest though its reads are counted, so the sessions seen running stand for the time where they are more.
 * Null where either is not counted.
 */
function readWaitPercent(
  status: readonly StatusWindow[],
  statements: readonly StatementWindow[],
): number | null {
  const reads = total(status, 'innodb_buffer_pool_reads')
  const waitedMs = total(status, FILE_READS.waitedUs) / 1000
  const seconds = sum(status, (window) => window.elapsedMs) / 1000
  const spanned = sum(statements, (window) => window.elapsedMs) / 1000
  const calls = sum(statements, (window) => window.totalCalls)
  const unseen = sum(statements, (window) => window.unseenCalls ?? 0)
  // Off, the instrument counts next to nothing of the reads; not timed, it counts reads that take none.
  const isTimed = total(status, FILE_READS.count) >= reads / 2 && (waitedMs > 0 || reads === 0)
  if (!isTimed || seconds === 0 || spanned === 0 || unseen * 100 > UNSEEN_PERCENT * calls) return null
  const busy = Math.max(
    sum(statements, (window) => window.totalMs) / spanned,
    (1000 * sum(status, othersRunning)) / status.length,
  )
  const working = busy - total(status, 'innodb_row_lock_time') / seconds
  return working <= 0 ? null : Math.min(100, (100 * waitedMs) / seconds / working)
}

/** Sessions running at the end of a window, but for the one that asks. */
const othersRunning = ({ values }: StatusWindow): number => Math.max(0, (values['threads_running'] ?? 0) - 1)

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((all, item) => all + of(item), 0)

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
    const one = sums.get(statement.fingerprintId) ?? { calls: 0, ms: 0, rows: 0 }
    one.calls += statement.calls
    one.ms += statement.totalMs
    one.rows += statement.rowsExamined
    sums.set(statement.fingerprintId, one)
  }
  return sums
}
