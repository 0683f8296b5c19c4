/**
 * What statements inside of stored programs did: procedures, functions, triggers, events. Neither server keeps digests of them. What
 * a program did in all is counted by program; which of its statements did it is told by samples, the newest statements of each session.
 * https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html,
 * https://mariadb.com/kb/en/performance-schema-events_statements_summary_by_program-table/
 *
 * Cost: one counter a reading (16 rows are summed). Only where statements in programs took a hundredth of one session's time within the last hour
 * also one row a program, 5,000 at most, and 5,000 rows of the statement history.
 */
import { toMs, type UtcTime } from '../../../core/time.ts'
import { picosecondsToMs, type Row } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { NOT_SYSTEM_SCHEMA } from './app-schemas.ts'
import {
  addCounters,
  type DigestCounters,
  type DigestDelta,
  type DigestRow,
  digestDelta,
  digestRow,
  type KnownDigest,
  multiplied,
  NO_COUNTERS,
} from './digest-rows.ts'
import {
  cumulativeStatements,
  isCall,
  isMore,
  type NestedStatement,
  nestedStatements,
  programName,
} from './nested-statements.ts'

/** Programs read at once. */
const PROGRAMS_MAX = 5_000
/** Samples read at once: of 500 sessions all that are kept. */
const SAMPLES_MAX = 5_000
/** Time of statements in programs from which on it is looked at, ms a second: what takes less is no statement's trouble (`mysql/full-scan`). */
const WORTH_MS_PER_SECOND = 10
/** They are read so long after they were last worth it, ms: the windows in which a run that mended them is judged. */
const KEPT_MS = 3_600_000
/** Share of what was sampled before that is kept with each reading: of rarer samples there are more then, and old ones fade within a minute. */
const FADING = 0.5
/** A sampled statement of which less than this is left is forgotten, calls. */
const FORGOTTEN_CALLS = 0.05
/** Share of a program's rows and time that its sampled statements must explain to be given all of them; less, and some was not seen. */
const EXPLAINED = 0.5
/** Stands where a class has no digest of the server's. */
const NO_DIGEST = 'program:'

const NESTED_SQL = `SELECT SUM(SUM_TIMER_WAIT) AS total_ps
FROM performance_schema.events_statements_summary_global_by_event_name WHERE EVENT_NAME LIKE 'statement/sp/%'`

const PROGRAMS_SQL = `SELECT LOWER(OBJECT_TYPE) AS kind, OBJECT_SCHEMA AS schema_name, OBJECT_NAME AS name,
  COUNT_STATEMENTS AS calls, SUM_STATEMENTS_WAIT AS total_ps, SUM_LOCK_TIME AS lock_ps, SUM_ROWS_EXAMINED AS rows_examined,
  SUM_ROWS_SENT AS rows_sent, SUM_ROWS_AFFECTED AS rows_affected, SUM_NO_INDEX_USED AS no_index_used,
  SUM_SELECT_SCAN AS select_scan, SUM_SELECT_FULL_JOIN AS select_full_join, SUM_CREATED_TMP_TABLES AS tmp_tables,
  SUM_CREATED_TMP_DISK_TABLES AS tmp_disk_tables, SUM_SORT_MERGE_PASSES AS sort_merge_passes, SUM_ERRORS AS errors
FROM performance_schema.events_statements_summary_by_program
WHERE COUNT_STATEMENTS > 0 AND OBJECT_SCHEMA ${NOT_SYSTEM_SCHEMA} LIMIT ${PROGRAMS_MAX}`

const SAMPLES_SQL = `SELECT LOWER(OBJECT_TYPE) AS kind, OBJECT_SCHEMA AS schema_name, OBJECT_NAME AS name, IF(OBJECT_TYPE IS NULL, NULL, SQL_TEXT) AS digest_text,
  THREAD_ID AS thread_id, EVENT_ID AS event_id, NESTING_EVENT_ID AS nesting_event_id, NESTING_EVENT_LEVEL AS level,
  TIMER_END AS ended_ps, 1 AS calls, TIMER_WAIT AS total_ps, LOCK_TIME AS lock_ps, ROWS_EXAMINED AS rows_examined,
  ROWS_SENT AS rows_sent, ROWS_AFFECTED AS rows_affected, NO_INDEX_USED AS no_index_used,
  SELECT_SCAN AS select_scan, SELECT_FULL_JOIN AS select_full_join, CREATED_TMP_TABLES AS tmp_tables,
  CREATED_TMP_DISK_TABLES AS tmp_disk_tables, SORT_MERGE_PASSES AS sort_merge_passes, ERRORS AS errors
FROM performance_schema.events_statements_history`

