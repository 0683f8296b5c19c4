/** Watches as `reason` has them: what comes back and is not watched, what is due, looks, and the attempts that follow from them. */
import { type RawBuilder, sql } from 'kysely'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import {
  type DueWatch,
  type FailingWatch,
  type NewWatch,
  RECURRING_FROM,
  type RecurringFailure,
  type SettledAttempt,
  WATCHES_OF_TARGET_MOST,
  type WatchDesk,
  type WatchedFailures,
  type WatchKind,
  type WatchLook,
} from '../../core/failure-watches.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import { bounded, now, nowPlus, statement } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { jsonText, utc } from '../rows/cells.ts'
import { DIALECTS, type DialectName } from '../schema/dialect.ts'
import type { TimeCell } from '../tables.ts'
import { unlessDone } from './recovery-desk.ts'

/** Rows of a list at most. */
const ROWS_MOST = 200
/** What was not met for so long is not proposed a watch, s. */
const LATELY_SECONDS = 7 * 86_400

const mostly = (most: number) => sql.raw(String(bounded(most, ROWS_MOST)))

/** The desk over the role's store. */
export function watchDesk(db: StoreDatabase): WatchDesk {
  const q = queriesOf(db.dialect)
  return {
    recurring: (of, most) => recurring(db, of, most),
    propose: (watch) => propose(db, watch),
    due: (most) => due(db, most),
    record: (look) =>
      unlessDone(db, look, {
        work: async (runner) => {
          await runner.write(
            q.insertInto('watch_results').values({
              watch_id: look.watchId,
              result_number: look.number,
              request_id: look.requestId,
              watch_result: look.result,
              measured_value: look.value,
              says: look.says,
            }),
          )
        },
        newest: sql`SELECT MAX(result_number) AS newest FROM watch_results WHERE watch_id = ${look.watchId}`,
      }),
    failing: (most) => failing(db, most),
    settled: (most) => settled(db, most),
  }
}

/** It waits for somebody, or runs. */
const lives = (dialect: DialectName, row = 'w'): RawBuilder<boolean> =>
  sql`${sql.raw(row)}.ended_at IS NULL AND (${sql.raw(row)}.expires_at IS NULL OR ${sql.raw(row)}.expires_at > ${now(dialect)})`

/** It is accepted, not ended, and not over. */
const runs = (dialect: DialectName): RawBuilder<boolean> =>
  sql`w.accepted_by IS NOT NULL AND w.ended_at IS NULL AND w.expires_at > ${now(dialect)}`

const newest = sql.raw(
  'r.result_number = (SELECT MAX(n.result_number) FROM watch_results n WHERE n.watch_id = w.watch_id)',
)

/** A failure is one of these. The end of a name is compared as it is: what stands in it is no pattern. */
function isOf({ failureType, code, objectEndsWith }: WatchedFailures): RawBuilder<boolean> {
  const isCode = code === undefined ? sql`` : sql` AND p.error_code = ${code}`
  const ends =
    objectEndsWith === undefined
      ? sql``
      : sql` AND substr(p.object_name, -${sql.lit(objectEndsWith.length)}) = ${objectEndsWith}`
  return sql<boolean>`(p.failure_type = ${failureType}${isCode}${ends})`
}

interface RecurringRow {
  readonly task_id: number
  readonly target_id: number
  readonly engine: string
  readonly failure_type: string
  readonly object_name: string | null
  readonly occurrence_count: number
}

