/** Readings of evidence, and answers to changes asked for under a key. */
import { sql } from 'kysely'
import type { DoorRecords, KeyedRequest, KeyState } from '../../../core/door-records.ts'
import { DbmedicError } from '../../../core/errors.ts'
import { now, nowPlus } from '../../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { fromJson, jsonText, utc } from '../../rows/cells.ts'
import { unknown } from '../people-and-targets.ts'

/** Keys of one login that are kept at once. */
const KEYS_MOST = 5_000

/** Readings and keyed answers over serve's store. */
export function doorRecords(db: StoreDatabase): DoorRecords {
  const q = queriesOf(db.dialect)
  const readingOf: DoorRecords['readingOf'] = async (decisionId, userName, planDigest) => {
    const row = await db.first(
      q
        .selectFrom('decision_readings')
        .select('opened_at')
        .where('decision_id', '=', decisionId)
        .where('user_id', '=', userName)
        .where('plan_digest', '=', planDigest),
    )
    return row === null ? null : utc(row.opened_at)
  }
  return {
    readingOf,
    recordReading: async ({ decisionId, userName, planDigest }) => {
      const before = await readingOf(decisionId, userName, planDigest)
      if (before !== null) return before
      const row = { decision_id: decisionId, user_id: userName, plan_digest: planDigest }
      const refused = await refusalOf(db.write(q.insertInto('decision_readings').values(row)))
      const opened = await readingOf(decisionId, userName, planDigest)
      // Two pages of one person at once: the other one's counts.
      if (opened === null) throw refused ?? unknown(`decision ${decisionId}`)
      return opened
    },
    claimKey: (request) => claimKey(db, request),
    keepAnswer: async (keyDigest, { status, body }) => {
      await db.write(
        q
          .updateTable('request_answers')
          .set({ answer_status: status, answer: jsonText(body) })
          .where('key_digest', '=', keyDigest)
          .where('answer_status', 'is', null),
      )
    },
    releaseKey: async (keyDigest) => {
      await db.write(
        q
          .deleteFrom('request_answers')
          .where('key_digest', '=', keyDigest)
          .where('answer_status', 'is', null),
      )
    },
  }
}

async function claimKey(db: StoreDatabase, request: KeyedRequest): Promise<KeyState> {
  const { dialect } = db
  const q = queriesOf(dialect)
  const { keyDigest, requestDigest, userName, lifetimeSeconds } = request
  const before = await stateOf(db, request)
  if (before !== null) return before
  const held = await db.first(
    q
      .selectFrom('request_answers')
      .select(sql<number>`COUNT(*)`.as('count'))
      .where('user_id', '=', userName)
      .where('expires_at', '>', now(dialect)),
  )
  if (Number(held?.count ?? 0) >= KEYS_MOST) return { state: 'full' }
  const refused = await refusalOf(
    db.write(
      q.insertInto('request_answers').values({
        key_digest: keyDigest,
        user_id: userName,
        request_digest: requestDigest,
        expires_at: nowPlus(dialect, lifetimeSeconds),
      }),
    ),
  )
  if (refused === null) return { state: 'new' }
  const other = await stateOf(db, request)
  if (other === null) throw refused
  return other
}

/** What is known of the key; null: nothing. */
async function stateOf(
  db: StoreDatabase,
  { keyDigest, requestDigest }: KeyedRequest,
): Promise<KeyState | null> {
  const row = await db.first(
    queriesOf(db.dialect)
      .selectFrom('request_answers')
      .select(['request_digest', 'answer_status', 'answer'])
      .where('key_digest', '=', keyDigest),
  )
  if (row === null) return null
  if (row.request_digest !== requestDigest) return { state: 'other' }
  if (row.answer_status === null) return { state: 'open' }
  return { state: 'answered', status: row.answer_status, answer: fromJson(row.answer ?? 'null') }
}

/** The refusal of the store, if it refused; null: it was done. */
async function refusalOf(work: Promise<unknown>): Promise<DbmedicError | null> {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED') return error
    throw error
  }
}
