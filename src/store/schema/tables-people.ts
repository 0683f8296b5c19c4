/** Tables of who and where: workspaces, targets, people, switches, settings. */
import { column, LEASE_COLUMNS, leaseCheck, references, type Table, table } from './table.ts'

const TEXT = { is: 'text', max: 500 } as const

/** Tables in an order in which each only refers to earlier ones. */
export const PEOPLE_TABLES: readonly Table[] = [
  table('workspaces', 'A group of targets under one set of people.', {
    columns: [
      column('workspace_id', { is: 'id' }),
      column('workspace_name', { is: 'name', max: 100 }),
      column('created_at', { is: 'stamp' }),
    ],
    unique: [['workspace_name']],
    refusals: { update: 'GOV-010', delete: 'GOV-017' },
  }),
  table('persons', 'A human being (person 1 is the program itself and can never vote).', {
    columns: [
      column('person_id', { is: 'id' }),
      column('display_name', { is: 'text', max: 200 }),
      column('created_at', { is: 'stamp' }),
    ],
    mutable: ['display_name'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('users', 'A login of a person, with the public half of the key that signs its votes.', {
    columns: [
      column('user_id', { is: 'user' }),
      column('person_id', { is: 'ref' }),
      column('is_active', { is: 'bool' }),
      column('is_approver', { is: 'bool' }),
      column('is_admin', { is: 'bool' }),
      column('public_key', { is: 'bytes', length: 32 }, { null: true, note: 'Ed25519, raw' }),
      column('key_id', { is: 'digest' }, { null: true, note: 'SHA-256 of public_key' }),
      column('changed_by', { is: 'user' }, { null: true, note: 'who made the last change; NULL at set-up' }),
      column('created_at', { is: 'stamp' }),
    ],
    unique: [['user_id', 'person_id']],
    foreignKeys: [references(['person_id'], 'persons'), references(['changed_by'], 'users', ['user_id'])],
    checks: [
      {
        name: 'users_key_rule',
        sql: (d) =>
          `(public_key IS NULL AND key_id IS NULL) OR (public_key IS NOT NULL AND key_id IS NOT NULL AND key_id = ${d.sha256('public_key')})`,
      },
      {
        name: 'users_program_rule',
        sql: () => `person_id <> 1 OR (is_active = 0 AND is_approver = 0 AND is_admin = 0)`,
      },
    ],
    mutable: ['is_active', 'is_approver', 'is_admin', 'public_key', 'key_id', 'changed_by'],
    refusals: { update: 'GOV-064', delete: 'GOV-017' },
  }),
  table('user_registrations', 'What a login is and may, signed by an administrator; each follows the last.', {
    columns: [
      column('registration_no', { is: 'ref' }, { note: '1, 2, 3 … without a gap' }),
      column(
        'previous_digest',
        { is: 'digest' },
        { note: 'registration_digest of the one before; zeros for 1' },
      ),
      column('registration_text', { is: 'json' }, { note: 'canonical JSON of the registration, as signed' }),
      column('registration_digest', { is: 'digest' }),
      column('user_id', { is: 'user' }, { note: 'no key: the login is made by this row' }),
      column('person_id', { is: 'ref' }),
      column('is_active', { is: 'bool' }),
      column('is_approver', { is: 'bool' }),
      column('is_admin', { is: 'bool' }),
      column('public_key', { is: 'bytes', length: 32 }, { note: 'Ed25519, raw' }),
      column('key_id', { is: 'digest' }, { note: 'SHA-256 of public_key' }),
      column('signed_by', { is: 'user' }, { note: 'an administrator; the login itself at set-up' }),
      column('signer_key_id', { is: 'digest' }),
      column('signature', { is: 'code', max: 88 }, { note: 'Ed25519 over registration_text, base64' }),
      column('registered_at', { is: 'stamp' }),
    ],
    unique: [['previous_digest']],
    foreignKeys: [references(['person_id'], 'persons')],
    checks: [
      { name: 'user_registrations_key_rule', sql: (d) => `key_id = ${d.sha256('public_key')}` },
      {
        name: 'user_registrations_digest_rule',
        sql: (d) => `registration_digest = ${d.sha256('registration_text')}`,
      },
      {
        name: 'user_registrations_signature_rule',
        sql: (d) => (d.name === 'sqlite' ? 'length(signature) = 88' : 'CHAR_LENGTH(signature) = 88'),
      },
    ],
    indexes: [['user_id', 'registration_no']],
    refusals: { update: 'GOV-010', delete: 'GOV-010' },
  }),
  table('targets', 'A database server under care. Secrets are references, never values.', {
    columns: [
      column('target_id', { is: 'id' }),
      column('workspace_id', { is: 'ref' }, { fallback: '1' }),
      column('target_name', { is: 'name', max: 100 }),
      column('engine', { is: 'code', max: 16 }),
      column('connection', { is: 'json' }),
      column('enabled', { is: 'bool' }, { fallback: '1' }),
      column('instance_uid', { is: 'code', max: 128 }, { null: true, note: 'identity last seen' }),
      column('created_at', { is: 'stamp' }),
      ...LEASE_COLUMNS,
    ],
    unique: [['target_name']],
    foreignKeys: [references(['workspace_id'], 'workspaces')],
    checks: [leaseCheck('targets')],
    mutable: ['connection', 'enabled', 'instance_uid', 'lease_owner', 'lease_expires_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('settings', 'One setting an administrator changed; its history is in the audit chain.', {
    columns: [
      column('setting_key', { is: 'code', max: 100 }),
      column('setting_value', { is: 'json' }),
      column('set_by', { is: 'user' }),
    ],
    foreignKeys: [references(['set_by'], 'users', ['user_id'])],
    mutable: ['setting_value', 'set_by'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
  table('change_windows', 'A span in which a target may be changed beyond the unattended limits.', {
    columns: [
      column('change_window_id', { is: 'id' }),
      column('target_id', { is: 'ref' }),
      column('starts_at', { is: 'time' }),
      column('ends_at', { is: 'time' }),
      column('created_by', { is: 'user' }),
      column('reason', TEXT),
      column('created_at', { is: 'stamp' }),
    ],
    foreignKeys: [references(['target_id'], 'targets'), references(['created_by'], 'users', ['user_id'])],
    checks: [{ name: 'change_windows_span_rule', sql: () => 'ends_at > starts_at' }],
    indexes: [['target_id', 'ends_at']],
    refusals: { update: 'GOV-010', delete: 'GOV-017' },
  }),
  table('halts', 'A stop switch: while it is on, nothing in its scope is started.', {
    columns: [
      column('halt_id', { is: 'id' }),
      column('halt_scope', { is: 'word', values: ['ALL', 'ENGINE', 'TARGET', 'ACTION'] }),
      column(
        'halt_key',
        { is: 'text', max: 100, mayBeEmpty: true },
        { note: "engine, target id or action name; '' for ALL" },
      ),
      column('reason', TEXT),
      column('set_by', { is: 'user' }),
      column('set_at', { is: 'stamp' }),
      column('lifted_by', { is: 'user' }, { null: true }),
      column('lifted_at', { is: 'mark' }, { null: true }),
    ],
    foreignKeys: [
      references(['set_by'], 'users', ['user_id']),
      references(['lifted_by'], 'users', ['user_id']),
    ],
    checks: [{ name: 'halts_key_rule', sql: () => "(halt_scope = 'ALL') = (halt_key = '')" }],
    indexes: [['lifted_at']],
    mutable: ['lifted_by', 'lifted_at'],
    refusals: { update: 'GOV-016', delete: 'GOV-017' },
  }),
]
