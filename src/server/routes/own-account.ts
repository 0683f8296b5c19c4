/** What a signed-in person keeps for themselves: password, browsers, tokens, the sealed key. */
import { z } from 'zod'
import type { ApiToken } from '../../core/sign-in-port.ts'
import { type ApiServer, found, identityOf, rightMissing, type ServerContext } from '../context.ts'
import { proveAsAtSignIn } from '../fresh-proof.ts'
import { checkPassword } from '../proofs.ts'
import { holds } from '../rights.ts'
import { answers, digest, id, list, time } from '../schemas/parts.ts'
import { password, sealedKeySchema, sessionRowSchema } from '../schemas/people.ts'
import { newTokenSchema, tokenSchema } from '../schemas/tokens.ts'
import { digestOf, newSecret, TOKEN_PREFIX } from '../secrets.ts'
import { requireStrength, signedOut } from './sign-in.ts'

const NOTHING = z.undefined()

/** Adds the routes. */
export function ownAccountRoutes(app: ApiServer, context: ServerContext): void {
  browserRoutes(app, context)
  passwordRoutes(app, context)
  tokenRoutes(app, context)
}

function browserRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn, panel } = context
  app.get(
    '/api/sessions',
    {
      config: { right: 'session', noStore: true },
      schema: {
        summary: 'Your signed-in browsers',
        tags: ['account'],
        response: answers({ 200: z.object({ items: list(sessionRowSchema) }) }, 401, 403),
      },
    },
    async (request) => {
      const { person, session } = identityOf(request)
      const live = await signIn.sessionsOf(person.userName, panel.idleMinutes * 60)
      return {
        items: live.map((each) => ({ ...each, current: each.sessionDigest === session?.digest })),
      }
    },
  )
  app.delete(
    '/api/sessions',
    {
      config: { right: 'session' },
      schema: {
        summary: 'Sign out everywhere',
        tags: ['account'],
        response: answers({ 204: NOTHING.describe('Signed out.') }, 401, 403),
      },
    },
    async (request, reply) => {
      const { userName } = identityOf(request).person
      await signIn.endSessions(userName, { except: null }, userName)
      return signedOut(reply, context)
    },
  )
  app.delete(
    '/api/sessions/:sessionDigest',
    {
      config: { right: 'session' },
      schema: {
        summary: 'Sign one browser out',
        tags: ['account'],
        params: z.strictObject({ sessionDigest: digest.regex(/^[0-9a-f]{64}$/) }),
        response: answers({ 204: NOTHING.describe('Signed out.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      const { userName } = identityOf(request).person
      const which = { digest: request.params.sessionDigest }
      const ended = await signIn.endSessions(userName, which, userName)
      found(ended === 0 ? null : ended, 'session', which.digest)
      return reply.code(204).send()
    },
  )
}

function passwordRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn, passwords } = context
  app.put(
    '/api/password',
    {
      config: { right: 'session', perMinute: 10 },
      schema: {
        summary: 'Change your password; signs every other browser out',
        tags: ['account'],
        body: z.strictObject({ current: password, password }),
        response: answers({ 204: NOTHING.describe('Changed.') }, 400, 401, 403),
      },
    },
    async (request, reply) => {
      const { person, session } = identityOf(request)
      const { userName } = person
      // Counted as at sign-in: who has somebody's session may not guess the password here instead.
      await checkPassword(context, request, { userName, password: request.body.current })
      requireStrength(request.body.password, userName, person.displayName)
      await signIn.setPassword(userName, await passwords.hash(request.body.password), userName)
      await signIn.endSessions(userName, { except: session?.digest ?? null }, userName)
      return reply.code(204).send()
    },
  )
  app.get(
    '/api/keyring',
    {
      config: { right: 'session', noStore: true },
      schema: {
        summary: 'Your sealed signing key, for this browser to unlock',
        tags: ['account'],
        response: answers({ 200: sealedKeySchema }, 401, 403, 404),
      },
    },
    async (request) => {
      const { userName } = identityOf(request).person
      const sealed = found(await signIn.sealedKey(userName), 'sealed key of', userName)
      return sealedKeySchema.parse(sealed)
    },
  )
}

/** A token as it is sent. */
export const tokenView = ({ userName: _owner, ...token }: ApiToken): z.infer<typeof tokenSchema> => token

function tokenRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.get(
    '/api/tokens',
    {
      config: { right: 'session', noStore: true },
      schema: {
        summary: 'Your tokens',
        tags: ['account'],
        response: answers({ 200: z.object({ items: list(tokenSchema) }) }, 401, 403),
      },
    },
    async (request) => ({
      items: (await signIn.tokensOf(identityOf(request).person.userName)).map(tokenView),
    }),
  )
  newToken(app, context)
  app.delete(
    '/api/tokens/:tokenId',
    {
      config: { right: 'session' },
      schema: {
        summary: 'Revoke a token',
        tags: ['account'],
        params: z.strictObject({ tokenId: z.coerce.number().pipe(id) }),
        response: answers({ 204: NOTHING.describe('Revoked.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      const { userName } = identityOf(request).person
      const { tokenId } = request.params
      const own = (await signIn.tokensOf(userName)).some((each) => each.tokenId === tokenId)
      found(own && (await signIn.revokeToken(tokenId, userName)) ? true : null, 'token', tokenId)
      return reply.code(204).send()
    },
  )
}

function newToken(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/tokens',
    {
      config: { right: 'session', perMinute: 30, noStore: true },
      schema: {
        summary: 'Make a token, with a fresh proof; its secret is shown this once',
        tags: ['account'],
        body: newTokenSchema,
        response: answers(
          { 201: z.object({ tokenId: id, token: z.string(), expiresAt: time }) },
          400,
          401,
          403,
          409,
          429,
        ),
      },
    },
    async (request, reply) => {
      const identity = identityOf(request)
      const { workspace, tokenName, scopes, days, ...proof } = request.body
      const missing = scopes.find((scope) => !holds(identity, scope, workspace))
      if (missing !== undefined) throw rightMissing(identity, missing, workspace)
      await proveAsAtSignIn(context, request, proof)
      const token = `${TOKEN_PREFIX}${newSecret()}`
      const { userName } = identity.person
      const tokenId = await signIn.addToken({
        tokenDigest: digestOf(token),
        userName,
        workspaceId: workspace,
        tokenName,
        scopes: [...new Set(scopes)],
        lifetimeSeconds: days * 86_400 - 1,
      })
      const made = (await signIn.tokensOf(userName)).find((each) => each.tokenId === tokenId)
      return reply
        .code(201)
        .send({ tokenId, token, expiresAt: found(made ?? null, 'token', tokenId).expiresAt })
    },
  )
}
