/** What every route works with. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Config, Installation, PasskeyPlace } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { MemberRole } from '../core/member-roles.ts'
import type { Person } from '../core/people.ts'
import type { SignInPort } from '../core/sign-in-port.ts'
import type { ServePort } from '../core/store-ports.ts'
import type { InTurn } from './in-turn.ts'
import type { Feed } from './live/feed.ts'
import { holds, type Identity, type Right, rolesWith, type WorkspaceRight } from './rights.ts'

/** How the panel is served. */
export type PanelConfig = NonNullable<Config['panel']>

/** The server's parts. */
export interface ServerContext {
  readonly installation: Installation
  readonly panel: PanelConfig
  readonly serve: ServePort
  readonly signIn: SignInPort
  readonly feed: Feed
  /** Hashes and compares passwords. */
  readonly passwords: {
    hash(password: string): Promise<string>
    /** Takes as long where there is no hash. */
    matches(hash: string | null, password: string): Promise<boolean>
  }
  /** Codes of one login are compared one after the other, so that no two are compared before the first is counted. */
  readonly codesInTurn: InTurn
  /** Roles whose people sign in with more than a password. */
  readonly rolesToProve: readonly MemberRole[]
  /** Where passkeys of this server are for, by its configuration; null: nowhere. */
  passkeyPlace(): PasskeyPlace | null
}

/** A server whose schemas are zod's. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for. A route without it does not start. */
    right?: Right
    /** Attempts of one address a minute, below the general limit. */
    perMinute?: number
    /** Answered too to who is yet to set up a second factor or a passkey. */
    beforeFactor?: boolean
    /** Answers are kept nowhere. */
    noStore?: boolean
  }
  interface FastifyRequest {
    /** Null: nobody is signed in. */
    identity: Identity | null
    /** The workspace the request is about. */
    workspaceId: number
  }
}

/** Who asks. @throws DbmedicError DBM_SIGNED_OUT */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new DbmedicError('DBM_SIGNED_OUT')
  return request.identity
}

/** What is of the whole installation is decided in its first workspace. */
export const FIRST_WORKSPACE = 1

/** @throws DbmedicError DBM_RIGHT_MISSING unless who asks has the right in the workspace. */
export function requireRight(request: FastifyRequest, right: WorkspaceRight, workspaceId: number): void {
  const identity = identityOf(request)
  if (!holds(identity, right, workspaceId)) throw rightMissing(identity, right, workspaceId)
}

/** The refusal that names the right and who holds it. */
export function rightMissing(
  { person, token }: Identity,
  right: WorkspaceRight,
  workspaceId: number,
): DbmedicError {
  return new DbmedicError('DBM_RIGHT_MISSING', {
    who: token === null ? person.userName : `this token of ${person.userName}`,
    right,
    workspace: workspaceId,
    roles: rolesWith(right),
  })
}

/** @throws DbmedicError DBM_NOT_FOUND if the value is null. */
export function found<T>(value: T | null, kind: string, id: number | string): T {
  if (value !== null) return value
  throw new DbmedicError('DBM_NOT_FOUND', {
    kind,
    id: String(id),
    hint: 'Look it up in its list; it may belong to another workspace.',
  })
}

/** The login of a name, however its letters are cased. @throws DbmedicError DBM_NOT_FOUND */
export async function loginOf({ serve }: ServerContext, name: string): Promise<Person> {
  const people = await serve.read.people()
  const login = people.find((each) => each.userName.toLowerCase() === name.toLowerCase())
  return found(login ?? null, 'user', name)
}

/**
 * Who administers takes from others what they sign in with; their own only with the proof their account asks for, or a
 * stolen session would be the login for good.
 * @throws DbmedicError DBM_REQUEST_INVALID
 */
export function requireOther(request: FastifyRequest, userName: string): void {
  if (identityOf(request).person.userName.toLowerCase() !== userName.toLowerCase()) return
  const problem = 'what you sign in with yourself is changed under your account, with a proof that it is you'
  throw new DbmedicError('DBM_REQUEST_INVALID', { problem })
}

/** The target's, if it belongs to the workspace of the request. @throws DbmedicError DBM_NOT_FOUND */
export async function inWorkspace<T extends { readonly targetId: number }>(
  context: ServerContext,
  request: FastifyRequest,
  thing: { readonly value: T | null; readonly kind: string; readonly id: number },
): Promise<T> {
  const value = found(thing.value, thing.kind, thing.id)
  const workspaceId = await context.installation.store.browse.workspaceOf(value.targetId)
  return found(workspaceId === request.workspaceId ? value : null, thing.kind, thing.id)
}
