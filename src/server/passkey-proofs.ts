/** Passkeys as proofs: where they are for, what a browser is asked to sign, and whether its answer is taken. */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { challengeOf, checkAnswer, type PasskeyAnswer, type PasskeyPlace } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { Challenge, Passkey, PasskeyProblem } from '../core/passkeys.ts'
import { clientAddress } from './client-address.ts'
import type { PanelConfig, ServerContext } from './context.ts'
import { countedFrom, LOCKOUT_SECONDS, PASSWORDS_MOST, recordAttempt } from './proofs.ts'
import { digestOf } from './secrets.ts'

/** A browser has so long to answer, seconds: Web Authentication asks for a time people can keep (15.1). */
export const CHALLENGE_SECONDS = 60
const CHALLENGE_BYTES = 32

/**
 * Where passkeys of this server are for, by its configuration alone; null: nowhere. Browsers give them to names under
 * https, and to localhost, never to an address in numbers (Web Authentication Level 3, 5.1.3).
 * @param bound where it listens; null: it does not yet
 */
export function passkeyPlace(panel: PanelConfig, bound: AddressInfo | string | null): PasskeyPlace | null {
  if (panel.publicUrl === null) {
    const port = typeof bound === 'object' && bound !== null ? bound.port : portOf(panel.listen)
    return { origin: `http://localhost:${port}`, rpId: 'localhost' }
  }
  const url = URL.parse(panel.publicUrl)
  if (url === null) return null
  const isName = !/^[\d.]+$|:/.test(url.hostname)
  const isTrusted = url.protocol === 'https:' || url.hostname === 'localhost'
  return isName && isTrusted ? { origin: url.origin, rpId: url.hostname } : null
}

const portOf = (listen: string): number => Number(listen.slice(listen.lastIndexOf(':') + 1))

/** @throws DbmedicError DBM_PASSKEYS_NOWHERE */
export function placeOf(context: ServerContext): PasskeyPlace {
  const place = context.passkeyPlace()
  if (place === null) throw new DbmedicError('DBM_PASSKEYS_NOWHERE')
  return place
}

/** Makes a challenge and keeps its digest: base64url, for one answer within a minute. */
export async function newChallenge(
  { signIn }: ServerContext,
  of: Omit<Challenge, 'challengeDigest'>,
): Promise<string> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url')
  await signIn.addChallenge({ ...of, challengeDigest: digestOf(challenge) }, CHALLENGE_SECONDS)
  return challenge
}

/** What was asked, taken out of use. @throws DbmedicError DBM_PASSKEY_REFUSED */
export async function takeChallenge(
  { signIn }: ServerContext,
  clientData: string,
  of: Pick<Challenge, 'purpose' | 'boundDigest'>,
): Promise<Challenge & { readonly challenge: string }> {
  const challenge = challengeOf(clientData)
  const taken =
    challenge === null ? null : await signIn.takeChallenge({ ...of, challengeDigest: digestOf(challenge) })
  if (challenge === null || taken === null)
    throw refused('it answers no question of this browser, or one of more than a minute ago')
  return { ...taken, challenge }
}

/** Which passkey may answer, and what. */
interface Wanted extends Pick<Challenge, 'purpose' | 'boundDigest'> {
  /** Null: of any login. */
  readonly userName: string | null
  /** Digest of the plan it is given for; null: for none. */
  readonly aboutDigest: string | null
}

/**
 * The passkey the answer is of; its counter is taken. Failures are counted, and those of a known passkey recorded.
 * @throws DbmedicError DBM_PASSKEY_REFUSED, DBM_SIGN_IN_LOCKED before a signature is looked at, DBM_PASSKEYS_NOWHERE
 */
export async function takeAnswer(
  context: ServerContext,
  request: FastifyRequest,
  { answer, wanted }: { readonly answer: PasskeyAnswer; readonly wanted: Wanted },
): Promise<Passkey> {
  const place = placeOf(context)
  const { challenge, aboutDigest } = await takeChallenge(context, answer.clientData, wanted)
  const passkey = await context.signIn.passkey(answer.credentialId)
  const count = await counting(context, request, passkey?.userName ?? '')
  if (passkey === null || !isOf(passkey, wanted)) {
    await count(false)
    throw refused(passkey === null ? 'it is not registered here, or was removed' : 'it is of another login')
  }
  const problem = await problemOf(context, answer, { place, challenge, passkey })
  await count(problem === null)
  if (problem !== null) {
    const { passkeyId, userName } = passkey
    const address = clientAddress(request.ip)
    await context.signIn.refusePasskey({ passkeyId, userName, problem, address })
    throw refused(WORDS[problem])
  }
  if (aboutDigest !== wanted.aboutDigest) throw refused('it was given for another plan')
  return passkey
}

/** Counts an attempt under a login's passkeys. @throws DbmedicError DBM_SIGN_IN_LOCKED */
async function counting(
  { signIn }: ServerContext,
  request: FastifyRequest,
  userName: string,
): Promise<(succeeded: boolean) => Promise<void>> {
  const from = countedFrom(request, userName, `passkey ${userName.toLowerCase()}`)
  const failures = await signIn.failures(from, LOCKOUT_SECONDS)
  if (failures.pair >= PASSWORDS_MOST.pair || failures.address >= PASSWORDS_MOST.address)
    throw new DbmedicError('DBM_SIGN_IN_LOCKED', { seconds: LOCKOUT_SECONDS })
  return (succeeded) => recordAttempt(signIn, from, succeeded)
}

/** Takes the counter of an answer that is right; null: it was taken. Of two answers at once one is newer. */
async function problemOf(
  { signIn }: ServerContext,
  answer: PasskeyAnswer,
  of: { readonly place: PasskeyPlace; readonly challenge: string; readonly passkey: Passkey },
): Promise<PasskeyProblem | null> {
  const checked = checkAnswer(answer, of)
  if ('problem' in checked) return checked.problem
  return (await signIn.usePasskey(of.passkey.passkeyId, checked.signCount)) ? null : 'COUNTER'
}

const isOf = (passkey: Passkey, { userName }: Wanted): boolean =>
  userName === null || passkey.userName.toLowerCase() === userName.toLowerCase()

/** Why, for who used it. */
export const WORDS: Readonly<Record<PasskeyProblem, string>> = {
  COUNTER: 'its counter went back, so there may be a copy of it',
  SIGNATURE: 'its signature is not right',
  OTHER_LOGIN: 'it is kept for another login',
  NOT_VERIFIED: 'it did not ask for a finger, a face or a PIN',
  OTHER_PLACE: 'it was used at another address than this server’s',
  MALFORMED: 'it is no answer of a browser to this question',
}

/** The refusal. */
export const refused = (problem: string): DbmedicError => new DbmedicError('DBM_PASSKEY_REFUSED', { problem })
