/** Where a row of the pipeline belongs: workspace, target, issue, decision. */
import { sql } from 'kysely'
import type { Place } from '../../../core/browse-port.ts'
import { statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'

const OF_ISSUE = 'FROM detected_issues i JOIN targets t ON t.target_id = i.target_id'
const OF_DECISION =
  'FROM recovery_decisions d JOIN detected_issues i ON i.issue_id = d.issue_id JOIN targets t ON t.target_id = d.target_id'

/** By table: what a decision is called in the statement, and the rest of it. */
const ROUTES: Readonly<Record<string, readonly [decision: string, issue: string, from: string]>> = {
  targets: ['NULL', 'NULL', 'FROM targets t WHERE t.target_id = ?'],
  change_windows: [
    'NULL',
    'NULL',
    'FROM change_windows w JOIN targets t ON t.target_id = w.target_id WHERE w.change_window_id = ?',
  ],
  suppressions: [
    'NULL',
    's.issue_id',
    'FROM suppressions s JOIN targets t ON t.target_id = s.target_id WHERE s.suppression_id = ?',
  ],
  recovery_requests: [
    'NULL',
    'r.issue_id',
    'FROM recovery_requests r JOIN targets t ON t.target_id = r.target_id WHERE r.recovery_request_id = ?',
  ],
  detected_issues: ['NULL', 'i.issue_id', `${OF_ISSUE} WHERE i.issue_id = ?`],
  ai_analysis: [
    'NULL',
    'i.issue_id',
    `${OF_ISSUE} JOIN ai_analysis n ON n.issue_id = i.issue_id WHERE n.analysis_id = ?`,
  ],
  recovery_decisions: ['d.decision_id', 'i.issue_id', `${OF_DECISION} WHERE d.decision_id = ?`],
  admin_approvals: [
    'd.decision_id',
    'i.issue_id',
    `${OF_DECISION} JOIN admin_approvals a ON a.decision_id = d.decision_id WHERE a.approval_id = ?`,
  ],
  decision_endings: [
    'd.decision_id',
    'i.issue_id',
    `${OF_DECISION} JOIN decision_endings x ON x.decision_id = d.decision_id WHERE x.ending_id = ?`,
  ],
  action_executions: [
    'd.decision_id',
    'i.issue_id',
    `${OF_DECISION} JOIN action_executions x ON x.decision_id = d.decision_id WHERE x.execution_id = ?`,
  ],
  execution_verifications: [
    'd.decision_id',
    'i.issue_id',
    `${OF_DECISION} JOIN action_executions x ON x.decision_id = d.decision_id JOIN execution_verifications v ON v.execution_id = x.execution_id WHERE v.verification_id = ?`,
  ],
  learning_records: [
    'd.decision_id',
    'i.issue_id',
    `${OF_DECISION} JOIN learning_records l ON l.decision_id = d.decision_id WHERE l.learning_record_id = ?`,
  ],
}

/** The place of one row; null for a table of the whole installation, and for a row that is not there. */
export async function placeOf(db: StoreDatabase, table: string, key: string | number): Promise<Place | null> {
  const route = Object.hasOwn(ROUTES, table) ? ROUTES[table] : undefined
  if (route === undefined) return null
  const [decision, issue, from] = route
  const [before = '', after = ''] = from.split('?')
  const row = await db.first(
    statement(
      db.dialect,
      sql<{ w: number; t: number; i: number | null; d: number | null }>`SELECT t.workspace_id AS w,
        t.target_id AS t, ${sql.raw(issue)} AS i, ${sql.raw(decision)} AS d ${sql.raw(before)}${key}${sql.raw(after)}`,
    ),
  )
  return row === null ? null : { workspaceId: row.w, targetId: row.t, issueId: row.i, decisionId: row.d }
}
