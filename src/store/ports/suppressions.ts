/** Suppressions as each role has them: making and ending, asking what holds, counting what was held, and pages of them. */
import { type Selectable, type SqlBool, sql } from 'kysely'
import type { Page } from '../../core/browse-port.ts'
import type {
  HoldingDesk,
  NewSuppression,
  Suppression,
  SuppressionDesk,
  SuppressionQuery,
} from '../../core/suppressions.ts'
import { bounded, now, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { utc, utcOrNull } from '../rows/cells.ts'
import type { DetectedIssuesTable, SuppressionsTable } from '../tables.ts'
import { unknown } from './people-and-targets.ts'

/** Rows of a page at most. */
const PAGE_MOST = 200

/** Making and ending. */
export function suppressionDesk(db: StoreDatabase): SuppressionDesk {
  return {
    suppress: (suppression) => db.transaction((runner) => suppress(runner, suppression)),
    endSuppression: async (suppressionId, by) => {
      const ended = await db.transaction((runner) =>
        runner.write(
          queriesOf(runner.dialect)
            .updateTable('suppressions')
            .set({ ended_by: by })
            .where('suppression_id', '=', suppressionId)
            .where('ended_by', 'is', null)
            .where('expires_at', '>', now(runner.dialect)),
        ),
      )
      if (ended.rows === 0) unknown(`suppression ${suppressionId} that holds`)
    },
  }
}

/** What it is of is read from its issue in the same transaction; the store judges the rest. */
async function suppress(runner: Runner, { issueId, seconds, reason, by }: NewSuppression): Promise<number> {
  const q = queriesOf(runner.dialect)
  const issue = await runner.first(
    q
      .selectFrom('detected_issues')
      .select(['target_id', 'issue_fingerprint', 'severity'])
      .where('issue_id', '=', issueId),
  )
  if (issue === null) unknown(`issue ${issueId}`)
  const written = await runner.write(
    q.insertInto('suppressions').values({
      issue_id: issueId,
      ...issue,
      reason,
      suppressed_by: by,
      expires_at: nowPlus(runner.dialect, seconds),
    }),
  )
  return written.id
}

/** Asking and counting. */
export function holdingDesk(db: StoreDatabase): HoldingDesk {
  const q = queriesOf(db.dialect)
  return {
    holding: async (issueFingerprint, targetId) => {
      const row = await db.first(
        q
          .selectFrom('suppressions as s')
          .select(['s.suppression_id', 's.severity', 's.last_held_event_id'])
          .where('s.issue_fingerprint', '=', issueFingerprint)
          .where('s.target_id', '=', targetId)
          .where(holds(db))
          .orderBy('s.suppression_id', 'desc')
          .limit(1),
      )
      return row === null
        ? null
        : {
            suppressionId: row.suppression_id,
            severity: row.severity,
            lastHeldEventId: row.last_held_event_id,
          }
    },
    countHeld: (suppressionId, eventId) =>
      db.transaction((runner) => countHeld(runner, suppressionId, eventId)),
  }
}

async function countHeld(runner: Runner, suppressionId: number, eventId: number): Promise<boolean> {
  const q = queriesOf(runner.dialect)
  const row = await runner.first(
    q
      .selectFrom('suppressions as s')
      .select(['s.held_count', 's.last_held_event_id'])
      .where('s.suppression_id', '=', suppressionId)
      .where(holds(runner))
      // Two copies that count at once wait for each other here.
      .$if(runner.dialect === 'mysql', (query) => query.forUpdate()),
  )
  if (row === null) return false
  if (eventId <= (row.last_held_event_id ?? 0)) return true
  await runner.write(
    q
      .updateTable('suppressions')
      .set({ held_count: row.held_count + 1, last_held_event_id: eventId })
      .where('suppression_id', '=', suppressionId),
  )
  return true
}

const holds = ({ dialect }: Pick<Runner, 'dialect'>) =>
  sql<SqlBool>`s.ended_at IS NULL AND s.expires_at > ${now(dialect)}`

/** One page, the newest first. */
export async function listSuppressions(
  db: StoreDatabase,
  query: SuppressionQuery,
): Promise<Page<Suppression>> {
  const limit = bounded(query.limit, PAGE_MOST)
  let find = queriesOf(db.dialect)
    .selectFrom('suppressions as s')
    .innerJoin('detected_issues as i', 'i.issue_id', 's.issue_id')
    .innerJoin('targets as t', 't.target_id', 's.target_id')
    .selectAll('s')
    .select('t.target_name')
    .select(['i.issue_category', 'i.rule_id', 'i.affected_resource_name'])
    .select(sql<number>`CASE WHEN ${holds(db)} THEN 1 ELSE 0 END`.as('is_active'))
  if (query.workspaceId !== undefined) find = find.where('t.workspace_id', '=', query.workspaceId)
  if (query.active !== undefined)
    find = find.where(query.active ? holds(db) : sql<SqlBool>`NOT (${holds(db)})`)
  if (query.suppressionId !== undefined) find = find.where('s.suppression_id', '=', query.suppressionId)
  if (query.issueId !== undefined)
    find = find.where(
      sql<SqlBool>`EXISTS (SELECT 1 FROM detected_issues o WHERE o.issue_id = ${query.issueId}
        AND o.issue_fingerprint = s.issue_fingerprint AND o.target_id = s.target_id)`,
    )
  if (query.after !== null) find = find.where('s.suppression_id', '<', query.after.id)
  const rows = await db.all(find.orderBy('s.suppression_id', 'desc').limit(limit + 1))
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(suppressionOf),
    next:
      rows.length > limit && last !== undefined
        ? { value: last.suppression_id, id: last.suppression_id }
        : null,
  }
}

type Row = Selectable<SuppressionsTable> &
  Pick<Selectable<DetectedIssuesTable>, 'issue_category' | 'rule_id' | 'affected_resource_name'> & {
    readonly is_active: number
    readonly target_name: string
  }

const suppressionOf = (row: Row): Suppression => ({
  suppressionId: row.suppression_id,
  issueId: row.issue_id,
  targetId: row.target_id,
  targetName: row.target_name,
  issueFingerprint: row.issue_fingerprint,
  issueCategory: row.issue_category,
  ruleId: row.rule_id,
  affectedResourceName: row.affected_resource_name,
  severity: row.severity,
  reason: row.reason,
  suppressedBy: row.suppressed_by,
  suppressedAt: utc(row.suppressed_at),
  expiresAt: utc(row.expires_at),
  endedBy: row.ended_by,
  endedAt: utcOrNull(row.ended_at),
  isActive: Number(row.is_active) === 1,
  heldCount: row.held_count,
})
