/** People at a door: making a key, voting, granting ahead, stopping. Each needs the person's own passphrase. */
import {
  createKey,
  mayUse,
  readPublicHalf,
  signGrant,
  signText,
  signVote,
  unlockKey,
  verifyText,
  whyNotApprove,
} from '../access/index.ts'
import { grantText, type UnsignedVote, voteText } from '../core/consent.ts'
import { DbmedicError, type Refusal, refusal } from '../core/errors.ts'
import type { Approval, Decision, NewApproval } from '../core/nouns.ts'
import type { NewStandingApproval, Person, RegistrationSigner, ServePort } from '../core/store-ports.ts'
import { toMs, type UtcTime } from '../core/time.ts'
import type { ApprovalStatus } from '../core/vocabulary.ts'
import { type Ballot, castVote, draftVote, type VoteSubject } from '../pipeline/approve/index.ts'
import { actionOf } from './catalogue.ts'
import type { Config } from './config/schema.ts'

export { mayUse } from '../access/index.ts'
export { undoOffered } from '../pipeline/approve/index.ts'

/** A person at a terminal or a script acting as one. */
export interface Identified {
  readonly userName: string
  readonly passphrase: string
}

const place = (config: Config, userName: string) =>
  config.keyring === null ? { userName } : { userName, folder: config.keyring }

/**
 * Makes a person's key and registers its public half, signed by the administrator (the first one signs for itself). A key file that is there already is registered, not replaced,
 * if the passphrase opens it: its public half alone says nothing of whose it is.
 * @throws DbmedicError DBM_KEY_LOCKED and what the store refuses.
 */
export async function addPerson(
  config: Config,
  port: ServePort,
  person: Identified & {
    readonly displayName: string
    readonly personOf: string | null
    readonly mayApprove: boolean
    readonly mayAdminister: boolean
    /** The administrator who adds them and signs for them; absent only while there is none. */
    readonly by?: Identified
  },
): Promise<{ readonly keyId: string; readonly made: boolean }> {
  const half = await keyOf(config, person)
  await port.addUser({
    userName: person.userName,
    displayName: person.displayName,
    personOf: person.personOf,
    mayApprove: person.mayApprove,
    mayAdminister: person.mayAdminister,
    keyId: half.keyId,
    publicKey: half.publicKey,
    signer: await registrationSigner(config, person.by ?? person),
  })
  return { keyId: half.keyId, made: half.made }
}

/**
 * The public half of the person's key in the keyring, made if there is none. One that is there is taken only if the
 * passphrase opens it.
 * @throws DbmedicError DBM_KEY_LOCKED, DBM_KEY_PASSPHRASE and the like
 */
export async function keyOf(
  config: Config,
  { userName, passphrase, displayName }: Identified & { readonly displayName?: string },
): Promise<{ readonly keyId: string; readonly publicKey: string; readonly made: boolean }> {
  const at = place(config, userName)
  try {
    const { keyId, publicKey } = await createKey(at, passphrase, displayName ?? userName)
    return { keyId, publicKey, made: true }
  } catch (error) {
    if (!(error instanceof DbmedicError) || error.code !== 'DBM_KEY_EXISTS') throw error
    await unlockKey(at, passphrase)
    const { keyId, publicKey } = readPublicHalf(at)
    return { keyId, publicKey, made: false }
  }
}

/** Whoever signs registrations with the key in the keyring. @throws DbmedicError DBM_KEY_LOCKED and the like. */
export async function registrationSigner(config: Config, person: Identified): Promise<RegistrationSigner> {
  const key = await unlockKey(place(config, person.userName), person.passphrase)
  return { userName: key.userName, keyId: key.keyId, sign: (text) => signText(text, key.seed) }
}

/** Id of the key in this machine's keyring. @throws DbmedicError DBM_KEY_MISSING, DBM_KEY_FILE */
export const keyIdInKeyring = (config: Config, userName: string): string =>
  readPublicHalf(place(config, userName)).keyId

