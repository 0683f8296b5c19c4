/** Who asks, and whether they may: session or token, origin of the request, right in the workspace. */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DbmedicError } from '../core/errors.ts'
import { type PanelConfig, requireRight, type ServerContext } from './context.ts'
import { lacksFactor } from './required-factor.ts'
import type { Identity } from './rights.ts'
import { csrfTokenOf, digestOf, TOKEN_PREFIX } from './secrets.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Is the address people use one under TLS? Then the cookie is sent under TLS only. */
export const isSecure = (panel: PanelConfig): boolean => panel.publicUrl?.startsWith('https://') === true

/** The cookie's name; the prefix makes browsers insist on Secure, path / and no domain (RFC 6265bis 4.1.3). */
export const cookieName = (panel: PanelConfig): string =>
  isSecure(panel) ? '__Host-dbmedic_session' : 'dbmedic_session'

/** Sets the session's cookie. */
export function setCookie(reply: FastifyReply, panel: PanelConfig, sessionSecret: string): void {
  reply.setCookie(cookieName(panel), sessionSecret, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure(panel),
    maxAge: panel.absoluteHours * 3600,
  })
}

/** Takes the cookie back. */
export function clearCookie(reply: FastifyReply, panel: PanelConfig): void {
  reply.clearCookie(cookieName(panel), { path: '/', secure: isSecure(panel), sameSite: 'strict' })
}

/** Runs before the body of a request is read: sets `request.identity`, or throws what the answer is. */
export async function authorize(context: ServerContext, request: FastifyRequest): Promise<void> {
  const right = request.routeOptions.config.right
  if (right === undefined) return
  const changes = !SAFE.has(request.method)
  if (changes) requireOwnPage(request, context.panel)
  if (right === 'public') return
  const identity = await identify(context, request)
  if (identity === null) throw new DbmedicError('DBM_SIGNED_OUT')
  if (changes && identity.session !== null) requireCsrfToken(request, identity.session.csrfToken)
  request.identity = identity
  if (request.routeOptions.config.beforeFactor !== true && (await lacksFactor(context, identity)))
    throw new DbmedicError('DBM_FACTOR_MISSING')
  if (right === 'self') return
  if (right === 'session') {
    if (identity.token === null) return
    const who = `this token of ${identity.person.userName}`
    throw new DbmedicError('DBM_RIGHT_MISSING', { who, right, workspace: 'any', roles: 'none: sign in' })
  }
  request.workspaceId = workspaceOf(request)
  requireRight(request, right, request.workspaceId)
}

/** Who the request speaks for; null: nobody. A token that is sent decides, whatever cookie comes with it. */
export async function identify(context: ServerContext, request: FastifyRequest): Promise<Identity | null> {
  const header = request.headers.authorization
  if (header !== undefined) return byToken(context, header)
  const secret = request.cookies[cookieName(context.panel)]
  if (secret === undefined || !/^[A-Za-z0-9_-]{43}$/.test(secret)) return null
  const digest = digestOf(secret)
  const live = await context.signIn.session(digest, context.panel.idleMinutes * 60)
  if (live === null) return null
  const { person, memberships } = live
  return { person, memberships, token: null, session: { digest, csrfToken: csrfTokenOf(secret) } }
}

async function byToken({ signIn }: ServerContext, header: string): Promise<Identity | null> {
  const secret = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1]
  if (secret === undefined || !secret.startsWith(TOKEN_PREFIX)) return null
  const live = await signIn.token(digestOf(secret))
  if (live === null) return null
  const { person, memberships, token } = live
  return { person, memberships, token, session: null }
}

/** What a browser says of where a request came from; scripts say nothing, and bring a token instead of a cookie. */
function requireOwnPage(request: FastifyRequest, panel: PanelConfig): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new DbmedicError('DBM_CROSS_SITE')
  const { origin } = request.headers
  if (origin === undefined) return
  const own =
    panel.publicUrl === null ? `${request.protocol}://${request.host}` : URL.parse(panel.publicUrl)?.origin
  if (origin !== own) throw new DbmedicError('DBM_CROSS_SITE')
}

function requireCsrfToken(request: FastifyRequest, expected: string): void {
  const given = request.headers['x-csrf-token']
  if (typeof given === 'string' && given.length === expected.length) {
    if (timingSafeEqual(Buffer.from(given.padEnd(expected.length)), Buffer.from(expected))) return
  }
  throw new DbmedicError('DBM_CROSS_SITE')
}

/** Read here, before validation, because the right is judged before anything of the request is. */
function workspaceOf({ query }: FastifyRequest): number {
  const given = (query as { readonly workspace?: unknown } | null)?.workspace ?? '1'
  if (typeof given === 'string' && /^[1-9]\d{0,14}$/.test(given)) return Number(given)
  throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'workspace is not the number of one' })
}

/**
 * A change that holds only for one version of a resource is never made without a look at that version (RFC 9110,
 * 13.1.1), and no address of ours keeps versions: what a vote is bound to stands in its body.
 * @throws DbmedicError DBM_CONDITION_UNKNOWN
 */
export function requireNoCondition({ method, headers }: FastifyRequest): void {
  if (SAFE.has(method)) return
  const given = ['if-match', 'if-unmodified-since'].find((name) => headers[name] !== undefined)
  if (given !== undefined) throw new DbmedicError('DBM_CONDITION_UNKNOWN', { header: given })
}

const LOOPBACK_NAMES = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i

/**
 * Refuses names that were made to lead here. Where the server listens for other machines the proxy decides.
 * @throws DbmedicError DBM_HOST_UNKNOWN, DBM_REQUEST_INVALID where none is named
 */
export function requireKnownHost(request: FastifyRequest, panel: PanelConfig): void {
  const given = request.headers.host
  if (given === undefined) throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'it names no host' })
  const own = panel.publicUrl === null ? null : (URL.parse(panel.publicUrl)?.host ?? null)
  if (own !== null && given.toLowerCase() === own.toLowerCase()) return
  if (LOOPBACK_NAMES.test(given)) return
  if (own === null && panel.plainHttp) return
  throw new DbmedicError('DBM_HOST_UNKNOWN', { host: given.slice(0, 100).replace(/[^\w.:[\]-]/g, '?') })
}
