/** Attacks on signing in: other people's passwords, roles beyond the login, links twice, sessions without end. */
import { createHash } from 'node:crypto'
import { type Cells, fromNow } from '../support/literals.ts'
import { DAY, HOUR, type Scene, SOON_MS, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo'

const password = (s: Scene, user: string, by: string): string =>
  s.sql('passwords', { user_id: user, password_hash: HASH, set_by: by })
const session = (s: Scene, user: string, over: Cells = {}): string =>
  s.sql('sessions', {
    session_digest: digest(`${user}${JSON.stringify(over)}${Math.random()}`),
    user_id: user,
    address: '10.0.0.1',
    user_agent: '',
    last_seen_at: fromNow(0),
    expires_at: fromNow(HOUR),
    ...over,
  })
const token = (s: Scene, over: Cells = {}): string =>
  s.sql('api_tokens', {
    token_digest: digest(String(Math.random())),
    user_id: 'dave',
    workspace_id: 1,
    token_name: 't',
    scopes: '["read"]',
    expires_at: fromNow(DAY),
    ...over,
  })
const link = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('sign_in_links', {
    link_digest: digest(name),
    user_id: 'dave',
    created_by: 'bob',
    expires_at: fromNow(HOUR),
    ...over,
  })
const role = (s: Scene, user: string, member: string, by: string): string =>
  s.sql('memberships', { user_id: user, workspace_id: 1, member_role: member, is_held: 1, changed_by: by })
const reading = (
  s: Scene,
  of: { readonly decisionId: number; readonly planDigest: string },
  user: string,
  over: Cells = {},
): string =>
  s.sql('decision_readings', {
    decision_id: of.decisionId,
    user_id: user,
    plan_digest: of.planDigest,
    ...over,
  })
const keyed = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('request_answers', {
    key_digest: digest(name),
    user_id: 'dave',
    request_digest: digest('request'),
    expires_at: fromNow(DAY),
    ...over,
  })
const answered = (name: string, status: number): string =>
  `UPDATE request_answers SET answer_status = ${status}, answer = '{}' WHERE key_digest = '${digest(name)}'`
const use = (name: string, value = 1): string =>
  `UPDATE sign_in_links SET is_used = ${value} WHERE link_digest = '${digest(name)}'`

/** Attacks in an order: the link of first set-up goes before the first password. */
export const SIGN_IN_ATTACKS: readonly Attack[] = [
  attack('a link of first set-up while nobody has a password', 'serve', 'allowed', (s) =>
    link(s, 'setup', { user_id: null, created_by: null }),
  ),
  attack('a link for a login from nobody', 'serve', 'GOV-100', (s) => link(s, 'x', { created_by: null })),
  attack('a link from an approver', 'serve', 'GOV-100', (s) => link(s, 'x', { created_by: 'alice' })),
  attack('a link for a month', 'serve', 'GOV-101', (s) => link(s, 'x', { expires_at: fromNow(30 * DAY) })),
  attack('a link from an administrator', 'serve', 'allowed', (s) => link(s, 'dave')),
  attack('the link is used', 'serve', 'allowed', () => use('dave')),
  attack('a used link is made new', 'serve', 'GOV-102', () => use('dave', 0)),
  attack('a link that ran out is used', 'serve', 'GOV-102', async (s) => {
    await s.add('sign_in_links', {
      link_digest: digest('short'),
      user_id: 'dave',
      created_by: 'bob',
      expires_at: fromNow(SOON_MS),
    })
    await soonOver()
    return use('short')
  }),
  attack('a password in clear', 'serve', 'check', (s) =>
    s.sql('passwords', { user_id: 'dave', password_hash: 'secret', set_by: 'dave' }),
  ),
  attack('a password for somebody else', 'serve', 'GOV-100', (s) => password(s, 'bob', 'alice')),
  attack('a password of a login that was shut out', 'serve', 'GOV-100', (s) => password(s, 'carol', 'carol')),
  attack('one’s own password', 'serve', 'allowed', (s) => password(s, 'dave', 'dave')),
  attack('a link of first set-up when somebody has a password', 'serve', 'GOV-100', (s) =>
    link(s, 'late', { user_id: null, created_by: null }),
  ),
  attack(
    'a password taken over by changing whose it is',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => "UPDATE passwords SET user_id = 'erin' WHERE user_id = 'dave'",
  ),
  attack('reading passwords', 'reason', { family: 'grant' }, () => 'SELECT password_hash FROM passwords'),
  attack('reading passwords', 'auditor', { family: 'grant' }, () => 'SELECT password_hash FROM passwords'),
  attack('reading sealed keys', 'act', { family: 'grant' }, () => 'SELECT sealed_key FROM sealed_keys'),
  attack('a session', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) => session(s, 'dave')),
  attack('a session of a login that was shut out', 'serve', 'GOV-100', (s) => session(s, 'carol')),
  attack('a session for a year', 'serve', 'GOV-101', (s) =>
    session(s, 'dave', { expires_at: fromNow(365 * DAY) }),
  ),
  attack('a session', 'serve', 'allowed', (s) => session(s, 'dave')),
  attack(
    'a session prolonged',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => "UPDATE sessions SET expires_at = '2199-01-01' WHERE user_id = 'dave'",
  ),
  attack(
    'a session ended by another person',
    'serve',
    'GOV-063',
    () => "UPDATE sessions SET ended_by = 'erin' WHERE user_id = 'dave'",
  ),
  attack(
    'a session ended by an administrator',
    'serve',
    'allowed',
    () => "UPDATE sessions SET ended_by = 'bob' WHERE user_id = 'dave'",
  ),
  attack(
    'an ended session revived',
    'serve',
    'GOV-063',
    () => "UPDATE sessions SET ended_by = NULL WHERE user_id = 'dave'",
  ),
  attack('who was signed in is removed', 'serve', 'GOV-103', () => 'DELETE FROM sessions'),
  attack('a token for ten years', 'serve', 'GOV-101', (s) => token(s, { expires_at: fromNow(3650 * DAY) })),
  attack('a token', 'serve', 'allowed', (s) => token(s)),
  attack(
    'a token revoked by another person',
    'serve',
    'GOV-063',
    () => "UPDATE api_tokens SET revoked_by = 'erin' WHERE user_id = 'dave'",
  ),
  attack(
    'a token revoked',
    'serve',
    'allowed',
    () => "UPDATE api_tokens SET revoked_by = 'dave' WHERE user_id = 'dave'",
  ),
  attack(
    'a revoked token revived',
    'serve',
    'GOV-063',
    () => "UPDATE api_tokens SET revoked_by = NULL WHERE user_id = 'dave'",
  ),
  attack(
    'a token with more scopes than it was made with',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => `UPDATE api_tokens SET scopes = '["administer"]' WHERE user_id = 'dave'`,
  ),
  attack('a role given by an approver', 'serve', 'GOV-100', (s) => role(s, 'dave', 'viewer', 'alice')),
  attack('the role of an administrator for who is none', 'serve', 'GOV-104', (s) =>
    role(s, 'dave', 'administrator', 'bob'),
  ),
  attack('the role of an approver for who is none', 'serve', 'GOV-104', (s) =>
    role(s, 'dave', 'approver', 'bob'),
  ),
  attack('a role given by an administrator', 'serve', 'allowed', (s) => role(s, 'dave', 'viewer', 'bob')),
  attack(
    'a role turned into another',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => "UPDATE memberships SET member_role = 'administrator', changed_by = 'bob' WHERE user_id = 'dave'",
  ),
  attack('a sealed key that is not the registered one', 'serve', 'GOV-104', (s) =>
    s.sql('sealed_keys', { key_id: digest('another'), user_id: 'dave', sealed_key: '{}' }),
  ),
  attack('evidence opened by a login that was shut out', 'serve', 'GOV-105', async (s) =>
    reading(s, await s.proposed(), 'carol'),
  ),
  attack('evidence opened of another plan', 'serve', 'GOV-105', async (s) =>
    reading(s, await s.proposed(), 'alice', { plan_digest: digest('another plan') }),
  ),
  attack('evidence opened', 'serve', 'allowed', async (s) => reading(s, await s.proposed(), 'alice')),
  attack(
    'evidence opened, written by who decides',
    'reason',
    { sqlite: 'GOV-007', family: 'grant' },
    async (s) => reading(s, await s.proposed(), 'alice'),
  ),
  attack(
    'evidence never opened after all',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => 'DELETE FROM decision_readings',
  ),
  attack('a key kept for a month', 'serve', 'GOV-106', (s) =>
    keyed(s, 'month', { expires_at: fromNow(30 * DAY) }),
  ),
  attack('an answer before the request', 'serve', { sqlite: 'GOV-106', family: 'grant' }, (s) =>
    keyed(s, 'ahead', { answer_status: 200 }),
  ),
  attack('a key', 'serve', 'allowed', (s) => keyed(s, 'k')),
  attack('its answer', 'serve', 'allowed', () => answered('k', 201)),
  attack('its answer rewritten', 'serve', 'GOV-106', () => answered('k', 409)),
  attack(
    'its answer forgotten',
    'serve',
    'GOV-106',
    () => `DELETE FROM request_answers WHERE key_digest = '${digest('k')}'`,
  ),
  attack('a key given back', 'serve', 'allowed', (s) => [
    keyed(s, 'back'),
    `DELETE FROM request_answers WHERE key_digest = '${digest('back')}'`,
  ]),
  attack('reading answers', 'reason', { family: 'grant' }, () => 'SELECT answer FROM request_answers'),
  attack('failures to sign in forgotten', 'serve', 'GOV-103', (s) => [
    s.sql('sign_in_attempts', { account_digest: digest('dave'), address: '10.0.0.1', succeeded: 0 }),
    'DELETE FROM sign_in_attempts',
  ]),
]