/** Lately met on a target that has room for another watch; switched off ones are a person’s. */
async function recurring(
  db: StoreDatabase,
  of: readonly WatchedFailures[],
  most: number,
): Promise<readonly RecurringFailure[]> {
  if (of.length === 0) return []
  const { dialect } = db
  const rows = await db.all(
    statement(
      dialect,
      sql<RecurringRow>`SELECT DISTINCT k.task_id, s.target_id, g.engine, p.failure_type, p.object_name, p.occurrence_count
        FROM failure_patterns p JOIN recovery_tasks k ON k.pattern_id = p.pattern_id
        JOIN failure_sites s ON s.pattern_id = p.pattern_id JOIN targets g ON g.target_id = s.target_id AND g.workspace_id = p.workspace_id
        WHERE p.occurrence_count >= ${RECURRING_FROM} AND p.last_seen_at > ${nowPlus(dialect, -LATELY_SECONDS)}
        AND (${sql.join(of.map(isOf), sql` OR `)}) AND k.auto_recovery_enabled = 1
        AND (SELECT COUNT(*) FROM failure_watches w WHERE w.target_id = s.target_id AND ${lives(dialect)}) < ${WATCHES_OF_TARGET_MOST}
        ORDER BY k.task_id, s.target_id LIMIT ${mostly(most)}`,
    ),
  )
  return Promise.all(
    rows.map(async (row) => ({
      taskId: row.task_id,
      targetId: row.target_id,
      engine: row.engine,
      failureType: row.failure_type,
      object: row.object_name,
      occurrences: row.occurrence_count,
      watched: await watchedKinds(db, row),
    })),
  )
}

/** What lives, and what a person ended: that is their answer. What ran out may be proposed again. */
async function watchedKinds(
  db: StoreDatabase,
  { task_id, target_id }: RecurringRow,
): Promise<readonly WatchKind[]> {
  const rows = await db.all(
    statement(
      db.dialect,
      sql<{ watch_kind: WatchKind }>`SELECT DISTINCT w.watch_kind FROM failure_watches w
        WHERE w.task_id = ${task_id} AND w.target_id = ${target_id} AND (w.ended_by IS NOT NULL OR ${lives(db.dialect)})`,
    ),
  )
  return rows.map((row) => row.watch_kind)
}

/** Of two processes that propose at once the second is refused (GOV-145). */
async function propose(db: StoreDatabase, watch: NewWatch): Promise<boolean> {
  try {
    await db.transaction((runner) =>
      runner.write(
        queriesOf(runner.dialect)
          .insertInto('failure_watches')
          .values({
            task_id: watch.taskId,
            target_id: watch.targetId,
            watch_kind: watch.kind,
            subject: watch.subject,
            question: jsonText(watch.question),
            limit_value: watch.limit,
            interval_seconds: watch.intervalSeconds,
            reason: watch.reason,
          }),
      ),
    )
    return true
  } catch (error) {
    if (error instanceof DbmedicError && error.message.includes('GOV-145')) return false
    throw error
  }
}

interface LookRow {
  readonly result_number: number | null
  readonly watch_result: WatchLook['result']
  readonly measured_value: number | null
  readonly says: string
  readonly checked_at: TimeCell
}

const LOOK = sql.raw('r.result_number, r.watch_result, r.measured_value, r.says, r.checked_at')

const lookOf = (row: LookRow): WatchLook => ({
  number: row.result_number ?? 0,
  result: row.watch_result,
  value: row.measured_value,
  says: row.says,
  at: utc(row.checked_at),
})

interface DueRow extends LookRow {
  readonly watch_id: number
  readonly task_id: number
  readonly target_id: number
  readonly target_name: string
  readonly engine: string
  readonly watch_kind: WatchKind
  readonly subject: string | null
  readonly question: string
  readonly limit_value: number | null
  readonly interval_seconds: number
}

async function due(db: StoreDatabase, most: number): Promise<readonly DueWatch[]> {
  const { dialect } = db
  const since = sql.raw(DIALECTS[dialect].seconds('r.checked_at', DIALECTS[dialect].now))
  const rows = await db.all(
    statement(
      dialect,
      sql<DueRow>`SELECT w.watch_id, w.task_id, w.target_id, g.target_name, g.engine, w.watch_kind, w.subject, w.question, w.limit_value, w.interval_seconds, ${LOOK}
        FROM failure_watches w JOIN targets g ON g.target_id = w.target_id AND g.enabled = 1
        LEFT JOIN watch_results r ON r.watch_id = w.watch_id AND ${newest}
        WHERE ${runs(dialect)} AND (r.result_id IS NULL OR ${since} >= w.interval_seconds)
        ORDER BY r.checked_at, w.watch_id LIMIT ${mostly(most)}`,
    ),
  )
  return rows.map((row) => ({
    watchId: row.watch_id,
    taskId: row.task_id,
    targetId: row.target_id,
    targetName: row.target_name,
    engine: row.engine,
    kind: row.watch_kind,
    subject: row.subject,
    question: JSON.parse(row.question) as EvidenceQuestion,
    limit: row.limit_value,
    intervalSeconds: row.interval_seconds,
    last: row.result_number === null ? null : lookOf(row),
  }))
}

