/** Attacks on the erasure of people: who may erase whom, what would bring somebody back, and keys that must stay or go. */
import { createHash } from 'node:crypto'
import { type Cells, fromNow } from '../support/literals.ts'
import { DAY, HOUR, type Scene } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const ERASURES = 'person_erasures'
const KEYS = 'person_keys'
const DENIED = { sqlite: 'GOV-007', family: 'grant' } as const
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo'
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

interface Someone {
  readonly user: string
  readonly person: number
}

const erase = (s: Scene, { person }: Someone, over: Cells = {}): string =>
  s.sql(ERASURES, { person_id: person, erased_by: 'bob', reason: 'asked to', ...over })

/** Somebody new, let in, with a password. */
async function letIn(s: Scene): Promise<Someone> {
  const { admin_user_id: user, person_id: person } = await s.voter()
  await s.add('passwords', { user_id: user, password_hash: HASH, set_by: user })
  return { user, person }
}

/** The same, shut out. */
async function shutOut(s: Scene): Promise<Someone> {
  const of = await letIn(s)
  await s.owner.run(await s.shutOut(of.user))
  return of
}

async function erased(s: Scene): Promise<Someone> {
  const of = await shutOut(s)
  await s.owner.run(erase(s, of))
  return of
}

const registration = async (s: Scene, { user }: Someone, over: Cells = {}): Promise<string> =>
  s.sql('user_registrations', await s.registration(user, over))
const link = (s: Scene, user: string | null, over: Cells = {}): string =>
  s.sql('sign_in_links', {
    link_digest: digest(String(Math.random())),
    user_id: user,
    created_by: 'bob',
    expires_at: fromNow(HOUR),
    ...over,
  })
const invitation = (s: Scene, { person }: Someone): string =>
  s.sql('invitations', {
    link_digest: digest(String(Math.random())),
    user_id: `again-${person}`,
    person_id: person,
    is_approver: 1,
    is_admin: 0,
    workspace_id: 1,
    roles: '[]',
    invited_by: 'bob',
    expires_at: fromNow(DAY),
  })
const role = (s: Scene, { user }: Someone, held = 1): string =>
  s.sql('memberships', {
    user_id: user,
    workspace_id: 1,
    member_role: 'viewer',
    is_held: held,
    changed_by: 'bob',
  })
const keyOf = (s: Scene, { person }: Someone): string =>
  s.sql(KEYS, { person_id: person, sealing_key: Buffer.alloc(32, 7) })

const WHO: readonly Attack[] = [
  attack('an administrator erases somebody who was shut out', 'serve', 'allowed', async (s) =>
    erase(s, await shutOut(s)),
  ),
  ...['alice', 'dave', 'carol', 'dbmedic', 'nobody'].map((by) =>
    attack(`${by}, who does not administer, erases somebody`, 'serve', ['GOV-146', 'key'], async (s) =>
      erase(s, await shutOut(s), { erased_by: by }),
    ),
  ),
  attack('somebody who is let in is erased', 'serve', 'GOV-146', async (s) => erase(s, await letIn(s))),
  attack('an administrator erases himself', 'serve', 'GOV-146', (s) => erase(s, { user: 'bob', person: 2 })),
  attack('somebody with one of two logins shut out is erased', 'serve', 'GOV-146', async (s) => {
    const of = await letIn(s)
    await s.register(`${of.user}-alt`, { person_id: of.person })
    await s.owner.run(await s.shutOut(of.user))
    return erase(s, of)
  }),
  attack('the program is erased', 'owner', 'GOV-146', (s) => erase(s, { user: 'dbmedic', person: 1 })),
  attack('somebody who is not there is erased', 'serve', ['key'], (s) =>
    erase(s, { user: 'x', person: 999_999 }),
  ),
  attack('somebody is erased twice', 'serve', 'GOV-146', async (s) => erase(s, await erased(s))),
  attack('an erasure without a reason', 'serve', 'check', async (s) =>
    erase(s, await shutOut(s), { reason: '  ' }),
  ),
  ...(['observe', 'reason', 'act', 'learn', 'auditor', 'retention'] as const).map((who) =>
    attack(`${who} erases somebody`, who, DENIED, async (s) => erase(s, await shutOut(s))),
  ),
  attack('an erasure is taken back', 'owner', 'GOV-010', async (s) => {
    const { person } = await erased(s)
    return `DELETE FROM ${ERASURES} WHERE person_id = ${person}`
  }),
  attack('an erasure is moved to another person', 'owner', 'GOV-010', async (s) => {
    const { person } = await erased(s)
    return `UPDATE ${ERASURES} SET person_id = 5 WHERE person_id = ${person}`
  }),
]

