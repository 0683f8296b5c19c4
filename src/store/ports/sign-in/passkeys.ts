/** Passkeys: public halves with counters that go forward, refusals, and challenges that are answered once. */
import { type Selectable, sql } from 'kysely'
import type { Passkey, Passkeys } from '../../../core/passkeys.ts'
import { now, nowPlus } from '../../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { flag, utc, utcOrNull } from '../../rows/cells.ts'
import type { PasskeysTable } from '../../tables.ts'
import { digestOf } from '../write-events.ts'

/** Passkeys over serve's store. */
export function passkeys(db: StoreDatabase): Passkeys {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    ...listed(db),
    addPasskey: async (passkey) =>
      (
        await db.write(
          q.insertInto('passkeys').values({
            user_id: passkey.userName,
            passkey_name: passkey.passkeyName,
            credential_id: passkey.credentialId,
            credential_digest: digestOf(passkey.credentialId),
            public_key: passkey.publicKey,
            algorithm: passkey.algorithm,
            user_handle: passkey.userHandle,
            is_syncable: flag(passkey.isSyncable),
            sign_count: passkey.signCount,
          }),
        )
      ).id,
    usePasskey: async (passkeyId, signCount) => {
      const newer = q
        .updateTable('passkeys')
        .set({ sign_count: signCount, last_used_at: now(dialect) })
        .where('passkey_id', '=', passkeyId)
        .where('removed_by', 'is', null)
        .where((on) =>
          on.or([on('sign_count', '<', signCount), ...(signCount === 0 ? [on('sign_count', '=', 0)] : [])]),
        )
      return (await db.write(newer)).rows > 0
    },
    refusePasskey: async ({ passkeyId, userName, problem, address }) => {
      const row = { passkey_id: passkeyId, user_id: userName, problem, address }
      await db.write(q.insertInto('passkey_refusals').values(row))
    },
    removePasskeys: async (userName, which, by) => {
      const all = removalOf(dialect, userName, by)
      const these = which === 'all' ? all : all.where('passkey_id', '=', which.passkeyId)
      return (await db.write(these)).rows
    },
    ...challenges(db),
  }
}

/** Which there are, and what they are called. */
function listed(
  db: StoreDatabase,
): Pick<Passkeys, 'passkeysOf' | 'passkey' | 'passkeyCounts' | 'namePasskey'> {
  const q = queriesOf(db.dialect)
  return {
    passkeysOf: async (userName) => {
      const own = living(db).where('p.user_id', '=', userName).orderBy('p.passkey_id')
      return (await db.all(own)).map(passkeyOf)
    },
    passkeyCounts: async () => {
      const counted = q
        .selectFrom('passkeys')
        .select(['user_id', (on) => on.fn.countAll<number>().as('passkeys')])
        .where('removed_by', 'is', null)
        .groupBy('user_id')
      return new Map((await db.all(counted)).map((row) => [row.user_id, Number(row.passkeys)]))
    },
    passkey: async (credentialId) => {
      const row = await db.first(living(db).where('p.credential_digest', '=', digestOf(credentialId)))
      return row === null ? null : passkeyOf(row)
    },
    namePasskey: async ({ passkeyId, userName, passkeyName }) => {
      const own = living(db).where('p.user_id', '=', userName).where('p.passkey_id', '=', passkeyId)
      if ((await db.first(own)) === null) return false
      const row = { passkey_id: passkeyId, user_id: userName, passkey_name: passkeyName }
      await db.write(q.insertInto('passkey_names').values(row))
      return true
    },
  }
}

/** Removes every passkey of a login. */
export const removalOf = (dialect: StoreDatabase['dialect'], userName: string, by: string) =>
  queriesOf(dialect)
    .updateTable('passkeys')
    .set({ removed_by: by })
    .where('user_id', '=', userName)
    .where('removed_by', 'is', null)

function challenges(db: StoreDatabase): Pick<Passkeys, 'addChallenge' | 'takeChallenge'> {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    addChallenge: async (challenge, lifetimeSeconds) => {
      await db.write(
        q.insertInto('passkey_challenges').values({
          challenge_digest: challenge.challengeDigest,
          purpose: challenge.purpose,
          user_id: challenge.userName,
          bound_digest: challenge.boundDigest,
          about_digest: challenge.aboutDigest,
          user_handle: challenge.userHandle,
          expires_at: nowPlus(dialect, lifetimeSeconds),
        }),
      )
    },
    takeChallenge: async (asked) => {
      const waiting = q
        .updateTable('passkey_challenges')
        .set({ is_used: 1 })
        .where('challenge_digest', '=', asked.challengeDigest)
        .where('purpose', '=', asked.purpose)
        .where('bound_digest', '=', asked.boundDigest)
        .where('is_used', '=', 0)
        .where('expires_at', '>', now(dialect))
      if ((await db.write(waiting)).rows === 0) return null
      const row = await db.first(
        q
          .selectFrom('passkey_challenges')
          .select(['user_id', 'about_digest', 'user_handle'])
          .where('challenge_digest', '=', asked.challengeDigest),
      )
      if (row === null) return null
      return {
        ...asked,
        userName: row.user_id,
        aboutDigest: row.about_digest,
        userHandle: row.user_handle,
      }
    },
  }
}

/** Those that count, with the newest name of each and how often an answer under it was not taken. */
const living = ({ dialect }: StoreDatabase) =>
  queriesOf(dialect)
    .selectFrom('passkeys as p')
    .selectAll('p')
    .select(
      sql<number>`(SELECT COUNT(*) FROM passkey_refusals r WHERE r.passkey_id = p.passkey_id)`.as('refusals'),
    )
    .select(
      sql<
        string | null
      >`(SELECT n.passkey_name FROM passkey_names n WHERE n.passkey_id = p.passkey_id ORDER BY n.name_id DESC LIMIT 1)`.as(
        'newest_name',
      ),
    )
    .where('p.removed_by', 'is', null)

interface LivingRow extends Selectable<PasskeysTable> {
  readonly refusals: number
  /** Null: it has the first one still. */
  readonly newest_name: string | null
}

const passkeyOf = (row: LivingRow): Passkey => ({
  passkeyId: row.passkey_id,
  userName: row.user_id,
  passkeyName: row.newest_name ?? row.passkey_name,
  credentialId: row.credential_id,
  publicKey: row.public_key,
  algorithm: row.algorithm,
  userHandle: row.user_handle,
  isSyncable: Number(row.is_syncable) === 1,
  signCount: Number(row.sign_count),
  createdAt: utc(row.created_at),
  lastUsedAt: utcOrNull(row.last_used_at),
  refusals: Number(row.refusals),
})
