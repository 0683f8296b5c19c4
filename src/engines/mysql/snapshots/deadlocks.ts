/**
 * Window `deadlocks` (M5): the server's counter tells that there was one, its status text which. The text holds
 * only the latest; others are looked for in the error log, if it is readable here (option `errorLogFile`). A server
 * may count before it has written: what is counted and found in neither is looked for once more in the next window,
 * and then said to be missed.
 */
import { createHash } from 'node:crypto'
import { toMs, type UtcTime } from '../../../core/time.ts'
import { fingerprintId, maskLiterals } from '../../../sql/index.ts'
import { textOrEmpty } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  FIRST_READING,
  known,
  unknown,
  windowBetween,
} from '../collector.ts'
import {
  type Deadlock,
  DeadlockMemory,
  deadlockGraph,
  deadlockKey,
  deadlockSignature,
  parseDeadlocks,
  withRightVictim,
} from '../deadlock/index.ts'
import type { DeadlockReport, DeadlockWindow, Window } from '../shapes.ts'
import { type ErrorLogMark, markErrorLog, readErrorLogNews } from './error-log-news.ts'

interface DeadlockState {
  readonly at: UtcTime
  readonly counter: number
  /** Where the error log ended, before the oldest deadlock that is still looked for. */
  readonly log: ErrorLogMark | null
  /** Counted in the last window and not found yet. */
  readonly owed: number
  /** What was reported already: a server may write its log after the window in which the status told of it. */
  readonly reported: DeadlockMemory<true>
}

/** Deadlocks remembered as reported. */
const REMEMBERED_MAX = 256

const NO_COUNTER = unknown(
  'the server’s deadlock counter is switched off',
  'Run: SET GLOBAL innodb_monitor_enable = lock_deadlocks (MySQL), or upgrade (MariaDB without Innodb_deadlocks)',
)

/** Reads the window. The counter needs PROCESS on MySQL, the report on both. */
export const deadlocksCollector: Collector<'deadlocks', DeadlockState> = {
  name: 'deadlocks',
  everyMs: 5_000,
  heavy: false,
  async collect(target, before): Promise<Collected<DeadlockWindow, DeadlockState>> {
    const { at } = await target.shared.status()
    const counter = (await target.shared.innodb())['innodb_deadlocks']
    if (counter === undefined) return { outcome: NO_COUNTER, state: null }
    const log = await markErrorLog(target.options.errorLogFile)
    const reported = before?.reported ?? new DeadlockMemory<true>(REMEMBERED_MAX)
    if (before === null) return { outcome: FIRST_READING, state: { at, counter, log, owed: 0, reported } }
    const moved = counter < before.counter ? counter : counter - before.counter
    const sought = moved + before.owed
    const reports = sought > 0 ? await readReports(target, sought, before) : []
    // What is found counts for the older ones first: a status or log lags, it does not lead.
    const missed = Math.max(0, before.owed - reports.length)
    const owed = Math.max(0, sought - missed - reports.length)
    const state = { at, counter, log: owed > 0 ? before.log : log, owed, reported }
    const window = windowBetween(target, before.at, at)
    // A deadlock is news however long the interval was; only a window without one can be discarded.
    if ('discarded' in window && sought === 0) return { outcome: window.discarded, state }
    const bounds = 'discarded' in window ? wholeInterval(target, before.at, at) : window
    const value: DeadlockWindow = { ...bounds, counted: moved, reports, missed }
    return { outcome: known(value, at, 'Innodb_deadlocks, SHOW ENGINE INNODB STATUS'), state }
  },
}

function wholeInterval(target: CollectorTarget, windowStart: UtcTime, windowEnd: UtcTime): Window {
  const elapsedMs = Math.max(1, toMs(windowEnd) - toMs(windowStart))
  return { windowStart, windowEnd, elapsedMs, epoch: target.identity.epoch }
}

/**
 * At most `most` reports, literals masked: the latest of the status, whole or in part, and with it those that the
 * error log gained since the last window; each deadlock once and for all. @throws TargetError
 */
async function readReports(
  target: CollectorTarget,
  most: number,
  { log: from, reported }: DeadlockState,
): Promise<readonly DeadlockReport[]> {
  const [row] = await target.query('SHOW ENGINE INNODB STATUS')
  const mask = (sql: string) => maskLiterals(sql, target.dialect)
  const latest = parseDeadlocks(textOrEmpty(row?.['Status']), { mask }).slice(-1)
  const path = target.options.errorLogFile
  const isMore = most > latest.length && path !== null && from !== null
  const logged = isMore ? parseDeadlocks(await readErrorLogNews(path, from), { mask }) : []
  const all = [...logged, ...latest].map((deadlock) => withRightVictim(deadlock, target.server))
  const found = all.filter((deadlock) => {
    const isNew = reported.get(deadlock) === undefined
    reported.set(deadlock, true)
    return isNew
  })
  return found.slice(-most).map((deadlock) => ({
    signature: signatureOf(target, deadlock),
    deadlock,
    edges: deadlockGraph(deadlock).edges,
  }))
}

/** One that cannot be told apart by kind is a kind of its own: it must not count as a repetition of another. */
function signatureOf(target: CollectorTarget, deadlock: Deadlock): string {
  const own = deadlockSignature(deadlock, (statement) => fingerprintId(statement, target.dialect))
  const itself = `${deadlockKey(deadlock)}|${deadlock.at}`
  return own ?? createHash('sha256').update(itself).digest('hex').slice(0, 32)
}
