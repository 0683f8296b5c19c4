/**
 * Window `slowLog` (M1): what the slow log gained. From the file where this process can read it, else from the
 * table. Raw texts and logged plans go into the sample book; what leaves here is masked.
 */
import { fromMs, type UtcTime } from '../../../core/time.ts'
import { fingerprint } from '../../../sql/index.ts'
import { count } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  FIRST_READING,
  known,
  unknown,
  windowBetween,
} from '../collector.ts'
import { asWritten } from '../named-constants.ts'
import type { SlowLogClass, SlowLogUnread, SlowLogWindow } from '../shapes.ts'
import {
  SLOW_LOG_TABLE_SQL,
  type SlowLogEvent,
  type SlowLogTableRow,
  type SlowLogTailState,
  slowLogEventOfRow,
  tailSlowLog,
} from '../slow-log/index.ts'
import { SLOW_LOG_VARIABLES, type SlowLogPlace, slowLogPlace } from '../slow-log-place.ts'
import { readKnownVariables } from './global-variables.ts'

const TABLE_ROWS_MAX = 1_000
const TABLE_TEXT_BYTES = 65_536
const CLASSES_MAX = 500
const FINGERPRINT_CHARACTERS_MAX = 1_024

const BEHIND_SQL = 'SELECT COUNT(*) AS behind FROM mysql.slow_log WHERE start_time > ?'
const ALL_READ: SlowLogUnread = { skippedBytes: 0, behindBytes: 0, behindRows: 0, endLost: false }

interface SlowLogState {
  readonly at: UtcTime
  /** Path of the file, or `null` for the table. */
  readonly path: string | null
  readonly tail: SlowLogTailState | null
  /** Newest `start_time` read from the table, as text of UTC. */
  readonly newestRow: string
}

interface News {
  readonly events: readonly SlowLogEvent[]
  readonly malformed: number
  readonly unread: SlowLogUnread
  readonly state: Omit<SlowLogState, 'at' | 'path'>
}