const BACK: readonly Attack[] = [
  attack('an erased login is let in again', 'serve', 'GOV-147', async (s) =>
    registration(s, await erased(s), { is_active: 1 }),
  ),
  attack('an erased login is let in again, in other letters', 'serve', 'GOV-147', async (s) => {
    const { user, person } = await erased(s)
    return registration(s, { user: user.toUpperCase(), person }, { person_id: person, is_active: 1 })
  }),
  attack('an erased login is given to another person', 'serve', 'GOV-064', async (s) =>
    registration(s, await erased(s), { person_id: 5 }),
  ),
  attack('an erased person gets another login', 'serve', 'GOV-147', async (s) => {
    const { person } = await erased(s)
    return registration(s, { user: `other-${person}`, person }, { person_id: person, is_active: 0 })
  }),
  attack('an erased login gets another key', 'serve', 'GOV-147', async (s) =>
    registration(s, await erased(s), { is_active: 0, public_key: Buffer.alloc(32, 3) }),
  ),
  attack('an erased login is signed anew as it is', 'serve', 'allowed', async (s) =>
    registration(s, await erased(s), { is_active: 0 }),
  ),
  attack('an erased login is let in past its registrations', 'owner', 'GOV-068', async (s) => {
    const { user } = await erased(s)
    return `UPDATE users SET is_active = 1 WHERE user_id = '${user}'`
  }),
  attack('the name of an erased person comes back', 'serve', 'GOV-147', async (s) => {
    const { person } = await erased(s)
    return `UPDATE persons SET display_name = 'Somebody' WHERE person_id = ${person}`
  }),
  attack('a password for an erased login', 'serve', 'GOV-147', async (s) =>
    s.sql('passwords', { user_id: (await erased(s)).user, password_hash: HASH, set_by: 'bob' }),
  ),
  attack('a link for an erased login', 'serve', 'GOV-147', async (s) => link(s, (await erased(s)).user)),
  attack('the link of first set-up once more', 'serve', ['GOV-100', 'GOV-147'], async (s) => {
    await erased(s)
    return link(s, null, { created_by: null })
  }),
  attack('an erased person is invited', 'serve', 'GOV-147', async (s) => invitation(s, await erased(s))),
  attack('an erased login gets a role', 'serve', 'GOV-147', async (s) => role(s, await erased(s))),
  attack('an erased login gets a role back', 'serve', 'GOV-147', async (s) => {
    const of = await shutOut(s)
    await s.owner.run(role(s, of))
    await s.owner.run(erase(s, of))
    return `UPDATE memberships SET is_held = 1, changed_by = 'bob' WHERE user_id = '${of.user}'`
  }),
  attack('an erased login signs in', 'serve', 'GOV-100', async (s) =>
    s.sql('sessions', {
      session_digest: digest(String(Math.random())),
      user_id: (await erased(s)).user,
      address: '10.0.0.1',
      user_agent: '',
      last_seen_at: fromNow(0),
      expires_at: fromNow(HOUR),
    }),
  ),
  attack('an erased person votes', 'serve', 'GOV-037', async (s) => {
    const voter = await s.voter()
    await s.owner.run(await s.shutOut(voter.admin_user_id))
    await s.owner.run(erase(s, { user: voter.admin_user_id, person: voter.person_id }))
    return s.sql('admin_approvals', s.voteRow(await s.proposed(), voter))
  }),
  attack('a run on the vote of a person who was erased', 'act', 'GOV-041', async (s) => {
    const voter = await s.voter()
    const of = await s.approved({}, voter)
    await s.owner.run(await s.shutOut(voter.admin_user_id))
    await s.owner.run(erase(s, { user: voter.admin_user_id, person: voter.person_id }))
    return s.sql('action_executions', s.runRow(of))
  }),
]

