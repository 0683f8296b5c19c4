/** Passkeys of a signed-in person: made, listed, removed; and what is asked of them as a fresh proof. */
import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readPasskey } from '../../app/index.ts'
import type { Passkey } from '../../core/passkeys.ts'
import { type ApiServer, found, identityOf, type ServerContext } from '../context.ts'
import { proveAsAtSignIn } from '../fresh-proof.ts'
import { newChallenge, placeOf, refused, takeChallenge, WORDS } from '../passkey-proofs.ts'
import { removalByAdministrator } from '../removal-by-administrator.ts'
import { lacksFactor } from '../required-factor.ts'
import { answers, digest, id } from '../schemas/parts.ts'
import {
  challengeSchema,
  freshProofSchema,
  madePasskeySchema,
  newChallengeSchema,
  passkeySchema,
  passkeysSchema,
  renamedPasskeySchema,
} from '../schemas/passkeys.ts'

/** Where a person proves who they are, so often a minute and address. */
const PER_MINUTE = 10
const HANDLE_BYTES = 32
/** COSE numbers of EdDSA, ES256 and RS256 (IANA COSE Algorithms). */
const ALGORITHMS = [-8, -7, -257]
const DONE = z.undefined()

/** Adds the routes. */
export function passkeyRoutes(app: ApiServer, context: ServerContext): void {
  listPasskeys(app, context)
  draftPasskey(app, context)
  addPasskey(app, context)
  askForProof(app, context)
  renameOwn(app, context)
  removeOwn(app, context)
  removeOther(app, context)
}

function listPasskeys(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/passkeys',
    {
      config: { right: 'session', beforeFactor: true, noStore: true },
      schema: {
        summary: 'Your passkeys, and the address at which they can be used',
        tags: ['account'],
        response: answers({ 200: passkeysSchema }, 401, 403),
      },
    },
    async (request) => ({
      origin: context.passkeyPlace()?.origin ?? null,
      items: (await context.signIn.passkeysOf(identityOf(request).person.userName)).map(passkeyView),
    }),
  )
}

function draftPasskey(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/passkeys/draft',
    {
      config: { right: 'session', beforeFactor: true, perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'What your browser is to make a passkey from, with a fresh proof that it is you',
        tags: ['account'],
        body: freshProofSchema,
        response: answers({ 200: newChallengeSchema }, 400, 401, 403, 409, 429),
      },
    },
    async (request) => {
      const { rpId } = placeOf(context)
      await proveAsAtSignIn(context, request, request.body)
      const { person } = identityOf(request)
      const own = await signIn.passkeysOf(person.userName)
      // All passkeys of a login keep the same, so that an authenticator knows them as one login's.
      const userHandle = own[0]?.userHandle ?? randomBytes(HANDLE_BYTES).toString('hex')
      return {
        challenge: await newChallenge(context, { ...boundTo(request), purpose: 'REGISTER', userHandle }),
        rpId,
        userHandle: Buffer.from(userHandle, 'hex').toString('base64url'),
        userName: person.userName,
        displayName: person.displayName,
        algorithms: ALGORITHMS,
        excluded: own.map((each) => each.credentialId),
      }
    },
  )
}

function addPasskey(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/passkeys',
    {
      config: { right: 'session', beforeFactor: true, perMinute: PER_MINUTE },
      schema: {
        summary: 'Register the passkey your browser made',
        tags: ['account'],
        body: madePasskeySchema,
        response: answers({ 201: passkeySchema }, 400, 401, 403, 409),
      },
    },
    async (request, reply) => {
      const { passkeyName, ...made } = request.body
      const { person, session } = identityOf(request)
      const place = placeOf(context)
      const { boundDigest } = boundTo(request)
      const asked = await takeChallenge(context, made.clientData, { purpose: 'REGISTER', boundDigest })
      const read = readPasskey(made, { place, challenge: asked.challenge })
      if ('problem' in read) throw refused(WORDS[read.problem])
      const isFirst = await lacksFactor(context, identityOf(request))
      const passkeyId = await signIn.addPasskey({
        ...read,
        userName: person.userName,
        passkeyName,
        userHandle: found(asked.userHandle, 'challenge of', person.userName),
      })
      // Sessions that a password alone began elsewhere would be as good as this one from now on.
      if (isFirst)
        await signIn.endSessions(person.userName, { except: session?.digest ?? null }, person.userName)
      const own = await signIn.passkeysOf(person.userName)
      const stored = own.find((each) => each.passkeyId === passkeyId) ?? null
      return reply.code(201).send(passkeyView(found(stored, 'passkey', passkeyId)))
    },
  )
}

