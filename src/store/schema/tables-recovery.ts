/** Tables of recovery: what is done about failures that applications report, why, and what came of it. */
import { RECOVERY_STRATEGIES } from '../../core/recovery-records.ts'
import { SEVERITIES } from '../../core/vocabulary.ts'
import type { Dialect } from './dialect.ts'
import { column, references, type Table, type TableCheck, table } from './table.ts'

const strategy = column('recovery_strategy', { is: 'word', values: RECOVERY_STRATEGIES })

/** Evidence is a handful of references, never a document. */
const EVIDENCE_MOST = 4000
const shortEvidence = (name: string): TableCheck => ({
  name: `${name}_evidence_rule`,
  sql: (d: Dialect) => `${d.name === 'sqlite' ? 'length' : 'CHAR_LENGTH'}(evidence) <= ${EVIDENCE_MOST}`,
})

/** Tables in an order in which each only refers to earlier ones (and to those of people, the pipeline and failures). */
export const RECOVERY_TABLES: readonly Table[] = [
  table('recovery_tasks', 'Recovering from one kind of failure: how often it was tried, and may it be.', {
    columns: [
      column('task_id', { is: 'id' }),
      column('pattern_id', { is: 'ref' }),
      column('last_failure_type', { is: 'code', max: 40 }, { note: 'the type of its failure' }),
      column('recovery_count', { is: 'count' }, { fallback: '0', note: 'number of its newest attempt' }),
      column('last_recovery_attempt_at', { is: 'time' }, { null: true, note: 'NULL: never tried' }),
      column(
        'auto_recovery_enabled',
        { is: 'bool' },
        { fallback: '1', note: 'off: nothing but handing it to a person' },
      ),
      column('set_by', { is: 'user' }, { null: true, note: 'who last switched it' }),
      column('created_at', { is: 'stamp' }),
    ],
    unique: [['pattern_id']],
    foreignKeys: [
      references(['pattern_id'], 'failure_patterns'),
      references(['set_by'], 'users', ['user_id']),
    ],
    mutable: ['recovery_count', 'last_recovery_attempt_at', 'auto_recovery_enabled', 'set_by'],
    refusals: { update: 'GOV-016', delete: 'GOV-127' },
  }),
  table('recovery_explanations', 'One kind of failure in words for people, and what they rest on.', {
    columns: [
      column('explanation_id', { is: 'id' }),
      column('task_id', { is: 'ref' }),
      column('explanation_number', { is: 'count' }, { note: 'from 1 without a gap' }),
      column('failure_summary', { is: 'text', max: 600 }),
      column('root_cause', { is: 'text', max: 4000 }, { note: 'the likeliest first, with how to tell' }),
      column('retry_decision', { is: 'text', max: 600 }),
      column('user_action_required', { is: 'text', max: 2000 }, { null: true, note: 'NULL: none' }),
      column('severity_level', { is: 'word', values: SEVERITIES }),
      strategy,
      column('explainer', { is: 'code', max: 100 }, { note: '`rules`, or the name of a model' }),
      column('knowledge_id', { is: 'code', max: 120 }, { null: true, note: 'NULL: none is written' }),
      column('basis_digest', { is: 'digest' }, { note: 'SHA-256 of all it was made from' }),
      column('evidence', { is: 'json' }, { note: 'array of references; the first is the failure itself' }),
      column('created_at', { is: 'stamp' }),
    ],
    unique: [['task_id', 'explanation_number']],
    foreignKeys: [references(['task_id'], 'recovery_tasks')],
    checks: [shortEvidence('recovery_explanations')],
    refusals: { update: 'GOV-010', delete: 'GOV-127' },
  }),
  table('recovery_attempts', 'One attempt to recover from a kind of failure, and what came of it.', {
    columns: [
      column('attempt_id', { is: 'id' }),
      column('task_id', { is: 'ref' }),
      column('attempt_number', { is: 'count' }, { note: 'from 1 without a gap' }),
      strategy,
      column('decision_id', { is: 'ref' }, { null: true, note: 'of SELF_HEALING, and of no other' }),
      column('reasoning', { is: 'text', max: 1000 }),
      column('evidence', { is: 'json' }, { note: 'what was seen when it began' }),
      column('started_at', { is: 'stamp' }),
      column('success', { is: 'bool' }, { null: true, note: 'NULL: not ended' }),
      column('ended_at', { is: 'mark' }, { null: true }),
    ],
    unique: [['task_id', 'attempt_number'], ['decision_id']],
    foreignKeys: [
      references(['task_id'], 'recovery_tasks'),
      references(['decision_id'], 'recovery_decisions'),
    ],
    checks: [
      {
        name: 'recovery_attempts_healing_rule',
        sql: () => "(recovery_strategy = 'SELF_HEALING') = (decision_id IS NOT NULL)",
      },
      shortEvidence('recovery_attempts'),
    ],
    laterIndexes: [['success', 'recovery_strategy']],
    mutable: ['success', 'ended_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-127' },
  }),
  table('recovery_switches', 'A person switched recovering from one kind of failure off, or on again.', {
    columns: [
      column('switch_id', { is: 'id' }),
      column('task_id', { is: 'ref' }),
      column('is_on', { is: 'bool' }),
      column('reason', { is: 'text', max: 1000 }),
      column('set_by', { is: 'user' }),
      column('set_at', { is: 'stamp' }),
    ],
    foreignKeys: [references(['task_id'], 'recovery_tasks'), references(['set_by'], 'users', ['user_id'])],
    indexes: [['task_id', 'switch_id']],
    refusals: { update: 'GOV-010', delete: 'GOV-127' },
  }),
  table('workspace_recoveries', 'How often recovery was tried in a workspace, and how often it succeeded.', {
    columns: [
      column('workspace_id', { is: 'ref' }),
      column('total_recovery_attempts', { is: 'count' }, { fallback: '0' }),
      column('successful_recoveries', { is: 'count' }, { fallback: '0' }),
      column(
        'last_recovery_check_at',
        { is: 'time' },
        { null: true, note: 'when its failures were last looked at' },
      ),
    ],
    foreignKeys: [references(['workspace_id'], 'workspaces')],
    mutable: ['total_recovery_attempts', 'successful_recoveries', 'last_recovery_check_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-127' },
  }),
]
