/**
 * The fixed reports of one statement each (what is counted from several is in kpis/ and health/): what an examiner asks and the one statement that answers it. Rates are over distinct
 * decisions or over runs that were judged; what was not judged stands beside them and is never counted as a
 * failure. Intervals are added beside the rows (see run-report.ts).
 */
import type { ReportName } from '../../core/reports.ts'
import type { DialectName } from '../schema/dialect.ts'

/** One report. */
export interface ReportStatement {
  readonly sql: (dialect: DialectName) => string
  /** Columns that are numbers; the drivers give sums and means of the MySQL family as text. */
  readonly numbers: readonly string[]
  /** Columns that are instants. */
  readonly times: readonly string[]
  /** A rate to add with its 95 % interval: `name`, `name_low`, `name_high`. */
  readonly rate?: { readonly name: string; readonly hits: string; readonly among: string }
}

const LIMIT = 'LIMIT 500'

const seconds = (dialect: DialectName, from: string, to: string): string =>
  dialect === 'sqlite'
    ? `CAST(ROUND((julianday(${to}) - julianday(${from})) * 86400) AS INTEGER)`
    : `TIMESTAMPDIFF(SECOND, ${from}, ${to})`
const ago = (dialect: DialectName, amount: number, unit: 'HOUR' | 'DAY'): string =>
  dialect === 'sqlite'
    ? `strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-${amount} ${unit.toLowerCase()}')`
    : `SYSDATE(6) - INTERVAL ${amount} ${unit}`
const later = (dialect: DialectName, time: string, days: number): string =>
  dialect === 'sqlite'
    ? `strftime('%Y-%m-%dT%H:%M:%f000Z', ${time}, '+${days} day')`
    : `${time} + INTERVAL ${days} DAY`
const now = (dialect: DialectName): string => ago(dialect, 0, 'HOUR')
/** A decimal column as a number; SQLite keeps it times 10^scale. */
const decimal = (dialect: DialectName, column: string, scale = 4): string =>
  dialect === 'sqlite' ? `(${column} / ${10 ** scale}.0)` : column

const PENDING: ReportStatement = {
  sql: (
    d,
  ) => `SELECT d.decision_id, d.issue_id, t.target_name, i.issue_category, i.severity, p.action_name, d.risk_level,
  ${decimal(d, 'd.confidence_based_score')} AS confidence, d.proposed_by, d.created_at, d.expires_at,
  ${seconds(d, 'd.created_at', now(d))} AS waiting_seconds,
  (SELECT COUNT(*) FROM admin_approvals a WHERE a.decision_id = d.decision_id) AS votes
FROM recovery_decisions d
JOIN detected_issues i ON i.issue_id = d.issue_id
JOIN targets t ON t.target_id = d.target_id
JOIN predefined_actions p ON p.action_id = d.recommended_action_id
WHERE d.decision_status = 'PENDING_APPROVAL' AND d.expires_at > ${now(d)}
ORDER BY d.expires_at, d.decision_id
${LIMIT}`,
  numbers: ['confidence', 'waiting_seconds', 'votes'],
  times: ['created_at', 'expires_at'],
}

const APPROVALS: ReportStatement = {
  sql: (d) => `SELECT a.admin_user_id, a.risk_level,
  COUNT(DISTINCT CASE WHEN a.approval_status = 'APPROVED' THEN a.decision_id END) AS approved,
  COUNT(DISTINCT CASE WHEN a.approval_status = 'DECLINED' THEN a.decision_id END) AS declined,
  COUNT(DISTINCT CASE WHEN a.approval_status = 'CONDITIONAL_APPROVAL' THEN a.decision_id END) AS conditional,
  COUNT(DISTINCT CASE WHEN a.approval_status <> 'CONDITIONAL_APPROVAL' THEN a.decision_id END) AS decided,
  COUNT(DISTINCT CASE WHEN a.standing_approval_id IS NOT NULL THEN a.decision_id END) AS by_standing_approval,
  COUNT(DISTINCT CASE WHEN a.standing_approval_id IS NULL AND a.approval_timestamp > ${ago(d, 1, 'HOUR')} THEN a.decision_id END) AS own_votes_last_hour,
  COUNT(DISTINCT CASE WHEN a.standing_approval_id IS NULL AND a.approval_timestamp > ${ago(d, 24, 'HOUR')} THEN a.decision_id END) AS own_votes_last_day,
  AVG(CASE WHEN a.standing_approval_id IS NULL THEN ${seconds(d, 'd.created_at', 'a.approval_timestamp')} END) AS mean_seconds_to_vote
FROM admin_approvals a
JOIN recovery_decisions d ON d.decision_id = a.decision_id
GROUP BY a.admin_user_id, a.risk_level
ORDER BY a.admin_user_id, a.risk_level
${LIMIT}`,
  numbers: [
    'approved',
    'declined',
    'conditional',
    'decided',
    'by_standing_approval',
    'own_votes_last_hour',
    'own_votes_last_day',
    'mean_seconds_to_vote',
  ],
  times: [],
  rate: { name: 'approval_rate', hits: 'approved', among: 'decided' },
}

