/**
 * What the key figures are counted from, one statement each, every one of them bounded. Whatever ended before the window,
 * or began before it, is not in it. CROSS JOIN with a condition is an inner join that SQLite runs in the order in which it is
 * written: from the few issues of the window, not from every decision there ever was. No index is asked of COALESCE.
 */
import { CLOSE_ISSUE } from '../../../core/store-ports.ts'
import { DIALECTS, type DialectName } from '../../schema/dialect.ts'

/** Cases of one figure of time at most, the newest: a quantile of so many is known to a hundredth of the share. */
const CASES_MOST = 10_000
/** Decisions whose explanation is looked at, the newest; each is read whole. */
const DECISIONS_MOST = 200
/** Questions to observers that are looked through for previews, the newest. */
const QUESTIONS_MOST = 20_000
/** Attempts that are looked at, the newest; they have no index on their time. */
const ATTEMPTS_MOST = 20_000
/** Days within which the same trouble again is a recurrence. */
const RECURS_DAYS = 30
const RECURS_HOURS = RECURS_DAYS * 24

/** The window of a report. */
export interface KpiWindow {
  readonly dialect: DialectName
  /** Hours up to now. */
  readonly hours: number
}

const ago = ({ dialect }: KpiWindow, hours: number): string =>
  DIALECTS[dialect].plus(DIALECTS[dialect].now, -hours, 'HOUR')
const begin = (window: KpiWindow): string => ago(window, window.hours)

/** Seconds from one time to another, with their fraction. */
const seconds = ({ dialect }: KpiWindow, from: string, to: string): string =>
  dialect === 'sqlite'
    ? `(julianday(${to}) - julianday(${from})) * 86400.0`
    : `TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) / 1000000.0`

const counted = (condition: string): string => `COALESCE(SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0)`

/** When the window begins and ends. */
export const windowStatement = (window: KpiWindow): string =>
  `SELECT ${begin(window)} AS window_from, ${DIALECTS[window.dialect].now} AS window_to`

/** A share, as it is counted. */
export interface ShareCounts {
  readonly numerator: number | string
  readonly denominator: number | string
  readonly left_out: number | string
}

/** Runs that were verified as an improvement, of runs that were judged or failed. */
const recoverySuccess = (window: KpiWindow): string => `SELECT
  ${counted("x.execution_status = 'COMPLETED' AND v.verdict = 'improved'")} AS numerator,
  ${counted("x.execution_status = 'FAILED' OR v.verdict IN ('improved', 'no_effect', 'regressed')")} AS denominator,
  ${counted("x.execution_status = 'COMPLETED' AND (v.verdict IS NULL OR v.verdict = 'undecided')")} AS left_out
FROM action_executions x LEFT JOIN post_execution_metrics v ON v.execution_id = x.execution_id
WHERE x.purpose = 'DO' AND x.execution_outcome <> 'REFUSED' AND x.finished_at > ${begin(window)}`

/** Attempts on failures of applications that succeeded, of those that ended; handing one to a person is no attempt to heal it. */
const attemptSuccess = (window: KpiWindow): string => `SELECT
  ${counted("a.recovery_strategy <> 'ESCALATE' AND a.success = 1")} AS numerator,
  ${counted("a.recovery_strategy <> 'ESCALATE' AND a.success IS NOT NULL")} AS denominator,
  ${counted("a.recovery_strategy = 'ESCALATE' OR a.success IS NULL")} AS left_out
FROM (SELECT recovery_strategy, success, started_at FROM recovery_attempts
  ORDER BY attempt_id DESC LIMIT ${ATTEMPTS_MOST}) a
WHERE a.started_at > ${begin(window)}`

/** Issues that ended in the window, without people's own requests. */
const endedIssues = (window: KpiWindow): string => `FROM detected_issues i
WHERE i.issue_status IN ('RESOLVED', 'CLOSED', 'CANCELLED') AND i.closed_at > ${begin(window)}
  AND NOT EXISTS (SELECT 1 FROM detection_events e
    WHERE e.event_id = i.first_occurrence_event_id AND e.detection_source = 'MANUAL')`

const WRONG_DIAGNOSIS = `EXISTS (SELECT 1 FROM recovery_decisions d JOIN admin_approvals a ON a.decision_id = d.decision_id
    WHERE d.issue_id = i.issue_id AND a.approval_status = 'DECLINED' AND a.approval_reason = 'WRONG_DIAGNOSIS')`
