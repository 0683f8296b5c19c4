/** Attacks on passkeys, on the record of refused answers, and on challenges. */
import { createHash } from 'node:crypto'
import { type Cells, fromNow, raw } from '../support/literals.ts'
import { DAY, type Scene, SOON_MS, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const MINUTE = 60_000
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

const passkey = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('passkeys', {
    user_id: 'dave',
    passkey_name: name,
    credential_id: name,
    credential_digest: digest(name),
    public_key: 'MFkw',
    algorithm: 'ES256',
    user_handle: digest('handle of dave'),
    is_syncable: 0,
    sign_count: 5,
    ...over,
  })
const ofDave = (set: string, name = 'laptop'): string =>
  `UPDATE passkeys SET ${set} WHERE credential_id = '${name}'`
const named = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('passkey_names', {
    passkey_id: raw("(SELECT p.passkey_id FROM passkeys p WHERE p.credential_id = 'laptop')"),
    user_id: 'dave',
    passkey_name: name,
    ...over,
  })
const refusal = (s: Scene, over: Cells = {}): string =>
  s.sql('passkey_refusals', {
    passkey_id: raw("(SELECT p.passkey_id FROM passkeys p WHERE p.credential_id = 'laptop')"),
    user_id: 'dave',
    problem: 'COUNTER',
    address: '10.0.0.9',
    ...over,
  })
const challenge = (s: Scene, name: string, over: Cells = {}): string =>
  s.sql('passkey_challenges', {
    challenge_digest: digest(name),
    purpose: 'PROVE',
    user_id: 'dave',
    bound_digest: digest('a session'),
    expires_at: fromNow(MINUTE),
    ...over,
  })
const answer = (name: string, value = 1): string =>
  `UPDATE passkey_challenges SET is_used = ${value} WHERE challenge_digest = '${digest(name)}'`
/** Used at a moment: the time of one that is known. */
const counted = (count: number, name = 'laptop'): string =>
  ofDave(`sign_count = ${count}, last_used_at = created_at`, name)

/** Attacks in an order: a passkey lives, is used, and is removed. */
export const PASSKEY_ATTACKS: readonly Attack[] = [
  attack('a passkey of a login that was shut out', 'serve', 'GOV-131', (s) =>
    passkey(s, 'carols', { user_id: 'carol' }),
  ),
  attack('a passkey of the program', 'serve', ['GOV-131', 'key'], (s) =>
    passkey(s, 'none', { user_id: 'dbmedic' }),
  ),
  attack('a passkey', 'serve', 'allowed', (s) => passkey(s, 'laptop')),
  attack('a passkey', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) => passkey(s, 'x')),
  attack(
    'the same credential for another login',
    'serve',
    { sqlite: ['key', 'GOV-006'], family: 'key' },
    (s) => passkey(s, 'laptop', { user_id: 'bob' }),
  ),
  attack('a passkey in place of it', 'serve', { sqlite: ['GOV-006', 'GOV-017', 'key'] }, (s) =>
    passkey(s, 'laptop').replace('INSERT INTO', 'INSERT OR REPLACE INTO'),
  ),
  attack('a passkey under the digest of another credential', 'serve', 'check', (s) =>
    passkey(s, 'y', { credential_digest: digest('z') }),
  ),
  attack('a passkey of a kind of key that is not taken', 'serve', 'check', (s) =>
    passkey(s, 'y', { algorithm: 'NONE' }),
  ),
  attack('a passkey that was used before it was made', 'serve', { sqlite: 'GOV-131', family: 'grant' }, (s) =>
    passkey(s, 'y', { last_used_at: fromNow(-DAY) }),
  ),
  attack('a counter taken', 'serve', 'allowed', () => counted(6)),
  attack('when a passkey was used is forgotten', 'serve', 'GOV-131', () =>
    ofDave('sign_count = 6, last_used_at = NULL'),
  ),
  attack('a counter set back, to be taken again', 'serve', 'GOV-131', () => counted(2)),
  attack('a counter set to none, to be taken for ever', 'serve', 'GOV-131', () => counted(0)),
  attack('a passkey given another key', 'serve', { sqlite: 'GOV-016', family: 'grant' }, () =>
    ofDave("public_key = 'MIIB'"),
  ),
  attack('a passkey given to somebody else', 'serve', { sqlite: 'GOV-016', family: 'grant' }, () =>
    ofDave("user_id = 'erin'"),
  ),
  attack(
    'who had a passkey is forgotten',
    'serve',
    { sqlite: 'GOV-017', family: 'grant' },
    () => 'DELETE FROM passkeys',
  ),
  attack('a twenty-first passkey', 'serve', 'GOV-133', (s) =>
    Array.from({ length: 20 }, (_, at) => passkey(s, `many${at}`)),
  ),
  attack('reading passkeys', 'reason', { family: 'grant' }, () => 'SELECT public_key FROM passkeys'),

  attack('another name of a passkey', 'serve', 'allowed', (s) => named(s, 'old laptop')),
  attack('another name, by another role', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    named(s, 'x'),
  ),
  attack('a name for the passkey of another login', 'serve', 'key', (s) => named(s, 'x', { user_id: 'bob' })),
  attack('a name of blanks', 'serve', 'check', (s) => named(s, '   ')),
  attack(
    'what a passkey was called is not forgotten',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => "UPDATE passkey_names SET passkey_name = 'other'",
  ),
  attack(
    'nor taken away',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => 'DELETE FROM passkey_names',
  ),
  attack('a hundred and one names', 'serve', 'GOV-139', (s) =>
    Array.from({ length: 100 }, (_, at) => named(s, `name ${at}`)),
  ),

  attack('a refused answer', 'serve', 'allowed', (s) => refusal(s)),
  attack('a refused answer of another login', 'serve', 'key', (s) => refusal(s, { user_id: 'erin' })),
  attack(
    'a refused answer forgotten',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => 'DELETE FROM passkey_refusals',
  ),
  attack(
    'a refused answer made another',
    'serve',
    { sqlite: 'GOV-010', family: 'grant' },
    () => "UPDATE passkey_refusals SET problem = 'SIGNATURE'",
  ),

  attack('a passkey removed by another person', 'serve', 'GOV-131', () => ofDave("removed_by = 'erin'")),
  attack('a passkey removed by an administrator', 'serve', 'allowed', () => ofDave("removed_by = 'bob'")),
  attack('a removed passkey revived', 'serve', 'GOV-131', () => ofDave('removed_by = NULL')),
  attack('a removed passkey used', 'serve', 'GOV-131', () => counted(9)),
  attack('a removed passkey named anew', 'serve', 'GOV-139', (s) => named(s, 'alive')),

  attack('a challenge for an hour', 'serve', 'GOV-132', (s) =>
    challenge(s, 'long', { expires_at: fromNow(60 * MINUTE) }),
  ),
  attack('a challenge to sign in as somebody', 'serve', 'check', (s) =>
    challenge(s, 'x', { purpose: 'SIGN_IN' }),
  ),
  attack('a challenge to prove who nobody is', 'serve', 'check', (s) => challenge(s, 'x', { user_id: null })),
  attack('a challenge of a login that was shut out', 'serve', 'GOV-132', (s) =>
    challenge(s, 'x', { user_id: 'carol' }),
  ),
  attack('a challenge', 'serve', 'allowed', (s) => challenge(s, 'one')),
  attack('a challenge', 'act', { sqlite: 'GOV-007', family: 'grant' }, (s) => challenge(s, 'two')),
  attack(
    'a challenge for another browser',
    'serve',
    { sqlite: 'GOV-016', family: 'grant' },
    () => `UPDATE passkey_challenges SET bound_digest = '${digest('another')}'`,
  ),
  attack('a challenge is answered', 'serve', 'allowed', () => answer('one')),
  attack('an answered challenge made new', 'serve', 'GOV-132', () => answer('one', 0)),
  attack(
    'a challenge that runs forgotten, to be asked again',
    'serve',
    'GOV-132',
    () => 'DELETE FROM passkey_challenges',
  ),
  attack('a challenge that ran out is answered', 'serve', 'GOV-132', async (s) => {
    await s.owner.run(challenge(s, 'short', { expires_at: fromNow(SOON_MS) }))
    await soonOver()
    return answer('short')
  }),
  attack(
    'reading challenges',
    'auditor',
    { family: 'grant' },
    () => 'SELECT bound_digest FROM passkey_challenges',
  ),
]
