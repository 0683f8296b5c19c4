/** Signing in with a passkey alone: it is something the person has, and asks them for a finger, a face or a PIN. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import { isSecure } from '../authenticate.ts'
import type { ApiServer, PanelConfig, ServerContext } from '../context.ts'
import { CHALLENGE_SECONDS, newChallenge, placeOf, refused, takeAnswer } from '../passkey-proofs.ts'
import { answers } from '../schemas/parts.ts'
import { challengeSchema, passkeyAnswer } from '../schemas/passkeys.ts'
import { sessionSchema, userName } from '../schemas/people.ts'
import { digestOf, newSecret } from '../secrets.ts'
import { beginSession } from './sign-in.ts'

/** What nobody is signed in for yet may be asked so often, a minute and address. */
const PER_MINUTE = 30

/** Adds the routes. */
export function passkeySignInRoutes(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/session/passkey/challenge',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'What your browser is to sign under a passkey to sign in',
        tags: ['sign-in'],
        response: answers({ 200: challengeSchema }, 400, 403, 409),
      },
    },
    async (_request, reply) => {
      const { rpId } = placeOf(context)
      const secret = newSecret()
      const challenge = await newChallenge(context, {
        purpose: 'SIGN_IN',
        userName: null,
        boundDigest: digestOf(secret),
        aboutDigest: null,
        userHandle: null,
      })
      keepAsked(reply, context.panel, secret)
      return { challenge, rpId, allowed: [] }
    },
  )
  enter(app, context)
}

function enter(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/session/passkey',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'Sign in with a passkey; no password and no code is asked for',
        tags: ['sign-in'],
        body: z.strictObject({
          passkey: passkeyAnswer,
          userName: userName
            .nullable()
            .default(null)
            .meta({ description: 'Only if the passkey is of this login; null: of any.' }),
        }),
        response: answers({ 201: sessionSchema }, 400, 401, 403, 409, 429),
      },
    },
    async (request, reply) => {
      const secret = request.cookies[askedCookie(context.panel)] ?? ''
      if (secret === '') throw refused('this browser was not asked for one')
      const { userName: owner } = await takeAnswer(context, request, {
        answer: request.body.passkey,
        wanted: {
          purpose: 'SIGN_IN',
          boundDigest: digestOf(secret),
          userName: request.body.userName,
          aboutDigest: null,
        },
      })
      await requireActive(context, owner)
      return beginSession(context, { request, reply }, owner)
    },
  )
}

/** @throws DbmedicError DBM_SIGN_IN_FAILED for a login that is shut out */
async function requireActive({ serve }: ServerContext, owner: string): Promise<void> {
  const people = await serve.read.people()
  const person = people.find((each) => each.userName.toLowerCase() === owner.toLowerCase())
  if (person?.active !== true) throw new DbmedicError('DBM_SIGN_IN_FAILED')
}

/** Names the browser that was asked; the session is made only when it has answered. */
const askedCookie = (panel: PanelConfig): string =>
  isSecure(panel) ? '__Host-dbmedic_asked' : 'dbmedic_asked'

function keepAsked(reply: FastifyReply, panel: PanelConfig, secret: string): void {
  reply.setCookie(askedCookie(panel), secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure(panel),
    maxAge: CHALLENGE_SECONDS,
  })
}