const DECIDED = 'EXISTS (SELECT 1 FROM recovery_decisions d WHERE d.issue_id = i.issue_id)'
const CLOSED_BY_PERSON = `i.issue_id IN (SELECT r.issue_id FROM recovery_requests r
    WHERE r.issue_id IS NOT NULL AND r.action_name = '${CLOSE_ISSUE}' AND r.request_status = 'ANSWERED')`

/** Closed without a decision, or declined as wrongly explained. */
const falsePositives = (window: KpiWindow): string => `SELECT
  ${counted(`i.issue_status = 'CLOSED' AND (NOT ${DECIDED} OR ${WRONG_DIAGNOSIS})`)} AS numerator,
  COUNT(*) AS denominator, 0 AS left_out
${endedIssues(window)}`

/** The same as far as a person said so: what passed by itself may have been real. */
const dismissed = (window: KpiWindow): string => `SELECT
  ${counted(`i.issue_status = 'CLOSED' AND ((NOT ${DECIDED} AND ${CLOSED_BY_PERSON}) OR ${WRONG_DIAGNOSIS})`)} AS numerator,
  COUNT(*) AS denominator, 0 AS left_out
${endedIssues(window)}`

/** Issues that people asked for themselves, of all that opened. */
const foundByPeople = (window: KpiWindow): string => `SELECT
  ${counted("e.detection_source = 'MANUAL'")} AS numerator, COUNT(*) AS denominator, 0 AS left_out
FROM detected_issues i JOIN detection_events e ON e.event_id = i.first_occurrence_event_id
WHERE i.opened_at > ${begin(window)}`

/** Resolved issues that came back within 30 days, of those resolved in the window before these 30 days. */
const recurrence = (window: KpiWindow): string => `SELECT
  ${counted(`EXISTS (SELECT 1 FROM detected_issues n WHERE n.issue_fingerprint = i.issue_fingerprint
    AND n.issue_id > i.issue_id AND n.opened_at >= i.closed_at
    AND n.opened_at <= ${DIALECTS[window.dialect].plus('i.closed_at', RECURS_DAYS, 'DAY')})`)} AS numerator,
  COUNT(*) AS denominator, 0 AS left_out
FROM detected_issues i
WHERE i.issue_status = 'RESOLVED' AND i.closed_at <= ${ago(window, RECURS_HOURS)}
  AND i.closed_at > ${ago(window, RECURS_HOURS + window.hours)}`

/** The shares, each with what its numerator and denominator are. */
export const SHARES: Readonly<
  Record<string, { readonly sql: (window: KpiWindow) => string; readonly counts: string }>
> = {
  recovery_success: {
    sql: recoverySuccess,
    counts: 'runs verified as an improvement / runs judged or failed; left out: undecided',
  },
  attempt_success: {
    sql: attemptSuccess,
    counts:
      'attempts on errors of applications that succeeded / that ended; left out: open, handed to a person',
  },
  false_positives: {
    sql: falsePositives,
    counts:
      'issues closed without a decision or declined as WRONG_DIAGNOSIS / issues ended; at most: some passed by themselves',
  },
  dismissed: {
    sql: dismissed,
    counts:
      'issues a person closed or declined as WRONG_DIAGNOSIS / issues ended; at least: what nobody looked at is not in it',
  },
  found_by_people: { sql: foundByPeople, counts: 'issues people asked for / issues opened' },
  recurrence: {
    sql: recurrence,
    counts: 'resolved issues back within 30 days / issues resolved, in the window that ended 30 days ago',
  },
}

/** A case of a figure of time; `ended` NULL: left out. */
export interface TimeCase {
  readonly seconds: number | string
  readonly ended: number | string | null
}

/**
 * Onset is where the first window beyond its limit began: that window's length before the store had it. Both are of one clock
 * that way, so a target whose clock is off does not look slow or instant.
 */
const sinceOnset = (window: KpiWindow, until: string): string =>
  `${seconds(window, 'e.recorded_at', until)} + ${seconds(window, 'e.window_start', 'e.window_end')}`

const timeToDetect = (
  window: KpiWindow,
): string => `SELECT ${sinceOnset(window, 'i.opened_at')} AS seconds, 1 AS ended
FROM detected_issues i JOIN detection_events e ON e.event_id = i.first_occurrence_event_id
WHERE i.opened_at > ${begin(window)} AND e.detection_source <> 'MANUAL'
ORDER BY i.opened_at DESC LIMIT ${CASES_MOST}`

