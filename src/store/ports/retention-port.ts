/**
 * `retention`: deletes samples and sealed batches of events that are old enough, in bounded steps. What is asked for is
 * bounded again by the schema's own floors (GOV-083, GOV-084), so a wrong age deletes nothing it must not.
 */
import { type SqlBool, sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import type {
  PrunedBatch,
  PrunedSamples,
  RetentionAges,
  RetentionPort,
  RetentionTask,
  RetentionTaskState,
  RowsDue,
} from '../../core/retention-port.ts'
import { fineKindOf } from '../../core/rolled-series.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { bounded, now, nowPlus, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, utc, utcOrNull } from '../rows/cells.ts'
import {
  EVENT_DAYS_LEAST,
  FINE_DAYS_LEAST,
  openRun,
  ROLL_SPAN_MOST_MS,
  SAMPLE_DAYS_LEAST,
} from '../schema/conditions-around.ts'
import { DIALECTS } from '../schema/dialect.ts'
import { leaseEnd, leaseIsFree } from './leases.ts'
import { failuresDue, pruneFailures } from './prune-failures.ts'

const DAY_SECONDS = 86_400
/** Counting what is due stops here. */
const COUNT_MOST = 1_000_000
/** Rows of one DELETE; a longer list of ids would be a statement of its own size each time. */
const IDS_MOST = 512

/** The retention port over the role's store. */
export function retentionPort(db: StoreDatabase): RetentionPort {
  let looked: Looked | null = null
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
    due: (task, ages) =>
      task === 'samples' ? db.transaction((runner) => samplesDue(runner, ages, looked)) : eventsDue(db, ages),
    pruneSamples: async (ages, most) => {
      const step = await db.transaction((runner) => pruneSamples(runner, ages, { most, looked }))
      // Only now: what was undone is looked at again.
      looked = step.looked
      return { removed: step.removed, more: step.more }
    },
    pruneEvents: (ages, afterBatchId, by) => pruneEvents(db, { ages, afterBatchId, by }),
    failuresDue: () => failuresDue(db),
    pruneFailures: (after, most) => pruneFailures(db, after, most),
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

/** Fine windows are looked for this far back, days: what stayed longer has no rolled window and goes by its own age. */
const FINE_LOOK_DAYS = 3

/** The store's clock, so many days ago, as a value: MySQL looks no range up by an expression of SYSDATE. */
type DaysAgo = (days: number) => string

async function storeClock(runner: Pick<Runner, 'dialect' | 'first'>): Promise<DaysAgo> {
  const { dialect } = runner
  const row = await runner.first(statement(dialect, sql<{ at: string }>`SELECT ${now(dialect)} AS at`))
  const nowMs = toMs(utc(row?.at ?? ''))
  return (days) => cellsOf(dialect).time(fromMs(nowMs - days * DAY_SECONDS * 1000))
}

/** In no window of a run that is still to be judged. */
const isFree = ({ dialect }: Pick<Runner, 'dialect'>) =>
  sql<SqlBool>`NOT EXISTS (${sql.raw(openRun(DIALECTS[dialect], 'm'))})`

/** What is asked of the samples, and when. */
interface Asked {
  readonly ages: RetentionAges
  readonly daysAgo: DaysAgo
  readonly looked: Looked | null
}

/** Old enough for its series. */
function isOld(db: Pick<Runner, 'dialect'>, { ages, daysAgo }: Asked) {
  const before = (days: number) => daysAgo(Math.max(SAMPLE_DAYS_LEAST, days))
  const first = before(Math.min(ages.samplesDays, ages.plansDays))
  return sql<SqlBool>`m.window_end <= ${first} AND m.window_end <= CASE m.series_kind WHEN 'plan' THEN ${before(ages.plansDays)} ELSE ${before(ages.samplesDays)} END
    AND ${isFree(db)}`
}

/** How far this process has looked for rolled windows: each sample is looked at once. */
interface Looked {
  readonly windowEnd: UtcTime
  readonly sampleId: number
}

/** A sample as far as it is looked at. */
interface Seen {
  readonly sample_id: number
  readonly target_id: number
  readonly instance_uid: string
  readonly series_kind: string
  readonly series_key: string
  readonly window_start: string
  readonly window_end: string
  readonly calls: number
}

/** The next samples after what was looked at that are older than fine windows stay, oldest first. */
function nextSeen(runner: Runner, { ages, daysAgo, looked }: Asked, most: number): Promise<readonly Seen[]> {
  const { dialect } = runner
  const days = Math.max(FINE_DAYS_LEAST, ages.fineDays)
  const farthest = Math.min(days + FINE_LOOK_DAYS, Math.max(SAMPLE_DAYS_LEAST, ages.samplesDays))
  const end = looked && cellsOf(dialect).time(looked.windowEnd)
  const beyond =
    looked === null
      ? sql<SqlBool>`1 = 1`
      : sql<SqlBool>`window_end >= ${end} AND (window_end > ${end} OR sample_id > ${looked.sampleId})`
  return runner.all(
    statement(
      dialect,
      sql<Seen>`SELECT sample_id, target_id, instance_uid, series_kind, series_key, window_start, window_end, calls
        FROM metric_samples WHERE window_end <= ${daysAgo(days)} AND window_end > ${daysAgo(farthest)} AND ${beyond}
        ORDER BY window_end, sample_id LIMIT ${sql.raw(String(most))}`,
    ),
  )
}

/** Fine windows that a rolled one holds the sums of, as the schema will see it (GOV-084); none if it lacks any calls. */
async function inside(runner: Runner, rolled: Seen): Promise<readonly { readonly id: number }[]> {
  const fineKind = fineKindOf(rolled.series_kind)
  if (fineKind === null) return []
  const found = await runner.all(
    statement(
      runner.dialect,
      sql<{ id: number; calls: number; free: number }>`SELECT m.sample_id AS id, m.calls AS calls,
        CASE WHEN ${isFree(runner)} THEN 1 ELSE 0 END AS free FROM metric_samples m
        WHERE m.target_id = ${rolled.target_id} AND m.series_kind = ${fineKind} AND m.series_key = ${rolled.series_key}
        AND m.instance_uid = ${rolled.instance_uid} AND m.window_end <= ${rolled.window_end}
        AND m.window_start BETWEEN ${rolled.window_start} AND ${rolled.window_end}`,
    ),
  )
  const calls = found.reduce((sum, row) => sum + Number(row.calls), 0)
  const spanMs = toMs(utc(rolled.window_end)) - toMs(utc(rolled.window_start))
  if (calls > Number(rolled.calls) || spanMs > ROLL_SPAN_MOST_MS) return []
  return found.filter(({ free }) => Number(free) === 1)
}

/** One step of the search for fine windows that may go, `most` of them out of `most` samples, and how far it got. */
async function lookFurther(runner: Runner, asked: Asked, most: number) {
  const seen = await nextSeen(runner, asked, most)
  const fine: { readonly id: number }[] = []
  let { looked } = asked
  for (const row of seen) {
    const found = await inside(runner, row)
    const room = most - fine.length
    fine.push(...found.slice(0, room))
    // The rest of it is looked at again.
    if (found.length > room) return { fine, more: true, looked }
    looked = { windowEnd: utc(row.window_end), sampleId: Number(row.sample_id) }
  }
  return { fine, more: seen.length >= most, looked }
}

/** Counts old samples up to a million, and looks at up to 50,000 others, which is as much as is worth waiting for. */
async function samplesDue(runner: Runner, ages: RetentionAges, from: Looked | null): Promise<RowsDue> {
  const asked = { ages, looked: from, daysAgo: await storeClock(runner) }
  const row = await runner.first(
    statement(
      runner.dialect,
      sql<{
        n: number
      }>`SELECT COUNT(*) AS n FROM (SELECT 1 FROM metric_samples m WHERE ${isOld(runner, asked)} LIMIT ${sql.raw(String(COUNT_MOST))}) s`,
    ),
  )
  const old = Number(row?.n ?? 0)
  let [rows, more, looked] = [old, true, from]
  for (let step = 0; step < 10 && more; step += 1) {
    const found = await lookFurther(runner, { ...asked, looked }, 5000)
    rows += found.fine.length
    ;({ more, looked } = found)
  }
  return { rows, more: more || old === COUNT_MOST, batches: null }
}

/** One step, and how far was looked. */
interface Step extends PrunedSamples {
  readonly looked: Looked | null
}

async function pruneSamples(
  runner: Runner,
  ages: RetentionAges,
  { most, looked }: { readonly most: number; readonly looked: Looked | null },
): Promise<Step> {
  const asked = { ages, looked, daysAgo: await storeClock(runner) }
  const wanted = bounded(most, 5000)
  const old = await runner.all(
    statement(
      runner.dialect,
      sql<{
        id: number
      }>`SELECT m.sample_id AS id FROM metric_samples m WHERE ${isOld(runner, asked)} ORDER BY m.window_end LIMIT ${sql.raw(String(wanted))}`,
    ),
  )
  if (old.length > 0) return { removed: await removeSamples(runner, old), more: true, looked }
  const found = await lookFurther(runner, asked, wanted)
  return { ...found, removed: await removeSamples(runner, found.fine) }
}

async function removeSamples(runner: Runner, found: readonly { readonly id: number }[]): Promise<number> {
  let removed = 0
  for (let at = 0; at < found.length; at += IDS_MOST) {
    const ids = padded(found.slice(at, at + IDS_MOST).map(({ id }) => id))
    const q = queriesOf(runner.dialect).deleteFrom('metric_samples').where('sample_id', 'in', ids)
    removed += (await runner.write(q)).rows
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
