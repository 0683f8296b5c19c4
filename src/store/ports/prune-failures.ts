/**
 * Lets go of failures nobody sees any more, with all that was done about them, of old records of recovery, and of old looks
 * of watches with the questions they rested on. What may go is the schema's to say (GOV-112, GOV-127, GOV-143): a failure that is seen again meanwhile is refused there and stays.
 */
import { type RawBuilder, sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import type { FailuresDue, PrunedFailures } from '../../core/retention-port.ts'
import { bounded, nowPlus, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { forgotten } from '../schema/conditions-failures.ts'
import { FAILED_DAYS_LEAST, RECOVERY_DAYS_LEAST } from '../schema/conditions-recovery.ts'
import { lookMayGo, questionMayGo } from '../schema/conditions-watches.ts'
import { DIALECTS, type DialectName } from '../schema/dialect.ts'

const DAY_SECONDS = 86_400
/** Counting what is due stops here, for each part. */
const COUNT_MOST = 100_000
/** Failures of one step; each goes in a transaction of its own with at most 51 places. */
const PATTERNS_MOST = 50
/** What is of one task, in the order in which it may go. */
const OF_TASK = ['recovery_attempts', 'recovery_explanations', 'recovery_switches', 'recovery_tasks'] as const
/** Rows of one DELETE. */
const IDS_MOST = 512

const RECORDS = {
  recovery_explanations: { id: 'explanation_id', number: 'explanation_number' },
  recovery_attempts: { id: 'attempt_id', number: 'attempt_number' },
} as const
type RecordTable = keyof typeof RECORDS

const before = (dialect: DialectName, days: number) => nowPlus(dialect, -days * DAY_SECONDS)

/** Patterns that may go, with a greater id, in that order. */
const patternsDue = (dialect: DialectName, after: number, most: number) =>
  sql<{ id: number }>`SELECT p.pattern_id AS id FROM failure_patterns p WHERE p.pattern_id > ${after}
    AND ${sql.raw(forgotten(DIALECTS[dialect], 'p'))} ORDER BY p.pattern_id LIMIT ${sql.raw(String(most))}`

/** Records that a newer one of their task has replaced and that are old enough, oldest first. */
function recordsDue(dialect: DialectName, table: RecordTable, most: number): RawBuilder<{ id: number }> {
  const { id, number } = RECORDS[table]
  const replaced = sql.raw(
    `r.${number} < (SELECT MAX(n.${number}) FROM ${table} n WHERE n.task_id = r.task_id)`,
  )
  const old =
    table === 'recovery_explanations'
      ? sql`r.created_at <= ${before(dialect, RECOVERY_DAYS_LEAST)}`
      : sql`r.ended_at <= ${before(dialect, RECOVERY_DAYS_LEAST)} AND (r.success = 1 OR r.ended_at <= ${before(dialect, FAILED_DAYS_LEAST)})`
  return sql<{
    id: number
  }>`SELECT ${sql.ref(`r.${id}`)} AS id FROM ${sql.table(table)} r WHERE ${old} AND ${replaced}
    ORDER BY ${sql.ref(`r.${id}`)} LIMIT ${sql.raw(String(most))}`
}

/** Looks, and then questions that no look rests on, oldest first. */
const WATCHED = {
  watch_results: { id: 'result_id', mayGo: lookMayGo },
  evidence_requests: { id: 'request_id', mayGo: questionMayGo },
} as const
type WatchedTable = keyof typeof WATCHED

function watchedDue(dialect: DialectName, table: WatchedTable, most: number): RawBuilder<{ id: number }> {
  const { id, mayGo } = WATCHED[table]
  return sql<{
    id: number
  }>`SELECT ${sql.ref(`r.${id}`)} AS id FROM ${sql.table(table)} r WHERE ${sql.raw(mayGo(DIALECTS[dialect], 'r'))}
    ORDER BY ${sql.ref(`r.${id}`)} LIMIT ${sql.raw(String(most))}`
}

/** What may go now. */
export async function failuresDue(db: StoreDatabase): Promise<FailuresDue> {
  const { dialect } = db
  const count = async (found: RawBuilder<{ id: number }>): Promise<number> => {
    const row = await db.first(statement(dialect, sql<{ n: number }>`SELECT COUNT(*) AS n FROM (${found}) s`))
    return Number(row?.n ?? 0)
  }
  const [patterns, explanations, attempts, looks, questions] = [
    await count(patternsDue(dialect, 0, COUNT_MOST)),
    await count(recordsDue(dialect, 'recovery_explanations', COUNT_MOST)),
    await count(recordsDue(dialect, 'recovery_attempts', COUNT_MOST)),
    await count(watchedDue(dialect, 'watch_results', COUNT_MOST)),
    await count(watchedDue(dialect, 'evidence_requests', COUNT_MOST)),
  ]
  const more = [patterns, explanations, attempts, looks, questions].includes(COUNT_MOST)
  return { patterns, explanations, attempts, looks, questions, more }
}

/** One step: old records first, then whole failures after that id. */
export async function pruneFailures(db: StoreDatabase, after: number, most: number): Promise<PrunedFailures> {
  const wanted = bounded(most, IDS_MOST)
  const old = [
    ...(Object.keys(RECORDS) as RecordTable[]).map((table) => ({
      ...{ table, id: RECORDS[table].id },
      due: recordsDue(db.dialect, table, wanted),
    })),
    ...(Object.keys(WATCHED) as WatchedTable[]).map((table) => ({
      ...{ table, id: WATCHED[table].id },
      due: watchedDue(db.dialect, table, wanted),
    })),
  ]
  for (const rows of old) {
    const removed = await removeRows(db, rows)
    if (removed > 0) return { removed, after, more: true }
  }
  const found = await db.all(
    statement(db.dialect, patternsDue(db.dialect, after, Math.min(PATTERNS_MOST, wanted))),
  )
  let removed = 0
  for (const { id } of found) removed += await removeFailure(db, id)
  return { removed, after: found.at(-1)?.id ?? after, more: found.length > 0 }
}

interface OldRows {
  readonly table: string
  /** Its primary key. */
  readonly id: string
  readonly due: RawBuilder<{ id: number }>
}

async function removeRows(db: StoreDatabase, { table, id, due }: OldRows): Promise<number> {
  const found = await db.all(statement(db.dialect, due))
  if (found.length === 0) return 0
  const ids = padded(found.map((row) => row.id))
  const gone = sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(id)} IN (${sql.join(ids)})`
  return (await db.write(statement(db.dialect, gone))).rows
}

/** A failure with its places and all that was done about it; 0 if it was seen again meanwhile. */
async function removeFailure(db: StoreDatabase, patternId: number): Promise<number> {
  try {
    return await db.transaction((runner) => removeWhole(runner, patternId))
  } catch (error) {
    if (error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED') return 0
    throw error
  }
}

async function removeWhole(runner: Runner, patternId: number): Promise<number> {
  const q = queriesOf(runner.dialect)
  const task = await runner.first(
    q.selectFrom('recovery_tasks').select('task_id').where('pattern_id', '=', patternId),
  )
  const ofTask =
    task === null ? [] : OF_TASK.map((table) => q.deleteFrom(table).where('task_id', '=', task.task_id))
  const ofPattern = (['failure_sites', 'failure_patterns'] as const).map((table) =>
    q.deleteFrom(table).where('pattern_id', '=', patternId),
  )
  let rows = 0
  for (const query of [...ofTask, ...ofPattern]) rows += (await runner.write(query)).rows
  return rows
}