interface FailingRow extends LookRow {
  readonly watch_id: number
  readonly task_id: number
  readonly recovery_count: number
  readonly target_name: string
  readonly watch_kind: WatchKind
  readonly occurrence_count: number
}

async function failing(db: StoreDatabase, most: number): Promise<readonly FailingWatch[]> {
  const { dialect } = db
  const of = (member: string) => sql.raw(DIALECTS[dialect].jsonText('a.evidence', `$.${member}`))
  const [named, look] = [of('watchId'), of('look')]
  const rows = await db.all(
    statement(
      dialect,
      sql<FailingRow>`SELECT w.watch_id, w.task_id, k.recovery_count, g.target_name, w.watch_kind, p.occurrence_count, ${LOOK}
        FROM failure_watches w JOIN recovery_tasks k ON k.task_id = w.task_id JOIN failure_patterns p ON p.pattern_id = k.pattern_id
        JOIN targets g ON g.target_id = w.target_id JOIN watch_results r ON r.watch_id = w.watch_id AND ${newest}
        WHERE ${runs(dialect)} AND r.watch_result = 'FAILS' AND k.auto_recovery_enabled = 1
        AND NOT EXISTS (SELECT 1 FROM recovery_attempts a WHERE a.task_id = w.task_id AND (a.success IS NULL
          OR (a.recovery_strategy = 'PREVENTIVE' AND ${named} = w.watch_id AND ${look} + 0 > COALESCE((SELECT MAX(h.result_number)
            FROM watch_results h WHERE h.watch_id = w.watch_id AND h.watch_result = 'HOLDS'), 0))))
        ORDER BY w.watch_id LIMIT ${mostly(most)}`,
    ),
  )
  return rows.map((row) => ({
    watchId: row.watch_id,
    taskId: row.task_id,
    nextNumber: row.recovery_count + 1,
    targetName: row.target_name,
    kind: row.watch_kind,
    occurrences: row.occurrence_count,
    look: lookOf(row),
  }))
}

interface SettledRow {
  readonly attempt_id: number
  readonly task_id: number
  readonly evidence: string
  readonly watch_result: WatchLook['result']
  readonly occurrence_count: number
  readonly runs: number
}

async function settled(db: StoreDatabase, most: number): Promise<readonly SettledAttempt[]> {
  const { dialect } = db
  const named = sql.raw(DIALECTS[dialect].jsonText('a.evidence', '$.watchId'))
  const rows = await db.all(
    statement(
      dialect,
      sql<SettledRow>`SELECT a.attempt_id, a.task_id, a.evidence, r.watch_result, p.occurrence_count, CASE WHEN ${runs(dialect)} THEN 1 ELSE 0 END AS runs
        FROM recovery_attempts a JOIN recovery_tasks k ON k.task_id = a.task_id JOIN failure_patterns p ON p.pattern_id = k.pattern_id
        JOIN failure_watches w ON w.watch_id = ${named} JOIN watch_results r ON r.watch_id = w.watch_id AND ${newest}
        WHERE a.success IS NULL AND a.recovery_strategy = 'PREVENTIVE' ORDER BY a.attempt_id LIMIT ${mostly(most)}`,
    ),
  )
  return rows.flatMap((row) => {
    const isMet = row.occurrence_count > occurrencesIn(JSON.parse(row.evidence) as Json)
    const holds = row.watch_result === 'HOLDS'
    return isMet || holds || Number(row.runs) === 0
      ? [{ attemptId: row.attempt_id, taskId: row.task_id, prevented: holds && !isMet }]
      : []
  })
}

function occurrencesIn(evidence: Json): number {
  const value =
    typeof evidence === 'object' && evidence !== null && !Array.isArray(evidence)
      ? (evidence as { readonly [name: string]: Json })['occurrences']
      : undefined
  return typeof value === 'number' ? value : 0
}