const EFFECTIVENESS: ReportStatement = {
  sql: (d) => `SELECT p.action_name, p.risk_level, COUNT(*) AS runs,
  SUM(CASE WHEN x.execution_status = 'FAILED' THEN 1 ELSE 0 END) AS failed,
  SUM(CASE WHEN x.execution_status = 'COMPLETED' AND v.verdict = 'improved' THEN 1 ELSE 0 END) AS improved,
  SUM(CASE WHEN x.execution_status = 'COMPLETED' AND v.verdict = 'no_effect' THEN 1 ELSE 0 END) AS no_effect,
  SUM(CASE WHEN x.execution_status = 'COMPLETED' AND v.verdict = 'regressed' THEN 1 ELSE 0 END) AS regressed,
  SUM(CASE WHEN x.execution_status = 'COMPLETED' AND (v.verdict IS NULL OR v.verdict = 'undecided') THEN 1 ELSE 0 END) AS not_judged,
  SUM(CASE WHEN x.execution_status = 'FAILED' OR v.verdict IN ('improved', 'no_effect', 'regressed') THEN 1 ELSE 0 END) AS judged,
  AVG(CASE WHEN v.verdict IN ('improved', 'no_effect', 'regressed') THEN ${decimal(d, 'v.improvement_percent')} END) AS mean_improvement_percent,
  AVG(x.actual_duration_ms) AS mean_duration_ms
FROM action_executions x
JOIN predefined_actions p ON p.action_id = x.action_id
LEFT JOIN post_execution_metrics v ON v.execution_id = x.execution_id
WHERE x.purpose = 'DO' AND x.execution_status IN ('COMPLETED', 'FAILED') AND x.execution_outcome <> 'REFUSED'
GROUP BY p.action_name, p.risk_level
ORDER BY p.action_name
${LIMIT}`,
  numbers: [
    'runs',
    'failed',
    'improved',
    'no_effect',
    'regressed',
    'not_judged',
    'judged',
    'mean_improvement_percent',
    'mean_duration_ms',
  ],
  times: [],
  rate: { name: 'success_rate', hits: 'improved', among: 'judged' },
}

const bucket = (dialect: DialectName): string =>
  dialect === 'sqlite' ? '(predicted_confidence / 1000)' : 'FLOOR(predicted_confidence * 10)'

const ACCURACY: ReportStatement = {
  sql: (
    d,
  ) => `SELECT b.bucket / 10.0 AS confidence_from, (b.bucket + 1) / 10.0 AS confidence_to, COUNT(*) AS records,
  AVG(b.confidence) AS mean_confidence, SUM(b.resolved) AS resolved, 1 - AVG(b.accuracy) AS brier_score
FROM (SELECT ${bucket(d)} AS bucket, ${decimal(d, 'predicted_confidence')} AS confidence, issue_resolved_flag AS resolved,
    ${decimal(d, 'ai_confidence_accuracy', 8)} AS accuracy
  FROM learning_records WHERE learning_complete = 1 AND execution_id IS NOT NULL) b
GROUP BY b.bucket
ORDER BY b.bucket
${LIMIT}`,
  numbers: ['confidence_from', 'confidence_to', 'records', 'mean_confidence', 'resolved', 'brier_score'],
  times: [],
  rate: { name: 'resolved_rate', hits: 'resolved', among: 'records' },
}

const RECURRENCE: ReportStatement = {
  sql: (
    d,
  ) => `SELECT earlier.issue_id, later.issue_id AS recurrence_issue_id, earlier.issue_category, earlier.affected_resource_name,
  (SELECT p.action_name FROM recovery_decisions d JOIN predefined_actions p ON p.action_id = d.recommended_action_id
    WHERE d.issue_id = earlier.issue_id AND d.used_at IS NOT NULL ORDER BY d.decision_id DESC LIMIT 1) AS action_name,
  earlier.closed_at AS resolved_at, later.opened_at AS reopened_at,
  ${seconds(d, 'earlier.closed_at', 'later.opened_at')} / 86400.0 AS days_between
FROM detected_issues earlier
JOIN detected_issues later ON later.issue_id = (SELECT MIN(n.issue_id) FROM detected_issues n
  WHERE n.issue_fingerprint = earlier.issue_fingerprint AND n.issue_id > earlier.issue_id)
WHERE earlier.issue_status = 'RESOLVED' AND later.opened_at >= earlier.closed_at
  AND later.opened_at <= ${later(d, 'earlier.closed_at', 30)}
ORDER BY later.issue_id DESC
${LIMIT}`,
  numbers: ['days_between'],
  times: ['resolved_at', 'reopened_at'],
}

const SOURCES: ReportStatement = {
  sql: () => `SELECT e.detection_source, COUNT(*) AS events,
  SUM(CASE WHEN e.event_kind = 'BREACH' THEN 1 ELSE 0 END) AS breaches,
  SUM(CASE WHEN e.severity_indicator = 'CRITICAL' THEN 1 ELSE 0 END) AS critical,
  COUNT(DISTINCT i.issue_id) AS issues_opened, COUNT(DISTINCT e.target_id) AS targets,
  MIN(e.recorded_at) AS first_at, MAX(e.recorded_at) AS last_at
FROM detection_events e
LEFT JOIN detected_issues i ON i.first_occurrence_event_id = e.event_id
GROUP BY e.detection_source
ORDER BY e.detection_source
${LIMIT}`,
  numbers: ['events', 'breaches', 'critical', 'issues_opened', 'targets'],
  times: ['first_at', 'last_at'],
}

/** Reports of one statement, by name. */
export const REPORTS: Readonly<Record<Exclude<ReportName, 'kpis' | 'health'>, ReportStatement>> = {
  pending: PENDING,
  approvals: APPROVALS,
  effectiveness: EFFECTIVENESS,
  accuracy: ACCURACY,
  recurrence: RECURRENCE,
  sources: SOURCES,
}
