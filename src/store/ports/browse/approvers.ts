/** How people approve, counted by the store: how many an hour, how long they read, what they decline, what they say. */
import { type RawBuilder, sql } from 'kysely'
import {
  type ApproverRecord,
  RUBBER_STAMP_CODES,
  RUBBER_STAMP_LIMITS,
  type RubberStampLimits,
} from '../../../core/approval-audit.ts'
import type { BrowsePort } from '../../../core/browse-port.ts'
import { nowPlus, statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { secondsBetween, secondsSince2000 } from './seconds-between.ts'

const DAY = 86_400
const HOUR = 3_600
/** People and reasons that are counted at most. */
const PEOPLE_MOST = 500
const REASONS_MOST = 5_000

/** The approval audit over a store. */
export const approvers = (db: StoreDatabase): Pick<BrowsePort, 'approvers'> => ({
  approvers: (query) => approverRecords(db, { limits: RUBBER_STAMP_LIMITS, ...query }),
})

type Counted = Readonly<Record<'approved' | 'declined' | 'busiest' | 'readings', number | string | null>> &
  Readonly<Record<(typeof RUBBER_STAMP_CODES)[number], number | string>> & {
    readonly who: string
    readonly middle: number | string | null
  }

async function approverRecords(
  db: StoreDatabase,
  query: Required<Parameters<BrowsePort['approvers']>[0]>,
): Promise<readonly ApproverRecord[]> {
  const { limits } = query
  const votes = votesOf(db, query)
  const people = await db.all(statement(db.dialect, counted(votes, limits)))
  const reasons = await db.all(
    statement(
      db.dialect,
      sql<{ who: string; reason: ApproverRecord['reasons'][number]['key']; n: number | string }>`
        WITH votes AS (${votes}) SELECT who, reason, COUNT(*) AS n FROM votes
        GROUP BY who, reason ORDER BY n DESC, reason LIMIT ${sql.lit(REASONS_MOST)}`,
    ),
  )
  const byPerson = Map.groupBy(reasons, ({ who }) => who)
  return people.map((row) => ({
    ...recordOf(row, limits),
    reasons: (byPerson.get(row.who) ?? []).map(({ reason, n }) => ({ key: reason, count: Number(n) })),
  }))
}

/** Votes people gave themselves, each with its moment and how long its evidence had been open. */
function votesOf(
  { dialect }: StoreDatabase,
  { workspaceId, days }: Parameters<BrowsePort['approvers']>[0],
): RawBuilder<unknown> {
  return sql`SELECT a.admin_user_id AS who, a.approval_reason AS reason,
      CASE WHEN a.approval_status = 'DECLINED' THEN 0 ELSE 1 END AS is_yes,
      ${secondsSince2000(dialect, sql`a.approval_timestamp`)} AS at_second,
      ${secondsBetween(dialect, sql`r.opened_at`, sql`a.approval_timestamp`)} AS read_seconds
    FROM admin_approvals a JOIN recovery_decisions d ON d.decision_id = a.decision_id
      JOIN targets t ON t.target_id = d.target_id
      LEFT JOIN decision_readings r ON r.decision_id = a.decision_id AND r.user_id = a.admin_user_id
        AND r.plan_digest = a.plan_digest AND r.opened_at <= a.approval_timestamp
    WHERE a.standing_approval_id IS NULL AND a.approval_timestamp > ${nowPlus(dialect, -days * DAY)}
      AND t.workspace_id = ${workspaceId}`
}

/** For each person the counts, and for each limit whether it is passed. */
function counted(votes: RawBuilder<unknown>, limits: RubberStampLimits): RawBuilder<Counted> {
  const { MANY_AN_HOUR, READ_QUICKLY, NEVER_DECLINES, ONE_REASON } = limits
  const flag = (condition: RawBuilder<unknown>, code: string): RawBuilder<unknown> =>
    sql`CASE WHEN ${condition} THEN 1 ELSE 0 END AS ${sql.id(code)}`
  return sql<Counted>`WITH votes AS (${votes}),
    whole AS (SELECT who, SUM(is_yes) AS approved, SUM(1 - is_yes) AS declined,
        COUNT(DISTINCT CASE WHEN is_yes = 1 THEN reason END) AS yes_reasons FROM votes GROUP BY who),
    busy AS (SELECT h.who AS who, MAX(h.n) AS busiest FROM
        (SELECT who, COUNT(*) OVER (PARTITION BY who ORDER BY at_second
          RANGE BETWEEN ${sql.lit(HOUR)} PRECEDING AND CURRENT ROW) AS n FROM votes WHERE is_yes = 1) h GROUP BY h.who),
    readers AS (SELECT m.who AS who, AVG(m.read_seconds) AS middle, MAX(m.n) AS readings FROM
        (SELECT who, read_seconds, ROW_NUMBER() OVER (PARTITION BY who ORDER BY read_seconds) AS place,
          COUNT(*) OVER (PARTITION BY who) AS n FROM votes WHERE is_yes = 1 AND read_seconds IS NOT NULL) m
        WHERE 2 * m.place BETWEEN m.n AND m.n + 2 GROUP BY m.who)
    SELECT w.who AS who, w.approved AS approved, w.declined AS declined, b.busiest AS busiest,
      m.middle AS middle, m.readings AS readings,
      ${flag(sql`b.busiest >= ${MANY_AN_HOUR.limit}`, 'MANY_AN_HOUR')},
      ${flag(sql`m.readings >= ${READ_QUICKLY.leastApprovals} AND m.middle < ${READ_QUICKLY.limit}`, 'READ_QUICKLY')},
      ${flag(sql`w.approved >= ${NEVER_DECLINES.leastApprovals} AND w.declined = ${NEVER_DECLINES.limit}`, 'NEVER_DECLINES')},
      ${flag(sql`w.approved >= ${ONE_REASON.leastApprovals} AND w.yes_reasons = ${ONE_REASON.limit}`, 'ONE_REASON')}
    FROM whole w LEFT JOIN busy b ON b.who = w.who LEFT JOIN readers m ON m.who = w.who
    ORDER BY w.who LIMIT ${sql.lit(PEOPLE_MOST)}`
}

function recordOf(row: Counted, limits: RubberStampLimits): Omit<ApproverRecord, 'reasons'> {
  const [approved, declined] = [Number(row.approved), Number(row.declined)]
  return {
    userName: row.who,
    approved,
    declined,
    declinedPercent: Math.round((1_000 * declined) / (approved + declined)) / 10,
    approvalsInBusiestHour: Number(row.busiest ?? 0),
    medianReadingSeconds: row.middle === null ? null : Math.round(Number(row.middle) * 10) / 10,
    readings: Number(row.readings ?? 0),
    warnings: RUBBER_STAMP_CODES.filter((code) => Number(row[code]) === 1).map((code) => {
      const { limit, unit, why } = limits[code]
      return { code, limit, unit, why }
    }),
  }
}