const timeToApprove = (window: KpiWindow): string => `SELECT
  ${seconds(window, 'd.created_at', `COALESCE(a.approval_timestamp, n.ended_at, ${DIALECTS[window.dialect].now})`)} AS seconds,
  CASE WHEN a.standing_approval_id IS NOT NULL THEN NULL WHEN a.approval_id IS NOT NULL THEN 1
    WHEN d.decision_status IN ('PENDING_APPROVAL', 'EXPIRED') THEN 0 END AS ended
FROM detected_issues i CROSS JOIN recovery_decisions d ON d.issue_id = i.issue_id
LEFT JOIN admin_approvals a ON a.decision_id = d.decision_id AND a.approval_status = 'APPROVED'
LEFT JOIN decision_endings n ON n.decision_id = d.decision_id
WHERE i.opened_at > ${begin(window)}
ORDER BY i.opened_at DESC LIMIT ${CASES_MOST}`

const timeToExecute = (window: KpiWindow): string => `SELECT
  ${seconds(window, 'x.started_at', `COALESCE(x.finished_at, ${DIALECTS[window.dialect].now})`)} AS seconds,
  CASE WHEN x.execution_outcome IS NULL THEN 0 WHEN x.execution_outcome IN ('SUCCESS', 'PARTIAL_SUCCESS') THEN 1 END AS ended
FROM detected_issues i CROSS JOIN recovery_decisions d ON d.issue_id = i.issue_id
CROSS JOIN action_executions x ON x.decision_id = d.decision_id AND x.purpose = 'DO'
WHERE i.opened_at > ${begin(window)} AND x.started_at IS NOT NULL
ORDER BY i.opened_at DESC LIMIT ${CASES_MOST}`

const timeToRecover = (window: KpiWindow): string => `SELECT
  ${sinceOnset(window, `COALESCE(i.closed_at, ${DIALECTS[window.dialect].now})`)} AS seconds,
  CASE WHEN i.issue_status = 'RESOLVED' THEN 1 WHEN i.issue_status NOT IN ('CLOSED', 'CANCELLED') THEN 0 END AS ended
FROM detected_issues i JOIN detection_events e ON e.event_id = i.first_occurrence_event_id
WHERE i.opened_at > ${begin(window)} AND e.detection_source <> 'MANUAL'
ORDER BY i.opened_at DESC LIMIT ${CASES_MOST}`

/** The times, in seconds, of issues that opened in the window. */
export const TIMES: typeof SHARES = {
  time_to_detect: { sql: timeToDetect, counts: 'onset to issue: issues' },
  time_to_approve: {
    sql: timeToApprove,
    counts:
      'proposal to a person’s yes: approved / also waiting or expired; left out: declined, cancelled, by standing approval',
  },
  time_to_execute: {
    sql: timeToExecute,
    counts: 'start to end of the run: done / also running; left out: failed',
  },
  time_to_recover: {
    sql: timeToRecover,
    counts: 'onset to verified: resolved / also open; left out: ended otherwise',
  },
}

/** Decisions of dbmedic's own with what they rest on. */
export const explainedStatement = (
  window: KpiWindow,
): string => `SELECT d.issue_id, d.binding_text, d.preflight_digest, y.root_cause_code, y.evidence, y.competing_hypotheses,
  e.metric_value, e.raw_context
FROM detected_issues i CROSS JOIN recovery_decisions d ON d.issue_id = i.issue_id
CROSS JOIN ai_analysis y ON y.analysis_id = d.analysis_id
LEFT JOIN detection_events e ON e.event_id = i.first_occurrence_event_id
WHERE i.opened_at > ${begin(window)} AND COALESCE(d.proposed_by, '') = 'dbmedic'
ORDER BY i.opened_at DESC LIMIT ${DECISIONS_MOST}`

/** What observers answered when they were asked to render a plan. Questions are kept as canonical JSON. */
export const previewsStatement = (): string => `SELECT r.issue_id, r.answer FROM evidence_requests r
WHERE r.request_id > (SELECT CASE WHEN MAX(m.request_id) > ${QUESTIONS_MOST} THEN MAX(m.request_id) - ${QUESTIONS_MOST} ELSE 0 END
    FROM evidence_requests m)
  AND COALESCE(r.request_status, '') = 'ANSWERED' AND r.issue_id IS NOT NULL AND r.question LIKE '{"kind":"preview"%'
ORDER BY r.request_id DESC LIMIT ${5 * DECISIONS_MOST}`
