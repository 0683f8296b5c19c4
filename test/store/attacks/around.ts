/** Attacks on people, switches, requests, the audit chain, and on the database itself. */

import { type Cells, fromNow, literal } from '../support/literals.ts'
import { DAY, keyId, type Scene, sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const halt = (scope: string, key: string) => ({
  halt_scope: scope,
  halt_key: key,
  reason: 'stop',
  set_by: 'bob',
})
const LIFT = "UPDATE halts SET lifted_by = 'bob' WHERE lifted_by IS NULL"

const SIGNED = 'user_registrations'
/** The statement that registers a login, a new one unless said otherwise. */
const registered = async (s: Scene, over: Cells = {}, user = `user-${s.next()}`): Promise<string> =>
  s.sql(SIGNED, await s.registration(user, over))
/** A row of `users` that nothing registers. */
const login = (s: Scene): Cells => ({
  user_id: `user-${s.next()}`,
  person_id: 6,
  is_active: 1,
  is_approver: 1,
  is_admin: 1,
  public_key: Buffer.alloc(32, 7),
  key_id: sha(Buffer.alloc(32, 7)),
  changed_by: 'bob',
})

/** People and switches. */
export const PEOPLE_ATTACKS: readonly Attack[] = [
  attack('an administrator adds a person’s login', 'serve', 'allowed', (s) => registered(s)),
  attack('an administrator signs what a login is anew', 'serve', 'allowed', (s) =>
    registered(s, {}, 'alice'),
  ),
  attack('an administrator takes a right away and gives it back', 'serve', 'allowed', async (s) => {
    await s.register('dave', { is_approver: 1 })
    return registered(s, { is_approver: 0 }, 'dave')
  }),
  attack('a login without a registration', 'serve', { sqlite: 'GOV-068', family: 'grant' }, (s) =>
    s.sql('users', login(s)),
  ),
  attack('the owner makes a login without a registration', 'owner', 'GOV-068', (s) =>
    s.sql('users', login(s)),
  ),
  attack('a login nobody signed for', 'serve', 'GOV-065', (s) => registered(s, { signed_by: 'nobody' })),
  attack('a login signed for by an active person who is no administrator', 'serve', 'GOV-065', (s) =>
    registered(s, { signed_by: 'alice' }),
  ),
  attack('an approver makes an administrator', 'serve', 'GOV-065', (s) =>
    registered(s, { is_admin: 1, signed_by: 'erin' }),
  ),
  attack('a login that makes itself', 'serve', 'GOV-065', (s) => {
    const user = `user-${s.next()}`
    return registered(s, { is_admin: 1, signed_by: user }, user)
  }),
  attack('a login signed for by the program', 'serve', 'GOV-065', (s) =>
    registered(s, { signed_by: 'dbmedic' }),
  ),
  attack('a login in the name of an administrator with another key', 'serve', 'GOV-065', (s) =>
    registered(s, { signer_key_id: keyId('eve') }),
  ),
  attack('the owner makes a login that makes itself', 'owner', 'GOV-065', (s) => {
    const user = `user-${s.next()}`
    return registered(s, { is_admin: 1, signed_by: user }, user)
  }),
  attack('a login signed for by an inactive administrator', 'serve', 'GOV-065', async (s) => {
    await s.register('carol', { is_admin: 1, is_active: 0 })
    return registered(s, { signed_by: 'carol' })
  }),
  attack('a registration that says less than its row', 'serve', 'GOV-068', async (s) =>
    s.sql(SIGNED, { ...(await s.registration('dave')), is_approver: 1 }),
  ),
  attack('a registration of another login than its row', 'serve', 'GOV-068', async (s) =>
    s.sql(SIGNED, { ...(await s.registration('alice')), user_id: 'dave' }),
  ),
  attack('a registration of another person than its row', 'serve', 'GOV-068', async (s) =>
    s.sql(SIGNED, { ...(await s.registration(`user-${s.next()}`)), person_id: 5 }),
  ),
  attack('a registration signed by another than its row says', 'serve', 'GOV-068', async (s) =>
    s.sql(SIGNED, { ...(await s.registration('dave')), signed_by: 'alice' }),
  ),
  attack(
    'an earlier registration once more, to let a person in again',
    'serve',
    ['GOV-068', 'GOV-006'],
    async (s) => {
      const { registered_at: _, ...before } = (
        await s.owner.rows(
          "SELECT * FROM user_registrations WHERE user_id = 'alice' ORDER BY registration_no LIMIT 1",
        )
      )[0] as Record<string, string | number | Buffer>
      return s.sql(SIGNED, before)
    },
  ),
  attack('an earlier text under the next number', 'serve', 'GOV-068', async (s) => {
    const next = await s.registration('alice')
    const [before] = await s.owner.rows(
      "SELECT registration_text, registration_digest FROM user_registrations WHERE user_id = 'alice' ORDER BY registration_no LIMIT 1",
    )
    return s.sql(SIGNED, {
      ...next,
      registration_text: String(before?.['registration_text']),
      registration_digest: String(before?.['registration_digest']),
    })
  }),
  attack('a registration that leaves a gap', 'serve', 'GOV-068', async (s) => {
    const next = await s.registration('alice')
    return s.sql(SIGNED, { ...next, registration_no: Number(next['registration_no']) + 1 })
  }),
  attack('a registration that forgets the one before', 'serve', ['GOV-068', 'GOV-006'], async (s) =>
    s.sql(SIGNED, { ...(await s.registration('alice')), previous_digest: '0'.repeat(64) }),
  ),
  attack('a registration with the digest of another text', 'serve', 'check', async (s) =>
    s.sql(SIGNED, { ...(await s.registration('alice')), registration_digest: sha('other') }),
  ),
  attack('a registration without a signature', 'serve', 'check', async (s) =>
    s.sql(SIGNED, { ...(await s.registration('alice')), signature: 'none' }),
  ),
  attack('the last administrator shut out', 'serve', 'GOV-069', (s) =>
    registered(s, { is_active: 0 }, 'bob'),
  ),
  attack('the last administrator no administrator', 'serve', 'GOV-069', (s) =>
    registered(s, { is_admin: 0 }, 'bob'),
  ),
  attack('the owner shuts the last administrator out', 'owner', 'GOV-069', (s) =>
    registered(s, { is_active: 0 }, 'bob'),
  ),
  attack(
    'the owner shuts the last administrator out without a registration',
    'owner',
    'GOV-068',
    () => "UPDATE users SET is_active = 0 WHERE user_id = 'bob'",
  ),
  attack('another administrator goes while one stays', 'serve', 'allowed', async (s) => {
    const user = `user-${s.next()}`
    await s.register(user, { is_admin: 1 })
    return registered(s, { is_active: 0, is_admin: 0 }, user)
  }),
  attack('the program registers itself', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    registered(s),
  ),
  attack('the executor registers somebody', 'act', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    registered(s),
  ),
  attack(
    'a registration changed',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => 'UPDATE user_registrations SET is_approver = 1',
  ),
  attack(
    'the owner changes a registration',
    'owner',
    'GOV-010',
    () => 'UPDATE user_registrations SET is_approver = 1',
  ),
  attack(
    'the owner removes a registration',
    'owner',
    'GOV-010',
    () => "DELETE FROM user_registrations WHERE user_id = 'carol'",
  ),
  attack('a login with a foreign letter', 'serve', ['check', 'value', 'GOV-068'], async (s) =>
    s.sql(SIGNED, { ...(await s.registration('dave')), user_id: 'bоb' }),
  ),
  attack('a login with a trailing space', 'serve', ['check', 'GOV-068', 'GOV-065'], (s) =>
    registered(s, {}, 'bob '),
  ),
  attack('a login in other letter case that moves it to another person', 'serve', 'GOV-064', (s) =>
    registered(s, { person_id: 6 }, 'ALICE'),
  ),
  attack('a login of an unknown person', 'serve', 'key', (s) => registered(s, { person_id: 999 })),
  attack('a key id of another key', 'serve', ['check', 'GOV-068'], async (s) =>
    s.sql(SIGNED, { ...(await s.registration(`user-${s.next()}`)), key_id: keyId('alice') }),
  ),
  attack('a key of the wrong length', 'serve', 'check', (s) =>
    registered(s, { public_key: Buffer.from('short') }),
  ),
  attack('a login that makes the program an approver', 'serve', 'GOV-064', (s) =>
    registered(s, { person_id: 1 }),
  ),
  attack('the program’s login activated', 'serve', 'GOV-064', (s) =>
    registered(s, { person_id: 6 }, 'dbmedic'),
  ),
  attack(
    'the program’s login activated directly',
    'owner',
    'GOV-064',
    () => "UPDATE users SET is_active = 1 WHERE user_id = 'dbmedic'",
  ),
  attack('a login moved to another person', 'serve', 'GOV-064', (s) =>
    registered(s, { person_id: 6 }, 'bob-alt'),
  ),
  attack(
    'the owner moves a login',
    'owner',
    'GOV-064',
    () => "UPDATE users SET person_id = 6 WHERE user_id = 'bob-alt'",
  ),
  attack(
    'a login promoted without a registration',
    'serve',
    { sqlite: 'GOV-068', family: 'grant' },
    () => "UPDATE users SET is_admin = 1 WHERE user_id = 'alice'",
  ),
  attack(
    'the owner promotes without a registration',
    'owner',
    'GOV-068',
    () => "UPDATE users SET is_admin = 1 WHERE user_id = 'alice'",
  ),
  attack(
    'the owner exchanges a key without a registration',
    'owner',
    'GOV-068',
    () =>
      `UPDATE users SET public_key = (SELECT k FROM (SELECT public_key AS k FROM users WHERE user_id = 'erin') e), key_id = '${keyId('erin')}' WHERE user_id = 'alice'`,
  ),
  attack('a person who is no administrator promotes', 'serve', 'GOV-065', (s) =>
    registered(s, { is_admin: 1, signed_by: 'alice' }, 'alice'),
  ),
  attack(
    'reason promotes',
    'reason',
    { sqlite: 'GOV-068', family: 'grant' },
    () => "UPDATE users SET is_approver = 1 WHERE user_id = 'dave'",
  ),
  attack('the owner deletes a login', 'owner', 'GOV-017', () => "DELETE FROM users WHERE user_id = 'erin'"),
  attack('the owner deletes a person', 'owner', 'GOV-017', () => 'DELETE FROM persons WHERE person_id = 6'),
  attack('a halt by nobody', 'serve', 'GOV-065', (s) =>
    s.sql('halts', { ...halt('ALL', ''), set_by: 'dbmedic' }),
  ),
  attack('a halt of everything with a key', 'serve', 'check', (s) => s.sql('halts', halt('ALL', 'x'))),
  attack('a halt that starts lifted', 'owner', 'GOV-063', (s) =>
    s.sql('halts', { ...halt('ALL', ''), lifted_by: 'bob' }),
  ),
  ...(
    [
      ['ALL', ''],
      ['ENGINE', 'mysql'],
      ['TARGET', '1'],
      ['ACTION', 'my.analyze_table'],
    ] as const
  ).flatMap(([scope, key]) => [
    attack(`queueing past a halt of ${scope}`, 'act', 'GOV-070', async (s) => {
      const of = await s.approved()
      await s.add('halts', halt(scope, key))
      return s.sql('action_executions', s.runRow(of))
    }),
    attack(`the halt of ${scope} lifted`, 'serve', 'allowed', () => LIFT),
  ]),
  attack('starting past a halt', 'act', 'GOV-070', async (s) => {
    const { executionId } = await s.queued()
    await s.add('halts', halt('ALL', ''))
    return s.start(executionId)
  }),
  attack(
    'act lifts a halt',
    'act',
    { sqlite: 'GOV-007', family: 'grant' },
    () => "UPDATE halts SET lifted_by = 'dbmedic' WHERE lifted_by IS NULL",
  ),
  attack(
    'the owner lifts a halt by its time alone',
    'owner',
    { sqlite: 'GOV-005', family: 'allowed' },
    (s) =>
      // MySQL: the trigger keeps lifted_at NULL. The next case shows that the halt still holds.
      `UPDATE halts SET lifted_at = ${s.now} WHERE lifted_by IS NULL`,
  ),
  attack('and runs past it', 'act', 'GOV-070', async (s) =>
    s.sql('action_executions', s.runRow(await s.approved())),
  ),
  attack(
    'the owner narrows a halt',
    'owner',
    'GOV-016',
    () => "UPDATE halts SET halt_scope = 'ENGINE', halt_key = 'redis' WHERE lifted_by IS NULL",
  ),
  attack('the owner deletes a halt', 'owner', 'GOV-017', () => 'DELETE FROM halts'),
  attack('a person lifts the halt', 'serve', 'allowed', () => LIFT),
  attack('a lifted halt is set again', 'serve', 'GOV-063', () => 'UPDATE halts SET lifted_by = NULL'),
  attack('a halt elsewhere does not stop this target', 'act', 'allowed', async (s) => {
    await s.add('halts', halt('TARGET', '2'))
    await s.add('halts', halt('ENGINE', 'redis'))
    await s.add('halts', halt('ACTION', 'my.drop_index'))
    return s.sql('action_executions', s.runRow(await s.approved()))
  }),
  attack('and those are lifted', 'serve', 'allowed', () => LIFT),
  attack('a setting by nobody', 'serve', 'GOV-065', (s) =>
    s.sql('settings', { setting_key: `k${s.next()}`, setting_value: '1', set_by: 'carol' }),
  ),
  attack('reason changes a setting', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    s.sql('settings', { setting_key: `k${s.next()}`, setting_value: '1', set_by: 'bob' }),
  ),
  attack('a change window that ends first', 'serve', 'check', (s) =>
    s.sql('change_windows', {
      target_id: 1,
      starts_at: fromNow(DAY),
      ends_at: fromNow(0),
      created_by: 'bob',
      reason: 'r',
    }),
  ),
  attack(
    'a target’s identity set by serve',
    'serve',
    { sqlite: 'GOV-007', family: 'grant' },
    () => "UPDATE targets SET instance_uid = 'evil' WHERE target_id = 2",
  ),
  attack(
    'a target’s address set by observe',
    'observe',
    { sqlite: 'GOV-007', family: 'grant' },
    () => "UPDATE targets SET connection = '{}' WHERE target_id = 2",
  ),
  attack(
    'a target renamed',
    'owner',
    'GOV-016',
    () => "UPDATE targets SET target_name = 'x' WHERE target_id = 2",
  ),
  attack('a question answered twice', 'observe', 'GOV-091', async (s) => {
    const id = await s.add(
      'evidence_requests',
      { target_id: 1, question: '{}', requested_by: 'reason' },
      'request_id',
    )
    await s.owner.run(
      `UPDATE evidence_requests SET request_status = 'ANSWERED', answer = '{}' WHERE request_id = ${id}`,
    )
    return `UPDATE evidence_requests SET answer = '{"x":1}' WHERE request_id = ${id}`
  }),
  attack('a question answered without an answer', 'observe', 'check', async (s) => {
    const id = await s.add(
      'evidence_requests',
      { target_id: 1, question: '{}', requested_by: 'reason' },
      'request_id',
    )
    return `UPDATE evidence_requests SET request_status = 'ANSWERED' WHERE request_id = ${id}`
  }),
  attack(
    'the question changed by the observer',
    'observe',
    { sqlite: 'GOV-016', family: 'grant' },
    async (s) => {
      const id = await s.add(
        'evidence_requests',
        { target_id: 1, question: '{}', requested_by: 'reason' },
        'request_id',
      )
      return `UPDATE evidence_requests SET question = '{"kind":"x"}' WHERE request_id = ${id}`
    },
  ),
  attack('a request in an inactive person’s name', 'serve', 'GOV-065', (s) =>
    s.sql('recovery_requests', {
      target_id: 1,
      action_name: 'x',
      params: '{}',
      reason: 'r',
      requested_by: 'carol',
    }),
  ),
  attack('reason asks in a person’s name', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    s.sql('recovery_requests', {
      target_id: 1,
      action_name: 'x',
      params: '{}',
      reason: 'r',
      requested_by: 'bob',
    }),
  ),
]

/** The audit chain and the lifecycle table. */
export const CHAIN_ATTACKS: readonly Attack[] = [
  attack(
    'act reads the chain',
    'act',
    { sqlite: 'weakness:W1', family: 'grant' },
    () => 'SELECT canonical FROM audit_log LIMIT 1',
  ),
  attack('act forges a link', 'act', { sqlite: 'weakness:W2', family: 'grant' }, (s) =>
    s.mysql ? "CALL audit_append('{}')" : "INSERT INTO audit_append (entry) VALUES ('{}')",
  ),
  attack('learn lets the ids of events run out', 'learn', { sqlite: 'weakness:W4' }, () => [
    // Left open, so that it ends with the connection and the other attacks still find a store that works.
    'SAVEPOINT counter',
    "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'detection_events'",
  ]),
  attack('the owner edits a link', 'owner', 'GOV-010', () => "UPDATE audit_log SET canonical = 'x'"),
  attack(
    'the owner deletes the newest link',
    'owner',
    'GOV-010',
    () => 'DELETE FROM audit_log ORDER BY seq DESC LIMIT 1',
  ),
  attack('the owner appends out of order', 'owner', 'GOV-080', (s) =>
    s.sql('audit_log', {
      seq: 999_999,
      canonical: '{}',
      prev_hash: sha('p'),
      row_hash: sha(`${sha('p')}:{}`),
    }),
  ),
  attack('the owner appends with a wrong hash', 'owner', ['check', 'GOV-080'], async (s) => {
    const [head] = await s.owner.rows('SELECT last_seq, last_hash FROM audit_head')
    return s.sql('audit_log', {
      seq: Number(head?.['last_seq']) + 1,
      canonical: '{}',
      prev_hash: String(head?.['last_hash']),
      row_hash: sha('x'),
    })
  }),
  attack(
    'the owner turns back the head',
    'owner',
    'GOV-080',
    () => 'UPDATE audit_head SET last_seq = last_seq - 1',
  ),
  attack('the owner deletes the head', 'owner', 'GOV-010', () => 'DELETE FROM audit_head'),
  attack(
    'the owner adds a second head',
    'owner',
    ['GOV-080', 'check'],
    () => `INSERT INTO audit_head (head_id, last_seq, last_hash) VALUES (2, 0, '${sha('x')}')`,
  ),
  attack(
    'the owner adds a transition',
    'owner',
    'GOV-010',
    () =>
      "INSERT INTO state_transitions (entity, from_state, to_state, moved_by) VALUES ('decision', 'DECLINED', 'APPROVED', 'trigger')",
  ),
  attack(
    'the owner removes a transition',
    'owner',
    'GOV-010',
    () => "DELETE FROM state_transitions WHERE entity = 'issue'",
  ),
  attack(
    'serve adds a transition',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () =>
      "INSERT INTO state_transitions (entity, from_state, to_state, moved_by) VALUES ('decision', 'DECLINED', 'APPROVED', 'trigger')",
  ),
  attack('a savepoint takes back a vote but not its link', 'owner', 'allowed', async (s) => {
    const of = await s.proposed()
    return [
      s.mysql ? 'START TRANSACTION' : 'BEGIN',
      'SAVEPOINT c',
      s.sql('admin_approvals', s.voteRow(of)),
      'ROLLBACK TO SAVEPOINT c',
    ]
  }),
]

const ddl = (name: string, sql: string, kinds: string | readonly string[] = 'grant'): Attack[] =>
  (['observe', 'reason', 'serve', 'act', 'learn', 'retention', 'auditor'] as const).map((role) =>
    attack(`${role}: ${name}`, role, { family: kinds }, () => sql),
  )

/** What an account of the MySQL family must not be able to do to the schema or the server. */
export const SERVER_ATTACKS: readonly Attack[] = [
  ...ddl('TRUNCATE', 'TRUNCATE TABLE admin_approvals'),
  ...ddl('DROP TRIGGER', 'DROP TRIGGER action_executions_before_insert'),
  ...ddl('ALTER TABLE', 'ALTER TABLE admin_approvals ADD COLUMN x INT'),
  ...ddl('RENAME TABLE', 'RENAME TABLE halts TO no_halts'),
  ...ddl(
    'CREATE TRIGGER',
    "CREATE TRIGGER x BEFORE INSERT ON admin_approvals FOR EACH ROW SET NEW.approval_status = 'APPROVED'",
  ),
  ...ddl('read the routine that appends', "CALL audit_append('{}')"),
  ...ddl('SET GLOBAL', 'SET GLOBAL foreign_key_checks = 0'),
  attack(
    'LOAD DATA INFILE',
    'serve',
    { family: ['grant'] },
    () => "LOAD DATA INFILE '/etc/passwd' INTO TABLE admin_approvals",
  ),
  attack(
    'SELECT INTO OUTFILE',
    'auditor',
    { family: 'grant' },
    () => "SELECT * FROM users INTO OUTFILE '/tmp/dbmedic-test-outfile'",
  ),
  attack('CREATE TABLE', 'serve', { family: 'grant' }, () => 'CREATE TABLE mine (a INT)'),
  attack('CREATE VIEW', 'serve', { family: 'grant' }, () => 'CREATE VIEW mine AS SELECT * FROM users'),
  attack('CREATE PROCEDURE', 'serve', { family: 'grant' }, () => 'CREATE PROCEDURE mine() SELECT 1'),
  attack(
    'CREATE EVENT',
    'serve',
    { family: 'grant' },
    () => 'CREATE EVENT mine ON SCHEDULE EVERY 1 SECOND DO SELECT 1',
  ),
  attack(
    'a temporary table shadows the halts',
    'act',
    { family: 'grant' },
    () => 'CREATE TEMPORARY TABLE halts (a INT)',
  ),
  attack('LOCK TABLES', 'serve', { family: 'grant' }, () => 'LOCK TABLES audit_head WRITE'),
  attack('reading passwords of the server', 'serve', { family: 'grant' }, () => 'SELECT * FROM mysql.user'),
  attack(
    'replacing the session role',
    'act',
    { family: 'grant' },
    () => 'CREATE FUNCTION dbm_session_role() RETURNS INT RETURN 1',
  ),
  attack(
    'the auditor writes',
    'auditor',
    { family: 'grant' },
    () => "UPDATE settings SET setting_value = '1'",
  ),
  attack('a prepared statement goes the same way', 'act', { family: 'GOV-041' }, async (s) => {
    const of = await s.proposed()
    const sql = s.sql('action_executions', s.runRow({ ...of, approvalId: 99_999 })).replaceAll("'", "''")
    return [`PREPARE p FROM '${sql}'`, 'EXECUTE p']
  }),
  attack(
    'READ UNCOMMITTED sees no consent that is not committed',
    'act',
    { family: ['GOV-041', 'time'] },
    async (s) => {
      const of = await s.proposed()
      const other = await s.store.connect('owner')
      await other.run('START TRANSACTION')
      await other.run(s.sql('admin_approvals', s.voteRow(of)))
      const [row] = await other.rows('SELECT MAX(approval_id) AS id FROM admin_approvals')
      setTimeout(() => void other.run('ROLLBACK').then(() => other.close()), 400)
      return [
        'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
        'SET SESSION innodb_lock_wait_timeout = 3',
        s.sql('action_executions', s.runRow({ ...of, approvalId: Number(row?.['id']) })),
      ]
    },
  ),
  attack(
    'an old snapshot does not revive a revoked approval',
    'act',
    { family: ['GOV-041', 'other: 1020', 'other: ER_CHECKREAD'] },
    async (s) => {
      const of = await s.approved()
      return [
        'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
        'START TRANSACTION WITH CONSISTENT SNAPSHOT',
        `SELECT decision_status FROM recovery_decisions WHERE decision_id = ${of.decisionId}`,
        `REVOKE-ELSEWHERE ${of.decisionId}`,
        s.sql('action_executions', s.runRow(of)),
      ]
    },
  ),
  attack(
    'an advisory lock taken by a role does not hold the schema',
    'serve',
    { family: 'allowed' },
    () => "SELECT GET_LOCK('dbmedic:anything', 0), RELEASE_LOCK('dbmedic:anything')",
  ),
  attack('the time of a row with SET timestamp', 'observe', { family: 'allowed' }, (s) => [
    'SET SESSION timestamp = 1000000000',
    s.sql('detection_events', s.eventRow(s.fingerprint())),
  ]),
]

const bare = (name: string, sql: string | readonly string[], refused: string | readonly string[]): Attack =>
  attack(name, 'bare', { sqlite: refused }, () => sql)

/** What another program with the file, or a connection that changes its settings, can and cannot do on SQLite. */
export const SQLITE_ATTACKS: readonly Attack[] = [
  attack(
    'a program without the functions votes',
    'bare',
    { sqlite: ['absent', 'GOV-001', 'GOV-003'] },
    async (s) => s.sql('admin_approvals', s.voteRow(await s.proposed())),
  ),
  attack(
    'a program without the functions queues a run',
    'bare',
    { sqlite: ['absent', 'GOV-001', 'GOV-003'] },
    async (s) => s.sql('action_executions', s.runRow(await s.approved())),
  ),
  attack(
    'a program without the functions proposes',
    'bare',
    { sqlite: ['absent', 'GOV-001', 'GOV-003'] },
    async (s) => s.sql('recovery_decisions', await s.decisionRow(await s.analysed())),
  ),
  attack('recursive triggers off, then REPLACE', 'owner', { sqlite: 'GOV-003' }, async (s) => {
    const of = await s.proposed()
    const id = await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return [
      'PRAGMA recursive_triggers = OFF',
      s.sql('admin_approvals', { approval_id: id, ...s.voteRow(of) }, 'INSERT OR REPLACE INTO'),
    ]
  }),
  attack('foreign keys deferred to the commit', 'owner', { sqlite: 'GOV-001' }, async (s) => [
    'BEGIN',
    'PRAGMA defer_foreign_keys = ON',
    s.sql('detection_events', s.eventRow(s.fingerprint(), { target_id: 99 })),
  ]),
  attack(
    'UPDATE OR REPLACE on a vote',
    'owner',
    { sqlite: 'GOV-011' },
    async (s) =>
      `UPDATE OR REPLACE admin_approvals SET approval_id = 1 WHERE approval_id = ${(await s.approved()).approvalId}`,
  ),
  attack(
    'UPDATE OR IGNORE past a refusal',
    'owner',
    { sqlite: 'GOV-024' },
    async (s) =>
      `UPDATE OR IGNORE recovery_decisions SET decision_status = 'APPROVED' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack('INSERT OR ROLLBACK past a refusal', 'owner', { sqlite: 'GOV-041' }, async (s) =>
    s.sql(
      'action_executions',
      s.runRow({ ...(await s.proposed()), approvalId: 9e6 }),
      'INSERT OR ROLLBACK INTO',
    ),
  ),
  attack(
    'the rowid instead of the id',
    'owner',
    { sqlite: 'GOV-011' },
    async (s) =>
      `UPDATE admin_approvals SET rowid = 9999 WHERE approval_id = ${(await s.approved()).approvalId}`,
  ),
  attack('a number where a word belongs', 'owner', { sqlite: ['check', 'GOV-035', 'GOV-033'] }, async (s) =>
    s.sql('admin_approvals', s.voteRow(await s.proposed(), { approval_status: 1 })),
  ),
  attack('a blob where a digest belongs', 'owner', { sqlite: ['value', 'GOV-030'] }, async (s) =>
    s.sql('admin_approvals', s.voteRow(await s.proposed(), { plan_digest: Buffer.from('x') })),
  ),
  bare(
    'the schema rewritten through writable_schema',
    ['PRAGMA writable_schema = ON', "UPDATE sqlite_master SET sql = 'x' WHERE name = 'halts'"],
    'syntax',
  ),
  bare('the list of objects edited', "DELETE FROM sqlite_master WHERE type = 'trigger'", 'syntax'),
  bare('a trigger dropped', 'DROP TRIGGER admin_approvals_before_insert', 'weakness:W3'),
  bare('a table dropped', ['PRAGMA foreign_keys = OFF', 'DROP TABLE model_exchanges'], 'weakness:W3'),
  bare('a column added', 'ALTER TABLE halts ADD COLUMN x INTEGER', 'weakness:W3'),
  bare('the file attached elsewhere and read', 'SELECT user_id FROM users', 'weakness:W1'),
  bare(
    'a lease taken without the role',
    "UPDATE detected_issues SET lease_owner = 'x', lease_expires_at = '2026-01-01T00:00:00.000000Z' WHERE issue_id = 1",
    ['GOV-003', 'absent', 'GOV-001'],
  ),
  attack(
    'the pragma that guards the session is checked in each write',
    'owner',
    { sqlite: 'GOV-002' },
    (s) => [
      'PRAGMA ignore_check_constraints = ON',
      s.sql('settings', { setting_key: 'a', setting_value: 'not json', set_by: 'bob' }),
    ],
  ),
  attack(
    'a time from tomorrow in place of now',
    'owner',
    { sqlite: 'GOV-005' },
    () => `INSERT INTO persons (display_name, created_at) VALUES ('x', ${literal(fromNow(DAY), 'sqlite')})`,
  ),
]