/** Reads what is new. History from before the first look is not read. Our own statements are left out. */
export const slowLogCollector: Collector<'slowLog', SlowLogState> = {
  name: 'slowLog',
  everyMs: 10_000,
  heavy: false,
  async collect(target, before): Promise<Collected<SlowLogWindow, SlowLogState>> {
    const variables = await readKnownVariables(target, SLOW_LOG_VARIABLES)
    const place = await slowLogPlace(variables, target.options, target.address)
    if (place.kind === 'none') return { outcome: unknown(place.because, place.toProceed), state: null }
    const path = place.kind === 'file' ? place.path : null
    const same = before?.path === path ? before : null
    const at = target.clock()
    const { events, malformed, unread, state: next } = await news(target, place, { before: same, at })
    const state = { at, path, ...next }
    if (same === null) return { outcome: FIRST_READING, state }
    const window = windowBetween(target, same.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const foreign = events.filter((event) => !target.accounts.ownUsers.includes(event.user ?? ''))
    const classes = classesOf(target, foreign, at)
    const value = { ...window, classes, events: foreign.length, malformed, unread }
    return { outcome: known(value, at, path === null ? 'mysql.slow_log' : 'the slow log file'), state }
  },
}

async function news(
  target: CollectorTarget,
  place: Exclude<SlowLogPlace, { kind: 'none' }>,
  from: { readonly before: SlowLogState | null; readonly at: UtcTime },
): Promise<News> {
  const newestRow = from.before?.newestRow ?? from.at.replace('T', ' ').slice(0, -1)
  if (place.kind === 'file') {
    const look = await tailSlowLog(place.path, from.before?.tail ?? undefined)
    const { events, malformed, skippedBytes, behindBytes, change } = look
    const endLost = change === 'lost' || change === 'truncated'
    const unread = { ...ALL_READ, skippedBytes, behindBytes, endLost }
    return { events, malformed, unread, state: { tail: look.nextState, newestRow } }
  }
  if (from.before === null)
    return { events: [], malformed: 0, unread: ALL_READ, state: { tail: null, newestRow } }
  // LIMIT takes no bound value everywhere; both numbers are constants of this file.
  const sql = SLOW_LOG_TABLE_SQL.replace('LEFT(sql_text, ?)', `LEFT(sql_text, ${TABLE_TEXT_BYTES})`).replace(
    /LIMIT \?$/,
    `LIMIT ${TABLE_ROWS_MAX}`,
  )
  const rows = (await target.query(sql, [newestRow])) as unknown as readonly SlowLogTableRow[]
  const events = rows.map(slowLogEventOfRow)
  return {
    events: events.filter((event) => event !== undefined),
    malformed: events.filter((event) => event === undefined).length,
    unread: { ...ALL_READ, behindRows: await rowsBehind(target, rows) },
    state: { tail: null, newestRow: rows.at(-1)?.start_time ?? newestRow },
  }
}

/** Rows newer than those read; asked for only where there were more than are read at once. */
async function rowsBehind(target: CollectorTarget, rows: readonly SlowLogTableRow[]): Promise<number> {
  const last = rows.at(-1)
  if (last === undefined || rows.length < TABLE_ROWS_MAX) return 0
  return count((await target.query(BEHIND_SQL, [last.start_time]))[0]?.['behind'])
}

function classesOf(
  target: CollectorTarget,
  events: readonly SlowLogEvent[],
  at: UtcTime,
): readonly SlowLogClass[] {
  const classes = new Map<string, SlowLogClass>()
  for (const event of events.filter((one) => one.kind === 'statement')) {
    const { id, text } = fingerprint(asWritten(event.text, target.dialect), target.dialect)
    const schema = event.database ?? null
    keepSample(target, { id, event, at })
    const key = JSON.stringify([schema, id])
    const name = { fingerprintId: id, fingerprint: text.slice(0, FINGERPRINT_CHARACTERS_MAX), schema }
    classes.set(key, { ...name, ...added(classes.get(key) ?? NO_FIGURES, event) })
  }
  return [...classes.values()].toSorted((a, b) => b.totalMs - a.totalMs).slice(0, CLASSES_MAX)
}

type Figures = Omit<SlowLogClass, 'fingerprintId' | 'fingerprint' | 'schema'>

const NO_FIGURES: Figures = { count: 0, totalMs: 0, maxMs: 0, rowsExamined: 0, rowsSent: 0, fullScans: 0 }

function added(figures: Figures, event: SlowLogEvent): Figures {
  const ms = event.queryTimeSeconds * 1000
  return {
    count: figures.count + 1,
    totalMs: figures.totalMs + ms,
    maxMs: Math.max(figures.maxMs, ms),
    rowsExamined: figures.rowsExamined + (event.rowsExamined ?? 0),
    rowsSent: figures.rowsSent + (event.rowsSent ?? 0),
    fullScans: figures.fullScans + (isFullScan(event) ? 1 : 0),
  }
}

function keepSample(
  target: CollectorTarget,
  seen: { readonly id: string; readonly event: SlowLogEvent; readonly at: UtcTime },
): void {
  const { id, event, at } = seen
  if (event.truncated) return
  const when = event.at === undefined ? at : fromMs(event.at)
  target.samples.put(id, { rawText: event.text, database: event.database ?? null, at: when })
  if (event.plan !== undefined && !mostlyWaited(event)) target.samples.putPlan(id, event.plan, when)
}

/** Share of a call's time from which it was logged for its wait, 0..1: its plan may be the right one. */
const WAITED = 0.5

/** Lock_time is that of table and metadata locks: behind a DDL a call waits that was planned before it. */
const mostlyWaited = ({ queryTimeSeconds, lockTimeSeconds }: SlowLogEvent): boolean =>
  (lockTimeSeconds ?? 0) > WAITED * queryTimeSeconds

/** MariaDB says so (`Full_scan: Yes`); otherwise the logged plan shows it. MySQL says neither. */
function isFullScan(event: SlowLogEvent): boolean {
  const stated = event.attributes['Full_scan']?.toLowerCase()
  return stated === undefined ? (event.plan ?? []).some((row) => row.type === 'ALL') : stated === 'yes'
}
