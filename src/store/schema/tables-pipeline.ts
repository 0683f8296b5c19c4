/** The tables of the pipeline, from event to lesson: the specification's eight and what binds them. */

import {
  DECISION_STATES,
  EXECUTION_STATES,
  ISSUE_STATES,
  TERMINAL_ISSUE_STATES,
} from '../../core/lifecycle.ts'
import {
  ANALYSIS_STATUSES,
  APPROVAL_STATUSES,
  APPROVE_REASONS,
  DECISION_ENDINGS,
  DECLINE_REASONS,
  DETECTION_SOURCES,
  EVENT_KINDS,
  EXECUTION_OUTCOMES,
  EXECUTION_PURPOSES,
  ISSUE_CATEGORIES,
  REQUEST_STATUSES,
  RISK_LEVELS,
  ROOT_CAUSES,
  SEVERITIES,
  VERDICTS,
} from '../../core/vocabulary.ts'
import type { ColumnKind } from './columns.ts'
import { DIALECTS, type DialectName } from './dialect.ts'
import { column, computed, LEASE_COLUMNS, leaseCheck, references, type Table, table } from './table.ts'

const word = (values: readonly string[]): ColumnKind => ({ is: 'word', values })
const code = (max: number): ColumnKind => ({ is: 'code', max })
const text = (max: number): ColumnKind => ({ is: 'text', max })
const name = (max: number): ColumnKind => ({ is: 'name', max })
const ID: ColumnKind = { is: 'id' }
const REF: ColumnKind = { is: 'ref' }
const USER: ColumnKind = { is: 'user' }
const DIGEST: ColumnKind = { is: 'digest' }
const JSON_TEXT: ColumnKind = { is: 'json' }
const DOCUMENT: ColumnKind = { is: 'document' }
const TIME: ColumnKind = { is: 'time' }
const STAMP: ColumnKind = { is: 'stamp' }
const MARK: ColumnKind = { is: 'mark' }
const BOOL: ColumnKind = { is: 'bool' }
const COUNT: ColumnKind = { is: 'count' }
const MEASURE: ColumnKind = { is: 'measure' }
/** 0.0000..1.0000; on SQLite 0..10000. */
const CONFIDENCE: ColumnKind = { is: 'decimal', precision: 5, scale: 4 }
/** A percentage with four decimals; on SQLite multiplied by 10000. */
const PERCENT: ColumnKind = { is: 'decimal', precision: 14, scale: 4 }
const NULL = { null: true } as const

const quoted = (words: readonly string[]): string => words.map((each) => `'${each}'`).join(', ')

/** Confidence is never certainty in either direction. */
const confidence = (columnName: string): string =>
  `${columnName} BETWEEN LOW AND HIGH`.replace('LOW', '0.0100').replace('HIGH', '0.9900')
const scaled = (sql: string, dialect: DialectName): string =>
  dialect === 'sqlite'
    ? sql.replace(/\d+\.\d{4}/g, (decimal) => String(Math.round(Number(decimal) * 10_000)))
    : sql

/** A fragment of a JSON document, as JSON text. */
const part = (document: string, path: string) => (dialect: DialectName) =>
  DIALECTS[dialect].jsonPart(document, path)
/** A scalar of a JSON document. */
const scalar = (document: string, path: string) => (dialect: DialectName) =>
  DIALECTS[dialect].jsonText(document, path)

const conditional = (condition: string, value: string) => (): string =>
  `CASE WHEN ${condition} THEN ${value} ELSE NULL END`

