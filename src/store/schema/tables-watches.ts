/** Tables of watches: checks that failures propose, and what each look at the target showed. */
import { WATCH_INTERVAL_SECONDS, WATCH_KINDS, WATCH_RESULTS } from '../../core/failure-watches.ts'
import { column, references, type Table, table } from './table.ts'

/** Tables in an order in which each only refers to earlier ones. */
export const WATCH_TABLES: readonly Table[] = [
  table(
    'failure_watches',
    'A check of a target that a failure which comes back proposes; a person accepts it.',
    {
      columns: [
        column('watch_id', { is: 'id' }),
        column('task_id', { is: 'ref' }),
        column('target_id', { is: 'ref' }),
        column('watch_kind', { is: 'word', values: WATCH_KINDS }),
        column('subject', { is: 'name', max: 400 }, { null: true, note: 'NULL: the target as a whole' }),
        column('question', { is: 'json' }, { note: 'what the observer is asked, and nothing else' }),
        column('limit_value', { is: 'measure' }, { null: true, note: 'NULL: it is yes or no' }),
        column('interval_seconds', { is: 'count' }),
        column('reason', { is: 'text', max: 600 }),
        column('proposed_at', { is: 'stamp' }),
        column('accepted_by', { is: 'user' }, { null: true, note: 'NULL: nothing is looked at' }),
        column('accepted_at', { is: 'mark' }, { null: true }),
        column('expires_at', { is: 'time' }, { null: true, note: 'set with accepted_by' }),
        column('ended_by', { is: 'user' }, { null: true }),
        column('ended_at', { is: 'mark' }, { null: true }),
      ],
      foreignKeys: [
        references(['task_id'], 'recovery_tasks'),
        references(['target_id'], 'targets'),
        references(['accepted_by'], 'users', ['user_id']),
        references(['ended_by'], 'users', ['user_id']),
      ],
      checks: [
        {
          name: 'failure_watches_interval_rule',
          sql: () =>
            `interval_seconds BETWEEN ${WATCH_INTERVAL_SECONDS.least} AND ${WATCH_INTERVAL_SECONDS.most}`,
        },
        {
          name: 'failure_watches_accepted_rule',
          sql: () => '(accepted_by IS NULL) = (expires_at IS NULL)',
        },
      ],
      indexes: [
        ['task_id', 'watch_id'],
        ['target_id', 'ended_at'],
        ['ended_at', 'expires_at'],
      ],
      mutable: ['accepted_by', 'accepted_at', 'expires_at', 'ended_by', 'ended_at'],
      refusals: { update: 'GOV-016', delete: 'GOV-143' },
    },
  ),
  table('watch_results', 'What one look of a watch showed.', {
    columns: [
      column('result_id', { is: 'id' }),
      column('watch_id', { is: 'ref' }),
      column('result_number', { is: 'count' }, { note: 'from 1 without a gap' }),
      column('request_id', { is: 'ref' }, { null: true, note: 'the answered question it rests on' }),
      column('watch_result', { is: 'word', values: WATCH_RESULTS }),
      column('measured_value', { is: 'measure' }, { null: true }),
      column('says', { is: 'text', max: 600 }),
      column('checked_at', { is: 'stamp' }),
    ],
    unique: [['watch_id', 'result_number'], ['request_id']],
    foreignKeys: [
      references(['watch_id'], 'failure_watches'),
      references(['request_id'], 'evidence_requests'),
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-143' },
  }),
]
