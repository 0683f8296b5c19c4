/**
 * Ed25519 keys of people (RFC 8032): making them, naming them, signing and checking text. Private keys live
 * in a person's keyring; the store holds public halves only.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'

/** Length of a raw Ed25519 public key and of a private seed, bytes. */
const KEY_BYTES = 32
/** Length of a signature, bytes. */
const SIGNATURE_BYTES = 64

// RFC 8410: the fixed DER prefix of an Ed25519 key, before its 32 raw bytes.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A new key: the seed is the secret. */
export interface KeyPair {
  /** 32 secret bytes. */
  readonly seed: Buffer
  /** 32 bytes. */
  readonly publicKey: Buffer
  /** SHA-256 hex of `publicKey`. */
  readonly keyId: string
}

/** Makes a key from the system's random source. */
export function generateKey(): KeyPair {
  const pair = generateKeyPairSync('ed25519')
  const seed = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length)
  const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
  return { seed, publicKey, keyId: keyIdOf(publicKey) }
}

/** The name of a public key: SHA-256 hex of its raw 32 bytes. */
export function keyIdOf(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex')
}

/** The public half of a seed, 32 bytes. @throws RangeError if the seed is not 32 bytes. */
export function publicKeyOf(seed: Buffer): Buffer {
  return createPublicKey(privateKey(seed))
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_PREFIX.length)
}

/** Base64 Ed25519 signature of the UTF-8 bytes of `text`. @throws RangeError if the seed is not 32 bytes. */
export function signText(text: string, seed: Buffer): string {
  return sign(null, Buffer.from(text, 'utf8'), privateKey(seed)).toString('base64')
}

/**
 * Did the holder of this public key (base64 of 32 raw bytes) sign exactly this text? False for anything
 * malformed: a signature in doubt is no signature.
 */
export function verifyText(text: string, signature: string, publicKey: string): boolean {
  const raw = strictBase64(publicKey, KEY_BYTES)
  const bytes = strictBase64(signature, SIGNATURE_BYTES)
  if (raw === null || bytes === null) return false
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
    return verify(null, Buffer.from(text, 'utf8'), key, bytes)
  } catch {
    return false
  }
}

/** Node's decoder skips what is not base64; only the one spelling of the right number of bytes is taken. */
function strictBase64(text: string, bytes: number): Buffer | null {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : null
}

function privateKey(seed: Buffer): KeyObject {
  if (seed.length !== KEY_BYTES) throw new RangeError(`an Ed25519 seed is ${KEY_BYTES} bytes`)
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
