/** Sessions and tokens: who a secret speaks for. The store sees digests only. */
import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import type { ApiToken, Caller, Membership, Session, SignInPort } from '../../../core/sign-in-port.ts'
import { bounded, now, nowPlus } from '../../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../../database/store-database.ts'
import { fromJson, jsonText, utc, utcOrNull } from '../../rows/cells.ts'
import { personOf } from '../../rows/outcome-rows.ts'
import type { ApiTokensTable, SessionsTable } from '../../tables.ts'

/** A sign of life is noted at most this often, seconds. */
const NOTED_EVERY_SECONDS = 60
/** Sessions and tokens of one login in a list. */
const LIST_MOST = 200

type Callers = Pick<
  SignInPort,
  | 'startSession'
  | 'session'
  | 'sessionsOf'
  | 'endSessions'
  | 'addToken'
  | 'token'
  | 'tokensOf'
  | 'revokeToken'
>

/** Sessions and tokens over the role's store. */
export function callers(db: StoreDatabase): Callers {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    startSession: async (session) => {
      await db.write(
        q.insertInto('sessions').values({
          session_digest: session.sessionDigest,
          user_id: session.userName,
          address: session.address,
          user_agent: session.userAgent,
          last_seen_at: now(dialect),
          expires_at: nowPlus(dialect, session.lifetimeSeconds),
        }),
      )
    },
    session: (digest, idleSeconds) => liveSession(db, digest, idleSeconds),
    sessionsOf: async (userName, idleSeconds) =>
      (
        await db.all(
          q
            .selectFrom('sessions as s')
            .selectAll()
            .where('user_id', '=', userName)
            .where(isLive(db, idleSeconds))
            .orderBy('created_at', 'desc')
            .limit(LIST_MOST),
        )
      ).map(sessionOf),
    endSessions: async (userName, which, by) => {
      let query = q
        .updateTable('sessions')
        .set({ ended_by: by })
        .where('user_id', '=', userName)
        .where('ended_by', 'is', null)
        .where('expires_at', '>', now(dialect))
      if ('digest' in which) query = query.where('session_digest', '=', which.digest)
      else if (which.except !== null) query = query.where('session_digest', '<>', which.except)
      return (await db.write(query)).rows
    },
    ...tokens(db),
  }
}

function tokens(db: StoreDatabase): Pick<Callers, 'addToken' | 'token' | 'tokensOf' | 'revokeToken'> {
  const { dialect } = db
  const q = queriesOf(dialect)
  return {
    addToken: async (token) =>
      (
        await db.write(
          q.insertInto('api_tokens').values({
            token_digest: token.tokenDigest,
            user_id: token.userName,
            workspace_id: token.workspaceId,
            token_name: token.tokenName,
            scopes: jsonText(token.scopes),
            expires_at: nowPlus(dialect, token.lifetimeSeconds),
          }),
        )
      ).id,
    token: (digest) => liveToken(db, digest),
    tokensOf: async (userName) =>
      (
        await db.all(
          q
            .selectFrom('api_tokens')
            .selectAll()
            .where('user_id', '=', userName)
            .orderBy('token_id', 'desc')
            .limit(LIST_MOST),
        )
      ).map(tokenOf),
    revokeToken: async (tokenId, by) => {
      const live = q
        .updateTable('api_tokens')
        .set({ revoked_by: by })
        .where('token_id', '=', tokenId)
        .where('revoked_by', 'is', null)
      return (await db.write(live)).rows > 0
    },
  }
}

/** Not ended, not past its end, and seen lately. */
function isLive({ dialect }: StoreDatabase, idleSeconds: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`s.ended_by IS NULL AND s.expires_at > ${now(dialect)} AND s.last_seen_at > ${nowPlus(dialect, -idleSeconds)}`
}