/** Where each statement is counted by itself. */
const MARIADB_SAMPLES_SQL = `${SAMPLES_SQL}
WHERE OBJECT_TYPE IS NOT NULL AND OBJECT_SCHEMA ${NOT_SYSTEM_SCHEMA} AND TIMER_END > ? LIMIT ${SAMPLES_MAX}`
/** Where rows are counted on within a call, everything a session keeps is needed. */
const MYSQL_SAMPLES_SQL = `${SAMPLES_SQL}
WHERE OBJECT_TYPE IS NULL OR OBJECT_SCHEMA ${NOT_SYSTEM_SCHEMA} LIMIT ${SAMPLES_MAX}`

/** What is remembered of programs between two readings. */
export interface KnownPrograms {
  /** Time of all statements in programs since the server counts, ms. */
  readonly nestedMs: number
  /** When that last grew by enough to be looked at, ms of our clock; null for never. */
  readonly worthAtMs: number | null
  /** By program; null where they were not read. */
  readonly programs: ReadonlyMap<string, KnownDigest> | null
  readonly samples: ProgramSamples
}

/** Sampled statements by program and text, and up to when there were any (the server's timer, ps). */
export interface ProgramSamples {
  readonly upToPs: string
  readonly ofProgram: ReadonlyMap<string, ReadonlyMap<string, SampledFigures>>
}

/** Sums of the samples of one statement: see `NestedStatement`. */
export type SampledFigures = Pick<NestedStatement, 'counted' | 'own'>

/** A reading of programs, and what their statements did since the one before. */
export interface ProgramReading {
  readonly known: KnownPrograms
  readonly deltas: readonly DigestDelta[]
}

const NO_SAMPLES: ProgramSamples = { upToPs: '0', ofProgram: new Map() }

/** Reads what programs did from the last reading until `at`, if it is worth it. Nothing is told by a first reading. @throws TargetError */
export async function readProgramStatements(
  target: Pick<CollectorTarget, 'query' | 'server'>,
  last: { readonly at: UtcTime; readonly programs: KnownPrograms } | null,
  at: UtcTime,
): Promise<ProgramReading> {
  const nestedMs = picosecondsToMs((await target.query(NESTED_SQL))[0]?.['total_ps'])
  if (last === null) return { known: unread(nestedMs, null), deltas: [] }
  const { programs: before } = last
  const nowMs = performance.now()
  const leastMs = (WORTH_MS_PER_SECOND * (toMs(at) - toMs(last.at))) / 1000
  const worthAtMs = nestedMs - before.nestedMs >= leastMs ? nowMs : before.worthAtMs
  if (worthAtMs === null || nowMs - worthAtMs > KEPT_MS)
    return { known: unread(nestedMs, worthAtMs), deltas: [] }
  const rows = (await target.query(PROGRAMS_SQL)).map((row) => programRow(row))
  const samples = addSamples(before.samples, await readSamples(target, before.samples))
  // Cut short, nobody knows which programs are new.
  const isWhole = rows.length < PROGRAMS_MAX
  const programs = isWhole
    ? new Map(rows.map(({ key, counters }) => [key, { firstSeen: null, counters }]))
    : null
  const known = { nestedMs, worthAtMs, programs, samples }
  return { known, deltas: before.programs === null ? [] : deltasOf(rows, before.programs, samples) }
}

async function readSamples(
  target: Pick<CollectorTarget, 'query' | 'server'>,
  { upToPs }: ProgramSamples,
): Promise<readonly NestedStatement[]> {
  return target.server.flavour === 'mariadb'
    ? nestedStatements(await target.query(MARIADB_SAMPLES_SQL, [upToPs]))
    : cumulativeStatements(await target.query(MYSQL_SAMPLES_SQL))
}

const unread = (nestedMs: number, worthAtMs: number | null): KnownPrograms => ({
  nestedMs,
  worthAtMs,
  programs: null,
  samples: NO_SAMPLES,
})

