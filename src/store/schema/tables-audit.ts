/** The lifecycle table and the audit chain. */
import { DIALECTS } from './dialect.ts'
import { column, computed, type Table, table } from './table.ts'

/** Tables without foreign keys. */
export const AUDIT_TABLES: readonly Table[] = [
  table('state_transitions', 'Every legal change of status, from core/lifecycle.ts.', {
    columns: [
      column('entity', { is: 'word', values: ['issue', 'decision', 'execution'] }),
      column('from_state', { is: 'code', max: 24 }),
      column('to_state', { is: 'code', max: 24 }),
      column('moved_by', { is: 'word', values: ['trigger', 'reason', 'act'] }),
    ],
    primaryKey: ['entity', 'from_state', 'to_state'],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('audit_head', 'The newest link of the audit chain; locked while a link is added.', {
    columns: [
      column('head_id', { is: 'ref' }),
      column('last_seq', { is: 'count' }),
      column('last_hash', { is: 'digest' }),
    ],
    checks: [{ name: 'audit_head_one_rule', sql: () => 'head_id = 1' }],
    mutable: ['last_seq', 'last_hash'],
    refusals: { update: 'GOV-080', delete: 'GOV-010' },
  }),
  table('audit_log', 'The chain: row_hash = SHA-256(prev_hash, colon, canonical).', {
    columns: [
      column('seq', { is: 'ref' }),
      column('at_utc', { is: 'stamp' }),
      column('canonical', { is: 'document' }, { note: 'JSON text, kept as it was hashed' }),
      column('prev_hash', { is: 'digest' }),
      column('row_hash', { is: 'digest' }),
      // A link that is no JSON was written past the rules: it is of no kind, and still in the chain.
      computed('kind', { is: 'code', max: 64 }, (dialect) =>
        dialect === 'sqlite'
          ? `CASE WHEN json_valid(canonical) THEN canonical ->> '$.entry.table' END`
          : `CASE WHEN JSON_VALID(canonical) THEN ${DIALECTS.mysql.jsonText('canonical', '$.entry.table')} END`,
      ),
    ],
    unique: [['prev_hash']],
    laterIndexes: [['kind', 'seq']],
    checks: [
      {
        name: 'audit_log_hash_rule',
        sql: (d) =>
          `row_hash = ${d.sha256(d.name === 'sqlite' ? "prev_hash || ':' || canonical" : "CONCAT(prev_hash, ':', canonical)")}`,
      },
    ],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
]
