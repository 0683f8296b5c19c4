/**
 * What the store does by itself: moments it sets, rows it moves, and writes that become links of the
 * audit chain.
 */
import { TERMINAL_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { AuditEntry, Effect, Mark } from './condition.ts'
import { undoConsented } from './conditions-decide.ts'
import { ERASURE_EFFECTS } from './conditions-erasures.ts'
import { RECOVERY_EFFECTS, RECOVERY_MARKS } from './conditions-recovery.ts'
import type { Dialect } from './dialect.ts'

const ended = TERMINAL_ISSUE_STATES.map((state) => `'${state}'`).join(', ')

/** Moments set once, when the row first says so. */
export const MARKS: readonly Mark[] = [
  { table: 'detected_issues', column: 'closed_at', when: () => `NEW.issue_status IN (${ended})` },
  {
    table: 'recovery_decisions',
    column: 'used_at',
    when: () => 'EXISTS (SELECT 1 FROM action_executions x WHERE x.decision_id = NEW.decision_id)',
  },
  { table: 'evidence_requests', column: 'answered_at', when: () => "NEW.request_status <> 'REQUESTED'" },
  { table: 'recovery_requests', column: 'finished_at', when: () => "NEW.request_status <> 'REQUESTED'" },
  { table: 'standing_approvals', column: 'revoked_at', when: () => 'NEW.revoked_by IS NOT NULL' },
  { table: 'halts', column: 'lifted_at', when: () => 'NEW.lifted_by IS NOT NULL' },
  { table: 'suppressions', column: 'ended_at', when: () => 'NEW.ended_by IS NOT NULL' },
  { table: 'sessions', column: 'ended_at', when: () => 'NEW.ended_by IS NOT NULL' },
  { table: 'api_tokens', column: 'revoked_at', when: () => 'NEW.revoked_by IS NOT NULL' },
  { table: 'sign_in_links', column: 'used_at', when: () => 'NEW.is_used = 1' },
  { table: 'second_factors', column: 'removed_at', when: () => 'NEW.removed_by IS NOT NULL' },
  { table: 'recovery_codes', column: 'used_at', when: () => 'NEW.is_used = 1' },
  { table: 'passkeys', column: 'removed_at', when: () => 'NEW.removed_by IS NOT NULL' },
  { table: 'passkey_challenges', column: 'used_at', when: () => 'NEW.is_used = 1' },
  { table: 'invitations', column: 'answered_at', when: () => 'NEW.key_id IS NOT NULL' },
  { table: 'invitations', column: 'settled_at', when: () => 'NEW.settled_as IS NOT NULL' },
  ...RECOVERY_MARKS,
  { table: 'failure_watches', column: 'accepted_at', when: () => 'NEW.accepted_by IS NOT NULL' },
  { table: 'failure_watches', column: 'ended_at', when: () => 'NEW.ended_by IS NOT NULL' },
  {
    table: 'action_executions',
    column: 'started_at',
    when: () => "NEW.execution_status IN ('IN_PROGRESS', 'COMPLETED')",
  },
  {
    table: 'action_executions',
    column: 'finished_at',
    when: () => "NEW.execution_status IN ('COMPLETED', 'FAILED')",
  },
  {
    // Whoever holds a run's lease without being the one that started it has adopted it.
    table: 'action_executions',
    column: 'adopted_at',
    when: (d) =>
      d.name === 'sqlite'
        ? "OLD.execution_status = 'IN_PROGRESS' AND NEW.execution_status = 'IN_PROGRESS' AND NEW.lease_owner IS NOT OLD.lease_owner"
        : "OLD.execution_status = 'IN_PROGRESS' AND NEW.execution_status = 'IN_PROGRESS' AND NOT (NEW.lease_owner <=> OLD.lease_owner)",
  },
]

const issueOf = (decision: string): string =>
  `(SELECT d.issue_id FROM recovery_decisions d WHERE d.decision_id = ${decision})`
const decisionOfRun =
  '(SELECT x.decision_id FROM action_executions x WHERE x.execution_id = NEW.execution_id)'
const isDo =
  "EXISTS (SELECT 1 FROM action_executions x WHERE x.execution_id = NEW.execution_id AND x.purpose = 'DO')"

const moveIssue = (to: string, issue: string, from: readonly string[], when: string): string =>
  `UPDATE detected_issues SET issue_status = '${to}' WHERE issue_id = ${issue} AND issue_status IN (${from.map((state) => `'${state}'`).join(', ')}) AND ${when}`

const always = (sql: string) => (): string => sql

const ENDING_MOVES: readonly (readonly [to: string, from: readonly string[], endings: string])[] = [
  ['UNDER_ANALYSIS', ['DECISION_MADE', 'APPROVED'], "'EXPIRED', 'VOIDED', 'REVOKED'"],
  ['CANCELLED', ['DECISION_MADE', 'APPROVED'], "'CANCELLED'"],
  ['UNDER_ANALYSIS', ['DECLINED'], "'ASK_OTHER'"],
  ['CLOSED', ['DECLINED'], "'CLOSE'"],
]

/** Statements after a row is written, in order. */
export const EFFECTS: readonly Effect[] = [
  {
    table: 'user_registrations',
    event: 'insert',
    because: 'the login becomes what was registered',
    statement: always(
      'UPDATE users SET is_active = NEW.is_active, is_approver = NEW.is_approver, is_admin = NEW.is_admin, public_key = NEW.public_key, key_id = NEW.key_id, changed_by = NEW.signed_by WHERE user_id = NEW.user_id',
    ),
  },
  {
    table: 'user_registrations',
    event: 'insert',
    because: 'a new login is made',
    statement: (d) =>
      `INSERT INTO users (user_id, person_id, is_active, is_approver, is_admin, public_key, key_id, changed_by) SELECT NEW.user_id, NEW.person_id, NEW.is_active, NEW.is_approver, NEW.is_admin, NEW.public_key, NEW.key_id, CASE WHEN NEW.signed_by = NEW.user_id THEN NULL ELSE NEW.signed_by END${d.name === 'mysql' ? ' FROM DUAL' : ''} WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = NEW.user_id)`,
  },
  {
    table: 'recovery_decisions',
    event: 'insert',
    because: 'a decision is there: the issue waits for votes',
    statement: always(moveIssue('DECISION_MADE', 'NEW.issue_id', ['AWAITING_DECISION'], '1 = 1')),
  },
  {
    table: 'admin_approvals',
    event: 'insert',
    because: 'a final vote decides the decision',
    statement: always(
      "UPDATE recovery_decisions SET decision_status = NEW.approval_status WHERE decision_id = NEW.decision_id AND NEW.approval_status IN ('APPROVED', 'DECLINED')",
    ),
  },
  {
    table: 'admin_approvals',
    event: 'insert',
    because: 'and with it the issue',
    statement: always(
      'UPDATE detected_issues SET issue_status = NEW.approval_status WHERE issue_id = ' +
        `${issueOf('NEW.decision_id')} AND NEW.approval_status IN ('APPROVED', 'DECLINED') AND issue_status = 'DECISION_MADE'`,
    ),
  },
  {
    table: 'admin_approvals',
    event: 'insert',
    because: 'a vote under a standing approval takes one of its uses',
    statement: always(
      'UPDATE standing_approvals SET uses_taken = uses_taken + 1 WHERE standing_approval_id = NEW.standing_approval_id',
    ),
  },
  {
    table: 'decision_endings',
    event: 'insert',
    because: 'the decision ends',
    statement: always(
      "UPDATE recovery_decisions SET decision_status = CASE NEW.ending WHEN 'EXPIRED' THEN 'EXPIRED' ELSE 'CANCELLED' END WHERE decision_id = NEW.decision_id AND NEW.ending IN ('EXPIRED', 'VOIDED', 'CANCELLED', 'REVOKED')",
    ),
  },
  ...ENDING_MOVES.map(
    ([to, from, endings]): Effect => ({
      table: 'decision_endings',
      event: 'insert',
      because: `the issue goes on: ${endings.replaceAll("'", '')}`,
      statement: always(moveIssue(to, issueOf('NEW.decision_id'), from, `NEW.ending IN (${endings})`)),
    }),
  ),
  {
    table: 'action_executions',
    event: 'insert',
    because: 'the decision is used: it cannot end otherwise any more',
    statement: (d) =>
      `UPDATE recovery_decisions SET used_at = ${d.now} WHERE decision_id = NEW.decision_id AND used_at IS NULL`,
  },
  {
    table: 'action_executions',
    event: 'insert',
    because: 'the DO run executes the issue',
    statement: always(moveIssue('EXECUTING', issueOf('NEW.decision_id'), ['APPROVED'], "NEW.purpose = 'DO'")),
  },
  {
    table: 'action_executions',
    event: 'update',
    because: 'a finished DO run is verified, a failed one sends the issue back',
    statement: always(
      moveIssue(
        'VERIFYING',
        issueOf('NEW.decision_id'),
        ['EXECUTING'],
        "NEW.purpose = 'DO' AND NEW.execution_status = 'COMPLETED' AND OLD.execution_status <> 'COMPLETED'",
      ),
    ),
  },
  {
    table: 'action_executions',
    event: 'update',
    because: 'a failed DO run, or an ended UNDO run, sends the issue back to analysis',
    statement: always(
      moveIssue(
        'UNDER_ANALYSIS',
        issueOf('NEW.decision_id'),
        ['EXECUTING', 'VERIFYING'],
        "OLD.execution_status <> NEW.execution_status AND ((NEW.purpose = 'DO' AND NEW.execution_status = 'FAILED') OR (NEW.purpose = 'UNDO' AND NEW.execution_status IN ('COMPLETED', 'FAILED')))",
      ),
    ),
  },
  {
    table: 'execution_verifications',
    event: 'insert',
    because: 'an improvement resolves the issue',
    statement: always(
      moveIssue('RESOLVED', issueOf(decisionOfRun), ['VERIFYING'], `NEW.verdict = 'improved' AND ${isDo}`),
    ),
  },
  {
    table: 'execution_verifications',
    event: 'insert',
    because:
      'no effect, or a regression nobody consented to undo, sends it back; a consented undo comes first',
    statement: always(
      moveIssue(
        'UNDER_ANALYSIS',
        issueOf(decisionOfRun),
        ['VERIFYING'],
        `(NEW.verdict = 'no_effect' OR (NEW.verdict = 'regressed' AND NOT (${undoConsented(decisionOfRun)}))) AND ${isDo}`,
      ),
    ),
  },
  {
    table: 'event_prunings',
    event: 'insert',
    because: 'the events of the batch go, except those an issue refers to',
    statement: always(
      'DELETE FROM detection_events WHERE event_id BETWEEN (SELECT b.first_event_id FROM event_batches b WHERE b.batch_id = NEW.batch_id) AND (SELECT b.last_event_id FROM event_batches b WHERE b.batch_id = NEW.batch_id) AND NOT EXISTS (SELECT 1 FROM detected_issues i WHERE i.first_occurrence_event_id = event_id OR i.last_detection_event_id = event_id)',
    ),
  },
  ...(['insert', 'update'] as const).map(
    (event): Effect => ({
      table: 'failure_sites',
      event,
      because: 'what happened here is counted in its pattern',
      statement: (d) =>
        `UPDATE failure_patterns SET occurrence_count = occurrence_count + NEW.occurrence_count${event === 'update' ? ' - OLD.occurrence_count' : ''}, last_seen_at = ${d.now} WHERE pattern_id = NEW.pattern_id`,
    }),
  ),
  ...RECOVERY_EFFECTS,
  ...ERASURE_EFFECTS,
]

const changed =
  (...columns: string[]) =>
  (d: Dialect): string =>
    columns.map((column) => `NOT (${d.same(`NEW.${column}`, `OLD.${column}`)})`).join(' OR ')

const link = (
  table: string,
  event: 'insert' | 'update',
  columns: string,
  when?: (d: Dialect) => string,
): AuditEntry => ({
  table,
  event,
  columns: columns.split(' '),
  ...(when === undefined ? {} : { when }),
})

const LESSON =
  'issue_id decision_id execution_id metric_name metric_improvement_percent machine_resolved_flag issue_resolved_flag would_approve_again assessed_by predicted_confidence learning_complete'
const LOGIN = 'person_id is_active is_approver is_admin public_key key_id changed_by'
const MEMBER = 'user_id workspace_id member_role is_held changed_by'
const ACTION = 'engine action_name action_version risk_level binds_connection definition_digest'

/** Writes that become links of the chain. Events enter by batch (event_batches), not one by one. */
export const AUDIT_ENTRIES: readonly AuditEntry[] = [
  link('persons', 'insert', 'display_name'),
  link(
    'user_registrations',
    'insert',
    'user_id registration_digest previous_digest signed_by signer_key_id signature',
  ),
  link('users', 'insert', LOGIN),
  link('users', 'update', LOGIN),
  link('targets', 'insert', 'target_name engine connection enabled'),
  link(
    'targets',
    'update',
    'connection enabled instance_uid',
    changed('connection', 'enabled', 'instance_uid'),
  ),
  link('settings', 'insert', 'setting_value set_by'),
  link('settings', 'update', 'setting_value set_by'),
  link('change_windows', 'insert', 'target_id starts_at ends_at created_by reason'),
  link('halts', 'insert', 'halt_scope halt_key reason set_by'),
  link('halts', 'update', 'halt_scope halt_key lifted_by', changed('lifted_by')),
  link('predefined_actions', 'insert', `${ACTION} action_enabled`),
  link(
    'predefined_actions',
    'update',
    'action_enabled enabled_set_by',
    changed('action_enabled', 'enabled_set_by'),
  ),
  link(
    'standing_approvals',
    'insert',
    'granted_by person_id action_id grant_digest signature key_id valid_until maximum_uses',
  ),
  link('standing_approvals', 'update', 'uses_taken revoked_by', changed('uses_taken', 'revoked_by')),
  link('recovery_requests', 'insert', 'target_id issue_id action_name params reason requested_by'),
  link(
    'detected_issues',
    'insert',
    'target_id issue_category issue_fingerprint first_occurrence_event_id issue_status',
  ),
  link('detected_issues', 'update', 'issue_status', changed('issue_status')),
  link(
    'ai_analysis',
    'insert',
    'issue_id analysis_status root_cause_code confidence_score analyzer evidence',
  ),
  link(
    'recovery_decisions',
    'insert',
    'analysis_id issue_id target_id recommended_action_id risk_level plan_digest preflight_digest confidence_based_score proposed_by recovery_request_id expires_at',
  ),
  link('recovery_decisions', 'update', 'decision_status', changed('decision_status')),
  link(
    'admin_approvals',
    'insert',
    'decision_id action_id plan_digest risk_level admin_user_id person_id approval_status approval_reason admin_notes undo_preconsented window_start authentication_method signature key_id standing_approval_id self_approved_sole_approver expires_at',
  ),
  link('decision_endings', 'insert', 'decision_id ending reason ended_by'),
  link('action_executions', 'insert', 'approval_id decision_id action_id plan_digest purpose executed_by'),
  link(
    'action_executions',
    'update',
    'execution_status execution_outcome pre_execution_metrics steps affected_rows execution_errors lease_owner',
    (d) => changed('execution_status', 'adopted_at')(d),
  ),
  link(
    'execution_verifications',
    'insert',
    'execution_id verdict metric_name metric_before metric_after improvement_percent details assessed_by',
  ),
  link('learning_records', 'insert', LESSON),
  link('learning_records', 'update', LESSON),
  link('calibrators', 'insert', 'issue_category method coefficients records brier'),
  link('model_exchanges', 'insert', 'issue_id model prompt_digest request_text response_text'),
  link('event_batches', 'insert', 'first_event_id last_event_id event_count events_digest'),
  link('event_prunings', 'insert', 'batch_id reason'),
  link('memberships', 'insert', MEMBER),
  link('memberships', 'update', MEMBER),
  link('passwords', 'insert', 'user_id set_by'),
  link('passwords', 'update', 'user_id set_by'),
  link('sealed_keys', 'insert', 'user_id sealed_key'),
  link('sessions', 'insert', 'user_id address expires_at'),
  link('sessions', 'update', 'user_id ended_by', changed('ended_by')),
  link('api_tokens', 'insert', 'user_id workspace_id token_name scopes expires_at'),
  link('api_tokens', 'update', 'user_id revoked_by', changed('revoked_by')),
  link('sign_in_links', 'insert', 'user_id created_by expires_at'),
  link('sign_in_links', 'update', 'user_id is_used', changed('is_used')),
  link('decision_readings', 'insert', 'decision_id user_id plan_digest'),
  link('workspaces', 'insert', 'workspace_name'),
  link('second_factors', 'insert', 'user_id'),
  link('second_factors', 'update', 'user_id removed_by', changed('removed_by')),
  link('recovery_codes', 'update', 'user_id factor_id is_used', changed('is_used')),
  link('passkeys', 'insert', 'user_id passkey_name credential_digest algorithm'),
  link('passkeys', 'update', 'user_id removed_by', changed('removed_by')),
  link('passkey_names', 'insert', 'user_id passkey_id passkey_name'),
  link('passkey_refusals', 'insert', 'user_id passkey_id problem address'),
  link(
    'invitations',
    'insert',
    'user_id person_id is_approver is_admin workspace_id roles invited_by expires_at',
  ),
  link(
    'suppressions',
    'insert',
    'issue_id target_id issue_fingerprint severity reason suppressed_by expires_at',
  ),
  link('suppressions', 'update', 'issue_id target_id ended_by held_count', changed('ended_by')),
  link('invitations', 'update', 'user_id key_id settled_as settled_by', changed('key_id', 'settled_as')),
  link(
    'failure_watches',
    'insert',
    'task_id target_id watch_kind subject question limit_value interval_seconds',
  ),
  link(
    'failure_watches',
    'update',
    'task_id target_id watch_kind accepted_by expires_at ended_by',
    changed('accepted_by', 'ended_by'),
  ),
  link('person_erasures', 'insert', 'erased_by reason'),
  link('recovery_switches', 'insert', 'task_id is_on reason set_by'),
  link(
    'recovery_tasks',
    'update',
    'pattern_id auto_recovery_enabled set_by',
    changed('auto_recovery_enabled', 'set_by'),
  ),
]

/** Tables whose changes become links of the chain. */
export const AUDITED_TABLES: readonly string[] = [...new Set(AUDIT_ENTRIES.map(({ table }) => table))].sort()

/** Documents enter the chain as their SHA-256, so that a link stays small and holds no text of a target. */
export const HASHED_IN_AUDIT: ReadonlySet<string> = new Set(['document', 'json'])
