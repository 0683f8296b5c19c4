/** The table of suppressions: what a person said shall open no issue for a while. */
import { SEVERITIES } from '../../core/vocabulary.ts'
import { column, references, type Table, table } from './table.ts'

/** Tables in an order in which each only refers to earlier ones (and to those of people and the pipeline). */
export const SUPPRESSION_TABLES: readonly Table[] = [
  table(
    'suppressions',
    'A condition on a target that opens no issue until a time; its events are recorded.',
    {
      columns: [
        column('suppression_id', { is: 'id' }),
        column('issue_id', { is: 'ref' }, { note: 'the issue it was made from' }),
        column('target_id', { is: 'ref' }),
        column('issue_fingerprint', { is: 'digest' }),
        column('severity', { is: 'word', values: SEVERITIES }, { note: 'what is worse opens all the same' }),
        column('reason', { is: 'text', max: 1000 }),
        column('suppressed_by', { is: 'user' }),
        column('suppressed_at', { is: 'stamp' }),
        column('expires_at', { is: 'time' }),
        column('ended_by', { is: 'user' }, { null: true, note: 'who ended it early' }),
        column('ended_at', { is: 'mark' }, { null: true }),
        column('held_count', { is: 'count' }, { fallback: '0', note: 'issues that would have opened' }),
        column(
          'last_held_event_id',
          { is: 'ref' },
          { null: true, note: 'no key: events are pruned, and this is only compared' },
        ),
      ],
      foreignKeys: [
        references(['issue_id'], 'detected_issues'),
        references(['target_id'], 'targets'),
        references(['suppressed_by'], 'users', ['user_id']),
        references(['ended_by'], 'users', ['user_id']),
      ],
      checks: [
        {
          name: 'suppressions_held_rule',
          sql: () => '(held_count = 0) = (last_held_event_id IS NULL)',
        },
      ],
      indexes: [['issue_fingerprint', 'target_id']],
      mutable: ['ended_by', 'ended_at', 'held_count', 'last_held_event_id'],
      refusals: { update: 'GOV-016', delete: 'GOV-017' },
    },
  ),
]
