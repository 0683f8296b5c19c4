/** What every route works with. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Config, Installation } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { SignInPort } from '../core/sign-in-port.ts'
import type { ServePort } from '../core/store-ports.ts'
import type { Feed } from './live/feed.ts'
import type { Identity, Right } from './rights.ts'

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

/** @throws DbmedicError DBM_NOT_FOUND if the value is null. */
export function found<T>(value: T | null, kind: string, id: number | string): T {
  if (value !== null) return value
  throw new DbmedicError('DBM_NOT_FOUND', {
    kind,
    id: String(id),
    hint: 'Look it up in its list; it may belong to another workspace.',
  })
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
