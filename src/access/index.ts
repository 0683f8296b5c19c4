/** People's keys, signatures and rights. */

export { type KeyringPlace, readKeyFile, writeKeyFile } from './key-file.ts'
export {
  createKey,
  type PublicHalf,
  readPublicHalf,
  type UnlockedKey,
  unlockKey,
} from './keyring.ts'
export { generateKey, type KeyPair, keyIdOf, signText, verifyText } from './keys.ts'
export {
  base32,
  codeAddress,
  newCodeSecret,
  newRecoveryCode,
  plainRecoveryCode,
  stepOfCode,
} from './one-time-code.ts'
export {
  challengeOf,
  checkAnswer,
  type MadePasskey,
  type PasskeyAnswer,
  type PasskeyPlace,
  readPasskey,
} from './passkeys.ts'
export { weaknessOf } from './passphrase.ts'
export { type Trust, trustedPeople } from './registrations.ts'
export { approverCount, mayUse, type Right, whyNotApprove } from './rights.ts'
export { openSecret, sealSecret } from './sealed-secret.ts'
export { signGrant, signVote, verifyGrant, verifyVote } from './signatures.ts'
