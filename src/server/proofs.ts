/** Proofs that somebody is who they say: password, code of an authenticator app, recovery code. Failures are counted. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { openSecret, plainRecoveryCode, serverSecret, stepOfCode } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { Person } from '../core/people.ts'
import type { SecondFactor } from '../core/second-factors.ts'
import { clientAddress } from './client-address.ts'
import type { ServerContext } from './context.ts'
import { userName } from './schemas/people.ts'
import { digestOf } from './secrets.ts'

/** Failures are counted this long, seconds. */
export const LOCKOUT_SECONDS = 900
const DAY_SECONDS = 86_400
/** Wrong passwords of one name from one address; from one address; of one name from addresses it never used. */
export const PASSWORDS_MOST = { pair: 5, address: 30, account: 50 } as const
/**
 * Wrong codes, which only somebody with the password can send: of one name from one address in a quarter of an hour and
 * in a day, and of one name in a day from addresses it never used. Of a million codes three are right at a time.
 */
const CODES_MOST = { pair: 5, pairDay: 30, accountDay: 50 } as const

/** What the secret of a second factor is sealed for. */
export const FACTOR_PURPOSE = 'second-factor'

/** What no login can be called. A server does not even compare logins, which are ASCII, with other letters. */
const NOBODY = '-'

/** Whose failures are counted, and from where. */
type CountedFrom = Parameters<ServerContext['signIn']['failures']>[0]

/** An address where a login redeemed a link counts as known, as one it signed in from. */
export const linkDigestOf = (userName: string): string => digestOf(`link ${userName.toLowerCase()}`)

/**
 * The login the password belongs to.
 * @throws DbmedicError DBM_SIGN_IN_LOCKED before anything is compared, DBM_SIGN_IN_FAILED
 */
export async function checkPassword(
  { signIn, passwords, serve }: ServerContext,
  request: FastifyRequest,
  given: { readonly userName: string; readonly password: string },
): Promise<Person> {
  const login = z.safeParse(userName, given.userName).success ? given.userName : NOBODY
  const from = countedFrom(request, login, given.userName.toLowerCase())
  const failures = await signIn.failures(from, LOCKOUT_SECONDS)
  const locked =
    failures.pair >= PASSWORDS_MOST.pair ||
    failures.address >= PASSWORDS_MOST.address ||
    (failures.account >= PASSWORDS_MOST.account && !failures.knownAddress)
  if (locked) throw new DbmedicError('DBM_SIGN_IN_LOCKED', { seconds: LOCKOUT_SECONDS })
  const hash = await signIn.passwordHash(login)
  const matches = await passwords.matches(hash, given.password)
  const people = matches ? await serve.read.people() : []
  const person = people.find((each) => each.userName.toLowerCase() === login.toLowerCase())
  const succeeded = matches && person?.active === true
  await recordAttempt(signIn, from, succeeded)
  if (!succeeded || person === undefined) throw new DbmedicError('DBM_SIGN_IN_FAILED')
  return person
}

/**
 * Takes the code of a login that has a second factor; of one that has none it asks for nothing.
 * @throws DbmedicError DBM_SECOND_FACTOR, DBM_SIGN_IN_LOCKED
 */
export async function checkSecondFactor(
  context: ServerContext,
  request: FastifyRequest,
  given: { readonly userName: string; readonly code: string | undefined },
): Promise<void> {
  const factor = await context.signIn.secondFactor(given.userName)
  if (factor === null) return
  const { code } = given
  if (code === undefined) throw new DbmedicError('DBM_SECOND_FACTOR', { problem: 'none came' })
  if (!(await takeCode(context, request, { factor, code, recovery: true })))
    throw new DbmedicError('DBM_SECOND_FACTOR', { problem: 'this one is wrong, or was taken already' })
}

/**
 * Is this a code of the factor, taken with this? A recovery code counts where it is allowed to.
 * @throws DbmedicError DBM_SIGN_IN_LOCKED before anything is compared, DBM_SERVER_SECRET
 */
export function takeCode(
  context: ServerContext,
  request: FastifyRequest,
  given: GivenCode,
): Promise<boolean> {
  const login = given.factor.userName.toLowerCase()
  return context.codesInTurn.run(login, () => takeNext(context, request, given))
}

interface GivenCode {
  readonly factor: SecondFactor
  readonly code: string
  readonly recovery: boolean
}

async function takeNext(context: ServerContext, request: FastifyRequest, given: GivenCode): Promise<boolean> {
  const { signIn } = context
  const { factor, code, recovery } = given
  const from = countedFrom(request, factor.userName, `second-factor ${factor.userName.toLowerCase()}`)
  const lately = await signIn.failures(from, LOCKOUT_SECONDS)
  const today = await signIn.failures(from, DAY_SECONDS)
  const locked =
    lately.pair >= CODES_MOST.pair ||
    today.pair >= CODES_MOST.pairDay ||
    (today.account >= CODES_MOST.accountDay && !today.knownAddress)
  if (locked) throw new DbmedicError('DBM_SIGN_IN_LOCKED', { seconds: LOCKOUT_SECONDS })
  const digits = code.replace(/\s/g, '')
  const taken = /^\d{6}$/.test(digits)
    ? await takeDigits(context, factor, digits)
    : recovery && (await takeRecoveryCode(context, factor, code))
  await recordAttempt(signIn, from, taken)
  return taken
}

async function takeDigits(context: ServerContext, factor: SecondFactor, digits: string): Promise<boolean> {
  const { userName, sealedSecret, lastStep, factorId } = factor
  const secret = openSecret(masterOf(context), sealedSecret, { purpose: FACTOR_PURPOSE, userName })
  if (secret === null)
    throw new DbmedicError('DBM_SERVER_SECRET', {
      problem: 'this second factor was sealed under another one',
    })
  const step = stepOfCode(secret.subarray(0, -TIME_BYTES), digits, { nowMs: Date.now(), lastStep })
  return step !== null && context.signIn.takeStep(factorId, step)
}

async function takeRecoveryCode(
  { signIn }: ServerContext,
  { factorId, userName }: SecondFactor,
  code: string,
): Promise<boolean> {
  const plain = plainRecoveryCode(code)
  return plain !== null && signIn.useRecoveryCode(factorId, recoveryDigest(userName, plain))
}

/** After the secret stands when it was made, ms since 1970, as 8 bytes. */
export const TIME_BYTES = 8

/** What the store keeps of a recovery code: 120 random bits need no slow hash. */
export const recoveryDigest = (userName: string, plain: string): string =>
  digestOf(`recovery ${userName.toLowerCase()} ${plain}`)

/** @throws DbmedicError DBM_SERVER_SECRET, DBM_SECRET_MISSING */
export const masterOf = ({ panel, installation }: ServerContext): Buffer =>
  serverSecret({ panel, store: installation.config.store })

/** Whose failures count, and from where. @param account what they are counted under */
export const countedFrom = (request: FastifyRequest, userName: string, account: string): CountedFrom => ({
  userName,
  accountDigest: digestOf(account),
  linkDigest: linkDigestOf(userName),
  address: clientAddress(request.ip),
})

/** Counts an attempt. */
export const recordAttempt = (
  signIn: ServerContext['signIn'],
  { accountDigest, address }: CountedFrom,
  succeeded: boolean,
): Promise<void> => signIn.recordAttempt({ accountDigest, address, succeeded })
