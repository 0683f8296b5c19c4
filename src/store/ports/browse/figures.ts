/** The figures of the dashboard and of /metrics, each counted by the store in one statement. */
import { type RawBuilder, sql } from 'kysely'
import type {
  BrowsePort,
  Dashboard,
  LastingFigures,
  MeanTimes,
  PipelineFigures,
} from '../../../core/browse-port.ts'
import { OPEN_ISSUE_STATES } from '../../../core/lifecycle.ts'
import type { Severity } from '../../../core/vocabulary.ts'
import { now, nowPlus, statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { utc } from '../../rows/cells.ts'
import { secondsBetween } from './seconds-between.ts'

const DAY = 86_400
/** Named one by one: a list of states is looked up in the index over them, NOT IN reads every issue there ever was. */
const OPEN = sql.join(OPEN_ISSUE_STATES.map((state) => sql.lit(state)))
/** Targets of a workspace that are counted at most, times three severities. */
const OPEN_GROUPS_MOST = 15_000

/** Dashboard and figures over a store. */
export function figures(db: StoreDatabase): Pick<BrowsePort, 'dashboard' | 'figures'> {
  return {
    dashboard: (workspaceId, known) => dashboard(db, workspaceId, known ?? {}),
    figures: (known) => pipelineFigures(db, known),
  }
}

const between = ({ dialect }: StoreDatabase, from: RawBuilder<unknown>, to: RawBuilder<unknown>) =>
  secondsBetween(dialect, from, to)

const rowsOf = <R>(db: StoreDatabase, query: RawBuilder<R>): Promise<R[]> =>
  db.all(statement(db.dialect, query))

const orNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)

