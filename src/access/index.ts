/** People's keys, signatures and rights. */

export type { KeyringPlace } from './key-file.ts'
export {
  createKey,
  type PublicHalf,
  readPublicHalf,
  type UnlockedKey,
  unlockKey,
} from './keyring.ts'
export { generateKey, type KeyPair, keyIdOf, signText, verifyText } from './keys.ts'
export { weaknessOf } from './passphrase.ts'
export { type Trust, trustedPeople } from './registrations.ts'
export { approverCount, mayUse, type Right, whyNotApprove } from './rights.ts'
export { signGrant, signVote, verifyGrant, verifyVote } from './signatures.ts'
