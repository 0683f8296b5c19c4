/**
 * The keyring: one file a user with their private key, encrypted under a passphrase. Scrypt (RFC 7914) makes
 * the encryption key, AES-256-GCM seals the seed, and the plain members of the file are authenticated with
 * it, so that none can be exchanged. Nothing here ever prints or returns the passphrase.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '../core/canonical.ts'
import { DbmedicError } from '../core/errors.ts'
import { type KeyringPlace, keyringPath, readKeyFile, writeKeyFile } from './key-file.ts'
import { generateKey, keyIdOf, publicKeyOf } from './keys.ts'
import { weaknessOf } from './passphrase.ts'

// OWASP Password Storage Cheat Sheet: scrypt N=2^17, r=8, p=1 (128 MiB, about 0.3 s).
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const
const SALT_BYTES = 16
/** NIST SP 800-38D 8.2: 96-bit nonce, fresh with every salt. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The file's content. Bytes are base64. */
interface KeyFile {
  readonly schema: 'dbmedic/keyring/1'
  readonly user: string
  readonly keyId: string
  readonly publicKey: string
  readonly kdf: { readonly name: 'scrypt'; readonly N: number; readonly r: number; readonly p: number }
  readonly salt: string
  readonly nonce: string
  readonly sealed: string
}

/** A key that can sign. Held for one command, never stored. */
export interface UnlockedKey {
  readonly userName: string
  readonly keyId: string
  /** 32 secret bytes. */
  readonly seed: Buffer
}

/** What the store registers: the public half. */
export interface PublicHalf {
  readonly userName: string
  readonly keyId: string
  /** Base64 of 32 bytes. */
  readonly publicKey: string
}

/**
 * Makes a key and its keyring file (mode 0600, in a folder of mode 0700). An existing file is not replaced.
 * @param names what else its owner is called: no passphrase is made of that
 * @throws DbmedicError DBM_KEY_PASSPHRASE, DBM_KEY_EXISTS, DBM_KEY_FILE
 */
export async function createKey(
  place: KeyringPlace,
  passphrase: string,
  ...names: readonly string[]
): Promise<PublicHalf> {
  const weakness = weaknessOf(passphrase, place.userName, ...names)
  if (weakness !== null) throw new DbmedicError('DBM_KEY_PASSPHRASE', { problem: weakness })
  const path = keyringPath(place)
  const { seed, publicKey, keyId } = generateKey()
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const plain = {
    schema: 'dbmedic/keyring/1' as const,
    user: place.userName,
    keyId,
    publicKey: publicKey.toString('base64'),
    kdf: { name: 'scrypt' as const, N: SCRYPT.N, r: SCRYPT.r, p: SCRYPT.p },
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
  }
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, salt), nonce)
  cipher.setAAD(Buffer.from(canonicalJson(plain), 'utf8'))
  const sealed = Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()])
  seed.fill(0)
  writeKeyFile(path, `${JSON.stringify({ ...plain, sealed: sealed.toString('base64') }, null, 2)}\n`)
  return { userName: place.userName, keyId, publicKey: plain.publicKey }
}

/**
 * The public half, without the passphrase. It is not authenticated until the key is unlocked.
 * @throws DbmedicError DBM_KEY_MISSING, DBM_KEY_FILE
 */
export function readPublicHalf(place: KeyringPlace): PublicHalf {
  const path = keyringPath(place)
  const file = parse(readKeyFile(path), path, place.userName)
  return { userName: file.user, keyId: file.keyId, publicKey: file.publicKey }
}

/**
 * Opens the key with its passphrase.
 * @throws DbmedicError DBM_KEY_MISSING, DBM_KEY_FILE (readable by others, damaged), DBM_KEY_LOCKED (wrong
 *   passphrase, or the file was changed: the two cannot be told apart)
 */
export async function unlockKey(place: KeyringPlace, passphrase: string): Promise<UnlockedKey> {
  const path = keyringPath(place)
  const file = parse(readKeyFile(path), path, place.userName)
  const { sealed, ...plain } = file
  const bytes = Buffer.from(sealed, 'base64')
  const salt = Buffer.from(file.salt, 'base64')
  const nonce = Buffer.from(file.nonce, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', await derive(passphrase, salt), nonce, {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(canonicalJson(plain), 'utf8'))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const seed = open(decipher, bytes.subarray(0, -TAG_BYTES), path)
  const publicKey = publicKeyOf(seed)
  const stated = Buffer.from(file.publicKey, 'base64')
  if (
    stated.length !== publicKey.length ||
    !timingSafeEqual(stated, publicKey) ||
    keyIdOf(publicKey) !== file.keyId
  ) {
    throw new DbmedicError('DBM_KEY_FILE', { file: path, problem: 'its public half is not of this key' })
  }
  return { userName: file.user, keyId: file.keyId, seed }
}

function open(
  decipher: { update(data: Buffer): Buffer; final(): Buffer },
  sealed: Buffer,
  path: string,
): Buffer {
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } catch {
    throw new DbmedicError('DBM_KEY_LOCKED', { file: path })
  }
}

function derive(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, SCRYPT, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

const LENGTHS = { publicKey: 32, salt: SALT_BYTES, nonce: NONCE_BYTES, sealed: 32 + TAG_BYTES } as const

function parse(text: string, path: string, userName: string): KeyFile {
  const bad = (problem: string): DbmedicError => new DbmedicError('DBM_KEY_FILE', { file: path, problem })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw bad('it is not JSON')
  }
  if (typeof value !== 'object' || value === null) throw bad('it is not a keyring file')
  const file = value as Partial<KeyFile>
  const problem = problemOf(file, userName)
  if (problem !== null) throw bad(problem)
  return file as KeyFile
}

function problemOf(file: Partial<KeyFile>, userName: string): string | null {
  if (file.schema !== 'dbmedic/keyring/1') return 'it is not a keyring file of this program'
  if (file.user !== userName) return 'it belongs to another user'
  for (const [member, length] of Object.entries(LENGTHS)) {
    const bytes = file[member as keyof typeof LENGTHS]
    if (typeof bytes !== 'string' || Buffer.from(bytes, 'base64').length !== length) {
      return `its ${member} is damaged`
    }
  }
  if (typeof file.keyId !== 'string' || !/^[0-9a-f]{64}$/.test(file.keyId)) return 'its keyId is damaged'
  return derivesAsWeDo(file) ? null : 'its key derivation is not the one this program uses'
}

/** The scrypt cost is fixed, not believed: a changed file must not choose a cheap or a huge one. */
function derivesAsWeDo({ kdf }: Partial<KeyFile>): boolean {
  return kdf?.name === 'scrypt' && kdf.N === SCRYPT.N && kdf.r === SCRYPT.r && kdf.p === SCRYPT.p
}