/** What keeps the rows of these tables. */
const RULE_OF = { user_registrations: 'GOV-010', admin_approvals: 'GOV-011', users: 'GOV-017' } as const

const KEYS_AND_ROWS: readonly Attack[] = [
  attack('an erased person gets a key again', 'owner', 'GOV-147', async (s) => keyOf(s, await erased(s))),
  attack('serve gives an erased person a key', 'serve', { sqlite: 'GOV-147', family: 'grant' }, async (s) =>
    keyOf(s, await erased(s)),
  ),
  attack('the key of a person is exchanged', 'owner', 'GOV-148', async (s) => {
    const { person } = await letIn(s)
    return `UPDATE ${KEYS} SET sealing_key = ${s.mysql ? 'RANDOM_BYTES(32)' : 'randomblob(32)'} WHERE person_id = ${person}`
  }),
  attack('the key of a person is destroyed without an erasure', 'owner', 'GOV-148', async (s) => {
    const { person } = await shutOut(s)
    return `DELETE FROM ${KEYS} WHERE person_id = ${person}`
  }),
  attack('the key of a person is replaced', 'owner', { sqlite: 'GOV-006' }, async (s) =>
    s.sql(
      KEYS,
      { person_id: (await letIn(s)).person, sealing_key: Buffer.alloc(32, 7) },
      'INSERT OR REPLACE INTO',
    ),
  ),
  attack('a second key of a person', 'owner', ['key', 'GOV-006'], async (s) => keyOf(s, await letIn(s))),
  attack(
    'a short key',
    'owner',
    'check',
    () => `INSERT INTO ${KEYS} (person_id, sealing_key) VALUES (1, X'00')`,
  ),
  ...(['observe', 'reason', 'serve', 'act', 'learn', 'auditor', 'retention'] as const).map((who) =>
    attack(`${who} reads the keys of people`, who, { family: 'grant' }, () => `SELECT * FROM ${KEYS}`),
  ),
  ...(['passwords', 'memberships', 'users', 'persons'] as const).map((table) =>
    attack(`rows of ${table} of somebody who was not erased go`, 'owner', 'GOV-017', async (s) => {
      const { user, person } = await shutOut(s)
      if (table === 'memberships') await s.owner.run(role(s, { user, person }, 0))
      return `DELETE FROM ${table} WHERE ${table === 'persons' ? `person_id = ${person}` : `user_id = '${user}'`}`
    }),
  ),
  ...(['user_registrations', 'admin_approvals', 'users'] as const).map((table) =>
    attack(`what an erased person stands for goes from ${table}`, 'owner', RULE_OF[table], async (s) => {
      const voter = await s.voter()
      await s.approved({}, voter)
      await s.owner.run(await s.shutOut(voter.admin_user_id))
      await s.owner.run(erase(s, { user: voter.admin_user_id, person: voter.person_id }))
      return `DELETE FROM ${table} WHERE ${table === 'admin_approvals' ? 'admin_user_id' : 'user_id'} = '${voter.admin_user_id}'`
    }),
  ),
]

/** Attacks on erasures. */
export const ERASURE_ATTACKS: readonly Attack[] = [...WHO, ...BACK, ...KEYS_AND_ROWS]
