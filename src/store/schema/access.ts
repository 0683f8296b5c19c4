/**
 * Who may write what: for every account role, the tables it reads and the columns it may supply or change.
 * The MySQL family's GRANTs are made from this (see ../accounts), and on both dialects a trigger compares
 * the connection's role with it, as a second line.
 */
import { ROLES } from '../../core/vocabulary.ts'
import type { Table } from './table.ts'
import { TABLES, tableNamed } from './tables.ts'

/** Account roles: the five of the process, a reader for auditors, and the one that prunes. */
export const ACCOUNT_ROLES = [...ROLES, 'auditor', 'retention'] as const
/** The role of one account. */
export type AccountRole = (typeof ACCOUNT_ROLES)[number]

/** What one role may do with one table. */
export interface TableAccess {
  /** Columns of an INSERT; `all`: every column a caller may supply. */
  readonly insert?: 'all' | readonly string[]
  /** Columns of an UPDATE. */
  readonly update?: readonly string[]
  readonly delete?: true
}

/** Columns the store sets and no account may supply, beyond ids, moments and computed ones. */
const WITHHELD: Readonly<Record<string, readonly string[]>> = {
  detected_issues: ['issue_status', 'lease_owner', 'lease_expires_at'],
  targets: ['instance_uid', 'lease_owner', 'lease_expires_at'],
  predefined_actions: ['enabled_set_by'],
  evidence_requests: ['request_status', 'answer', 'lease_owner', 'lease_expires_at'],
  recovery_requests: ['request_status', 'result', 'decision_id', 'lease_owner', 'lease_expires_at'],
  recovery_decisions: ['decision_status'],
  standing_approvals: ['uses_taken', 'revoked_by'],
  halts: ['lifted_by'],
  sessions: ['ended_by'],
  api_tokens: ['last_used_at', 'revoked_by'],
  sign_in_links: ['is_used'],
  request_answers: ['answer_status', 'answer'],
  second_factors: ['removed_by'],
  recovery_codes: ['is_used'],
  passkeys: ['last_used_at', 'removed_by'],
  passkey_challenges: ['is_used'],
  failure_patterns: ['occurrence_count', 'last_seen_at'],
  suppressions: ['ended_by', 'held_count', 'last_held_event_id'],
  recovery_tasks: ['recovery_count', 'last_recovery_attempt_at', 'auto_recovery_enabled', 'set_by'],
  recovery_attempts: ['success'],
  failure_watches: ['accepted_by', 'expires_at', 'ended_by'],
  invitations: ['public_key', 'key_id', 'sealed_key', 'password_hash', 'settled_as', 'settled_by'],
  action_executions: [
    'required_status',
    'execution_status',
    'execution_outcome',
    'pre_execution_metrics',
    'steps',
    'actual_duration_ms',
    'affected_rows',
    'execution_errors',
    'lease_owner',
    'lease_expires_at',
  ],
  learning_records: ['issue_resolved_flag', 'would_approve_again', 'assessed_by', 'learning_complete'],
}

const LEASE = ['lease_owner', 'lease_expires_at'] as const

/** Columns an account with INSERT `all` may supply. */
export function suppliableColumns(table: Table): readonly string[] {
  const withheld = WITHHELD[table.name] ?? []
  return table.columns
    .filter((column) => column.generated === undefined)
    .filter((column) => !['id', 'stamp', 'mark'].includes(column.kind.is))
    .map((column) => column.name)
    .filter((name) => !withheld.includes(name))
}

