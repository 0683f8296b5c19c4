/** Attempts to sign in: counted for lockout, and removed with old sessions when they have had their time. */
import { type SqlBool, sql } from 'kysely'
import type { FailureCounts, SignInPort } from '../../../core/sign-in-port.ts'
import { bounded, nowPlus, statement } from '../../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { flag } from '../../rows/cells.ts'
import { ATTEMPT_DAYS_LEAST, SESSION_DAYS_LEAST } from '../../schema/conditions-sign-in.ts'

const DAY_SECONDS = 86_400
/** An address that signed a name in within this time is known, seconds. Sessions are kept as long. */
const KNOWN_SECONDS = 30 * DAY_SECONDS

type Asked = Parameters<SignInPort['failures']>[0]
type Attempts = Pick<SignInPort, 'failures' | 'recordAttempt' | 'prune'>

/** Attempts over the role's store. */
export function attempts(db: StoreDatabase): Attempts {
  const q = queriesOf(db.dialect)
  return {
    failures: (from, seconds) => failures(db, from, seconds),
    recordAttempt: async (attempt) => {
      await db.write(
        q.insertInto('sign_in_attempts').values({
          account_digest: attempt.accountDigest,
          address: attempt.address,
          succeeded: flag(attempt.succeeded),
        }),
      )
    },
    prune: (most) => db.transaction((runner) => prune(runner, bounded(most, 5000))),
  }
}

async function failures(db: StoreDatabase, from: Asked, seconds: number): Promise<FailureCounts> {
  const { dialect } = db
  const { accountDigest, address, userName } = from
  const lately = sql<SqlBool>`a.succeeded = 0 AND a.attempted_at > ${nowPlus(dialect, -seconds)}`
  const counts = await db.first(
    statement(
      dialect,
      sql<{ pair: number; account: number; address: number }>`SELECT
        (SELECT COUNT(*) FROM sign_in_attempts a WHERE a.account_digest = ${accountDigest} AND a.address = ${address} AND ${lately}) AS pair,
        (SELECT COUNT(*) FROM sign_in_attempts a WHERE a.account_digest = ${accountDigest} AND ${lately}) AS account,
        (SELECT COUNT(*) FROM sign_in_attempts a WHERE a.address = ${address} AND ${lately}) AS address`,
    ),
  )
  // Sessions outlast the attempts that began them.
  const known = await db.first(
    queriesOf(dialect)
      .selectFrom('sessions')
      .select('user_id')
      .where('user_id', '=', userName)
      .where('address', '=', address)
      .where('created_at', '>', nowPlus(dialect, -KNOWN_SECONDS))
      .limit(1),
  )
  return {
    pair: Number(counts?.pair ?? 0),
    account: Number(counts?.account ?? 0),
    address: Number(counts?.address ?? 0),
    knownAddress: known !== null || (await redeemedHere(db, from)),
  }
}

/** Attempts stay for a day. */
async function redeemedHere(db: StoreDatabase, { linkDigest, address }: Asked): Promise<boolean> {
  const found = await db.first(
    queriesOf(db.dialect)
      .selectFrom('sign_in_attempts')
      .select('attempt_id')
      .where('account_digest', '=', linkDigest)
      .where('address', '=', address)
      .where('succeeded', '=', 1)
      .limit(1),
  )
  return found !== null
}

async function prune(runner: Runner, most: number): Promise<number> {
  const { dialect } = runner
  const q = queriesOf(dialect)
  const attempts = await runner.all(
    q
      .selectFrom('sign_in_attempts')
      .select('attempt_id')
      .where('attempted_at', '<=', nowPlus(dialect, -ATTEMPT_DAYS_LEAST * DAY_SECONDS - 1))
      .limit(most),
  )
  const sessions = await runner.all(
    q
      .selectFrom('sessions')
      .select('session_digest')
      .where('expires_at', '<=', nowPlus(dialect, -SESSION_DAYS_LEAST * DAY_SECONDS - 1))
      .limit(most),
  )
  const answers = await runner.all(
    q
      .selectFrom('request_answers')
      .select('key_digest')
      .where('expires_at', '<=', nowPlus(dialect, -1))
      .limit(most),
  )
  const challenges = await runner.all(
    q
      .selectFrom('passkey_challenges')
      .select('challenge_digest')
      .where('expires_at', '<=', nowPlus(dialect, -1))
      .limit(most),
  )
  let removed = 0
  for (const { challenge_digest } of challenges)
    removed += (
      await runner.write(q.deleteFrom('passkey_challenges').where('challenge_digest', '=', challenge_digest))
    ).rows
  for (const { key_digest } of answers)
    removed += (await runner.write(q.deleteFrom('request_answers').where('key_digest', '=', key_digest))).rows
  for (const { attempt_id } of attempts)
    removed += (await runner.write(q.deleteFrom('sign_in_attempts').where('attempt_id', '=', attempt_id)))
      .rows
  for (const { session_digest } of sessions)
    removed += (await runner.write(q.deleteFrom('sessions').where('session_digest', '=', session_digest)))
      .rows
  return removed
}
