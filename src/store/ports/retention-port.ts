/**
 * `retention`: deletes samples and sealed batches of events that are old enough, in bounded steps. What is asked for is
 * bounded again by the schema's own floors (GOV-083, GOV-084), so a wrong age deletes nothing it must not.
 */
import { type SqlBool, sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import type {
  PrunedBatch,
  RetentionAges,
  RetentionPort,
  RetentionTask,
  RetentionTaskState,
  RowsDue,
} from '../../core/retention-port.ts'
import { bounded, now, nowPlus, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { utcOrNull } from '../rows/cells.ts'
import { EVENT_DAYS_LEAST, openRun, SAMPLE_DAYS_LEAST } from '../schema/conditions-around.ts'
import { DIALECTS } from '../schema/dialect.ts'
import { leaseEnd, leaseIsFree } from './leases.ts'

const DAY_SECONDS = 86_400
/** Counting what is due stops here. */
const COUNT_MOST = 1_000_000
/** Rows of one DELETE; a longer list of ids would be a statement of its own size each time. */
const IDS_MOST = 512

/** The retention port over the role's store. */
export function retentionPort(db: StoreDatabase): RetentionPort {
  return {
    tasks: () => tasks(db),
    claim: async (task, lease, restSeconds) => {
      const { dialect } = db
      const written = await db.write(
        statement(
          dialect,
          sql`UPDATE retention_tasks SET lease_owner = ${lease.owner}, lease_expires_at = ${leaseEnd(dialect, lease)}
            WHERE task_name = ${task} AND ${leaseIsFree(dialect)}
            AND (finished_at IS NULL OR finished_at <= ${nowPlus(dialect, -Math.max(0, restSeconds))})`,
        ),
      )
      return written.rows === 1
    },
    finish: async (task, owner, removedRows) => {
      const { dialect } = db
      await db.write(
        statement(
          dialect,
          sql`UPDATE retention_tasks SET finished_at = ${now(dialect)}, removed_rows = ${removedRows},
            lease_expires_at = ${now(dialect)} WHERE task_name = ${task} AND lease_owner = ${owner}`,
        ),
      )
    },
    due: (task, ages) => (task === 'samples' ? samplesDue(db, ages) : eventsDue(db, ages)),
    pruneSamples: (ages, most) => db.transaction((runner) => pruneSamples(runner, ages, most)),
    pruneEvents: (ages, afterBatchId, by) => pruneEvents(db, { ages, afterBatchId, by }),
  }
}

async function tasks(db: StoreDatabase): Promise<readonly RetentionTaskState[]> {
  const { dialect } = db
  const rows = await db.all(
    queriesOf(dialect)
      .selectFrom('retention_tasks')
      .select(['task_name', 'finished_at', 'removed_rows', 'lease_owner'])
      .select(sql<number>`CASE WHEN ${leaseIsFree(dialect)} THEN 1 ELSE 0 END`.as('free'))
      .orderBy('task_name', 'desc'),
  )
  return rows.map((row) => ({
    task: row.task_name as RetentionTask,
    heldBy: Number(row.free) === 1 ? null : row.lease_owner,
    finishedAt: utcOrNull(row.finished_at),
    removedRows: row.removed_rows,
  }))
}

/** Old enough for its series, and in no window of a run that is still to be judged. */
function sampleIsDue(db: Pick<Runner, 'dialect'>, ages: RetentionAges) {
  const { dialect } = db
  const before = (days: number) => nowPlus(dialect, -Math.max(SAMPLE_DAYS_LEAST, days) * DAY_SECONDS)
  const first = before(Math.min(ages.samplesDays, ages.plansDays))
  const needed = sql.raw(openRun(DIALECTS[dialect], 'm'))
  return sql<SqlBool>`m.window_end <= ${first} AND m.window_end <= CASE m.series_kind WHEN 'plan' THEN ${before(ages.plansDays)} ELSE ${before(ages.samplesDays)} END
    AND NOT EXISTS (${needed})`
}

async function samplesDue(db: StoreDatabase, ages: RetentionAges): Promise<RowsDue> {
  const row = await db.first(
    statement(
      db.dialect,
      sql<{
        n: number
      }>`SELECT COUNT(*) AS n FROM (SELECT 1 FROM metric_samples m WHERE ${sampleIsDue(db, ages)} LIMIT ${sql.raw(String(COUNT_MOST))}) s`,
    ),
  )
  const rows = Number(row?.n ?? 0)
  return { rows, more: rows === COUNT_MOST, batches: null }
}

async function pruneSamples(runner: Runner, ages: RetentionAges, most: number): Promise<number> {
  const { dialect } = runner
  const found = await runner.all(
    statement(
      dialect,
      sql<{
        id: number
      }>`SELECT m.sample_id AS id FROM metric_samples m WHERE ${sampleIsDue(runner, ages)} ORDER BY m.window_end LIMIT ${sql.raw(String(bounded(most, 5000)))}`,
    ),
  )
  let removed = 0
  for (let at = 0; at < found.length; at += IDS_MOST) {
    const ids = padded(found.slice(at, at + IDS_MOST).map(({ id }) => id))
    removed += (
      await runner.write(queriesOf(dialect).deleteFrom('metric_samples').where('sample_id', 'in', ids))
    ).rows
  }
  return removed
}

const batchesDue = (db: StoreDatabase, ages: RetentionAges) =>
  queriesOf(db.dialect)
    .selectFrom('event_batches as b')
    .leftJoin('event_prunings as p', 'p.batch_id', 'b.batch_id')
    .where('p.pruning_id', 'is', null)
    .where(
      'b.sealed_at',
      '<=',
      nowPlus(db.dialect, -Math.max(EVENT_DAYS_LEAST, ages.eventsDays) * DAY_SECONDS),
    )

async function eventsDue(db: StoreDatabase, ages: RetentionAges): Promise<RowsDue> {
  const row = await db.first(
    batchesDue(db, ages).select((e) => [
      e.fn.count<number>('b.batch_id').as('batches'),
      e.fn.sum<number>('b.event_count').as('events'),
    ]),
  )
  return { rows: Number(row?.events ?? 0), more: false, batches: Number(row?.batches ?? 0) }
}

async function pruneEvents(
  db: StoreDatabase,
  {
    ages,
    afterBatchId,
    by,
  }: { readonly ages: RetentionAges; readonly afterBatchId: number; readonly by: string | null },
): Promise<PrunedBatch | null> {
  const q = queriesOf(db.dialect)
  const batch = await db.first(
    batchesDue(db, ages)
      .select(['b.batch_id', 'b.first_event_id', 'b.last_event_id', 'b.event_count'])
      .where('b.batch_id', '>', afterBatchId)
      .orderBy('b.batch_id')
      .limit(1),
  )
  if (batch === null) return null
  const { batch_id: batchId, first_event_id: first, last_event_id: last } = batch
  try {
    const who = by === null ? 'by itself' : `for ${by}`
    const reason = `${who}: sealed more than ${ages.eventsDays} days ago; events an issue refers to stay`
    const kept = await db.transaction(async (runner) => {
      await runner.write(q.insertInto('event_prunings').values({ batch_id: batchId, reason }))
      return runner.first(
        statement(
          db.dialect,
          sql<{ n: number }>`SELECT COUNT(*) AS n FROM (
            SELECT first_occurrence_event_id AS id FROM detected_issues WHERE first_occurrence_event_id BETWEEN ${first} AND ${last}
            UNION SELECT last_detection_event_id FROM detected_issues WHERE last_detection_event_id BETWEEN ${first} AND ${last}) k`,
        ),
      )
    })
    return { batchId, removed: batch.event_count - Number(kept?.n ?? 0), refused: null }
  } catch (error) {
    if (!(error instanceof DbmedicError) || error.code !== 'DBM_STORE_REFUSED') throw error
    return { batchId, removed: 0, refused: error.message }
  }
}