/** Every role's writes. A table that is not named is only read. */
export const ACCESS: Readonly<Record<AccountRole, Readonly<Record<string, TableAccess>>>> = {
  observe: {
    targets: { update: ['instance_uid', ...LEASE] },
    detection_events: { insert: 'all' },
    event_batches: { insert: 'all' },
    metric_samples: { insert: 'all' },
    evidence_requests: { update: ['request_status', 'answer', ...LEASE] },
  },
  reason: {
    detection_events: { insert: 'all' },
    detected_issues: {
      insert: 'all',
      update: ['occurrence_count', 'severity', 'issue_status', 'last_detection_event_id', ...LEASE],
    },
    ai_analysis: { insert: 'all' },
    recovery_decisions: { insert: 'all' },
    decision_endings: { insert: 'all' },
    evidence_requests: { insert: 'all' },
    recovery_requests: { update: ['request_status', 'result', 'decision_id', ...LEASE] },
    model_exchanges: { insert: 'all' },
    suppressions: { update: ['held_count', 'last_held_event_id'] },
    recovery_tasks: { insert: 'all' },
    recovery_explanations: { insert: 'all' },
    recovery_attempts: { insert: 'all', update: ['success'] },
    workspace_recoveries: { update: ['last_recovery_check_at'] },
    failure_watches: { insert: 'all' },
    watch_results: { insert: 'all' },
  },
  serve: {
    workspaces: { insert: 'all' },
    persons: { insert: 'all', update: ['display_name'] },
    user_registrations: { insert: 'all' },
    targets: { insert: 'all', update: ['connection', 'enabled'] },
    settings: { insert: 'all', update: ['setting_value', 'set_by'] },
    change_windows: { insert: 'all' },
    halts: { insert: 'all', update: ['lifted_by'] },
    predefined_actions: { insert: 'all', update: ['action_enabled', 'enabled_set_by'] },
    standing_approvals: { insert: 'all', update: ['revoked_by'] },
    admin_approvals: { insert: 'all' },
    decision_endings: { insert: 'all' },
    recovery_requests: { insert: 'all' },
    evidence_requests: { insert: 'all' },
    execution_verifications: { insert: 'all' },
    learning_records: {
      update: ['issue_resolved_flag', 'would_approve_again', 'assessed_by', 'learning_complete'],
    },
    memberships: { insert: 'all', update: ['is_held', 'changed_by'] },
    passwords: { insert: 'all', update: ['password_hash', 'set_by'] },
    sealed_keys: { insert: 'all' },
    sessions: { insert: 'all', update: ['last_seen_at', 'ended_by'], delete: true },
    api_tokens: { insert: 'all', update: ['last_used_at', 'revoked_by'] },
    sign_in_links: { insert: 'all', update: ['is_used'] },
    sign_in_attempts: { insert: 'all', delete: true },
    decision_readings: { insert: 'all' },
    request_answers: { insert: 'all', update: ['answer_status', 'answer'], delete: true },
    second_factors: { insert: 'all', update: ['last_step', 'removed_by'] },
    recovery_codes: { insert: 'all', update: ['is_used'] },
    passkeys: { insert: 'all', update: ['sign_count', 'last_used_at', 'removed_by'] },
    passkey_names: { insert: 'all' },
    passkey_refusals: { insert: 'all' },
    passkey_challenges: { insert: 'all', update: ['is_used'], delete: true },
    invitations: {
      insert: 'all',
      update: ['public_key', 'key_id', 'sealed_key', 'password_hash', 'settled_as', 'settled_by'],
    },
    failure_patterns: { insert: 'all' },
    failure_sites: { insert: 'all', update: ['occurrence_count', 'longest_ms', 'last_seen_at'] },
    failure_batches: { insert: 'all', delete: true },
    suppressions: { insert: 'all', update: ['ended_by'] },
    recovery_switches: { insert: 'all' },
    person_erasures: { insert: 'all' },
    failure_watches: { update: ['accepted_by', 'expires_at', 'ended_by'] },
  },
  act: {
    action_executions: {
      insert: 'all',
      update: [
        'execution_status',
        'execution_outcome',
        'pre_execution_metrics',
        'steps',
        'actual_duration_ms',
        'affected_rows',
        'execution_errors',
        ...LEASE,
      ],
    },
    decision_endings: { insert: 'all' },
    execution_verifications: { insert: 'all' },
  },
  learn: {
    learning_records: {
      insert: 'all',
      update: [
        'metric_before',
        'metric_after',
        'samples_before',
        'samples_after',
        'metric_improvement_percent',
        'machine_resolved_flag',
        'time_to_resolution_seconds',
      ],
    },
    calibrators: { insert: 'all' },
  },
  auditor: {},
  retention: {
    event_prunings: { insert: 'all' },
    metric_samples: { delete: true },
    failure_patterns: { delete: true },
    failure_sites: { delete: true },
    recovery_tasks: { delete: true },
    recovery_explanations: { delete: true },
    recovery_attempts: { delete: true },
    recovery_switches: { delete: true },
    watch_results: { delete: true },
    evidence_requests: { delete: true },
    retention_tasks: { update: ['finished_at', 'removed_rows', ...LEASE] },
  },
}

/** What only the auditor and the server that shows it read: the chain itself. */
const CHAIN_READERS: readonly AccountRole[] = ['auditor', 'serve']
const MODEL_READERS: readonly AccountRole[] = ['auditor', 'serve', 'reason']

/** What no account reads: triggers alone do, with the rights of their owner. */
const OF_TRIGGERS: readonly string[] = ['person_keys']

/** What only the server reads: hashes of passwords, secrets and sealed keys. */
const OF_SERVE: readonly string[] = [
  'passwords',
  'sealed_keys',
  'sessions',
  'api_tokens',
  'sign_in_links',
  'sign_in_attempts',
  'request_answers',
  'second_factors',
  'recovery_codes',
  'passkeys',
  'passkey_names',
  'passkey_refusals',
  'passkey_challenges',
  'invitations',
  'failure_batches',
]

/** What pruning reads: what goes, and which runs still need their samples. */
const RETENTION_READS: readonly string[] = [
  'event_batches',
  'event_prunings',
  'metric_samples',
  'retention_tasks',
  'detected_issues',
  'recovery_decisions',
  'action_executions',
  'failure_patterns',
  'failure_sites',
  'recovery_tasks',
  'recovery_explanations',
  'recovery_attempts',
  'recovery_switches',
  'failure_watches',
  'watch_results',
  'evidence_requests',
]

/** Tables an account of the role may read. */
export function readableTables(role: AccountRole): readonly string[] {
  if (role === 'retention') return RETENTION_READS
  return TABLES.map((table) => table.name).filter((name) => {
    if (name === 'audit_log' || name === 'audit_head') return CHAIN_READERS.includes(role)
    if (name === 'model_exchanges') return MODEL_READERS.includes(role)
    if (OF_TRIGGERS.includes(name)) return false
    if (OF_SERVE.includes(name)) return role === 'serve'
    return true
  })
}

/** Columns a role may supply in an INSERT into a table; empty if it may not insert. */
export function insertColumns(role: AccountRole, tableName: string): readonly string[] {
  const insert = ACCESS[role][tableName]?.insert
  if (insert === undefined) return []
  return insert === 'all' ? suppliableColumns(tableNamed(tableName)) : insert
}

/** Roles that may insert into a table. */
export function insertingRoles(tableName: string): readonly AccountRole[] {
  return ACCOUNT_ROLES.filter((role) => ACCESS[role][tableName]?.insert !== undefined)
}
