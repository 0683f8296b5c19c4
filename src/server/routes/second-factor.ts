/** The second factor of a signed-in person: an authenticator app, and recovery codes for the day it is lost. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import {
  base32,
  codeAddress,
  newCodeSecret,
  newRecoveryCode,
  openSecret,
  plainRecoveryCode,
  sealSecret,
  stepOfCode,
} from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { SecondFactor } from '../../core/second-factors.ts'
import { type ApiServer, found, identityOf, type ServerContext } from '../context.ts'
import { proveCode, provePassword } from '../fresh-proof.ts'
import { FACTOR_PURPOSE, masterOf, recoveryDigest, TIME_BYTES } from '../proofs.ts'
import { removalByAdministrator } from '../removal-by-administrator.ts'
import { answers, json } from '../schemas/parts.ts'
import {
  code,
  draftFactorSchema,
  password,
  recoveryCodesSchema,
  secondFactorSchema,
} from '../schemas/people.ts'

/** A secret that was made is to be confirmed within this, ms. */
const CONFIRM_MS = 900_000
/** Recovery codes made at once. */
const CODES = 10
/** Where a person proves who they are, so often a minute and address. */
const PER_MINUTE = 10
const DONE = z.undefined()

/** Adds the routes. */
export function secondFactorRoutes(app: ApiServer, context: ServerContext): void {
  showFactor(app, context)
  draftFactor(app, context)
  confirmFactor(app, context)
  newCodes(app, context)
  removeOwn(app, context)
  removeOther(app, context)
}

function showFactor(app: ApiServer, { signIn }: ServerContext): void {
  app.get(
    '/api/second-factor',
    {
      config: { right: 'session', beforeFactor: true, noStore: true },
      schema: {
        summary: 'Your second factor: since when, and how many recovery codes are left',
        tags: ['account'],
        response: answers({ 200: secondFactorSchema }, 401, 403),
      },
    },
    async (request) => {
      const factor = await signIn.secondFactor(identityOf(request).person.userName)
      return factor === null
        ? { set: false, createdAt: null, codesLeft: 0 }
        : { set: true, createdAt: factor.createdAt, codesLeft: factor.codesLeft }
    },
  )
}

function draftFactor(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/second-factor/draft',
    {
      config: { right: 'session', beforeFactor: true, perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'A new secret for your authenticator app; it counts once a code of it was confirmed',
        tags: ['account'],
        body: z.strictObject({ password }),
        response: answers({ 200: draftFactorSchema }, 400, 401, 403, 409, 422, 429),
      },
    },
    async (request) => {
      const name = await provePassword(context, request, request.body.password)
      const secret = newCodeSecret()
      return {
        secret: base32(secret),
        address: codeAddress(secret, name, 'dbmedic'),
        sealed: sealSecret(masterOf(context), Buffer.concat([secret, timeBytes()]), {
          purpose: FACTOR_PURPOSE,
          userName: name,
        }),
      }
    },
  )
}

function confirmFactor(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.post(
    '/api/second-factor',
    {
      config: { right: 'session', beforeFactor: true, perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary:
          'Confirm the secret with a code of it; gives recovery codes, once, and signs other browsers out',
        tags: ['account'],
        body: z.strictObject({ sealed: json, code }),
        response: answers({ 201: recoveryCodesSchema }, 400, 401, 403, 409, 422),
      },
    },
    async (request, reply) => {
      const { person, session } = identityOf(request)
      const sealedSecret = request.body.sealed as Json
      const lastStep = confirmedStep(context, person.userName, { ...request.body, sealedSecret })
      const { codes, digests } = newRecoveryCodes(person.userName)
      await signIn.setSecondFactor({
        userName: person.userName,
        sealedSecret,
        lastStep,
        recoveryDigests: digests,
      })
      await signIn.endSessions(person.userName, { except: session?.digest ?? null }, person.userName)
      return reply.code(201).send({ recoveryCodes: codes })
    },
  )
}

/** The step of the code. @throws DbmedicError DBM_REQUEST_INVALID, DBM_PROOF_MISSING */
function confirmedStep(
  context: ServerContext,
  owner: string,
  given: { readonly sealedSecret: Json; readonly code: string },
): number {
  const bytes = openSecret(masterOf(context), given.sealedSecret, {
    purpose: FACTOR_PURPOSE,
    userName: owner,
  })
  const now = Date.now()
  const madeAt = bytes === null ? 0 : Number(bytes.readBigUInt64BE(bytes.length - TIME_BYTES))
  if (bytes === null || now - madeAt > CONFIRM_MS)
    throw new DbmedicError('DBM_REQUEST_INVALID', {
      problem: 'what is sealed is not of a secret made for you within the last 15 minutes',
    })
  const digits = given.code.replace(/\s/g, '')
  const step = stepOfCode(bytes.subarray(0, -TIME_BYTES), digits, { nowMs: now, lastStep: 0 })
  if (step === null)
    throw new DbmedicError('DBM_PROOF_MISSING', { problem: 'this is not the code the app shows now' })
  return step
}

function newCodes(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/second-factor/recovery-codes',
    {
      config: { right: 'session', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'New recovery codes, shown this once; those before count no more',
        tags: ['account'],
        body: z.strictObject({ password, code }),
        response: answers({ 201: recoveryCodesSchema }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const factor = await proveBoth(context, request, request.body)
      const { codes, digests } = newRecoveryCodes(factor.userName)
      await context.signIn.replaceRecoveryCodes(factor, digests)
      return reply.code(201).send({ recoveryCodes: codes })
    },
  )
}

function removeOwn(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/second-factor/remove',
    {
      config: { right: 'session', perMinute: PER_MINUTE },
      schema: {
        summary: 'Remove your second factor, with your password and a code of it or a recovery code',
        tags: ['account'],
        body: z.strictObject({ password, code }),
        response: answers({ 204: DONE.describe('Removed.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { userName: owner } = await proveBoth(context, request, request.body)
      await context.signIn.removeSecondFactor(owner, owner)
      return reply.code(204).send()
    },
  )
}

function removeOther(app: ApiServer, context: ServerContext): void {
  removalByAdministrator(app, context, {
    path: '/api/people/:userName/second-factor',
    summary: 'Remove the second factor of a person who lost it, and sign them out everywhere',
    what: 'second factor of',
    remove: (name, by) => context.signIn.removeSecondFactor(name, by),
  })
}

async function proveBoth(
  context: ServerContext,
  request: FastifyRequest,
  given: { readonly password: string; readonly code: string },
): Promise<SecondFactor> {
  const owner = await provePassword(context, request, given.password)
  const factor = found(await context.signIn.secondFactor(owner), 'second factor of', owner)
  await proveCode(context, request, { factor, code: given.code })
  return factor
}

function newRecoveryCodes(owner: string): { readonly codes: string[]; readonly digests: string[] } {
  const codes = Array.from({ length: CODES }, newRecoveryCode)
  return { codes, digests: codes.map((each) => recoveryDigest(owner, plainRecoveryCode(each) ?? '')) }
}

function timeBytes(): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES)
  bytes.writeBigUInt64BE(BigInt(Date.now()))
  return bytes
}