function askForProof(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/passkeys/challenge',
    {
      config: { right: 'session', perMinute: 60, noStore: true },
      schema: {
        summary: 'What your browser is to sign under one of your passkeys, as a fresh proof that it is you',
        tags: ['account'],
        body: z.strictObject({
          planDigest: digest
            .regex(/^[0-9a-f]{64}$/)
            .nullable()
            .default(null)
            .meta({ description: 'Of the plan a vote is about: the answer counts for no other.' }),
        }),
        response: answers({ 200: challengeSchema }, 400, 401, 403, 404, 409),
      },
    },
    async (request) => {
      const { rpId } = placeOf(context)
      const { userName: owner } = identityOf(request).person
      const own = await context.signIn.passkeysOf(owner)
      found(own[0] ?? null, 'passkey of', owner)
      const aboutDigest = request.body.planDigest
      const of = { ...boundTo(request), purpose: 'PROVE', aboutDigest } as const
      return {
        challenge: await newChallenge(context, of),
        rpId,
        allowed: own.map((each) => each.credentialId),
      }
    },
  )
}

function renameOwn(app: ApiServer, context: ServerContext): void {
  app.put(
    '/api/passkeys/:passkeyId/name',
    {
      config: { right: 'session', perMinute: PER_MINUTE },
      schema: {
        summary: 'Give a passkey of yours another name, with a fresh proof',
        tags: ['account'],
        params: z.strictObject({ passkeyId: z.coerce.number().pipe(id) }),
        body: renamedPasskeySchema,
        response: answers({ 204: DONE.describe('Named.') }, 400, 401, 403, 404, 409, 429),
      },
    },
    async (request, reply) => {
      const { passkeyName, ...proof } = request.body
      await proveAsAtSignIn(context, request, proof)
      const { passkeyId } = request.params
      const { userName } = identityOf(request).person
      const isNamed = await context.signIn.namePasskey({ passkeyId, userName, passkeyName })
      found(isNamed ? passkeyId : null, 'passkey', passkeyId)
      return reply.code(204).send()
    },
  )
}

function removeOwn(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/passkeys/:passkeyId/remove',
    {
      config: { right: 'session', perMinute: PER_MINUTE },
      schema: {
        summary: 'Remove a passkey of yours, with a fresh proof; signs every other browser out',
        tags: ['account'],
        params: z.strictObject({ passkeyId: z.coerce.number().pipe(id) }),
        body: freshProofSchema,
        response: answers({ 204: DONE.describe('Removed.') }, 400, 401, 403, 404, 409, 429),
      },
    },
    async (request, reply) => {
      await proveAsAtSignIn(context, request, request.body)
      const { person, session } = identityOf(request)
      const { passkeyId } = request.params
      const removed = await signIn.removePasskeys(person.userName, { passkeyId }, person.userName)
      found(removed === 0 ? null : removed, 'passkey', passkeyId)
      await signIn.endSessions(person.userName, { except: session?.digest ?? null }, person.userName)
      return reply.code(204).send()
    },
  )
}

function removeOther(app: ApiServer, context: ServerContext): void {
  removalByAdministrator(app, context, {
    path: '/api/people/:userName/passkeys',
    summary: 'Remove all passkeys of a person who lost them, and sign them out everywhere',
    what: 'passkeys of',
    remove: async (name, by) => (await context.signIn.removePasskeys(name, 'all', by)) > 0,
  })
}

/** A challenge of the signed-in person in this browser. */
function boundTo(request: FastifyRequest) {
  const { person, session } = identityOf(request)
  return {
    userName: person.userName,
    boundDigest: session?.digest ?? '',
    aboutDigest: null,
    userHandle: null,
  }
}

const passkeyView = (passkey: Passkey): z.infer<typeof passkeySchema> => {
  const { passkeyId, passkeyName, algorithm, isSyncable, createdAt, lastUsedAt, refusals } = passkey
  return { passkeyId, passkeyName, algorithm, isSyncable, createdAt, lastUsedAt, refusals }
}
