/** Tables of signing in through a door: passwords, sessions, tokens, links, roles in a workspace, sealed keys. */
import { MEMBER_ROLES } from '../../core/sign-in-port.ts'
import { column, references, type Table, table } from './table.ts'

const TO_USER = references(['user_id'], 'users')

/** Tables in an order in which each only refers to earlier ones (and to those of people). */
export const SIGN_IN_TABLES: readonly Table[] = [
  table('memberships', 'A role of a login in a workspace.', {
    columns: [
      column('membership_id', { is: 'id' }),
      column('user_id', { is: 'user' }),
      column('workspace_id', { is: 'ref' }),
      column('member_role', { is: 'word', values: MEMBER_ROLES }),
      column('is_held', { is: 'bool' }),
      column('changed_by', { is: 'user' }),
      column('created_at', { is: 'stamp' }),
    ],
    unique: [['user_id', 'workspace_id', 'member_role']],
    foreignKeys: [
      TO_USER,
      references(['workspace_id'], 'workspaces'),
      references(['changed_by'], 'users', ['user_id']),
    ],
    mutable: ['is_held', 'changed_by'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('passwords', 'The password of a login, as its Argon2id hash (PHC string).', {
    columns: [
      column('user_id', { is: 'user' }),
      column('password_hash', { is: 'code', max: 300 }),
      column('set_by', { is: 'user' }),
      column('created_at', { is: 'stamp' }),
    ],
    foreignKeys: [TO_USER, references(['set_by'], 'users', ['user_id'])],
    checks: [{ name: 'passwords_hash_rule', sql: () => "password_hash LIKE '$argon2id$%'" }],
    mutable: ['password_hash', 'set_by'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('sealed_keys', 'The signing key of a login, sealed under a passphrase the server never sees.', {
    columns: [
      column('key_id', { is: 'digest' }),
      column('user_id', { is: 'user' }),
      column('sealed_key', { is: 'json' }),
      column('created_at', { is: 'stamp' }),
    ],
    foreignKeys: [TO_USER],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('sessions', 'A signed-in browser. Only the SHA-256 of its secret is kept.', {
    columns: [
      column('session_digest', { is: 'digest' }),
      column('user_id', { is: 'user' }),
      column('address', { is: 'text', max: 64, mayBeEmpty: true }),
      column('user_agent', { is: 'text', max: 300, mayBeEmpty: true }),
      column('created_at', { is: 'stamp' }),
      column('last_seen_at', { is: 'time' }),
      column('expires_at', { is: 'time' }, { note: 'the absolute end; an idle one ends earlier' }),
      column('ended_by', { is: 'user' }, { null: true }),
      column('ended_at', { is: 'mark' }, { null: true }),
    ],
    foreignKeys: [TO_USER, references(['ended_by'], 'users', ['user_id'])],
    indexes: [['user_id', 'expires_at'], ['expires_at']],
    mutable: ['last_seen_at', 'ended_by', 'ended_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-103' },
  }),
  table('api_tokens', 'A scoped, expiring token of a login. Only its SHA-256 is kept.', {
    columns: [
      column('token_id', { is: 'id' }),
      column('token_digest', { is: 'digest' }),
      column('user_id', { is: 'user' }),
      column('workspace_id', { is: 'ref' }),
      column('token_name', { is: 'text', max: 100 }),
      column('scopes', { is: 'json' }, { note: 'array of words' }),
      column('created_at', { is: 'stamp' }),
      column('expires_at', { is: 'time' }),
      column('last_used_at', { is: 'time' }, { null: true }),
      column('revoked_by', { is: 'user' }, { null: true }),
      column('revoked_at', { is: 'mark' }, { null: true }),
    ],
    unique: [['token_digest']],
    foreignKeys: [
      TO_USER,
      references(['workspace_id'], 'workspaces'),
      references(['revoked_by'], 'users', ['user_id']),
    ],
    mutable: ['last_used_at', 'revoked_by', 'revoked_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('sign_in_links', 'A one-time link: set-up of the first administrator, or a password for a login.', {
    columns: [
      column('link_digest', { is: 'digest' }),
      column('user_id', { is: 'user' }, { null: true, note: 'NULL: the link of first set-up' }),
      column('created_by', { is: 'user' }, { null: true, note: 'NULL: the program, at first start' }),
      column('created_at', { is: 'stamp' }),
      column('expires_at', { is: 'time' }),
      column('is_used', { is: 'bool' }, { fallback: '0' }),
      column('used_at', { is: 'mark' }, { null: true }),
    ],
    foreignKeys: [TO_USER, references(['created_by'], 'users', ['user_id'])],
    mutable: ['is_used', 'used_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('sign_in_attempts', 'An attempt to sign in, for lockout. Names are kept as digests.', {
    columns: [
      column('attempt_id', { is: 'id' }),
      column('account_digest', { is: 'digest' }, { note: 'SHA-256 of the name as typed, in lower case' }),
      column('address', { is: 'text', max: 64 }),
      column('succeeded', { is: 'bool' }),
      column('attempted_at', { is: 'stamp' }),
    ],
    indexes: [['account_digest', 'attempted_at'], ['address', 'attempted_at'], ['attempted_at']],
    refusals: { update: 'GOV-010', delete: 'GOV-103' },
  }),
  table('decision_readings', 'A person has opened the evidence of a decision, for exactly this plan.', {
    columns: [
      column('reading_id', { is: 'id' }),
      column('decision_id', { is: 'ref' }),
      column('user_id', { is: 'user' }),
      column('plan_digest', { is: 'digest' }),
      column('opened_at', { is: 'stamp' }),
    ],
    unique: [['decision_id', 'user_id', 'plan_digest']],
    foreignKeys: [TO_USER, references(['decision_id'], 'recovery_decisions')],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table(
    'request_answers',
    'A change asked for under a key, and its answer, so that asking again changes nothing.',
    {
      columns: [
        column('key_digest', { is: 'digest' }, { note: 'SHA-256 of who asks and the key they chose' }),
        column('user_id', { is: 'user' }),
        column('request_digest', { is: 'digest' }, { note: 'SHA-256 of method, address and body' }),
        column('created_at', { is: 'stamp' }),
        column('expires_at', { is: 'time' }),
        column('answer_status', { is: 'count' }, { null: true, note: 'HTTP status; NULL: not answered' }),
        column('answer', { is: 'json' }, { null: true }),
      ],
      foreignKeys: [TO_USER],
      indexes: [['user_id', 'expires_at'], ['expires_at']],
      mutable: ['answer_status', 'answer'],
      refusals: { update: 'GOV-016', delete: 'GOV-106' },
    },
  ),
]