/** Tables in an order in which each only refers to earlier ones (and to those of people). */
export const PIPELINE_TABLES: readonly Table[] = [
  table('detection_events', 'A fact an instrument of a target reported in one window.', {
    columns: [
      column('event_id', ID),
      column('target_id', REF),
      column('instance_uid', code(128)),
      column('event_timestamp', TIME, { note: 'the target’s clock, UTC' }),
      column('recorded_at', STAMP),
      column('detection_source', word(DETECTION_SOURCES)),
      column('event_kind', word(EVENT_KINDS)),
      column('rule_id', code(100)),
      column('rule_version', COUNT),
      column('severity_indicator', word(SEVERITIES)),
      column('issue_category', word(ISSUE_CATEGORIES)),
      column('issue_fingerprint', DIGEST),
      column('affected_resource_type', code(64)),
      column('affected_resource_name', name(400)),
      column('metric_name', code(64)),
      column('metric_value', MEASURE),
      column('metric_unit', code(32)),
      column('window_start', TIME),
      column('window_end', TIME),
      column('epoch', TIME),
      column('partial', BOOL),
      column('opens_at_once', BOOL),
      column('dedupe_key', DIGEST),
      column('raw_context', JSON_TEXT),
      column('raw_context_digest', DIGEST),
    ],
    unique: [['dedupe_key'], ['event_id', 'issue_fingerprint', 'target_id', 'issue_category']],
    foreignKeys: [references(['target_id'], 'targets')],
    checks: [
      { name: 'detection_events_value_rule', sql: () => 'metric_value >= 0' },
      { name: 'detection_events_window_rule', sql: () => 'window_end >= window_start' },
      {
        name: 'detection_events_raw_rule',
        sql: (d) => `raw_context_digest = ${d.sha256('raw_context')}`,
      },
    ],
    indexes: [
      ['issue_fingerprint', 'event_id'],
      ['target_id', 'event_id'],
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-083' },
  }),
  table('detected_issues', 'Events of one fingerprint that mean trouble; at most one open a fingerprint.', {
    columns: [
      column('issue_id', ID),
      column('target_id', REF),
      column('instance_uid', code(128)),
      column('issue_category', word(ISSUE_CATEGORIES)),
      column('issue_fingerprint', DIGEST),
      column('rule_id', code(100)),
      column('severity', word(SEVERITIES)),
      column('affected_resource_type', code(64)),
      column('affected_resource_name', name(400)),
      column('occurrence_count', COUNT, { fallback: '1' }),
      column('issue_status', word(ISSUE_STATES), { fallback: "'DETECTED'" }),
      column('first_occurrence_event_id', REF),
      column('last_detection_event_id', REF),
      column('recurrence_of_issue_id', REF, NULL),
      column('opened_at', STAMP),
      column('closed_at', MARK, NULL),
      ...LEASE_COLUMNS,
      computed(
        'open_key',
        DIGEST,
        conditional(`issue_status NOT IN (${quoted(TERMINAL_ISSUE_STATES)})`, 'issue_fingerprint'),
        'stored',
      ),
    ],
    unique: [['open_key'], ['issue_id', 'target_id'], ['issue_id', 'issue_fingerprint']],
    foreignKeys: [
      references(
        ['first_occurrence_event_id', 'issue_fingerprint', 'target_id', 'issue_category'],
        'detection_events',
        ['event_id', 'issue_fingerprint', 'target_id', 'issue_category'],
      ),
      references(
        ['last_detection_event_id', 'issue_fingerprint', 'target_id', 'issue_category'],
        'detection_events',
        ['event_id', 'issue_fingerprint', 'target_id', 'issue_category'],
      ),
      references(['recurrence_of_issue_id', 'issue_fingerprint'], 'detected_issues', [
        'issue_id',
        'issue_fingerprint',
      ]),
    ],
    checks: [
      { name: 'detected_issues_count_rule', sql: () => 'occurrence_count >= 1' },
      leaseCheck('detected_issues'),
    ],
    indexes: [
      ['issue_status', 'issue_id'],
      ['issue_fingerprint', 'issue_id'],
    ],
    laterIndexes: [
      ['issue_status', 'closed_at', 'target_id', 'opened_at'],
      ['opened_at', 'first_occurrence_event_id'],
    ],
    mutable: [
      'occurrence_count',
      'severity',
      'issue_status',
      'last_detection_event_id',
      'closed_at',
      'lease_owner',
      'lease_expires_at',
    ],
    refusals: { update: 'GOV-015', delete: 'GOV-010' },
  }),
  table('calibrators', 'A fitted mapping from raw to calibrated confidence. Version 0 is the identity.', {
    columns: [
      column('calibrator_version', ID),
      column('issue_category', word(ISSUE_CATEGORIES), { null: true, note: 'NULL: all categories' }),
      column('method', word(['identity', 'platt', 'isotonic'])),
      column('coefficients', JSON_TEXT),
      column('records', COUNT, { note: 'completed lessons it was fitted on' }),
      column('brier', { is: 'decimal', precision: 9, scale: 8 }, NULL),
      column('fitted_at', STAMP),
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('ai_analysis', 'One interpretation of an issue. A re-analysis is a new row.', {
    columns: [
      column('analysis_id', ID),
      column('issue_id', REF),
      column('analysed_at', STAMP),
      column('analysis_status', word(ANALYSIS_STATUSES)),
      column('root_cause_code', word(ROOT_CAUSES)),
      column('root_cause_hypothesis', text(2000)),
      column('raw_confidence', CONFIDENCE),
      column('confidence_score', CONFIDENCE),
      column('calibrator_version', REF),
      column('recommendation_summary', text(4000)),
      column('historical_similarity_score', CONFIDENCE, NULL),
      column('affecting_queries', JSON_TEXT),
      column('evidence', JSON_TEXT),
      column('competing_hypotheses', JSON_TEXT),
      column('analyzer', code(100)),
      column('analyzer_version', code(40)),
      column('model', text(200), NULL),
      column('prompt_digest', DIGEST, NULL),
      column('dropped_claims', JSON_TEXT),
    ],
    unique: [['analysis_id', 'issue_id']],
    foreignKeys: [
      references(['issue_id'], 'detected_issues'),
      references(['calibrator_version'], 'calibrators'),
    ],
    checks: [
      { name: 'ai_analysis_score_rule', sql: (d) => scaled(confidence('confidence_score'), d.name) },
      {
        name: 'ai_analysis_raw_rule',
        sql: (d) => scaled('raw_confidence BETWEEN 0.0000 AND 1.0000', d.name),
      },
      {
        name: 'ai_analysis_similarity_rule',
        sql: (d) => scaled('historical_similarity_score BETWEEN 0.0000 AND 1.0000', d.name),
      },
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('predefined_actions', 'The store’s mirror of one version of one action of the catalogue.', {
    columns: [
      column('action_id', ID),
      column('action_name', code(100)),
      column('action_version', COUNT),
      column('engine', code(16)),
      column('action_category', code(64)),
      column('execution_query', DOCUMENT, { note: 'statement templates, for people to read' }),
      column('risk_level', word(RISK_LEVELS)),
      column('applicable_issue_categories', JSON_TEXT),
      column('requires_manual_verification', BOOL),
      column('action_enabled', BOOL),
      column('estimated_duration_seconds', COUNT),
      column('parameter_schema', JSON_TEXT),
      column('preconditions', JSON_TEXT),
      column('guards', JSON_TEXT),
      column('verification', DOCUMENT),
      column('undo_action', DOCUMENT, { note: 'the inverse action, or why there is none' }),
      column('binds_connection', BOOL, {
        fallback: '0',
        note: 'acts on one connection: validity at most 30 minutes, never in a future window',
      }),
      column('definition_digest', DIGEST),
      column('enabled_set_by', USER, { null: true, note: 'who last switched action_enabled' }),
      column('mirrored_at', STAMP),
    ],
    unique: [
      ['engine', 'action_name', 'action_version'],
      ['action_id', 'risk_level'],
    ],
    foreignKeys: [references(['enabled_set_by'], 'users', ['user_id'])],
    mutable: ['action_enabled', 'enabled_set_by'],
    refusals: { update: 'GOV-014', delete: 'GOV-014' },
  }),
  table('evidence_requests', 'A question one role asks of the observer.', {
    columns: [
      column('request_id', ID),
      column('target_id', REF),
      column('issue_id', REF, NULL),
      column('question', JSON_TEXT),
      column('requested_by', code(100), { note: 'a role, or the user `serve` asks for' }),
      column('request_status', word(REQUEST_STATUSES), { fallback: "'REQUESTED'" }),
      column('answer', JSON_TEXT, NULL),
      column('requested_at', STAMP),
      column('answered_at', MARK, NULL),
      ...LEASE_COLUMNS,
    ],
    foreignKeys: [
      references(['target_id'], 'targets'),
      references(['issue_id', 'target_id'], 'detected_issues'),
    ],
    checks: [
      {
        name: 'evidence_requests_answer_rule',
        sql: () => "request_status <> 'ANSWERED' OR answer IS NOT NULL",
      },
      leaseCheck('evidence_requests'),
    ],
    indexes: [['request_status', 'target_id']],
    mutable: ['request_status', 'answer', 'answered_at', 'lease_owner', 'lease_expires_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table(
    'recovery_requests',
    'A fix a person asks for; `reason` carries it out with that person as proposer.',
    {
      columns: [
        column('recovery_request_id', ID),
        column('target_id', REF),
        column('issue_id', REF, NULL),
        column('action_name', code(100)),
        column('params', JSON_TEXT),
        column('reason', text(1000)),
        column('requested_by', USER),
        column('requested_at', STAMP),
        column('request_status', word(REQUEST_STATUSES), { fallback: "'REQUESTED'" }),
        column('result', text(2000), NULL),
        column('decision_id', REF, { null: true, note: 'the decision it became' }),
        column('finished_at', MARK, NULL),
        ...LEASE_COLUMNS,
      ],
      unique: [['recovery_request_id', 'requested_by']],
      foreignKeys: [
        references(['target_id'], 'targets'),
        references(['issue_id', 'target_id'], 'detected_issues'),
        references(['requested_by'], 'users', ['user_id']),
      ],
      checks: [leaseCheck('recovery_requests')],
      indexes: [['request_status']],
      mutable: ['request_status', 'result', 'decision_id', 'finished_at', 'lease_owner', 'lease_expires_at'],
      refusals: { update: 'GOV-016', delete: 'GOV-017' },
    },
  ),
  table('recovery_decisions', 'One action of the catalogue, fully rendered, waiting for or past its votes.', {
    columns: [
      column('decision_id', ID),
      column('analysis_id', REF),
      column('issue_id', REF),
      column('target_id', REF),
      column('recommended_action_id', REF),
      column('risk_level', word(RISK_LEVELS), { note: 'copied by key: nobody relabels it' }),
      column('binding_text', DOCUMENT, { note: 'canonical JSON of the binding: what a person consents to' }),
      column('plan_digest', DIGEST, { note: 'SHA-256 of binding_text' }),
      column('preflight_digest', DIGEST),
      column('confidence_based_score', CONFIDENCE),
      column('decision_rationale', text(4000)),
      column('proposed_by', USER),
      column('recovery_request_id', REF, NULL),
      column('decision_status', word(DECISION_STATES), { fallback: "'PENDING_APPROVAL'" }),
      column('created_at', STAMP),
      column('expires_at', TIME),
      column('used_at', MARK, { null: true, note: 'when its DO run was queued' }),
      computed('parameters', DOCUMENT, part('binding_text', '$.parameters')),
      computed('rendered_plan', DOCUMENT, part('binding_text', '$.steps')),
      computed('undo_plan', DOCUMENT, part('binding_text', '$.undo')),
      computed('touched_objects', DOCUMENT, part('binding_text', '$.objects')),
      computed('forecast', DOCUMENT, part('binding_text', '$.forecast')),
      computed('verification_plan', DOCUMENT, part('binding_text', '$.verification')),
      computed('evidence_digest', code(64), scalar('binding_text', '$.evidenceDigest')),
      computed(
        'open_key',
        REF,
        conditional("decision_status IN ('PENDING_APPROVAL', 'APPROVED') AND used_at IS NULL", 'issue_id'),
        'stored',
      ),
    ],
    unique: [
      ['open_key'],
      ['decision_id', 'recommended_action_id', 'plan_digest', 'risk_level'],
      ['decision_id', 'confidence_based_score'],
      ['decision_id', 'issue_id'],
    ],
    foreignKeys: [
      references(['analysis_id', 'issue_id'], 'ai_analysis'),
      references(['issue_id', 'target_id'], 'detected_issues'),
      references(['recommended_action_id', 'risk_level'], 'predefined_actions', ['action_id', 'risk_level']),
      references(['proposed_by'], 'users', ['user_id']),
      references(['recovery_request_id', 'proposed_by'], 'recovery_requests', [
        'recovery_request_id',
        'requested_by',
      ]),
    ],
    checks: [
      { name: 'recovery_decisions_digest_rule', sql: (d) => `plan_digest = ${d.sha256('binding_text')}` },
      {
        name: 'recovery_decisions_json_rule',
        sql: (d) => (d.name === 'sqlite' ? 'json_valid(binding_text)' : 'JSON_VALID(binding_text)'),
      },
      {
        name: 'recovery_decisions_score_rule',
        sql: (d) => scaled(confidence('confidence_based_score'), d.name),
      },
    ],
    indexes: [
      ['decision_status', 'expires_at'],
      ['issue_id', 'decision_id'],
    ],
    mutable: ['decision_status', 'used_at'],
    refusals: { update: 'GOV-022', delete: 'GOV-013' },
  }),
  table('standing_approvals', 'A human’s signed grant for a class of LOW-risk decisions.', {
    columns: [
      column('standing_approval_id', ID),
      column('granted_by', USER),
      column('person_id', REF),
      column('action_id', REF),
      column('risk_level', word(RISK_LEVELS)),
      column('grant_text', DOCUMENT, { note: 'canonical JSON of the grant, as signed' }),
      column('grant_digest', DIGEST),
      column('signature', code(88)),
      column('key_id', DIGEST),
      column('valid_until', TIME),
      column('maximum_uses', COUNT),
      column('uses_taken', COUNT, { fallback: '0' }),
      column('granted_at', STAMP),
      column('revoked_by', USER, NULL),
      column('revoked_at', MARK, NULL),
      computed('target_ids', DOCUMENT, part('grant_text', '$.targetIds')),
      computed('parameter_bounds', DOCUMENT, part('grant_text', '$.parameterBounds')),
      computed('issue_category', code(40), scalar('grant_text', '$.issueCategory')),
      computed('root_cause_code', code(40), scalar('grant_text', '$.rootCauseCode')),
      computed('minimum_confidence', code(24), scalar('grant_text', '$.minimumConfidence')),
      computed('grant_reason', DOCUMENT, scalar('grant_text', '$.reason')),
    ],
    foreignKeys: [
      references(['granted_by', 'person_id'], 'users', ['user_id', 'person_id']),
      references(['action_id', 'risk_level'], 'predefined_actions'),
      references(['revoked_by'], 'users', ['user_id']),
    ],
    checks: [
      { name: 'standing_approvals_low_rule', sql: () => "risk_level = 'LOW'" },
      { name: 'standing_approvals_digest_rule', sql: (d) => `grant_digest = ${d.sha256('grant_text')}` },
      {
        name: 'standing_approvals_json_rule',
        sql: (d) => (d.name === 'sqlite' ? 'json_valid(grant_text)' : 'JSON_VALID(grant_text)'),
      },
      { name: 'standing_approvals_uses_rule', sql: () => 'uses_taken <= maximum_uses' },
      { name: 'standing_approvals_max_rule', sql: () => 'maximum_uses BETWEEN 1 AND 10000' },
      {
        name: 'standing_approvals_signature_rule',
        sql: (d) => (d.name === 'sqlite' ? 'length(signature) = 88' : 'CHAR_LENGTH(signature) = 88'),
      },
    ],
    mutable: ['uses_taken', 'revoked_by', 'revoked_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('admin_approvals', 'One vote of one person on one exact plan.', {
    columns: [
      column('approval_id', ID),
      column('decision_id', REF),
      column('action_id', REF),
      column('plan_digest', DIGEST),
      column('risk_level', word(RISK_LEVELS)),
      column('admin_user_id', USER),
      column('person_id', REF, { note: 'of admin_user_id, by key: one vote a person' }),
      column('approval_status', word(APPROVAL_STATUSES)),
      column('approval_reason', word([...DECLINE_REASONS, ...APPROVE_REASONS])),
      column('admin_notes', text(4000), NULL),
      column('undo_preconsented', BOOL),
      column('window_start', TIME, NULL),
      column('authentication_method', code(20)),
      column('signature', code(88)),
      column('key_id', DIGEST),
      column('standing_approval_id', REF, NULL),
      column('self_approved_sole_approver', BOOL, { fallback: '0' }),
      column('approval_timestamp', STAMP),
      column('expires_at', TIME),
    ],
    unique: [
      ['approval_id', 'decision_id', 'action_id', 'plan_digest', 'approval_status'],
      ['decision_id', 'person_id'],
    ],
    foreignKeys: [
      references(['admin_user_id', 'person_id'], 'users', ['user_id', 'person_id']),
      references(['decision_id', 'action_id', 'plan_digest', 'risk_level'], 'recovery_decisions', [
        'decision_id',
        'recommended_action_id',
        'plan_digest',
        'risk_level',
      ]),
      references(['standing_approval_id'], 'standing_approvals'),
    ],
    checks: [
      {
        name: 'admin_approvals_why_rule',
        sql: () =>
          `(approval_status = 'DECLINED' AND approval_reason IN (${quoted(DECLINE_REASONS)})) OR (approval_status <> 'DECLINED' AND approval_reason IN (${quoted(APPROVE_REASONS)}))`,
      },
      {
        name: 'admin_approvals_standing_rule',
        sql: () =>
          "(authentication_method = 'standing') = (standing_approval_id IS NOT NULL) AND (standing_approval_id IS NULL OR approval_status = 'APPROVED')",
      },
      {
        name: 'admin_approvals_signature_rule',
        sql: (d) => (d.name === 'sqlite' ? 'length(signature) = 88' : 'CHAR_LENGTH(signature) = 88'),
      },
    ],
    laterIndexes: [
      ['approval_timestamp', 'decision_id', 'admin_user_id', 'approval_status', 'standing_approval_id'],
    ],
    refusals: { update: 'GOV-011', delete: 'GOV-011' },
  }),
  table('decision_endings', 'Why a decision ended other than by running.', {
    columns: [
      column('ending_id', ID),
      column('decision_id', REF),
      column('ending', word(DECISION_ENDINGS)),
      column('reason', text(1000)),
      column('ended_by', USER, { note: '`dbmedic` for EXPIRED and VOIDED, a person otherwise' }),
      column('ended_at', STAMP),
    ],
    unique: [['decision_id']],
    foreignKeys: [
      references(['decision_id'], 'recovery_decisions'),
      references(['ended_by'], 'users', ['user_id']),
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('action_executions', 'One run of an approved plan, or of the undo plan the approval consented to.', {
    columns: [
      column('execution_id', ID),
      column('approval_id', REF),
      column('decision_id', REF),
      column('action_id', REF),
      column('plan_digest', DIGEST),
      column('required_status', word(['APPROVED']), { fallback: "'APPROVED'" }),
      column('purpose', word(EXECUTION_PURPOSES)),
      column('execution_status', word(EXECUTION_STATES), { fallback: "'QUEUED'" }),
      column('execution_outcome', word(EXECUTION_OUTCOMES), NULL),
      column('pre_execution_metrics', JSON_TEXT, NULL),
      column('steps', JSON_TEXT, { fallback: "('[]')" }),
      column('actual_duration_ms', COUNT, NULL),
      column('affected_rows', COUNT, NULL),
      column('execution_errors', text(4000), NULL),
      column('executed_by', code(100)),
      ...LEASE_COLUMNS,
      column('queued_at', STAMP),
      column('started_at', MARK, NULL),
      column('adopted_at', MARK, { null: true, note: 'when another executor took over a lost lease' }),
      column('finished_at', MARK, NULL),
    ],
    unique: [
      ['approval_id', 'purpose'],
      ['execution_id', 'decision_id'],
    ],
    foreignKeys: [
      references(
        ['approval_id', 'decision_id', 'action_id', 'plan_digest', 'required_status'],
        'admin_approvals',
        ['approval_id', 'decision_id', 'action_id', 'plan_digest', 'approval_status'],
      ),
    ],
    checks: [
      leaseCheck('action_executions'),
      {
        name: 'action_executions_end_rule',
        sql: () =>
          "(execution_status IN ('QUEUED', 'IN_PROGRESS') AND execution_outcome IS NULL) OR (execution_status = 'COMPLETED' AND execution_outcome IS NOT NULL AND execution_outcome IN ('SUCCESS', 'PARTIAL_SUCCESS', 'ROLLED_BACK')) OR (execution_status = 'FAILED' AND execution_outcome IS NOT NULL AND execution_outcome IN ('FAILED', 'REFUSED', 'UNKNOWN', 'ROLLED_BACK'))",
      },
    ],
    indexes: [
      ['execution_status', 'lease_expires_at'],
      ['decision_id', 'purpose'],
    ],
    laterIndexes: [['finished_at', 'execution_outcome', 'purpose', 'decision_id']],
    mutable: [
      'execution_status',
      'execution_outcome',
      'pre_execution_metrics',
      'steps',
      'actual_duration_ms',
      'affected_rows',
      'execution_errors',
      'lease_owner',
      'lease_expires_at',
      'started_at',
      'adopted_at',
      'finished_at',
    ],
    refusals: { update: 'GOV-043', delete: 'GOV-012' },
  }),
  table('execution_verifications', 'After-metrics and a verdict on a run.', {
    columns: [
      column('verification_id', ID),
      column('execution_id', REF),
      column('verdict', word(VERDICTS)),
      column('metric_name', code(64)),
      column('metric_unit', code(32)),
      column('lower_is_better', BOOL),
      column('metric_before', MEASURE, NULL),
      column('metric_after', MEASURE, NULL),
      column('samples_before', COUNT),
      column('samples_after', COUNT),
      column('improvement_percent', PERCENT, NULL),
      column('interval_low_percent', PERCENT, NULL),
      column('interval_high_percent', PERCENT, NULL),
      column('details', JSON_TEXT),
      column('assessed_by', USER, { note: '`act` for a measurement, a user for a person’s word' }),
      column('verified_at', STAMP),
    ],
    foreignKeys: [references(['execution_id'], 'action_executions')],
    checks: [
      {
        name: 'execution_verifications_gain_rule',
        sql: (d) => scaled('improvement_percent <= 100.0000', d.name),
      },
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('learning_records', 'What a decision taught; complete only after a person’s review.', {
    columns: [
      column('learning_record_id', ID),
      column('issue_id', REF),
      column('decision_id', REF),
      column('execution_id', REF, NULL),
      column('metric_name', code(64), NULL),
      column('metric_unit', code(32), NULL),
      column('metric_before', MEASURE, NULL),
      column('metric_after', MEASURE, NULL),
      column('samples_before', COUNT, NULL),
      column('samples_after', COUNT, NULL),
      column('lower_is_better', BOOL, NULL),
      column('metric_improvement_percent', PERCENT, NULL),
      column('machine_resolved_flag', BOOL, NULL),
      column('predicted_confidence', CONFIDENCE, { note: 'of the decision, by key' }),
      column('time_to_resolution_seconds', COUNT, NULL),
      column('issue_resolved_flag', BOOL, NULL),
      column('would_approve_again', BOOL, NULL),
      column('assessed_by', USER, NULL),
      column('learning_complete', BOOL, { fallback: '0' }),
      column('record_created_at', STAMP),
      // 1 - (predicted - resolved)^2: the score of one record under the Brier rule; NULL until reviewed.
      computed(
        'ai_confidence_accuracy',
        { is: 'decimal', precision: 9, scale: 8 },
        (dialect) =>
          dialect === 'sqlite'
            ? '100000000 - (predicted_confidence - issue_resolved_flag * 10000) * (predicted_confidence - issue_resolved_flag * 10000)'
            : '1 - (predicted_confidence - issue_resolved_flag) * (predicted_confidence - issue_resolved_flag)',
        'stored',
      ),
      computed('not_executed_key', REF, conditional('execution_id IS NULL', 'decision_id'), 'stored'),
    ],
    unique: [['execution_id'], ['not_executed_key']],
    foreignKeys: [
      references(['decision_id', 'issue_id'], 'recovery_decisions'),
      references(['decision_id', 'predicted_confidence'], 'recovery_decisions', [
        'decision_id',
        'confidence_based_score',
      ]),
      references(['execution_id', 'decision_id'], 'action_executions'),
      references(['assessed_by'], 'users', ['user_id']),
    ],
    checks: [
      {
        name: 'learning_records_gain_rule',
        sql: (d) => scaled('metric_improvement_percent <= 100.0000', d.name),
      },
      {
        name: 'learning_records_done_rule',
        sql: () =>
          'learning_complete = 0 OR (assessed_by IS NOT NULL AND issue_resolved_flag IS NOT NULL AND would_approve_again IS NOT NULL)',
      },
    ],
    mutable: [
      'metric_name',
      'metric_unit',
      'metric_before',
      'metric_after',
      'samples_before',
      'samples_after',
      'lower_is_better',
      'metric_improvement_percent',
      'machine_resolved_flag',
      'time_to_resolution_seconds',
      'issue_resolved_flag',
      'would_approve_again',
      'assessed_by',
      'learning_complete',
    ],
    refusals: { update: 'GOV-051', delete: 'GOV-051' },
  }),
  table('metric_samples', 'One window of one series; history for baselines and verdicts, pruned by age.', {
    columns: [
      column('sample_id', ID),
      column('target_id', REF),
      column('instance_uid', code(128)),
      column('epoch', TIME),
      column('series_kind', code(64)),
      column('series_key', name(300)),
      column('window_start', TIME),
      column('window_end', TIME),
      column('calls', MEASURE),
      column('total_ms', MEASURE),
      column('measures', JSON_TEXT),
    ],
    unique: [['target_id', 'series_kind', 'series_key', 'window_start', 'instance_uid']],
    checks: [{ name: 'metric_samples_window_rule', sql: () => 'window_end >= window_start' }],
    indexes: [['window_end']],
    refusals: { update: 'GOV-010', delete: 'GOV-084' },
  }),
  table('model_exchanges', 'What was sent to a model and what came back.', {
    columns: [
      column('exchange_id', ID),
      column('issue_id', REF, NULL),
      column('model', text(200)),
      column('prompt_digest', DIGEST),
      column('request_text', DOCUMENT),
      column('response_text', DOCUMENT),
      column('dropped', JSON_TEXT, { note: 'claims and proposals that were not accepted, with the reason' }),
      column('exchanged_at', STAMP),
    ],
    foreignKeys: [references(['issue_id'], 'detected_issues')],
    indexes: [['prompt_digest']],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('event_batches', 'A sealed range of events: its digest is one link of the audit chain.', {
    columns: [
      column('batch_id', ID),
      column('first_event_id', REF),
      column('last_event_id', REF),
      column('event_count', COUNT),
      column('events_digest', DIGEST),
      column('sealed_at', STAMP),
    ],
    unique: [['first_event_id'], ['last_event_id']],
    foreignKeys: [],
    checks: [
      { name: 'event_batches_range_rule', sql: () => 'last_event_id >= first_event_id' },
      { name: 'event_batches_count_rule', sql: () => 'event_count BETWEEN 1 AND 1000' },
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('event_prunings', 'The removal of the unreferenced events of one sealed batch.', {
    columns: [
      column('pruning_id', ID),
      column('batch_id', REF),
      column('reason', text(500)),
      column('pruned_at', STAMP),
    ],
    unique: [['batch_id']],
    foreignKeys: [references(['batch_id'], 'event_batches')],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('retention_tasks', 'What is pruned: who is at it, and when it was last done.', {
    columns: [
      column('task_name', word(['samples', 'events'])),
      column('finished_at', TIME, { null: true, note: 'when it was last done to its end, or to its bounds' }),
      column('removed_rows', COUNT, { fallback: '0', note: 'rows that went that time' }),
      ...LEASE_COLUMNS,
    ],
    checks: [leaseCheck('retention_tasks')],
    mutable: ['finished_at', 'removed_rows', 'lease_owner', 'lease_expires_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
]
