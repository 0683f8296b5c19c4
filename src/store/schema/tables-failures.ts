/** Tables of what applications report: kinds of failure, where they happen, and which batches were counted. */
import { FAILURE_OUTCOMES } from '../../core/failure-patterns.ts'
import { column, references, type Table, table } from './table.ts'

/** Tables in an order in which each only refers to earlier ones (and to those of people). */
export const FAILURE_TABLES: readonly Table[] = [
  table('failure_patterns', 'One kind of failure that applications report, without its values.', {
    columns: [
      column('pattern_id', { is: 'id' }),
      column('workspace_id', { is: 'ref' }),
      column('signature', { is: 'digest' }, { note: 'of engine, code, type and object; never of a value' }),
      column('engine', { is: 'code', max: 40 }),
      column('error_code', { is: 'code', max: 100 }, { null: true }),
      column('failure_type', { is: 'code', max: 40 }),
      column('object_name', { is: 'name', max: 600 }, { null: true }),
      column('masked_message', { is: 'text', max: 4096 }, { note: 'with ? for every value' }),
      column('message_digest', { is: 'digest' }, { note: 'SHA-256 of masked_message' }),
      column('occurrence_count', { is: 'count' }, { fallback: '0', note: 'sum over its places' }),
      column('first_seen_at', { is: 'stamp' }),
      column(
        'last_seen_at',
        { is: 'time' },
        { null: true, note: 'set with the count; NULL: not counted yet' },
      ),
    ],
    unique: [['workspace_id', 'signature']],
    foreignKeys: [references(['workspace_id'], 'workspaces')],
    checks: [
      {
        name: 'failure_patterns_digest_rule',
        sql: (d) => `message_digest = ${d.sha256('masked_message')}`,
      },
    ],
    indexes: [['workspace_id', 'last_seen_at']],
    mutable: ['occurrence_count', 'last_seen_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-112' },
  }),
  table('failure_sites', 'A place a kind of failure happens at: application, statement, line, outcome.', {
    columns: [
      column('site_id', { is: 'id' }),
      column('pattern_id', { is: 'ref' }),
      column('site_key', { is: 'digest' }, { note: 'SHA-256 of what tells the place from others' }),
      column('target_id', { is: 'ref' }, { null: true, note: 'NULL: the application did not say' }),
      column('application', { is: 'name', max: 100 }, { null: true }),
      column(
        'outcome',
        { is: 'word', values: FAILURE_OUTCOMES },
        { null: true, note: 'NULL: of several places' },
      ),
      column('statement_fingerprint', { is: 'code', max: 64 }, { null: true }),
      column('statement_text', { is: 'text', max: 1024 }, { null: true, note: 'without literals' }),
      column('source_file', { is: 'name', max: 300 }, { null: true }),
      column('source_line', { is: 'count' }, { null: true }),
      column('source_column', { is: 'count' }, { null: true }),
      column('source_function', { is: 'name', max: 120 }, { null: true }),
      column('occurrence_count', { is: 'count' }),
      column('longest_ms', { is: 'measure' }, { note: 'the longest a call took until it failed' }),
      column('first_seen_at', { is: 'stamp' }),
      column('last_seen_at', { is: 'time' }),
    ],
    unique: [['pattern_id', 'site_key']],
    foreignKeys: [references(['pattern_id'], 'failure_patterns'), references(['target_id'], 'targets')],
    checks: [
      {
        name: 'failure_sites_place_rule',
        sql: () =>
          '(source_file IS NULL) = (source_line IS NULL) AND (source_file IS NULL) = (source_column IS NULL)',
      },
      {
        name: 'failure_sites_statement_rule',
        sql: () => '(statement_fingerprint IS NULL) = (statement_text IS NULL)',
      },
    ],
    mutable: ['occurrence_count', 'longest_ms', 'last_seen_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-112' },
  }),
  table('failure_batches', 'A batch of failures that was counted, so that one sent again counts once.', {
    columns: [
      column('batch_digest', { is: 'digest' }, { note: 'SHA-256 of who sent it and the key they chose' }),
      column('body_digest', { is: 'digest' }, { note: 'SHA-256 of address and body' }),
      column('workspace_id', { is: 'ref' }),
      column('reported_by', { is: 'user' }),
      column('counted', { is: 'count' }, { note: 'failures that were counted' }),
      column('left_out', { is: 'count' }, { note: 'failures of kinds beyond the most a workspace keeps' }),
      column('dropped', { is: 'count' }, { note: 'failures the application did not describe' }),
      column('received_at', { is: 'stamp' }),
    ],
    foreignKeys: [
      references(['workspace_id'], 'workspaces'),
      references(['reported_by'], 'users', ['user_id']),
    ],
    indexes: [['received_at']],
    refusals: { update: 'GOV-010', delete: 'GOV-113' },
  }),
]