/** The registered person of this name. @throws DbmedicError DBM_USER_UNKNOWN */
export async function personNamed(port: ServePort, userName: string): Promise<Person> {
  const people = await port.read.people()
  const person = people.find((p) => p.userName.toLowerCase() === userName.toLowerCase())
  if (person === undefined) throw new DbmedicError('DBM_USER_UNKNOWN', { user: userName })
  return person
}

/**
 * A person's vote on a decision: checked, signed with their key, stored. Gives the approval's id and what the
 * vote became (HIGH risk: the first is conditional), or why it was not taken: no right to it, a vote before it, a plan
 * that does not wait for one.
 */
export async function vote(
  config: Config,
  port: ServePort,
  input: { readonly decision: Decision; readonly ballot: Ballot; readonly person: Identified },
): Promise<{ readonly approvalId: number; readonly vote: NewApproval } | Refusal> {
  const { decision, ballot } = input
  const admitted = await admit(port, { decision, ballot, userName: input.person.userName })
  if ('refused' in admitted) return admitted
  const { person, subject } = admitted
  const key = await unlockKey(place(config, person.userName), input.person.passphrase)
  const cast = castVote(subject, ballot, {
    userName: person.userName,
    keyId: key.keyId,
    authenticationMethod: 'key',
    sign: (v) => signVote(v, key),
  })
  if ('refused' in cast) return cast
  return { approvalId: await port.insertApproval(cast), vote: cast }
}

/** Who votes on what. */
interface Asked {
  readonly decision: Decision
  readonly ballot: Ballot
  readonly userName: string
}

/** The voter and what the vote is made from, or why this person's vote would not be taken. */
async function admit(
  port: ServePort,
  { decision, ballot, userName }: Asked,
): Promise<{ readonly person: Person; readonly subject: VoteSubject } | Refusal> {
  const people = await port.read.people()
  const person = await personNamed(port, userName)
  const against = ballot.decline ? null : whyNotApprove(person, decision, people)
  if (against !== null) return refusal('DBM_VOTE_INVALID', { problem: against })
  const votes = await port.read.approvals(decision.decisionId)
  const again = votedAlready(person, { decision, votes, people, decline: ballot.decline })
  if (again !== null) return again
  const row = (await port.read.actions()).find((a) => a.actionId === decision.recommendedActionId)
  const bindsConnection = row === undefined ? true : (actionOf(row.actionName)?.bindsConnection ?? true)
  return { person, subject: { decision, bindsConnection, votes, now: await port.read.now() } }
}

/** A vote that is signed somewhere else, where the key is: what is to be signed, or why there can be no vote. */
export async function voteToSign(
  port: ServePort,
  asked: Asked & { readonly authenticationMethod: string },
): Promise<UnsignedVote | Refusal> {
  const admitted = await admit(port, asked)
  if ('refused' in admitted) return admitted
  const { userName, keyId } = admitted.person
  if (keyId === null) return refusal('DBM_VOTE_INVALID', { problem: `${userName} has no registered key` })
  const { authenticationMethod } = asked
  return draftVote(admitted.subject, asked.ballot, { userName, keyId, authenticationMethod })
}

/** What was signed elsewhere beside the ballot. */
export interface SignedElsewhere {
  readonly approvalStatus: ApprovalStatus
  readonly expiresAt: UtcTime
  /** Base64 Ed25519 signature of the vote's text. */
  readonly signature: string
}

/**
 * Stores a vote that was signed elsewhere. It may hold less long than it could, and must otherwise be the vote this
 * program would have had signed now, by the voter's registered key.
 */
