/**
 * What signing in keeps: passwords as hashes, sessions and tokens as digests of their secrets, roles in workspaces.
 * Only `serve` has this port. No secret goes in or out of it.
 */
import type { Json } from './canonical.ts'
import type { DoorRecords } from './door-records.ts'
import type { PersonRecords } from './erasures.ts'
import type { Invitations } from './invitations.ts'
import type { MemberRole } from './member-roles.ts'
import type { Passkeys } from './passkeys.ts'
import type { Person } from './people.ts'
import type { SecondFactors } from './second-factors.ts'
import type { UtcTime } from './time.ts'

/** What a token may be scoped to. With `report` applications send their errors. With `vote` it votes on LOW and MEDIUM risk, with the voter's own key; never on HIGH. */
export const TOKEN_SCOPES = ['read', 'audit', 'metrics', 'report', 'ask', 'stop', 'release', 'vote'] as const
/** One of them. */
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** A role of a login in a workspace. */
export interface Membership {
  readonly userName: string
  readonly workspaceId: number
  readonly role: MemberRole
}

/** A group of targets under one set of people. */
export interface Workspace {
  readonly workspaceId: number
  readonly workspaceName: string
}

/** A live session or token: who it speaks for. */
export interface Caller {
  readonly person: Person
  readonly memberships: readonly Membership[]
}

/** A signed-in browser. */
export interface Session {
  /** SHA-256 hex of the secret; names the session to its owner. */
  readonly sessionDigest: string
  readonly userName: string
  readonly address: string
  readonly userAgent: string
  readonly createdAt: UtcTime
  readonly lastSeenAt: UtcTime
  readonly expiresAt: UtcTime
  readonly endedAt: UtcTime | null
}

/** A token for scripts. */
export interface ApiToken {
  readonly tokenId: number
  readonly userName: string
  readonly workspaceId: number
  readonly tokenName: string
  readonly scopes: readonly string[]
  readonly createdAt: UtcTime
  readonly expiresAt: UtcTime
  readonly lastUsedAt: UtcTime | null
  readonly revokedAt: UtcTime | null
}

/** Failures to sign in within `seconds`: what lockout is judged from. */
export interface FailureCounts {
  /** Of this name from this address. */
  readonly pair: number
  /** From this address, whatever the name. */
  readonly address: number
  /** Of this name, whatever the address. */
  readonly account: number
  /** Has this name signed in from this address within 30 days, or redeemed a link there within a day? */
  readonly knownAddress: boolean
}

/** A new session. */
export interface NewSession {
  readonly sessionDigest: string
  readonly userName: string
  readonly address: string
  readonly userAgent: string
  readonly lifetimeSeconds: number
}

/** The first administrator, or the first password of an administrator who is there already. */
export interface SetUp {
  readonly linkDigest: string
  readonly userName: string
  readonly passwordHash: string
  /** Null: the login exists and keeps its key. */
  readonly login: {
    readonly personId: number
    readonly keyId: string
    /** Base64 of 32 bytes. */
    readonly publicKey: string
    /** The first registration, as the browser signed it with that key. */
    readonly registration: { readonly text: string; readonly signature: string }
    /** The sealed key file, as the browser made it. */
    readonly sealedKey: Json
  } | null
}

/** Signing in, and what else a door records, as `serve` keeps it. */
export interface SignInPort extends DoorRecords, SecondFactors, Passkeys, Invitations, PersonRecords {
  /** Has anybody a password? Before that only the link of first set-up lets anybody in. */
  isSetUp(): Promise<boolean>
  passwordHash(userName: string): Promise<string | null>
  /** @throws DbmedicError DBM_STORE_REFUSED unless `by` is the person or an administrator. */
  setPassword(userName: string, passwordHash: string, by: string): Promise<void>
  /** Counts within the last `seconds`. */
  failures(
    from: {
      readonly userName: string
      readonly accountDigest: string
      /** An address with a success under this is known too: a link was redeemed there. */
      readonly linkDigest: string
      readonly address: string
    },
    seconds: number,
  ): Promise<FailureCounts>
  recordAttempt(attempt: {
    readonly accountDigest: string
    readonly address: string
    readonly succeeded: boolean
  }): Promise<void>
  startSession(session: NewSession): Promise<void>
  /**
   * The session behind a digest, if it lives: not ended, not past its absolute end, seen within `idleSeconds`, and of
   * an active login. Notes that it was seen, at most once a minute.
   */
  session(
    sessionDigest: string,
    idleSeconds: number,
  ): Promise<(Caller & { readonly session: Session }) | null>
  /** Sessions of a login that have not ended, newest first. */
  sessionsOf(userName: string, idleSeconds: number): Promise<readonly Session[]>
  /** Ends one session of a login, or all but `except`. Gives how many ended. */
  endSessions(
    userName: string,
    which: { readonly digest: string } | { readonly except: string | null },
    by: string,
  ): Promise<number>
  addToken(token: {
    readonly tokenDigest: string
    readonly userName: string
    readonly workspaceId: number
    readonly tokenName: string
    readonly scopes: readonly string[]
    readonly lifetimeSeconds: number
  }): Promise<number>
  /** The token behind a digest, if it lives and its login is active. Notes its use, at most once a minute. */
  token(tokenDigest: string): Promise<(Caller & { readonly token: ApiToken }) | null>
  tokensOf(userName: string): Promise<readonly ApiToken[]>
  /** False: there is no live token of that number. */
  revokeToken(tokenId: number, by: string): Promise<boolean>
  memberships(): Promise<readonly Membership[]>
  workspaces(): Promise<readonly Workspace[]>
  /** Adds a workspace, of which `by` is administrator. @throws DbmedicError DBM_STORE_REFUSED for a name that is taken. */
  addWorkspace(workspaceName: string, by: string): Promise<number>
  setMembership(membership: Membership & { readonly held: boolean; readonly by: string }): Promise<void>
  /** A link of first set-up (`userName` and `by` null), or for a login to set a password with. */
  addLink(link: {
    readonly linkDigest: string
    readonly userName: string | null
    readonly by: string | null
    readonly lifetimeSeconds: number
  }): Promise<void>
  /**
   * The person the first login will be of, made if there is none without a login; the link stays unused.
   * @throws DbmedicError DBM_LINK_SPENT
   */
  setUpPerson(linkDigest: string, displayName: string): Promise<number>
  /** First set-up, whole: link used, login made if there is none, password, roles. */
  setUp(setUp: SetUp): Promise<void>
  /** A link for a login, used: sets the password, ends every session and removes every passkey. */
  redeemLink(linkDigest: string, userName: string, passwordHash: string): Promise<void>
  /** The sealed key of a login's registered key, for its browser to unlock; null: it is elsewhere. */
  sealedKey(userName: string): Promise<Json>
  /** Removes what has had its time, at most `most` rows of each. Gives how many went. */
  prune(most: number): Promise<number>
}
