/** Signing in and out, first set-up, one-time links. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { verifyText, weaknessOf } from '../../app/index.ts'
import { NO_REGISTRATION, registrationText } from '../../core/consent.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { SetUp } from '../../core/sign-in-port.ts'
import { clearCookie, identify, setCookie } from '../authenticate.ts'
import { clientAddress } from '../client-address.ts'
import { type ApiServer, identityOf, type ServerContext } from '../context.ts'
import { checkPassword, checkSecondFactor, linkDigestOf } from '../proofs.ts'
import { lacksFactor, requireMoreThanPassword } from '../required-factor.ts'
import { type Identity, ROLE_RIGHTS, rolesIn } from '../rights.ts'
import { answers } from '../schemas/parts.ts'
import {
  code,
  displayName,
  keyId,
  password,
  secret,
  sessionSchema,
  setUpSchema,
  userName,
} from '../schemas/people.ts'
import { csrfTokenOf, digestOf, newSecret } from '../secrets.ts'

/** What nobody is signed in for yet may be asked so often, a minute and address. */
const PER_MINUTE = 30

/** Adds the routes. */
export function signInRoutes(app: ApiServer, context: ServerContext): void {
  enter(app, context)
  sessionRoutes(app, context)
  setUpState(app, context)
  setUpRoutes(app, context)
  linkRoutes(app, context)
}

function enter(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/session',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'Sign in with user name and password, and the code of a second factor where one is set',
        tags: ['sign-in'],
        body: z.strictObject({ userName: z.string().min(1).max(200), password, code: code.optional() }),
        response: answers({ 201: sessionSchema }, 400, 401, 403),
      },
    },
    async (request, reply) => {
      const person = await checkPassword(context, request, request.body)
      await checkSecondFactor(context, request, { userName: person.userName, code: request.body.code })
      await requireMoreThanPassword(context, person)
      return beginSession(context, { request, reply }, person.userName)
    },
  )
}

/**
 * Begins a session of a login that proved who it is, and ends the one this browser had.
 * @throws DbmedicError DBM_SIGN_IN_FAILED where the login was shut out meanwhile
 */
export async function beginSession(
  context: ServerContext,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  person: string,
): Promise<z.infer<typeof sessionSchema>> {
  const { signIn, panel } = context
  const sessionSecret = newSecret()
  const sessionDigest = digestOf(sessionSecret)
  await signIn.startSession({
    sessionDigest,
    userName: person,
    address: request.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, 300),
    lifetimeSeconds: panel.absoluteHours * 3600,
  })
  const live = await signIn.session(sessionDigest, panel.idleMinutes * 60)
  if (live === null) throw new DbmedicError('DBM_SIGN_IN_FAILED')
  await endBefore(context, request)
  setCookie(reply, panel, sessionSecret)
  reply.code(201)
  const session = { digest: sessionDigest, csrfToken: csrfTokenOf(sessionSecret) }
  return view(context, { ...live, token: null, session }, live.session.expiresAt)
}

/** The session this browser had until now: its cookie is replaced, and nobody else needs what it opened. */
async function endBefore(context: ServerContext, request: FastifyRequest): Promise<void> {
  const before = await identify(context, request)
  if (before === null || before.session === null) return
  const { userName: owner } = before.person
  await context.signIn.endSessions(owner, before.session, owner)
}

function sessionRoutes(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/session',
    {
      config: { right: 'self', beforeFactor: true, noStore: true },
      schema: {
        summary: 'Who is signed in, with which rights',
        tags: ['sign-in'],
        response: answers({ 200: sessionSchema }, 401),
      },
    },
    async (request) => {
      const identity = identityOf(request)
      return view(context, identity, await endOf(identity, context))
    },
  )
  app.delete(
    '/api/session',
    {
      config: { right: 'session', beforeFactor: true },
      schema: {
        summary: 'Sign this browser out',
        tags: ['sign-in'],
        response: answers({ 204: z.undefined().describe('Signed out.') }, 401, 403),
      },
    },
    async (request, reply) => {
      const { person, session } = identityOf(request)
      if (session !== null) await context.signIn.endSessions(person.userName, session, person.userName)
      return signedOut(reply, context)
    },
  )
}

function setUpState(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/setup',
    {
      config: { right: 'public', noStore: true },
      schema: {
        summary: 'Has the first administrator been made, and where can passkeys be used?',
        tags: ['sign-in'],
        response: answers({
          200: z.object({
            isSetUp: z.boolean(),
            passkeyOrigin: z
              .string()
              .nullable()
              .meta({ description: 'The address at which a passkey signs in; null: none does.' }),
          }),
        }),
      },
    },
    async () => ({
      isSetUp: await context.signIn.isSetUp(),
      passkeyOrigin: context.passkeyPlace()?.origin ?? null,
    }),
  )
}

function setUpRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/setup/registration',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'What the first administrator signs with the key made in the browser',
        tags: ['sign-in'],
        body: z.strictObject({ secret, userName, displayName, keyId }),
        response: answers({ 200: z.object({ text: z.string() }) }, 400, 403, 409, 410),
      },
    },
    async ({ body }) => ({ text: await firstRegistration(context, body) }),
  )
  app.post(
    '/api/setup',
    {
      config: { right: 'public', perMinute: PER_MINUTE },
      schema: {
        summary: 'Make the first administrator, with the one-time link the terminal printed',
        tags: ['sign-in'],
        body: setUpSchema,
        response: answers({ 204: z.undefined().describe('Made: sign in.') }, 400, 403, 409, 410),
      },
    },
    async ({ body }, reply) => {
      requireStrength(body.password, body.userName, body.displayName)
      await signIn.setUp({
        linkDigest: digestOf(body.secret),
        userName: body.userName,
        passwordHash: await context.passwords.hash(body.password),
        login: await firstLogin(context, body),
      })
      return reply.code(204).send()
    },
  )
}

function linkRoutes(app: ApiServer, { signIn, passwords }: ServerContext): void {
  app.post(
    '/api/links/redeem',
    {
      config: { right: 'public', perMinute: PER_MINUTE },
      schema: {
        summary:
          'Set a password with a one-time link; ends every session of that login and removes its passkeys',
        tags: ['sign-in'],
        body: z.strictObject({ secret, userName, password }),
        response: answers({ 204: z.undefined().describe('Set: sign in.') }, 400, 403, 409, 410),
      },
    },
    async (request, reply) => {
      const { body } = request
      requireStrength(body.password, body.userName)
      const hash = await passwords.hash(body.password)
      await signIn.redeemLink(digestOf(body.secret), body.userName, hash)
      // Whoever keeps trying this name from elsewhere does not keep its owner out: this address is known now.
      const accountDigest = linkDigestOf(body.userName)
      await signIn.recordAttempt({ accountDigest, address: clientAddress(request.ip), succeeded: true })
      return reply.code(204).send()
    },
  )
}

/** The first registration: of a person made for it, by the login itself, with every right. */
async function firstRegistration(
  { signIn }: ServerContext,
  of: {
    readonly secret: string
    readonly userName: string
    readonly displayName: string
    readonly keyId: string
  },
): Promise<string> {
  const personId = await signIn.setUpPerson(digestOf(of.secret), of.displayName)
  return firstText(of, personId)
}

const firstText = (of: { readonly userName: string; readonly keyId: string }, personId: number): string =>
  registrationText({
    registrationNo: 1,
    previousDigest: NO_REGISTRATION,
    userName: of.userName,
    personId,
    active: true,
    mayApprove: true,
    mayAdminister: true,
    keyId: of.keyId,
    signedBy: of.userName,
    signerKeyId: of.keyId,
  })

/** The login as it was made and signed in the browser; null: one that is there already keeps its key. */
async function firstLogin(
  { signIn }: ServerContext,
  body: z.infer<typeof setUpSchema>,
): Promise<SetUp['login']> {
  if (body.login === null) return null
  const { sealedKey, signature } = body.login
  const { keyId, publicKey } = sealedKey
  if (sealedKey.user.toLowerCase() !== body.userName.toLowerCase())
    throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'the key is of another user name' })
  const personId = await signIn.setUpPerson(digestOf(body.secret), body.displayName)
  const text = firstText({ userName: body.userName, keyId }, personId)
  // The executor would never believe another one, and the store cannot tell.
  if (!verifyText(text, signature, publicKey))
    throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'the registration is not signed by that key' })
  return { personId, keyId, publicKey, sealedKey, registration: { text, signature } }
}

/** @param names what its owner is called. @throws DbmedicError DBM_PASSWORD_WEAK */
export function requireStrength(text: string, ...names: readonly string[]): void {
  const problem = weaknessOf(text, ...names)
  if (problem !== null) throw new DbmedicError('DBM_PASSWORD_WEAK', { problem })
}

/** Ends the cookie of a session that was ended. */
export function signedOut(reply: FastifyReply, context: ServerContext): FastifyReply {
  clearCookie(reply, context.panel)
  return reply.code(204).send()
}

async function endOf(identity: Identity, { signIn, panel }: ServerContext): Promise<string> {
  if (identity.token !== null) return identity.token.expiresAt
  const live =
    identity.session === null ? null : await signIn.session(identity.session.digest, panel.idleMinutes * 60)
  if (live === null) throw new DbmedicError('DBM_SIGNED_OUT')
  return live.session.expiresAt
}

async function view(
  context: ServerContext,
  identity: Identity,
  expiresAt: string,
): Promise<z.infer<typeof sessionSchema>> {
  const { person, memberships, token, session } = identity
  const workspaces = [...new Set(memberships.map((held) => held.workspaceId))]
  return {
    userName: person.userName,
    displayName: person.displayName,
    keyId: person.keyId,
    roles: workspaces.flatMap((workspaceId) =>
      rolesIn(identity, workspaceId).map((role) => ({
        workspaceId,
        role,
        rights: ROLE_RIGHTS[role].filter((right) => token === null || token.scopes.includes(right)),
      })),
    ),
    csrfToken: session?.csrfToken ?? null,
    expiresAt,
    idleMinutes: context.panel.idleMinutes,
    mustSetUp: await lacksFactor(context, identity),
  }
}
