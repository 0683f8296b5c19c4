/** What must hold after any history of writes. Each query finds violations. */
import type { Scene } from '../support/scene.ts'

/** One claim about all rows. */
export interface Invariant {
  readonly claim: string
  readonly violations: (scene: Scene) => string
}

const always = (sql: string) => (): string => sql

/** The claims. */
export const INVARIANTS: readonly Invariant[] = [
  {
    claim: 'every run has an APPROVED vote for its decision, action and digest',
    violations: always(
      "SELECT x.execution_id FROM action_executions x LEFT JOIN admin_approvals a ON a.approval_id = x.approval_id AND a.decision_id = x.decision_id AND a.action_id = x.action_id AND a.plan_digest = x.plan_digest AND a.approval_status = 'APPROVED' WHERE a.approval_id IS NULL",
    ),
  },
  {
    claim: 'no approval has two DO runs',
    violations: always(
      "SELECT approval_id FROM action_executions WHERE purpose = 'DO' GROUP BY approval_id HAVING COUNT(*) > 1",
    ),
  },
  {
    claim: 'no target has two open runs',
    violations: always(
      "SELECT d.target_id FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id WHERE x.execution_status IN ('QUEUED', 'IN_PROGRESS') GROUP BY d.target_id HAVING COUNT(*) > 1",
    ),
  },
  {
    claim: 'every HIGH run had two persons',
    violations: always(
      "SELECT x.execution_id FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id WHERE d.risk_level = 'HIGH' AND (SELECT COUNT(DISTINCT a.person_id) FROM admin_approvals a WHERE a.decision_id = d.decision_id AND a.approval_status <> 'DECLINED') < 2",
    ),
  },
  {
    claim: 'no person approved an own request without being the sole approver',
    violations: always(
      "SELECT a.approval_id FROM admin_approvals a JOIN recovery_decisions d ON d.decision_id = a.decision_id JOIN users p ON p.user_id = d.proposed_by WHERE p.person_id = a.person_id AND a.approval_status <> 'DECLINED' AND a.self_approved_sole_approver = 0",
    ),
  },
  {
    claim: 'every UNDO followed a regressed verdict',
    violations: always(
      "SELECT x.execution_id FROM action_executions x WHERE x.purpose = 'UNDO' AND NOT EXISTS (SELECT 1 FROM action_executions y JOIN execution_verifications v ON v.execution_id = y.execution_id WHERE y.approval_id = x.approval_id AND y.purpose = 'DO' AND v.verdict = 'regressed')",
    ),
  },
  {
    claim: 'uses of a grant are its votes and never beyond its maximum',
    violations: always(
      'SELECT g.standing_approval_id FROM standing_approvals g WHERE g.uses_taken > g.maximum_uses OR g.uses_taken <> (SELECT COUNT(*) FROM admin_approvals a WHERE a.standing_approval_id = g.standing_approval_id)',
    ),
  },
  {
    claim: 'a decision has been used exactly if it has a run',
    violations: always(
      'SELECT d.decision_id FROM recovery_decisions d WHERE (d.used_at IS NOT NULL) <> EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = d.decision_id)',
    ),
  },
  {
    claim: 'a status of a decision follows from its votes and endings',
    violations: always(
      "SELECT d.decision_id FROM recovery_decisions d WHERE (d.decision_status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = d.decision_id AND a.approval_status = 'APPROVED')) OR (d.decision_status = 'DECLINED' AND NOT EXISTS (SELECT 1 FROM admin_approvals a WHERE a.decision_id = d.decision_id AND a.approval_status = 'DECLINED'))",
    ),
  },
  {
    claim: 'a fingerprint has at most one open issue',
    violations: always(
      "SELECT issue_fingerprint FROM detected_issues WHERE issue_status NOT IN ('RESOLVED', 'CLOSED', 'CANCELLED') GROUP BY issue_fingerprint HAVING COUNT(*) > 1",
    ),
  },
  {
    claim: 'no issue opened under a suppression that held it',
    violations: always(
      "SELECT i.issue_id FROM detected_issues i JOIN suppressions s ON s.issue_fingerprint = i.issue_fingerprint AND s.target_id = i.target_id WHERE i.opened_at > s.suppressed_at AND i.opened_at < COALESCE(s.ended_at, s.expires_at) AND (i.severity <> 'CRITICAL' OR s.severity = 'CRITICAL')",
    ),
  },
  {
    claim: 'no stored word is outside its list',
    violations: always(
      "SELECT event_id FROM detection_events WHERE severity_indicator NOT IN ('INFO', 'WARNING', 'CRITICAL') OR detection_source = 'APP'",
    ),
  },
  {
    claim: 'no time of the store is older than the suite or in the future',
    violations: (s) =>
      `SELECT 'event' AS t, event_id AS id FROM detection_events WHERE recorded_at > ${s.now} OR recorded_at < '2026-01-01' UNION ALL SELECT 'vote', approval_id FROM admin_approvals WHERE approval_timestamp > ${s.now} OR approval_timestamp < '2026-01-01' UNION ALL SELECT 'run', execution_id FROM action_executions WHERE started_at < queued_at`,
  },
  {
    claim: 'every vote, run, ending, verdict and suppression is a link of the chain',
    violations: (s) => {
      const like = (...parts: string[]): string =>
        parts.map((part) => `l.canonical LIKE ${part}`).join(' AND ')
      // The servers print JSON with other spaces and other orders of keys.
      const key = (table: string, id: string): string =>
        `SELECT '${table}' AS t, ${id} AS id FROM ${table} r WHERE NOT EXISTS (SELECT 1 FROM audit_log l WHERE ${
          s.mysql
            ? like(`'%"table": "${table}"%'`, `'%"op": "insert"%'`, `CONCAT('%"key": ', r.${id}, ',%')`)
            : like(`'%"table":"${table}","key":' || r.${id} || ',"op":"insert"%'`)
        })`
      return [
        key('admin_approvals', 'approval_id'),
        key('action_executions', 'execution_id'),
        key('decision_endings', 'ending_id'),
        key('execution_verifications', 'verification_id'),
        key('suppressions', 'suppression_id'),
      ].join(' UNION ALL ')
    },
  },
  {
    claim: 'every recovery count is the number of its newest attempt',
    violations: always(
      'SELECT t.task_id FROM recovery_tasks t WHERE t.recovery_count <> COALESCE((SELECT MAX(a.attempt_number) FROM recovery_attempts a WHERE a.task_id = t.task_id), 0)',
    ),
  },
  {
    claim: 'no failure has two open attempts',
    violations: always(
      'SELECT task_id FROM recovery_attempts WHERE success IS NULL GROUP BY task_id HAVING COUNT(*) > 1',
    ),
  },
]