async function liveSession(
  db: StoreDatabase,
  digest: string,
  idleSeconds: number,
): Promise<(Caller & { readonly session: Session }) | null> {
  const { dialect } = db
  const q = queriesOf(dialect)
  const row = await db.first(
    q
      .selectFrom('sessions as s')
      .innerJoin('users', 'users.user_id', 's.user_id')
      .innerJoin('persons', 'persons.person_id', 'users.person_id')
      .selectAll('users')
      .select(['persons.display_name', 's.session_digest', 's.address', 's.user_agent', 's.last_seen_at'])
      .select(['s.created_at as session_created_at', 's.expires_at', 's.ended_at', 's.ended_by'])
      .select(stale(db, 's.last_seen_at'))
      .where('s.session_digest', '=', digest)
      .where('users.is_active', '=', 1)
      .where(isLive(db, idleSeconds)),
  )
  if (row === null) return null
  if (Number(row.stale) === 1) {
    await db.write(
      q
        .updateTable('sessions')
        .set({ last_seen_at: now(dialect) })
        .where('session_digest', '=', digest)
        .where('ended_by', 'is', null),
    )
  }
  return {
    person: personOf(row),
    memberships: await membershipsOf(db, row.user_id),
    session: sessionOf({ ...row, created_at: row.session_created_at }),
  }
}

async function liveToken(
  db: StoreDatabase,
  digest: string,
): Promise<(Caller & { readonly token: ApiToken }) | null> {
  const { dialect } = db
  const q = queriesOf(dialect)
  const row = await db.first(
    q
      .selectFrom('api_tokens as k')
      .innerJoin('users', 'users.user_id', 'k.user_id')
      .innerJoin('persons', 'persons.person_id', 'users.person_id')
      .selectAll('users')
      .select(['persons.display_name', 'k.token_id', 'k.token_digest', 'k.workspace_id', 'k.token_name'])
      .select(['k.scopes', 'k.created_at as token_created_at', 'k.expires_at', 'k.last_used_at'])
      .select(['k.revoked_by', 'k.revoked_at'])
      .select(stale(db, 'k.last_used_at'))
      .where('k.token_digest', '=', digest)
      .where('k.revoked_by', 'is', null)
      .where('k.expires_at', '>', now(dialect))
      .where('users.is_active', '=', 1),
  )
  if (row === null) return null
  if (Number(row.stale) === 1) {
    await db.write(
      q
        .updateTable('api_tokens')
        .set({ last_used_at: now(dialect) })
        .where('token_id', '=', row.token_id),
    )
  }
  return {
    person: personOf(row),
    memberships: await membershipsOf(db, row.user_id),
    token: tokenOf({ ...row, created_at: row.token_created_at }),
  }
}

function stale({ dialect }: StoreDatabase, column: 's.last_seen_at' | 'k.last_used_at') {
  const before = nowPlus(dialect, -NOTED_EVERY_SECONDS)
  return sql<number>`CASE WHEN ${sql.ref(column)} IS NULL OR ${sql.ref(column)} < ${before} THEN 1 ELSE 0 END`.as(
    'stale',
  )
}

/** The roles a login holds. */
export async function membershipsOf(db: StoreDatabase, userName?: string): Promise<readonly Membership[]> {
  let query = queriesOf(db.dialect)
    .selectFrom('memberships')
    .select(['user_id', 'workspace_id', 'member_role'])
    .where('is_held', '=', 1)
  if (userName !== undefined) query = query.where('user_id', '=', userName)
  const rows = await db.all(query.orderBy('membership_id').limit(bounded(5000, 5000)))
  return rows.map((row) => ({
    userName: row.user_id,
    workspaceId: row.workspace_id,
    role: row.member_role,
  }))
}

type SessionRow = Pick<
  Selectable<SessionsTable>,
  | 'session_digest'
  | 'user_id'
  | 'address'
  | 'user_agent'
  | 'created_at'
  | 'last_seen_at'
  | 'expires_at'
  | 'ended_at'
>

function sessionOf(row: SessionRow): Session {
  return {
    sessionDigest: row.session_digest,
    userName: row.user_id,
    address: row.address,
    userAgent: row.user_agent,
    createdAt: utc(row.created_at),
    lastSeenAt: utc(row.last_seen_at),
    expiresAt: utc(row.expires_at),
    endedAt: utcOrNull(row.ended_at),
  }
}

function tokenOf(row: Omit<Selectable<ApiTokensTable>, 'token_digest' | 'revoked_by'>): ApiToken {
  return {
    tokenId: row.token_id,
    userName: row.user_id,
    workspaceId: row.workspace_id,
    tokenName: row.token_name,
    scopes: fromJson(row.scopes),
    createdAt: utc(row.created_at),
    expiresAt: utc(row.expires_at),
    lastUsedAt: utcOrNull(row.last_used_at),
    revokedAt: utcOrNull(row.revoked_at),
  }
}