export async function storeSignedVote(
  port: ServePort,
  asked: Asked & { readonly authenticationMethod: string; readonly signed: SignedElsewhere },
): Promise<{ readonly approvalId: number; readonly vote: NewApproval } | Refusal> {
  const { signed } = asked
  const wanted = await voteToSign(port, asked)
  if ('refused' in wanted) return wanted
  const refuse = (problem: string): Refusal => refusal('DBM_VOTE_INVALID', { problem })
  if (signed.approvalStatus !== wanted.approvalStatus)
    return refuse(`what was signed is ${signed.approvalStatus}, and it would be ${wanted.approvalStatus} now`)
  if (
    toMs(signed.expiresAt) > toMs(wanted.expiresAt) ||
    toMs(signed.expiresAt) <= toMs(await port.read.now())
  )
    return refuse(`it may hold until ${wanted.expiresAt} at most, and not end before it begins`)
  const vote = { ...wanted, expiresAt: signed.expiresAt }
  const { publicKey } = await personNamed(port, asked.userName)
  if (publicKey === null || !verifyText(voteText(vote), signed.signature, publicKey))
    return refuse(`it is not signed by the registered key of ${wanted.adminUserId}`)
  const whole = { ...vote, signature: signed.signature }
  return { approvalId: await port.insertApproval(whole), vote: whole }
}

/** What a second vote of one person is judged from. */
interface SecondVote {
  readonly decision: Decision
  readonly votes: readonly Approval[]
  readonly people: readonly Person[]
  readonly decline: boolean
}

/** Refuses a second vote of one person, whichever login it is under, as the store would (GOV-036); null: it is the first. */
function votedAlready(person: Person, about: SecondVote): Refusal | null {
  const { decision, votes, people, decline } = about
  if (decision.decisionStatus !== 'PENDING_APPROVAL') return null
  const logins = people.filter((p) => p.personId === person.personId).map((p) => p.userName.toLowerCase())
  const before = votes.find((each) => logins.includes(each.adminUserId.toLowerCase()))
  if (before === undefined) return null
  const { decisionId } = decision
  const toProceed = decline
    ? `Another person can decline it, or end it yourself: dbmedic cancel ${decisionId} --reason WHY --as ${person.userName}`
    : `Another person must approve it: dbmedic approve ${decisionId} --as NAME`
  const problem = `you voted on decision ${decisionId} already, as ${before.adminUserId} (${before.approvalStatus}), and each person votes once`
  return { ...refusal('DBM_VOTE_INVALID', { problem }), toProceed }
}

/** A person's grant for LOW-risk decisions, signed and stored. */
export async function grantStanding(
  config: Config,
  port: ServePort,
  input: {
    readonly grant: Omit<NewStandingApproval, 'signature' | 'keyId' | 'grantedBy'>
    readonly person: Identified
  },
): Promise<number> {
  const { grant, person } = input
  const giver = await personNamed(port, person.userName)
  const key = await unlockKey(place(config, giver.userName), person.passphrase)
  const whole = { ...grant, grantedBy: giver.userName, keyId: key.keyId }
  return port.grantStanding({ ...whole, signature: signGrant(whole, key) })
}

/**
 * Stores a grant that was signed elsewhere, where the key is; gives its number, or why it is not taken. The store judges
 * its bounds.
 */
export async function storeSignedGrant(
  port: ServePort,
  grant: NewStandingApproval,
): Promise<number | Refusal> {
  const giver = await personNamed(port, grant.grantedBy)
  const { publicKey, keyId } = giver
  if (!mayUse(giver, 'grant') || publicKey === null || keyId !== grant.keyId)
    return refusal('DBM_VOTE_INVALID', { problem: `${giver.userName} is no active approver with that key` })
  if (!verifyText(grantText(grant), grant.signature, publicKey))
    return refusal('DBM_VOTE_INVALID', {
      problem: `it is not signed by the registered key of ${giver.userName}`,
    })
  return port.grantStanding(grant)
}

/** Proves that the person at the door holds the key of that name. @throws DbmedicError DBM_KEY_LOCKED and the like. */
export async function proveIdentity(config: Config, port: ServePort, person: Identified): Promise<Person> {
  const known = await personNamed(port, person.userName)
  const key = await unlockKey(place(config, known.userName), person.passphrase)
  if (key.keyId !== known.keyId) throw new DbmedicError('DBM_KEY_OTHER', { user: known.userName })
  return known
}
