/** Who may do what, in one place for every door. The store judges again. */
import type { Person } from '../core/store-ports.ts'

/** What a person may ask for through a door. */
export type Right = 'approve' | 'grant' | 'administer' | 'release' | 'request' | 'halt'

/**
 * Is this right the person's? Halting is everybody's: stopping is always safer than going on. What lets something go
 * on (`release`: lifting a stop, a change window, a verdict, a review that confidence is learned from) is for those who
 * approve or administer.
 */
export function mayUse(person: Person, right: Right): boolean {
  if (!person.active) return false
  switch (right) {
    case 'approve':
    case 'grant':
      return person.mayApprove && person.keyId !== null && person.publicKey !== null
    case 'administer':
      return person.mayAdminister
    case 'release':
      return mayUse(person, 'approve') || mayUse(person, 'administer')
    case 'request':
    case 'halt':
      return true
  }
}

/** How many different people could approve now; one login more of the same person is not one more. */
export function approverCount(people: readonly Person[]): number {
  return new Set(people.filter((each) => mayUse(each, 'approve')).map((each) => each.personId)).size
}

/**
 * Why this person's yes would not count for a decision; null if it would. Rules: an active approver with a
 * key; not the proposer, whichever login is used, unless they are the only approver and the risk is not HIGH.
 */
export function whyNotApprove(
  person: Person,
  decision: { readonly proposedBy: string; readonly riskLevel: 'LOW' | 'MEDIUM' | 'HIGH' },
  people: readonly Person[],
): string | null {
  if (!mayUse(person, 'approve')) return `${person.userName} is not an active approver with a registered key`
  const proposer = people.find((each) => each.userName.toLowerCase() === decision.proposedBy.toLowerCase())
  const sole = approverCount(people) === 1
  if (decision.riskLevel === 'HIGH' && sole) {
    return 'HIGH risk needs two different people, and there is one approver: run the printed steps by hand'
  }
  if (proposer?.personId !== person.personId) return null
  return sole ? null : 'the proposer of a decision cannot approve it'
}
