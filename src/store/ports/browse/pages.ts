/** Pages of lists for a door: within one workspace, sorted by the store, each page going on where the last ended. */
import { type InferResult, type RawBuilder, type SqlBool, sql } from 'kysely'
import type {
  After,
  BrowsePort,
  DecisionPageQuery,
  ExecutionPageQuery,
  ExecutionRow,
  IssuePageQuery,
  LessonPageQuery,
  Page,
} from '../../../core/browse-port.ts'
import { bounded, padded } from '../../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { cellsOf, utc, utcOrNull } from '../../rows/cells.ts'
import { lessonOf } from '../../rows/outcome-rows.ts'
import { issueOf } from '../../rows/pipeline-rows.ts'

/** Rows of a page at most. */
const PAGE_MOST = 200

/** The four lists over a store. */
export function pages(
  db: StoreDatabase,
): Pick<BrowsePort, 'issues' | 'decisions' | 'executions' | 'execution' | 'lessons'> {
  return {
    issues: (query) => issuePage(db, query),
    decisions: (query) => decisionPage(db, query),
    executions: (query) => executionPage(db, query),
    execution: async (executionId) => {
      const row = await db.first(executionRows(db).where('x.execution_id', '=', executionId))
      return row === null ? null : executionRow(db)(row)
    },
    lessons: (query) => lessonPage(db, query),
  }
}

/** How a list is ordered: by a value, then by id. */
interface Order {
  readonly value: RawBuilder<unknown>
  readonly id: RawBuilder<unknown>
  readonly descending: boolean
}

/** Rows after the last one of the page before. */
function beyond(after: After, { value, id, descending }: Order): RawBuilder<SqlBool> {
  return descending
    ? sql<SqlBool>`(${value} < ${after.value} OR (${value} = ${after.value} AND ${id} < ${after.id}))`
    : sql<SqlBool>`(${value} > ${after.value} OR (${value} = ${after.value} AND ${id} > ${after.id}))`
}

const direction = ({ descending }: Order): 'asc' | 'desc' => (descending ? 'desc' : 'asc')

/** One row more than asked for was read: it says whether there is a next page. */
function pageOf<Row, Noun>(
  rows: readonly (Row & { readonly sort_value: unknown })[],
  limit: number,
  of: { readonly id: (row: Row) => number; readonly noun: (row: Row) => Noun },
): Page<Noun> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next =
    rows.length > limit && last !== undefined
      ? { value: last.sort_value as string | number, id: of.id(last) }
      : null
  return { rows: shown.map(of.noun), next }
}

const limitOf = (query: { readonly limit: number }): number => bounded(query.limit, PAGE_MOST)

const SEVERITY_RANK = sql<number>`CASE i.severity WHEN 'CRITICAL' THEN 3 WHEN 'WARNING' THEN 2 ELSE 1 END`

async function issuePage(db: StoreDatabase, query: IssuePageQuery): ReturnType<BrowsePort['issues']> {
  const value = {
    opened: sql<number>`i.issue_id`,
    severity: SEVERITY_RANK,
    occurrences: sql<number>`i.occurrence_count`,
  }[query.sort]
  const order: Order = { value, id: sql`i.issue_id`, descending: query.descending }
  const q = queriesOf(db.dialect)
  // Only numbers are sorted, and only the rows of the page are read whole: rows of issues are long, and both stores
  // would carry all of them through the sort.
  let find = q
    .selectFrom('detected_issues as i')
    .select(['i.issue_id', value.as('sort_value')])
    .where('i.target_id', 'in', (of) =>
      of.selectFrom('targets').select('target_id').where('workspace_id', '=', query.workspaceId),
    )
  if (query.states !== undefined) find = find.where('i.issue_status', 'in', padded(query.states))
  if (query.severities !== undefined) find = find.where('i.severity', 'in', padded(query.severities))
  if (query.categories !== undefined) find = find.where('i.issue_category', 'in', padded(query.categories))
  if (query.targetIds !== undefined) find = find.where('i.target_id', 'in', padded(query.targetIds))
  if (query.search !== undefined)
    find = find.where(sql<SqlBool>`instr(i.affected_resource_name, ${query.search}) > 0`)
  if (query.after !== null) find = find.where(beyond(query.after, order))
  const limit = limitOf(query)
  const shown = find
    .orderBy(value, direction(order))
    .orderBy('i.issue_id', direction(order))
    .limit(limit + 1)
  const rows = await db.all(
    q
      .selectFrom(shown.as('p'))
      .innerJoin('detected_issues as i', 'i.issue_id', 'p.issue_id')
      .selectAll('i')
      .select('p.sort_value')
      .orderBy('p.sort_value', direction(order))
      .orderBy('p.issue_id', direction(order)),
  )
  return pageOf(rows, limit, { id: (row) => row.issue_id, noun: issueOf })
}