function programRow(row: Row): DigestRow {
  const name = programName(row) ?? ''
  return { ...digestRow(row), key: name, digest: `${NO_DIGEST}${name}`, digestText: name, within: name }
}

/** The samples of before, faded, and those taken since. */
function addSamples(
  { upToPs, ofProgram }: ProgramSamples,
  statements: readonly NestedStatement[],
): ProgramSamples {
  const all = new Map<string, Map<string, SampledFigures>>()
  for (const [program, known] of ofProgram) {
    const left = [...known].filter(([, { own }]) => own.calls * FADING >= FORGOTTEN_CALLS)
    if (left.length > 0) all.set(program, new Map(left.map(([sql, figures]) => [sql, faded(figures)])))
  }
  let newest = upToPs
  for (const { program, sql, counted, own, endedPs } of statements) {
    if (!isMore(endedPs, upToPs)) continue
    const known = all.get(program) ?? new Map<string, SampledFigures>()
    const before = known.get(sql) ?? { counted: NO_COUNTERS, own: NO_COUNTERS }
    known.set(sql, { counted: addCounters(before.counted, counted), own: addCounters(before.own, own) })
    all.set(program, known)
    if (isMore(endedPs, newest)) newest = endedPs
  }
  return { upToPs: newest, ofProgram: all }
}

const faded = ({ counted, own }: SampledFigures): SampledFigures => ({
  counted: multiplied(counted, () => FADING),
  own: multiplied(own, () => FADING),
})

function deltasOf(
  rows: readonly DigestRow[],
  before: ReadonlyMap<string, KnownDigest>,
  { ofProgram }: ProgramSamples,
): readonly DigestDelta[] {
  return rows.flatMap((row) => {
    const delta = digestDelta(row, before.get(row.key) ?? { firstSeen: null, counters: NO_COUNTERS }, '')
    return delta === null ? [] : statementsOf(delta, ofProgram.get(row.key) ?? new Map())
  })
}

/**
 * What each sampled statement of a program did of what the program did. A sample is multiplied by the calls that were counted for each
 * that was sampled. If that explains the rows and the time of the program, what is over or short is chance and is shared out; if not,
 * a statement that was not sampled did the rest, which is then told of the program itself. Pure.
 */
export function statementsOf(
  program: DigestDelta,
  sampled: ReadonlyMap<string, SampledFigures>,
): readonly DigestDelta[] {
  const { row, delta, partial } = program
  const sum = [...sampled.values()].map(({ counted }) => counted).reduce(addCounters, NO_COUNTERS)
  if (sum.calls === 0) return [program]
  const perCall = delta.calls / sum.calls
  const isExplained = (['rowsExamined', 'totalMs'] as const).every(
    (name) => perCall * sum[name] >= EXPLAINED * delta[name],
  )
  const times = (name: keyof DigestCounters): number => {
    const share = sum[name] === 0 ? 0 : delta[name] / sum[name]
    return isExplained ? share : Math.min(perCall, share)
  }
  const ofStatements = [...sampled].flatMap(([sql, { own }]): DigestDelta | [] => {
    // What has no text sets a variable or returns a value; what calls another program is told of that one.
    if (sql === '' || isCall(sql)) return []
    const made = { ...row, key: `${row.key} ${sql}`, digest: `${NO_DIGEST}${sql}`, digestText: sql }
    return { row: made, delta: whole(multiplied(own, times)), partial }
  })
  if (isExplained) return ofStatements
  const rest = multiplied(delta, (name) =>
    delta[name] === 0 ? 0 : 1 - (times(name) * sum[name]) / delta[name],
  )
  return [...ofStatements, { row, delta: whole(rest), partial }]
}

/** Counters are whole numbers, times are not; what did anything was called. */
const whole = (counters: DigestCounters): DigestCounters => {
  const rounded = Object.entries(counters).map(([name, value]) => [name, Math.round(value)])
  const { totalMs, lockMs } = counters
  const made = { ...(Object.fromEntries(rounded) as unknown as DigestCounters), totalMs, lockMs }
  return { ...made, calls: Math.max(1, made.calls) }
}

/** What stands for the text of a statement in a program, or for the program; null for any other digest. */
export const programText = (digest: string): string | null =>
  digest.startsWith(NO_DIGEST) ? digest.slice(NO_DIGEST.length) : null
