/** Tables of erasure: the key under which a person stands on the audit chain, and who of them was erased. */
import { column, references, type Table, table } from './table.ts'

/** Tables in an order in which each only refers to earlier ones (those of people). */
export const ERASURE_TABLES: readonly Table[] = [
  table('person_keys', 'The key under which what is personal of somebody is sealed on the audit chain.', {
    columns: [
      column('person_id', { is: 'ref' }),
      column('sealing_key', { is: 'bytes', length: 32 }, { note: 'random; no account reads it' }),
      column('created_at', { is: 'stamp' }),
    ],
    foreignKeys: [references(['person_id'], 'persons')],
    refusals: { update: 'GOV-148', delete: 'GOV-148' },
  }),
  table('person_erasures', 'A person was erased: who said so, and why. Nothing of theirs begins again.', {
    columns: [
      column('person_id', { is: 'ref' }),
      column('erased_by', { is: 'user' }),
      column('reason', { is: 'text', max: 500 }),
      column('erased_at', { is: 'stamp' }),
    ],
    foreignKeys: [references(['person_id'], 'persons'), references(['erased_by'], 'users', ['user_id'])],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
]
