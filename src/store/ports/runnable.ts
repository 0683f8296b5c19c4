/**
 * What may run now: approved decisions that have not run, and undo runs that are due. A list to work from,
 * not a permission: the store judges each again when it is queued and when it starts.
 */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Runnable } from '../../core/store-ports.ts'
import type { ExecutionPurpose } from '../../core/vocabulary.ts'
import { bounded, now, padded } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { approvalOf, decisionOf, issueOf } from '../rows/pipeline-rows.ts'
import type { DialectName } from '../schema/dialect.ts'

/** Approved, unexpired, inside their window, no stop switch on, not yet run; oldest first; undo runs first. */
export async function runnable(db: StoreDatabase, limit: number): Promise<readonly Runnable[]> {
  const most = bounded(limit, 200)
  const undo = await candidates(db, { purpose: 'UNDO', due: undoIsDue(), most })
  const others = await candidates(db, { purpose: 'DO', due: mayStart(db.dialect), most })
  return loadAll(db, [...undo, ...others].slice(0, most))
}

interface Candidate {
  readonly approval_id: number
  readonly decision_id: number
  readonly purpose: ExecutionPurpose
}

async function candidates(
  db: StoreDatabase,
  wanted: { readonly purpose: ExecutionPurpose; readonly due: RawBuilder<SqlBool>; readonly most: number },
): Promise<readonly Candidate[]> {
  const { purpose, due, most } = wanted
  const found = await db.all(
    queriesOf(db.dialect)
      .selectFrom('admin_approvals as a')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'a.decision_id')
      .innerJoin('predefined_actions as p', 'p.action_id', 'd.recommended_action_id')
      .innerJoin('targets as t', 't.target_id', 'd.target_id')
      .select(['a.approval_id', 'a.decision_id'])
      .where('a.approval_status', '=', 'APPROVED')
      .where('d.decision_status', '=', 'APPROVED')
      .where('t.enabled', '=', 1)
      .where(due)
      .where(notHalted(db.dialect))
      .where(
        sql<SqlBool>`NOT EXISTS (SELECT 1 FROM action_executions x
          WHERE x.approval_id = a.approval_id AND x.purpose = ${purpose})`,
      )
      .orderBy('a.approval_id')
      .limit(most),
  )
  return found.map((row) => ({ ...row, purpose }))
}

/** The conditions of the store's rule GOV-041, so that the list holds nothing it would refuse. */
function mayStart(dialect: DialectName): RawBuilder<SqlBool> {
  const moment = now(dialect)
  return sql<SqlBool>`d.used_at IS NULL AND p.action_enabled = 1 AND a.expires_at > ${moment} AND d.expires_at > ${moment}
    AND (a.window_start IS NULL OR a.window_start <= ${moment})
    AND NOT EXISTS (SELECT 1 FROM admin_approvals w WHERE w.decision_id = d.decision_id
      AND w.approval_status <> 'DECLINED' AND (w.expires_at <= ${moment} OR w.window_start > ${moment}
        OR EXISTS (SELECT 1 FROM users u WHERE u.user_id = w.admin_user_id
          AND (u.is_active = 0 OR u.is_approver = 0 OR u.key_id IS NULL OR u.key_id <> w.key_id))))
    AND NOT EXISTS (SELECT 1 FROM standing_approvals g
      WHERE g.standing_approval_id = a.standing_approval_id AND g.revoked_by IS NOT NULL)`
}

/**
 * The DO run has ended, its newest verdict is `regressed`, and every yes consented to the undo plan. The
 * approval's own validity does not matter: consent to an undo must outlast the time the harm is measured in.
 */
function undoIsDue(): RawBuilder<SqlBool> {
  return sql<SqlBool>`NOT EXISTS (SELECT 1 FROM admin_approvals w WHERE w.decision_id = d.decision_id
      AND w.approval_status <> 'DECLINED' AND w.undo_preconsented = 0)
    AND EXISTS (SELECT 1 FROM action_executions x WHERE x.approval_id = a.approval_id AND x.purpose = 'DO'
      AND x.execution_status IN ('COMPLETED', 'FAILED') AND 'regressed' = (SELECT v.verdict
        FROM execution_verifications v WHERE v.execution_id = x.execution_id ORDER BY v.verification_id DESC LIMIT 1))`
}

function notHalted(dialect: DialectName): RawBuilder<SqlBool> {
  const targetKey = dialect === 'sqlite' ? sql`CAST(d.target_id AS TEXT)` : sql`CAST(d.target_id AS CHAR)`
  return sql<SqlBool>`NOT EXISTS (SELECT 1 FROM halts h WHERE h.lifted_by IS NULL AND (h.halt_scope = 'ALL'
    OR (h.halt_scope = 'ENGINE' AND h.halt_key = p.engine)
    OR (h.halt_scope = 'TARGET' AND h.halt_key = ${targetKey})
    OR (h.halt_scope = 'ACTION' AND h.halt_key = p.action_name)))`
}

async function loadAll(db: StoreDatabase, chosen: readonly Candidate[]): Promise<readonly Runnable[]> {
  if (chosen.length === 0) return []
  const q = queriesOf(db.dialect)
  const ids = padded([...new Set(chosen.map((each) => each.decision_id))])
  const decisions = await db.all(
    q.selectFrom('recovery_decisions').selectAll().where('decision_id', 'in', ids),
  )
  const votes = await db.all(
    q
      .selectFrom('admin_approvals')
      .selectAll()
      .where('decision_id', 'in', ids)
      .orderBy('approval_id')
      .limit(5000),
  )
  const issues = await db.all(
    q
      .selectFrom('detected_issues')
      .selectAll()
      .where('issue_id', 'in', padded(decisions.map((each) => each.issue_id))),
  )
  return chosen.flatMap(({ approval_id, decision_id, purpose }) => {
    const decision = decisions.find((each) => each.decision_id === decision_id)
    const approval = votes.find((each) => each.approval_id === approval_id)
    const issue = issues.find((each) => each.issue_id === decision?.issue_id)
    if (decision === undefined || approval === undefined || issue === undefined) return []
    return [
      {
        decision: decisionOf(decision, db.dialect),
        approval: approvalOf(approval),
        votes: votes.filter((each) => each.decision_id === decision_id).map(approvalOf),
        issue: issueOf(issue),
        purpose,
      },
    ]
  })
}
