/** The figures of the dashboard and of /metrics, each counted by the store in one statement. */
import { type RawBuilder, sql } from 'kysely'
import type { BrowsePort, Dashboard, PipelineFigures } from '../../../core/browse-port.ts'
import { TERMINAL_ISSUE_STATES } from '../../../core/lifecycle.ts'
import { now, nowPlus, statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { utc } from '../../rows/cells.ts'

const DAY = 86_400
const ENDED = sql.join(TERMINAL_ISSUE_STATES.map((state) => sql.lit(state)))

/** Dashboard and figures over a store. */
export function figures(db: StoreDatabase): Pick<BrowsePort, 'dashboard' | 'figures'> {
  return { dashboard: (workspaceId) => dashboard(db, workspaceId), figures: () => pipelineFigures(db) }
}

/** Seconds from one instant to another. */
function between({ dialect }: StoreDatabase, from: RawBuilder<unknown>, to: RawBuilder<unknown>) {
  return dialect === 'sqlite'
    ? sql<number>`((julianday(${to}) - julianday(${from})) * 86400.0)`
    : sql<number>`(TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) / 1000000.0)`
}

const rowsOf = <R>(db: StoreDatabase, query: RawBuilder<R>): Promise<R[]> =>
  db.all(statement(db.dialect, query))

const orNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)

async function dashboard(db: StoreDatabase, workspaceId: number): Promise<Dashboard> {
  const [moment] = await rowsOf(db, sql<{ now: string }>`SELECT ${now(db.dialect)} AS now`)
  return {
    at: utc(moment?.now ?? ''),
    pending: await pending(db, sql`t.workspace_id = ${workspaceId}`),
    openIssues: await openIssues(db, workspaceId),
    runs: await runs(db, workspaceId),
    votes: await votes(db, workspaceId),
    targets: await targets(db, workspaceId),
    resolved: await resolved(db, workspaceId),
  }
}

async function pending(db: StoreDatabase, within: RawBuilder<unknown>): Promise<Dashboard['pending']> {
  const waiting = between(db, sql`MIN(d.created_at)`, now(db.dialect))
  const rows = await rowsOf(
    db,
    sql<{ risk: Dashboard['pending'][number]['riskLevel']; n: number; oldest: number }>`
      SELECT d.risk_level AS risk, COUNT(*) AS n, ${waiting} AS oldest
      FROM recovery_decisions d JOIN targets t ON t.target_id = d.target_id
      WHERE d.decision_status = 'PENDING_APPROVAL' AND d.expires_at > ${now(db.dialect)} AND ${within}
      GROUP BY d.risk_level`,
  )
  return rows.map((row) => ({
    riskLevel: row.risk,
    count: Number(row.n),
    oldestSeconds: Math.max(0, Math.round(Number(row.oldest))),
  }))
}

async function openIssues(db: StoreDatabase, workspaceId: number): Promise<Dashboard['openIssues']> {
  const age = between(db, sql`MIN(i.opened_at)`, now(db.dialect))
  const rows = await rowsOf(
    db,
    sql<{ severity: Dashboard['openIssues'][number]['key']; n: number; oldest: number }>`
      SELECT i.severity AS severity, COUNT(*) AS n, ${age} AS oldest
      FROM detected_issues i JOIN targets t ON t.target_id = i.target_id
      WHERE i.issue_status NOT IN (${ENDED}) AND t.workspace_id = ${workspaceId}
      GROUP BY i.severity`,
  )
  return rows.map((row) => ({
    key: row.severity,
    count: Number(row.n),
    oldestSeconds: Math.max(0, Math.round(Number(row.oldest))),
  }))
}

