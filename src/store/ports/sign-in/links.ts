/** Passwords, and the one-time links that set the first of them. */
import { DbmedicError } from '../../../core/errors.ts'
import { MEMBER_ROLES } from '../../../core/member-roles.ts'
import type { SetUp, SignInPort } from '../../../core/sign-in-port.ts'
import { now, nowPlus } from '../../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { flag, fromJson, jsonText } from '../../rows/cells.ts'
import { register } from '../registrations.ts'
import { removalOf } from './passkeys.ts'

/** The workspace every store begins with. */
const FIRST_WORKSPACE = 1

type Links = Pick<
  SignInPort,
  | 'isSetUp'
  | 'passwordHash'
  | 'setPassword'
  | 'addLink'
  | 'setUpPerson'
  | 'setUp'
  | 'redeemLink'
  | 'sealedKey'
>

/** Passwords and links over the role's store. */
export function links(db: StoreDatabase): Links {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    isSetUp: async () => {
      // With the last password erased the panel is not new: a login gets a link from an administrator.
      const one = [
        q.selectFrom('passwords').select('user_id as one').limit(1),
        q.selectFrom('person_erasures').select('erased_by as one').limit(1),
      ]
      for (const query of one) if ((await db.first(query)) !== null) return true
      return false
    },
    passwordHash: async (userName) => {
      const row = await db.first(
        q.selectFrom('passwords').select('password_hash').where('user_id', '=', userName),
      )
      return row?.password_hash ?? null
    },
    setPassword: (userName, hash, by) =>
      db.transaction((runner) => setPassword(runner, userName, { hash, by })),
    addLink: async (link) => {
      await db.write(
        q.insertInto('sign_in_links').values({
          link_digest: link.linkDigest,
          user_id: link.userName,
          created_by: link.by,
          expires_at: nowPlus(dialect, link.lifetimeSeconds),
        }),
      )
    },
    setUpPerson: (digest, displayName) =>
      db.transaction((runner) => setUpPerson(runner, digest, displayName)),
    setUp: (given) => db.transaction((runner) => setUp(runner, given)),
    redeemLink: (digest, userName, hash) =>
      db.transaction(async (runner) => {
        await useLink(runner, digest, userName)
        await setPassword(runner, userName, { hash, by: userName })
        // Who had the old password may have made one of his own.
        await runner.write(removalOf(dialect, userName, userName))
        await endAll(runner, userName, userName)
      }),
    sealedKey: async (userName) => {
      const row = await db.first(
        q
          .selectFrom('sealed_keys')
          .innerJoin('users', 'users.key_id', 'sealed_keys.key_id')
          .select('sealed_key')
          .where('users.user_id', '=', userName)
          .where('sealed_keys.user_id', '=', userName),
      )
      return row === null ? null : fromJson(row.sealed_key)
    },
  }
}

/** Sets a login's password. */
export async function setPassword(
  runner: Runner,
  userName: string,
  change: { readonly hash: string; readonly by: string },
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const set = { password_hash: change.hash, set_by: change.by }
  const known = await runner.write(q.updateTable('passwords').set(set).where('user_id', '=', userName))
  if (known.rows === 0) await runner.write(q.insertInto('passwords').values({ user_id: userName, ...set }))
}

/** Uses a link up. @throws DbmedicError DBM_LINK_SPENT if it is unknown, used, run out or another's. */
async function useLink(runner: Runner, digest: string, userName: string | null): Promise<void> {
  const q = queriesOf(runner.dialect)
  const unused = q
    .updateTable('sign_in_links')
    .set({ is_used: 1 })
    .where('link_digest', '=', digest)
    .where('is_used', '=', 0)
    .where('expires_at', '>', now(runner.dialect))
    .where('user_id', userName === null ? 'is' : '=', userName)
  if ((await runner.write(unused)).rows === 0) throw new DbmedicError('DBM_LINK_SPENT')
}

/** Ends every session of a login. */
export async function endAll(runner: Runner, userName: string, by: string): Promise<void> {
  const live = queriesOf(runner.dialect)
    .updateTable('sessions')
    .set({ ended_by: by })
    .where('user_id', '=', userName)
    .where('ended_by', 'is', null)
  await runner.write(live)
}

/** A person without a login is one of an earlier, unfinished set-up. */
async function setUpPerson(runner: Runner, digest: string, displayName: string): Promise<number> {
  const q = queriesOf(runner.dialect)
  const link = await runner.first(
    q
      .selectFrom('sign_in_links')
      .select('link_digest')
      .where('link_digest', '=', digest)
      .where('user_id', 'is', null)
      .where('is_used', '=', 0)
      .where('expires_at', '>', now(runner.dialect)),
  )
  if (link === null) throw new DbmedicError('DBM_LINK_SPENT')
  const waiting = await runner.first(
    q
      .selectFrom('persons as p')
      .select('p.person_id')
      .where((e) =>
        e.not(
          e.exists(
            e.selectFrom('users as u').select('u.user_id').whereRef('u.person_id', '=', 'p.person_id'),
          ),
        ),
      )
      .orderBy('p.person_id', 'desc')
      .limit(1),
  )
  if (waiting === null)
    return (await runner.write(q.insertInto('persons').values({ display_name: displayName }))).id
  const named = q
    .updateTable('persons')
    .set({ display_name: displayName })
    .where('person_id', '=', waiting.person_id)
  await runner.write(named)
  return waiting.person_id
}

/** Writes the registration the browser signed; another one would not be what was signed. */
async function firstLogin(
  runner: Runner,
  userName: string,
  login: NonNullable<SetUp['login']>,
): Promise<void> {
  const { personId, keyId, publicKey, registration } = login
  const rights = { active: true, mayApprove: true, mayAdminister: true }
  await register(
    runner,
    { userName, personId, ...rights, keyId, publicKey },
    {
      userName,
      keyId,
      sign: (text) => {
        if (text !== registration.text) throw new DbmedicError('DBM_LINK_SPENT')
        return registration.signature
      },
    },
  )
  const sealed = { key_id: keyId, user_id: userName, sealed_key: jsonText(login.sealedKey) }
  await runner.write(queriesOf(runner.dialect).insertInto('sealed_keys').values(sealed))
}

async function setUp(runner: Runner, given: SetUp): Promise<void> {
  const q = queriesOf(runner.dialect)
  const { userName, login } = given
  await useLink(runner, given.linkDigest, null)
  if ((await runner.first(q.selectFrom('passwords').select('user_id').limit(1))) !== null)
    throw new DbmedicError('DBM_LINK_SPENT')
  if (login !== null) await firstLogin(runner, userName, login)
  await setPassword(runner, userName, { hash: given.passwordHash, by: userName })
  const user = await runner.first(q.selectFrom('users').select('is_approver').where('user_id', '=', userName))
  for (const role of MEMBER_ROLES) {
    if (role === 'viewer' || role === 'auditor' || (role === 'approver' && user?.is_approver !== 1)) continue
    await runner.write(
      q.insertInto('memberships').values({
        user_id: userName,
        workspace_id: FIRST_WORKSPACE,
        member_role: role,
        is_held: flag(true),
        changed_by: userName,
      }),
    )
  }
}