async function decisionPage(
  db: StoreDatabase,
  query: DecisionPageQuery,
): ReturnType<BrowsePort['decisions']> {
  const { number } = cellsOf(db.dialect)
  const value: RawBuilder<number | string> =
    query.sort === 'created' ? sql<number>`d.decision_id` : sql<string>`d.expires_at`
  const order: Order = { value, id: sql`d.decision_id`, descending: query.descending }
  let find = queriesOf(db.dialect)
    .selectFrom('recovery_decisions as d')
    .innerJoin('targets as t', 't.target_id', 'd.target_id')
    .innerJoin('detected_issues as i', 'i.issue_id', 'd.issue_id')
    .innerJoin('ai_analysis as a', 'a.analysis_id', 'd.analysis_id')
    .innerJoin('predefined_actions as p', 'p.action_id', 'd.recommended_action_id')
    .select(['d.decision_id', 'd.issue_id', 'd.target_id', 't.target_name', 'p.action_name'])
    .select(['p.action_version', 'd.risk_level', 'd.decision_status', 'd.confidence_based_score'])
    .select(['i.issue_category', 'i.severity', 'i.affected_resource_name', 'a.root_cause_code'])
    .select(['d.proposed_by', 'd.plan_digest', 'd.created_at', 'd.expires_at'])
    .select(
      sql<number>`(SELECT COUNT(*) FROM admin_approvals v WHERE v.decision_id = d.decision_id)`.as('votes'),
    )
    .select(value.as('sort_value'))
    .where('t.workspace_id', '=', query.workspaceId)
  if (query.states !== undefined) find = find.where('d.decision_status', 'in', padded(query.states))
  if (query.risks !== undefined) find = find.where('d.risk_level', 'in', padded(query.risks))
  if (query.targetIds !== undefined) find = find.where('d.target_id', 'in', padded(query.targetIds))
  if (query.actionNames !== undefined) find = find.where('p.action_name', 'in', padded(query.actionNames))
  if (query.after !== null) find = find.where(beyond(query.after, order))
  const limit = limitOf(query)
  const rows = await db.all(
    find
      .orderBy(value, direction(order))
      .orderBy('d.decision_id', direction(order))
      .limit(limit + 1),
  )
  return pageOf(rows, limit, {
    id: (row) => row.decision_id,
    noun: (row) => ({
      decisionId: row.decision_id,
      issueId: row.issue_id,
      targetId: row.target_id,
      targetName: row.target_name,
      actionName: row.action_name,
      actionVersion: row.action_version,
      riskLevel: row.risk_level,
      decisionStatus: row.decision_status,
      confidenceBasedScore: number(row.confidence_based_score, 4),
      issueCategory: row.issue_category,
      severity: row.severity,
      affectedResourceName: row.affected_resource_name,
      rootCauseCode: row.root_cause_code,
      proposedBy: row.proposed_by,
      planDigest: row.plan_digest,
      votes: Number(row.votes),
      createdAt: utc(row.created_at),
      expiresAt: utc(row.expires_at),
    }),
  })
}