async function runs(db: StoreDatabase, workspaceId: number): Promise<Dashboard['runs']> {
  const lately = sql`x.finished_at > ${nowPlus(db.dialect, -DAY)} AND t.workspace_id = ${workspaceId}`
  const from = sql`FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
    JOIN targets t ON t.target_id = d.target_id`
  const byOutcome = await rowsOf(
    db,
    sql<{ outcome: Dashboard['runs']['byOutcome'][number]['key']; n: number }>`
      SELECT x.execution_outcome AS outcome, COUNT(*) AS n ${from}
      WHERE ${lately} AND x.execution_outcome IS NOT NULL GROUP BY x.execution_outcome`,
  )
  const percent = db.dialect === 'sqlite' ? sql`v.improvement_percent / 10000.0` : sql`v.improvement_percent`
  const [judged] = await rowsOf(
    db,
    sql<{ judged: number; improved: number | null; mean: number | null }>`
      SELECT COUNT(*) AS judged, SUM(CASE WHEN v.verdict = 'improved' THEN 1 ELSE 0 END) AS improved,
        AVG(${percent}) AS mean ${from} JOIN post_execution_metrics v ON v.execution_id = x.execution_id
      WHERE ${lately} AND x.purpose = 'DO' AND v.verdict <> 'undecided'`,
  )
  const [open] = await rowsOf(
    db,
    sql<{ n: number }>`SELECT COUNT(*) AS n ${from}
      WHERE x.finished_at IS NULL AND t.workspace_id = ${workspaceId}`,
  )
  return {
    byOutcome: byOutcome.map((row) => ({ key: row.outcome, count: Number(row.n) })),
    judged: Number(judged?.judged ?? 0),
    improved: Number(judged?.improved ?? 0),
    meanImprovementPercent: orNull(judged?.mean),
    open: Number(open?.n ?? 0),
  }
}

async function votes(db: StoreDatabase, workspaceId: number): Promise<Dashboard['votes']> {
  const wait = between(db, sql`d.created_at`, sql`a.approval_timestamp`)
  const standing = sql`CASE WHEN a.standing_approval_id IS NULL THEN 0 ELSE 1 END`
  const rows = await rowsOf(
    db,
    sql<{
      who: string
      status: Dashboard['votes'][number]['status']
      standing: number
      n: number
      wait: number
    }>`
      SELECT a.admin_user_id AS who, a.approval_status AS status, ${standing} AS standing, COUNT(*) AS n,
        AVG(${wait}) AS wait
      FROM admin_approvals a JOIN recovery_decisions d ON d.decision_id = a.decision_id
        JOIN targets t ON t.target_id = d.target_id
      WHERE a.approval_timestamp > ${nowPlus(db.dialect, -7 * DAY)} AND t.workspace_id = ${workspaceId}
      GROUP BY a.admin_user_id, a.approval_status, ${standing} ORDER BY a.admin_user_id LIMIT 500`,
  )
  return rows.map((row) => ({
    userName: row.who,
    status: row.status,
    standing: Number(row.standing) === 1,
    count: Number(row.n),
    meanSecondsToVote: Math.round(Number(row.wait) * 10) / 10,
  }))
}

async function targets(db: StoreDatabase, workspaceId: number): Promise<Dashboard['targets']> {
  const open = sql`FROM detected_issues i WHERE i.target_id = t.target_id AND i.issue_status NOT IN (${ENDED})`
  const rows = await rowsOf(
    db,
    sql<{
      id: number
      name: string
      engine: string
      enabled: number
      uid: string | null
      issues: number
      critical: number
      last: string | null
    }>`SELECT t.target_id AS id, t.target_name AS name, t.engine AS engine, t.enabled AS enabled,
        t.instance_uid AS uid, (SELECT COUNT(*) ${open}) AS issues,
        (SELECT COUNT(*) ${open} AND i.severity = 'CRITICAL') AS critical,
        (SELECT e.recorded_at FROM detection_events e WHERE e.target_id = t.target_id ORDER BY e.event_id DESC LIMIT 1) AS last
      FROM targets t WHERE t.workspace_id = ${workspaceId} ORDER BY t.target_name LIMIT 1000`,
  )
  return rows.map((row) => ({
    targetId: row.id,
    targetName: row.name,
    engine: row.engine,
    enabled: row.enabled === 1,
    seen: row.uid !== null,
    openIssues: Number(row.issues),
    criticalIssues: Number(row.critical),
    lastEventAt: row.last === null ? null : utc(row.last),
  }))
}

async function resolved(db: StoreDatabase, workspaceId: number): Promise<Dashboard['resolved']> {
  const day =
    db.dialect === 'sqlite' ? sql`substr(i.closed_at, 1, 10)` : sql`DATE_FORMAT(i.closed_at, '%Y-%m-%d')`
  const took = between(db, sql`i.opened_at`, sql`i.closed_at`)
  const rows = await rowsOf(
    db,
    sql<{ day: string; n: number; took: number }>`
      SELECT ${day} AS day, COUNT(*) AS n, AVG(${took}) AS took
      FROM detected_issues i JOIN targets t ON t.target_id = i.target_id
      WHERE i.issue_status = 'RESOLVED' AND i.closed_at > ${nowPlus(db.dialect, -30 * DAY)}
        AND t.workspace_id = ${workspaceId}
      GROUP BY ${day} ORDER BY ${day} DESC LIMIT 14`,
  )
  return rows.map((row) => ({
    day: row.day,
    count: Number(row.n),
    meanSeconds: Math.round(Number(row.took)),
  }))
}

