/** Tables of passkeys: what a login registered, what was refused, and what a browser was asked to sign. */
import { CHALLENGE_PURPOSES, PASSKEY_ALGORITHMS, PASSKEY_PROBLEMS } from '../../core/passkeys.ts'
import { column, references, type Table, table } from './table.ts'

const TO_USER = references(['user_id'], 'users')

/** Tables in an order in which each only refers to earlier ones (and to those of people). */
export const PASSKEY_TABLES: readonly Table[] = [
  table('passkeys', 'A passkey of a login (W3C Web Authentication): its public half, never a secret.', {
    columns: [
      column('passkey_id', { is: 'id' }),
      column('user_id', { is: 'user' }),
      column('passkey_name', { is: 'text', max: 100 }),
      column('credential_id', { is: 'code', max: 1400 }, { note: 'base64url, at most 1,023 bytes' }),
      column('credential_digest', { is: 'digest' }, { note: 'SHA-256 of credential_id' }),
      column('public_key', { is: 'code', max: 1000 }, { note: 'SubjectPublicKeyInfo, DER, base64' }),
      column('algorithm', { is: 'word', values: PASSKEY_ALGORITHMS }),
      column('user_handle', { is: 'digest' }, { note: '32 random bytes, hex; what the authenticator keeps' }),
      column('is_syncable', { is: 'bool' }, { note: 'may be on several devices of its owner' }),
      column('sign_count', { is: 'count' }, { note: 'newest counter; 0: the authenticator has none' }),
      column('created_at', { is: 'stamp' }),
      column('last_used_at', { is: 'time' }, { null: true }),
      column('removed_by', { is: 'user' }, { null: true }),
      column('removed_at', { is: 'mark' }, { null: true }),
    ],
    unique: [['credential_digest'], ['passkey_id', 'user_id']],
    foreignKeys: [TO_USER, references(['removed_by'], 'users', ['user_id'])],
    checks: [
      {
        name: 'passkeys_credential_rule',
        sql: (d) => `credential_digest = ${d.sha256('credential_id')}`,
      },
    ],
    indexes: [['user_id', 'removed_by']],
    mutable: ['sign_count', 'last_used_at', 'removed_by', 'removed_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table(
    'passkey_names',
    'Another name of a passkey; the newest counts, and the first stands with the passkey.',
    {
      columns: [
        column('name_id', { is: 'id' }),
        column('passkey_id', { is: 'ref' }),
        column('user_id', { is: 'user' }),
        column('passkey_name', { is: 'text', max: 100 }),
        column('named_at', { is: 'stamp' }),
      ],
      foreignKeys: [references(['passkey_id', 'user_id'], 'passkeys')],
      refusals: { update: 'GOV-010', delete: 'GOV-010' },
    },
  ),
  table('passkey_refusals', 'An answer under a passkey that was not taken, and why.', {
    columns: [
      column('refusal_id', { is: 'id' }),
      column('passkey_id', { is: 'ref' }),
      column('user_id', { is: 'user' }),
      column('problem', { is: 'word', values: PASSKEY_PROBLEMS }),
      column('address', { is: 'text', max: 64 }),
      column('refused_at', { is: 'stamp' }),
    ],
    foreignKeys: [references(['passkey_id', 'user_id'], 'passkeys')],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('passkey_challenges', 'Random bytes a browser was asked to sign, for one purpose, once.', {
    columns: [
      column('challenge_digest', { is: 'digest' }),
      column('purpose', { is: 'word', values: CHALLENGE_PURPOSES }),
      column('user_id', { is: 'user' }, { null: true, note: 'NULL: nobody has signed in yet' }),
      column('bound_digest', { is: 'digest' }, { note: 'SHA-256 of the secret of the browser that asked' }),
      column('about_digest', { is: 'digest' }, { null: true, note: 'of the plan a vote is about' }),
      column('user_handle', { is: 'digest' }, { null: true, note: 'what a new passkey is to keep' }),
      column('created_at', { is: 'stamp' }),
      column('expires_at', { is: 'time' }),
      column('is_used', { is: 'bool' }, { fallback: '0' }),
      column('used_at', { is: 'mark' }, { null: true }),
    ],
    foreignKeys: [TO_USER],
    checks: [
      {
        name: 'passkey_challenges_purpose_rule',
        sql: () =>
          "(user_id IS NULL) = (purpose = 'SIGN_IN') AND (user_handle IS NOT NULL) = (purpose = 'REGISTER') AND (about_digest IS NULL OR purpose = 'PROVE')",
      },
    ],
    indexes: [['expires_at']],
    mutable: ['is_used', 'used_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-132' },
  }),
]