function executionRows(db: StoreDatabase) {
  return queriesOf(db.dialect)
    .selectFrom('action_executions as x')
    .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
    .innerJoin('targets as t', 't.target_id', 'd.target_id')
    .innerJoin('predefined_actions as p', 'p.action_id', 'x.action_id')
    .leftJoin('post_execution_metrics as v', 'v.execution_id', 'x.execution_id')
    .select(['x.execution_id', 'x.decision_id', 'd.issue_id', 'd.target_id', 't.target_name'])
    .select(['p.action_name', 'x.purpose', 'x.execution_status', 'x.execution_outcome', 'v.verdict'])
    .select(['v.improvement_percent', 'x.actual_duration_ms', 'x.affected_rows', 'x.executed_by'])
    .select(['x.queued_at', 'x.started_at', 'x.finished_at'])
    .select(sql<number>`x.execution_id`.as('sort_value'))
}

type ExecutionCells = InferResult<ReturnType<typeof executionRows>>[number]

const executionRow =
  (db: StoreDatabase) =>
  (row: ExecutionCells): ExecutionRow => ({
    executionId: row.execution_id,
    decisionId: row.decision_id,
    issueId: row.issue_id,
    targetId: row.target_id,
    targetName: row.target_name,
    actionName: row.action_name,
    purpose: row.purpose,
    executionStatus: row.execution_status,
    executionOutcome: row.execution_outcome,
    verdict: row.verdict,
    improvementPercent: cellsOf(db.dialect).numberOrNull(row.improvement_percent, 4),
    actualDurationMs: row.actual_duration_ms,
    affectedRows: row.affected_rows,
    executedBy: row.executed_by,
    queuedAt: utc(row.queued_at),
    startedAt: utcOrNull(row.started_at),
    finishedAt: utcOrNull(row.finished_at),
  })

async function executionPage(
  db: StoreDatabase,
  query: ExecutionPageQuery,
): ReturnType<BrowsePort['executions']> {
  const value = sql<number>`x.execution_id`
  const order: Order = { value, id: value, descending: query.descending }
  let find = executionRows(db).where('t.workspace_id', '=', query.workspaceId)
  if (query.states !== undefined) find = find.where('x.execution_status', 'in', padded(query.states))
  if (query.outcomes !== undefined) find = find.where('x.execution_outcome', 'in', padded(query.outcomes))
  if (query.targetIds !== undefined) find = find.where('d.target_id', 'in', padded(query.targetIds))
  if (query.actionNames !== undefined) find = find.where('p.action_name', 'in', padded(query.actionNames))
  if (query.after !== null) find = find.where(beyond(query.after, order))
  const limit = limitOf(query)
  const rows = await db.all(find.orderBy('x.execution_id', direction(order)).limit(limit + 1))
  return pageOf(rows, limit, { id: (row) => row.execution_id, noun: executionRow(db) })
}

async function lessonPage(db: StoreDatabase, query: LessonPageQuery): ReturnType<BrowsePort['lessons']> {
  const value = sql<number>`l.learning_record_id`
  const order: Order = { value, id: value, descending: query.descending }
  let find = queriesOf(db.dialect)
    .selectFrom('learning_records as l')
    .innerJoin('detected_issues as i', 'i.issue_id', 'l.issue_id')
    .innerJoin('targets as t', 't.target_id', 'i.target_id')
    .innerJoin('recovery_decisions as d', 'd.decision_id', 'l.decision_id')
    .innerJoin('predefined_actions as p', 'p.action_id', 'd.recommended_action_id')
    .selectAll('l')
    .select(['p.action_name', 'd.risk_level', 'i.target_id', 't.target_name'])
    .select(['i.issue_category', 'i.affected_resource_name'])
    .select(value.as('sort_value'))
    .where('t.workspace_id', '=', query.workspaceId)
  if (query.complete !== undefined) find = find.where('l.learning_complete', '=', query.complete ? 1 : 0)
  if (query.after !== null) find = find.where(beyond(query.after, order))
  const limit = limitOf(query)
  const rows = await db.all(find.orderBy('l.learning_record_id', direction(order)).limit(limit + 1))
  return pageOf(rows, limit, {
    id: (row) => row.learning_record_id,
    noun: (row) => ({
      ...lessonOf(row, db.dialect),
      actionName: row.action_name,
      riskLevel: row.risk_level,
      targetId: row.target_id,
      targetName: row.target_name,
      issueCategory: row.issue_category,
      affectedResourceName: row.affected_resource_name,
    }),
  })
}
