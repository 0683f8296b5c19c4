/**
 * Which logins an administrator vouches for, judged from signatures alone: each registration must be signed by the
 * key of a login that was itself vouched for as an administrator before it, back to a key that this installation's own
 * configuration pins. What a store says without such a signature says nothing.
 */
import { createHash } from 'node:crypto'
import { NO_REGISTRATION, registrationText } from '../core/consent.ts'
import type { Person, Registration } from '../core/store-ports.ts'
import { keyIdOf, verifyText } from './keys.ts'

/** What the signatures say of people. */
export interface Trust {
  /**
   * The people somebody vouches for, with no more rights than both the store and their newest valid registration
   * give them. A login whose row says another person or key than was signed is not among them.
   */
  readonly people: readonly Person[]
  /** Why a login is not among them; null if it is. */
  readonly whyNot: (userName: string) => string | null
}

/**
 * Judges people by the registrations of a store.
 * @param registrations in order, whole
 * @param administrators ids (SHA-256 hex of the raw public key) of the keys the configuration pins
 */
export function trustedPeople(
  people: readonly Person[],
  registrations: readonly Registration[],
  administrators: readonly string[],
): Trust {
  const vouched = vouchedLogins(registrations, administrators)
  if (typeof vouched === 'number') {
    const because = `registration ${vouched} does not follow the one before it`
    return { people: [], whyNot: () => because }
  }
  const trusted = people.flatMap((person) => {
    const said = vouched.get(person.userName.toLowerCase())
    return said !== undefined && isOf(said, person) ? [within(person, said)] : []
  })
  const names = new Set(trusted.map((each) => each.userName.toLowerCase()))
  return {
    people: trusted,
    whyNot: (userName) => {
      const name = userName.toLowerCase()
      if (names.has(name)) return null
      return vouched.has(name)
        ? `the store says of ${userName} what no administrator signed`
        : `no administrator this configuration pins vouches for ${userName}`
    },
  }
}

/** What is known on the way through the list. */
interface Known {
  readonly administrators: readonly string[]
  /** The newest valid registration of each login, by its name in lower case. */
  readonly logins: Map<string, Registration>
  /** Ids of every key that was ever vouched for. */
  readonly keys: Set<string>
}

/** The newest valid registration of each login by its name in lower case; the number of the first one out of order. */
function vouchedLogins(
  registrations: readonly Registration[],
  administrators: readonly string[],
): ReadonlyMap<string, Registration> | number {
  const known: Known = { administrators, logins: new Map(), keys: new Set() }
  let previous = NO_REGISTRATION
  for (const [at, registration] of registrations.entries()) {
    if (registration.registrationNo !== at + 1 || registration.previousDigest !== previous) return at + 1
    const text = registrationText(registration)
    previous = createHash('sha256').update(text, 'utf8').digest('hex')
    const key = signerKey(registration, known)
    if (key === null || !verifyText(text, registration.signature, key)) continue
    known.logins.set(registration.userName.toLowerCase(), registration)
    known.keys.add(registration.keyId)
  }
  return known.logins
}

/** The public key that must have signed, base64; null if nobody may have. */
function signerKey(of: Registration, known: Known): string | null {
  if (keyIdOf(Buffer.from(of.publicKey, 'base64')) !== of.keyId) return null
  const before = known.logins.get(of.userName.toLowerCase())
  if (before !== undefined && before.personId !== of.personId) return null
  const signer = known.logins.get(of.signedBy.toLowerCase())
  if (signer?.active && signer.mayAdminister && signer.keyId === of.signerKeyId) return signer.publicKey
  return before === undefined && isRoot(of, known) ? of.publicKey : null
}

/** A pinned key registers itself as an administrator, once. Shut out later, it does not come back by itself. */
function isRoot(of: Registration, { administrators, keys }: Known): boolean {
  const pinned = administrators.includes(of.keyId) && !keys.has(of.keyId)
  const byItself = of.signerKeyId === of.keyId && of.signedBy.toLowerCase() === of.userName.toLowerCase()
  return pinned && byItself && of.active && of.mayAdminister
}

const isOf = (said: Registration, person: Person): boolean =>
  said.personId === person.personId && said.keyId === person.keyId && said.publicKey === person.publicKey

const within = (person: Person, said: Registration): Person => ({
  ...person,
  active: person.active && said.active,
  mayApprove: person.mayApprove && said.mayApprove,
  mayAdminister: person.mayAdminister && said.mayAdminister,
})
