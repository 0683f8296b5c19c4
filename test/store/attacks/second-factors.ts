/** Attacks on second factors, recovery codes, invitations, and on what a token may be. */
import { createHash } from 'node:crypto'
import { type Cells, fromNow, raw } from '../support/literals.ts'
import { DAY, HOUR, type Scene, SOON_MS, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo'

const factor = (s: Scene, user: string, over: Cells = {}): string =>
  s.sql('second_factors', { user_id: user, sealed_secret: '{"sealed":"…"}', last_step: 100, ...over })
const OF_DAVE = "(SELECT MAX(f.factor_id) FROM second_factors f WHERE f.user_id = 'dave')"
const code = (s: Scene, text: string, over: Cells = {}): string =>
  s.sql('recovery_codes', { code_digest: digest(text), factor_id: raw(OF_DAVE), user_id: 'dave', ...over })
const use = (text: string, value = 1): string =>
  `UPDATE recovery_codes SET is_used = ${value} WHERE code_digest = '${digest(text)}'`
const ofDave = (set: string): string => `UPDATE second_factors SET ${set} WHERE user_id = 'dave'`
const token = (s: Scene, scopes: string, user = 'dave'): string =>
  s.sql('api_tokens', {
    token_digest: digest(String(Math.random())),
    user_id: user,
    workspace_id: 1,
    token_name: 't',
    scopes,
    expires_at: fromNow(DAY),
  })

const KEY = createHash('sha256').update('a key made in a browser').digest()
const invitation = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('invitations', {
    link_digest: digest(name),
    user_id: 'fred',
    person_id: raw("(SELECT u.person_id FROM users u WHERE u.user_id = 'dave')"),
    is_approver: 0,
    is_admin: 0,
    workspace_id: 1,
    roles: '["viewer"]',
    invited_by: 'bob',
    expires_at: fromNow(HOUR),
    ...over,
  })
const KEY_ID = createHash('sha256').update(KEY).digest('hex')
const answer = (name: string, hash = HASH, keyId = KEY_ID): string =>
  `UPDATE invitations SET public_key = X'${KEY.toString('hex')}', key_id = '${keyId}', sealed_key = '{}', password_hash = '${hash}' WHERE link_digest = '${digest(name)}'`
const settle = (name: string, as: string, by: string): string =>
  `UPDATE invitations SET settled_as = '${as}', settled_by = '${by}' WHERE link_digest = '${digest(name)}'`

/** Attacks in an order: a factor lives, loses its codes, and is removed. */
export const SECOND_FACTOR_ATTACKS: readonly Attack[] = [
  attack('a second factor of a login that was shut out', 'serve', 'GOV-107', (s) => factor(s, 'carol')),
  attack('a second factor', 'serve', 'allowed', (s) => factor(s, 'dave')),
  attack('another one beside it', 'serve', { sqlite: ['key', 'GOV-006'], family: 'key' }, (s) =>
    factor(s, 'dave'),
  ),
  attack('a second factor', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) => factor(s, 'erin')),
  attack('a second factor in place of it', 'serve', { sqlite: ['GOV-006', 'GOV-017', 'key'] }, (s) =>
    factor(s, 'dave').replace('INSERT INTO', 'INSERT OR REPLACE INTO'),
  ),
  attack('a step taken', 'serve', 'allowed', () => ofDave('last_step = 101')),
  attack('a step taken back, to be taken again', 'serve', 'GOV-107', () => ofDave('last_step = 100')),
  attack('a second factor given another secret', 'serve', { sqlite: 'GOV-016', family: 'grant' }, () =>
    ofDave("sealed_secret = '{}'"),
  ),
  attack('a second factor given to somebody else', 'serve', { sqlite: 'GOV-016', family: 'grant' }, () =>
    ofDave("user_id = 'erin'"),
  ),
  attack('a recovery code', 'serve', 'allowed', (s) => [code(s, 'one'), code(s, 'two')]),
  attack(
    'a recovery code of another login',
    'serve',
    { sqlite: ['GOV-108', 'key'], family: 'GOV-108' },
    (s) => code(s, 'three', { user_id: 'erin' }),
  ),
  attack('a recovery code is used', 'serve', 'allowed', () => use('one')),
  attack('a used recovery code made new', 'serve', 'GOV-108', () => use('one', 0)),
  attack(
    'who used a code is forgotten',
    'serve',
    { sqlite: 'GOV-017', family: 'grant' },
    () => 'DELETE FROM recovery_codes',
  ),
  attack(
    'reading second factors',
    'reason',
    { family: 'grant' },
    () => 'SELECT sealed_secret FROM second_factors',
  ),
  attack(
    'reading recovery codes',
    'auditor',
    { family: 'grant' },
    () => 'SELECT code_digest FROM recovery_codes',
  ),
  attack('a second factor removed by another person', 'serve', 'GOV-107', () =>
    ofDave("removed_by = 'erin'"),
  ),
  attack('a second factor removed by an administrator', 'serve', 'allowed', () =>
    ofDave("removed_by = 'bob'"),
  ),
  attack('a removed second factor revived', 'serve', 'GOV-107', () => ofDave('removed_by = NULL')),
  attack('a step of a removed one', 'serve', 'GOV-107', () => ofDave('last_step = 900')),
  attack('a recovery code of a removed one', 'serve', 'GOV-108', (s) => code(s, 'late')),
  attack('a recovery code of a removed one is used', 'serve', 'GOV-108', () => use('two')),
  attack('a second factor after the removed one', 'serve', 'allowed', (s) => factor(s, 'dave')),

  attack('an invitation from an approver', 'serve', 'GOV-110', (s) =>
    invitation(s, 'x', { invited_by: 'alice' }),
  ),
  attack('an invitation for a month', 'serve', 'GOV-101', (s) =>
    invitation(s, 'x', { expires_at: fromNow(30 * DAY) }),
  ),
  attack('an invitation of the program', 'serve', 'GOV-110', (s) => invitation(s, 'x', { person_id: 1 })),
  attack('an invitation of a login under another person', 'serve', 'GOV-110', (s) =>
    invitation(s, 'x', { user_id: 'erin' }),
  ),
  attack('an invitation from who decides', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    invitation(s, 'x'),
  ),
  attack(
    'an invitation answered from the start',
    'serve',
    { sqlite: ['GOV-110', 'check'], family: 'grant' },
    (s) => invitation(s, 'x', { key_id: digest('k') }),
  ),
  attack('an invitation', 'serve', 'allowed', (s) => invitation(s, 'fred')),
  attack(
    'an invitation that says more than it did',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => `UPDATE invitations SET is_admin = 1 WHERE link_digest = '${digest('fred')}'`,
  ),
  attack('a registration nobody answered for', 'serve', 'GOV-110', () => settle('fred', 'REGISTERED', 'bob')),
  attack('an answer with a password in clear', 'serve', 'check', () => answer('fred', 'secret')),
  attack('an answer with the id of another key', 'serve', 'check', () =>
    answer('fred', HASH, digest('another')),
  ),
  attack('an answer', 'serve', 'allowed', () => answer('fred')),
  attack(
    'the answer exchanged for another key',
    'serve',
    'GOV-110',
    () => `UPDATE invitations SET password_hash = '${HASH}x' WHERE link_digest = '${digest('fred')}'`,
  ),
  attack('settled as registered, and the login has not that key', 'serve', 'GOV-110', () =>
    settle('fred', 'REGISTERED', 'bob'),
  ),
  attack('withdrawn by an approver', 'serve', 'GOV-110', () => settle('fred', 'WITHDRAWN', 'alice')),
  attack('withdrawn by an administrator', 'serve', 'allowed', () => settle('fred', 'WITHDRAWN', 'bob')),
  attack(
    'a withdrawn invitation opened again',
    'serve',
    ['GOV-110', 'check'],
    () =>
      `UPDATE invitations SET settled_as = NULL, settled_by = NULL WHERE link_digest = '${digest('fred')}'`,
  ),
  attack('an invitation that ran out is answered', 'serve', 'GOV-110', async (s) => {
    await s.owner.run(invitation(s, 'short', { expires_at: fromNow(SOON_MS) }))
    await soonOver()
    return answer('short')
  }),
  attack('reading invitations', 'act', { family: 'grant' }, () => 'SELECT password_hash FROM invitations'),

  attack('a token that administers', 'serve', 'GOV-109', (s) => token(s, '["read","administer"]')),
  attack('a token whose scopes are no list', 'serve', 'GOV-109', (s) => token(s, '"read"')),
  attack('a token without a scope', 'serve', 'GOV-109', (s) => token(s, '[]')),
  attack('a token with a scope hidden in another', 'serve', 'GOV-109', (s) =>
    token(s, '["read",["administer"]]'),
  ),
  attack('a token for reports of errors alone', 'serve', 'allowed', (s) => token(s, '["report"]')),
  attack('a token that votes, of who may not', 'serve', 'GOV-109', (s) => token(s, '["vote"]')),
  attack('a token that votes, of an approver', 'serve', 'allowed', (s) => token(s, '["read","vote"]', 'bob')),
  attack('a vote on HIGH risk by a token', 'serve', 'GOV-109', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    const conditional = { admin_user_id: 'alice', approval_status: 'CONDITIONAL_APPROVAL' }
    return s.sql('admin_approvals', s.voteRow(of, { ...conditional, authentication_method: 'key+token' }))
  }),
]