async function dashboard(
  db: StoreDatabase,
  workspaceId: number,
  known: Partial<LastingFigures>,
): Promise<Dashboard> {
  const [moment] = await rowsOf(db, sql<{ now: string }>`SELECT ${now(db.dialect)} AS now`)
  const open = await openGroups(db, workspaceId)
  return {
    at: utc(moment?.now ?? ''),
    pending: await pending(db, sql`t.workspace_id = ${workspaceId}`),
    openIssues: bySeverity(open),
    suppressed: await suppressed(db, sql`t.workspace_id = ${workspaceId}`),
    runs: known.runs ?? (await runs(db, workspaceId)),
    votes: known.votes ?? (await votes(db, workspaceId)),
    targets: await targets(db, workspaceId, open),
    resolved: known.resolved ?? (await resolved(db, workspaceId)),
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

/** Open issues of one target and severity. */
interface OpenGroup {
  readonly targetId: number
  readonly severity: Severity
  readonly count: number
  readonly oldestSeconds: number
}

/** Counted once, for the severities and for the targets. */
async function openGroups(db: StoreDatabase, workspaceId: number): Promise<readonly OpenGroup[]> {
  const age = between(db, sql`MIN(i.opened_at)`, now(db.dialect))
  const rows = await rowsOf(
    db,
    sql<{ target: number; severity: Severity; n: number; oldest: number }>`
      SELECT i.target_id AS target, i.severity AS severity, COUNT(*) AS n, ${age} AS oldest
      FROM detected_issues i
      WHERE i.issue_status IN (${OPEN})
        AND i.target_id IN (SELECT target_id FROM targets WHERE workspace_id = ${workspaceId})
      GROUP BY i.target_id, i.severity LIMIT ${sql.lit(OPEN_GROUPS_MOST)}`,
  )
  return rows.map((row) => ({
    targetId: row.target,
    severity: row.severity,
    count: Number(row.n),
    oldestSeconds: Math.max(0, Math.round(Number(row.oldest))),
  }))
}

const counted = (groups: readonly OpenGroup[]): number => groups.reduce((sum, { count }) => sum + count, 0)

const bySeverity = (groups: readonly OpenGroup[]): Dashboard['openIssues'] =>
  [...Map.groupBy(groups, ({ severity }) => severity)].map(([key, of]) => ({
    key,
    count: counted(of),
    oldestSeconds: Math.max(...of.map(({ oldestSeconds }) => oldestSeconds)),
  }))

/** Suppressions that hold now. */
async function suppressed(db: StoreDatabase, within: RawBuilder<unknown>): Promise<number> {
  const [row] = await rowsOf(
    db,
    sql<{ n: number }>`SELECT COUNT(*) AS n FROM suppressions s JOIN targets t ON t.target_id = s.target_id
      WHERE s.ended_at IS NULL AND s.expires_at > ${now(db.dialect)} AND ${within}`,
  )
  return Number(row?.n ?? 0)
}

/** Every finished run is looked at once, with its verdict where it has one; those that are on are few and have an index. */
async function runs(db: StoreDatabase, workspaceId: number): Promise<Dashboard['runs']> {
  const from = sql`FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
    JOIN targets t ON t.target_id = d.target_id`
  const percent = db.dialect === 'sqlite' ? sql`v.improvement_percent / 10000.0` : sql`v.improvement_percent`
  const finished = await rowsOf(
    db,
    sql<{
      outcome: Dashboard['runs']['byOutcome'][number]['key']
      n: number
      judged: number
      improved: number
      measured: number
      percents: number | null
    }>`
      SELECT x.execution_outcome AS outcome, COUNT(*) AS n, COUNT(v.verification_id) AS judged,
        SUM(CASE WHEN v.verdict = 'improved' THEN 1 ELSE 0 END) AS improved,
        COUNT(v.improvement_percent) AS measured, SUM(${percent}) AS percents
      ${from} LEFT JOIN post_execution_metrics v
        ON v.execution_id = x.execution_id AND x.purpose = 'DO' AND v.verdict <> 'undecided'
      WHERE x.finished_at > ${nowPlus(db.dialect, -DAY)} AND t.workspace_id = ${workspaceId}
        AND x.execution_outcome IS NOT NULL GROUP BY x.execution_outcome`,
  )
  const [open] = await rowsOf(
    db,
    sql<{ n: number }>`SELECT COUNT(*) AS n ${from}
      WHERE x.execution_status IN ('QUEUED', 'IN_PROGRESS') AND t.workspace_id = ${workspaceId}`,
  )
  const sum = (of: 'judged' | 'improved' | 'measured' | 'percents'): number =>
    finished.reduce((before, row) => before + Number(row[of] ?? 0), 0)
  const measured = sum('measured')
  return {
    byOutcome: finished.map((row) => ({ key: row.outcome, count: Number(row.n) })),
    judged: sum('judged'),
    improved: sum('improved'),
    meanImprovementPercent: measured === 0 ? null : sum('percents') / measured,
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

async function targets(
  db: StoreDatabase,
  workspaceId: number,
  groups: readonly OpenGroup[],
): Promise<Dashboard['targets']> {
  const open = Map.groupBy(groups, ({ targetId }) => targetId)
  const rows = await rowsOf(
    db,
    sql<{
      id: number
      name: string
      engine: string
      enabled: number
      uid: string | null
      last: string | null
    }>`SELECT t.target_id AS id, t.target_name AS name, t.engine AS engine, t.enabled AS enabled,
        t.instance_uid AS uid,
        (SELECT e.recorded_at FROM detection_events e WHERE e.target_id = t.target_id ORDER BY e.event_id DESC LIMIT 1) AS last
      FROM targets t WHERE t.workspace_id = ${workspaceId} ORDER BY t.target_name LIMIT 1000`,
  )
  return rows.map((row) => ({
    targetId: row.id,
    targetName: row.name,
    engine: row.engine,
    enabled: row.enabled === 1,
    seen: row.uid !== null,
    openIssues: counted(open.get(row.id) ?? []),
    criticalIssues: counted((open.get(row.id) ?? []).filter(({ severity }) => severity === 'CRITICAL')),
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

async function pipelineFigures(db: StoreDatabase, known: MeanTimes | undefined): Promise<PipelineFigures> {
  return {
    ...(await counts(db)),
    pending: await pending(db, sql`1 = 1`),
    suppressed: await suppressed(db, sql`1 = 1`),
    ...(known ?? (await meanTimes(db))),
  }
}

async function meanTimes(db: StoreDatabase): Promise<MeanTimes> {
  const month = nowPlus(db.dialect, -30 * DAY)
  const mean = async (query: RawBuilder<{ mean: number | null }>): Promise<number | null> =>
    orNull((await rowsOf(db, query))[0]?.mean)
  const firstEvent = sql`e.event_timestamp`
  const detect = between(db, firstEvent, sql`i.opened_at`)
  const acknowledge = between(db, sql`d.created_at`, sql`a.approval_timestamp`)
  const resolve = between(db, sql`i.opened_at`, sql`i.closed_at`)
  return {
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
        WHERE issue_status IN (${OPEN}) GROUP BY issue_status, severity`,
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