async function pipelineFigures(db: StoreDatabase): Promise<PipelineFigures> {
  const month = nowPlus(db.dialect, -30 * DAY)
  const mean = async (query: RawBuilder<{ mean: number | null }>): Promise<number | null> =>
    orNull((await rowsOf(db, query))[0]?.mean)
  const firstEvent = sql`e.event_timestamp`
  const detect = between(db, firstEvent, sql`i.opened_at`)
  const acknowledge = between(db, sql`d.created_at`, sql`a.approval_timestamp`)
  const resolve = between(db, sql`i.opened_at`, sql`i.closed_at`)
  return {
    ...(await counts(db)),
    pending: await pending(db, sql`1 = 1`),
    detectSeconds: await mean(
      sql`SELECT AVG(${detect}) AS mean FROM detected_issues i
        JOIN detection_events e ON e.event_id = i.first_occurrence_event_id WHERE i.opened_at > ${month}`,
    ),
    acknowledgeSeconds: await mean(
      sql`SELECT AVG(${acknowledge}) AS mean FROM admin_approvals a
        JOIN recovery_decisions d ON d.decision_id = a.decision_id
        WHERE a.standing_approval_id IS NULL AND a.approval_timestamp > ${month}`,
    ),
    resolveSeconds: await mean(
      sql`SELECT AVG(${resolve}) AS mean FROM detected_issues i
        WHERE i.issue_status = 'RESOLVED' AND i.closed_at > ${month}`,
    ),
  }
}

type Counts = Pick<PipelineFigures, 'openIssues' | 'runs' | 'verdicts' | 'votes' | 'brier' | 'targets'>

async function counts(db: StoreDatabase): Promise<Counts> {
  type Figure<K extends 'openIssues' | 'runs' | 'verdicts' | 'votes'> = PipelineFigures[K][number]
  const list = async <R extends { readonly count: number }>(query: RawBuilder<R>): Promise<R[]> =>
    (await rowsOf(db, query)).map((row) => ({ ...row, count: Number(row.count) }))
  const accuracy =
    db.dialect === 'sqlite' ? sql`ai_confidence_accuracy / 100000000.0` : sql`ai_confidence_accuracy`
  const [brier] = await rowsOf(
    db,
    sql<{ mean: number | null; n: number }>`SELECT AVG(1 - ${accuracy}) AS mean, COUNT(*) AS n
      FROM learning_records WHERE learning_complete = 1 AND ai_confidence_accuracy IS NOT NULL`,
  )
  const age = between(
    db,
    sql`(SELECT e.recorded_at FROM detection_events e WHERE e.target_id = t.target_id ORDER BY e.event_id DESC LIMIT 1)`,
    now(db.dialect),
  )
  const targets = await rowsOf(
    db,
    sql<{ name: string; age: number | null }>`SELECT t.target_name AS name, ${age} AS age FROM targets t
      WHERE t.enabled = 1 ORDER BY t.target_id LIMIT 5000`,
  )
  return {
    openIssues: await list(
      sql<Figure<'openIssues'>>`SELECT issue_status AS state, severity, COUNT(*) AS count FROM detected_issues
        WHERE issue_status NOT IN (${ENDED}) GROUP BY issue_status, severity`,
    ),
    runs: await list(
      sql<
        Figure<'runs'>
      >`SELECT purpose, execution_outcome AS outcome, COUNT(*) AS count FROM action_executions
        WHERE execution_outcome IS NOT NULL GROUP BY purpose, execution_outcome`,
    ),
    verdicts: await list(
      sql<
        Figure<'verdicts'>
      >`SELECT verdict AS ${sql.id('key')}, COUNT(*) AS count FROM post_execution_metrics GROUP BY verdict`,
    ),
    votes: await list(
      sql<
        Figure<'votes'>
      >`SELECT approval_status AS ${sql.id('key')}, COUNT(*) AS count FROM admin_approvals GROUP BY approval_status`,
    ),
    brier: { mean: orNull(brier?.mean), records: Number(brier?.n ?? 0) },
    targets: targets.map((row) => ({ targetName: row.name, lastEventSeconds: orNull(row.age) })),
  }
}
