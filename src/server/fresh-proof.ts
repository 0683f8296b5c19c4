/** A fresh proof of a signed-in person: the password and a code of the second factor, or a passkey. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { DbmedicError } from '../core/errors.ts'
import type { SecondFactor } from '../core/second-factors.ts'
import { identityOf, type ServerContext } from './context.ts'
import { takeAnswer } from './passkey-proofs.ts'
import { checkPassword, takeCode } from './proofs.ts'
import type { passkeyAnswer } from './schemas/passkeys.ts'

/** What came as a proof. */
export interface FreshProof {
  readonly password?: string | undefined
  readonly code?: string | undefined
  readonly passkey?: z.infer<typeof passkeyAnswer> | undefined
}

/** The signed-in person, with the password of now. @throws DbmedicError DBM_PROOF_MISSING, DBM_SIGN_IN_LOCKED */
export async function provePassword(
  context: ServerContext,
  request: FastifyRequest,
  password: string,
): Promise<string> {
  const { userName } = identityOf(request).person
  try {
    return (await checkPassword(context, request, { userName, password })).userName
  } catch (error) {
    throw proofMissing(error, 'DBM_SIGN_IN_FAILED', 'this is not your password')
  }
}

/**
 * A passkey of the signed-in person, used just now.
 * @param about digest of the plan it is given for; null: for none
 * @throws DbmedicError DBM_PROOF_MISSING, DBM_SIGN_IN_LOCKED, DBM_PASSKEYS_NOWHERE
 */
export async function provePasskey(
  context: ServerContext,
  request: FastifyRequest,
  of: { readonly answer: z.infer<typeof passkeyAnswer>; readonly about: string | null },
): Promise<void> {
  const { person, session } = identityOf(request)
  const wanted = {
    purpose: 'PROVE',
    boundDigest: session?.digest ?? '',
    userName: person.userName,
    aboutDigest: of.about,
  } as const
  try {
    await takeAnswer(context, request, { answer: of.answer, wanted })
  } catch (error) {
    throw proofMissing(error, 'DBM_PASSKEY_REFUSED', error instanceof Error ? error.message : '')
  }
}

/**
 * A passkey; or the password, and a code or recovery code where a second factor is set: what is asked of who signs in.
 * @throws DbmedicError DBM_PROOF_MISSING, DBM_SIGN_IN_LOCKED, DBM_PASSKEYS_NOWHERE
 */
export async function proveAsAtSignIn(
  context: ServerContext,
  request: FastifyRequest,
  { password, code, passkey }: FreshProof,
): Promise<void> {
  if (passkey !== undefined) return provePasskey(context, request, { answer: passkey, about: null })
  if (password === undefined) throw missing('no password came')
  const owner = await provePassword(context, request, password)
  const factor = await context.signIn.secondFactor(owner)
  if (factor === null) return
  if (code === undefined) throw missing('a second factor is set, and no code of it came')
  await proveCode(context, request, { factor, code })
}

/** A code of a second factor, or a recovery code; each is taken once. @throws DbmedicError DBM_PROOF_MISSING, DBM_SIGN_IN_LOCKED */
export async function proveCode(
  context: ServerContext,
  request: FastifyRequest,
  given: { readonly factor: SecondFactor; readonly code: string },
): Promise<void> {
  if (!(await takeCode(context, request, { ...given, recovery: true })))
    throw missing('this code is wrong, or was taken already')
}

const missing = (problem: string): DbmedicError => new DbmedicError('DBM_PROOF_MISSING', { problem })

const proofMissing = (error: unknown, code: string, problem: string): unknown =>
  error instanceof DbmedicError && error.code === code ? missing(problem) : error
