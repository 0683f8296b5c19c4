/** Watches as people have them: the list of one failure, accepting one, ending one. */
import { sql } from 'kysely'
import type { FailureWatch, WatchAcceptance, WatchLook } from '../../core/failure-watches.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import { now, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { utc, utcOrNull } from '../rows/cells.ts'
import { unknown } from './people-and-targets.ts'

/** Watches of one failure that are shown. */
const SHOWN_MOST = 20
const DAY_SECONDS = 86_400

/** Watches of a task, the newest first. */
export async function watchesOf(db: StoreDatabase, taskId: number): Promise<readonly FailureWatch[]> {
  const q = queriesOf(db.dialect)
  const rows = await db.all(
    q
      .selectFrom('failure_watches as w')
      .innerJoin('targets as g', 'g.target_id', 'w.target_id')
      .leftJoin('watch_results as r', (join) =>
        join
          .onRef('r.watch_id', '=', 'w.watch_id')
          .on(
            sql`r.result_number`,
            '=',
            sql`(SELECT MAX(n.result_number) FROM watch_results n WHERE n.watch_id = w.watch_id)`,
          ),
      )
      .selectAll('w')
      .select([
        'g.target_name',
        'r.result_number',
        'r.watch_result',
        'r.measured_value',
        'r.says',
        'r.checked_at',
      ])
      .select(
        sql<number>`CASE WHEN w.accepted_by IS NOT NULL AND w.ended_at IS NULL AND w.expires_at > ${now(db.dialect)} THEN 1 ELSE 0 END`.as(
          'runs',
        ),
      )
      .where('w.task_id', '=', taskId)
      .orderBy('w.watch_id', 'desc')
      .limit(SHOWN_MOST),
  )
  return rows.map((row) => ({
    watchId: row.watch_id,
    targetName: row.target_name,
    kind: row.watch_kind,
    subject: row.subject,
    question: JSON.parse(row.question) as EvidenceQuestion,
    limit: row.limit_value,
    intervalSeconds: row.interval_seconds,
    reason: row.reason,
    proposedAt: utc(row.proposed_at),
    acceptedBy: row.accepted_by,
    expiresAt: utcOrNull(row.expires_at),
    endedBy: row.ended_by,
    runs: Number(row.runs) === 1,
    look: lookOf(row),
  }))
}

function lookOf(row: {
  readonly result_number: number | null
  readonly watch_result: WatchLook['result'] | null
  readonly measured_value: number | null
  readonly says: string | null
  readonly checked_at: Parameters<typeof utc>[0] | null
}): WatchLook | null {
  const { result_number: number, watch_result: result, measured_value: value, says, checked_at: at } = row
  return number === null || result === null || says === null || at === null
    ? null
    : { number, result, value, says, at: utc(at) }
}

/** Accepts or ends one. @throws DbmedicError DBM_STORE_NO_ROW; DBM_STORE_REFUSED with the rule */
export async function changeWatch(
  runner: Runner,
  change: Parameters<WatchAcceptance['acceptWatch']>[0] | Parameters<WatchAcceptance['endWatch']>[0],
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const { watchId, workspaceId, by } = change
  const row = await runner.first(
    q
      .selectFrom('failure_watches as w')
      .innerJoin('targets as g', 'g.target_id', 'w.target_id')
      .select('w.watch_id')
      .where('w.watch_id', '=', watchId)
      .$if(workspaceId !== null, (query) => query.where('g.workspace_id', '=', workspaceId)),
  )
  if (row === null) unknown(`watch ${watchId}`)
  const set =
    'days' in change
      ? { accepted_by: by, expires_at: nowPlus(runner.dialect, change.days * DAY_SECONDS) }
      : { ended_by: by }
  await runner.write(q.updateTable('failure_watches').set(set).where('watch_id', '=', watchId))
}
