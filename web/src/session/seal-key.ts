/**
 * A signing key made in this browser and sealed here under a passphrase that is never sent (docs/adr/0007): Ed25519,
 * scrypt (RFC 7914) and AES-256-GCM, in the form of the command line's keyring file.
 */
import { scryptAsync } from '@noble/hashes/scrypt.js'

/** OWASP Password Storage Cheat Sheet: 128 MiB. The server takes no other cost. */
const KDF = { name: 'scrypt', N: 131_072, r: 8, p: 1 } as const
const SCRYPT_MEMORY = 256 * 1024 * 1024
/** RFC 8410: an Ed25519 key in PKCS #8 is this prefix and 32 bytes. */
const SEED_BYTES = 32

/** A key as the server keeps it. Bytes are base64. */
export interface SealedKey {
  readonly schema: 'dbmedic/keyring/1'
  readonly user: string
  readonly keyId: string
  readonly publicKey: string
  readonly kdf: typeof KDF
  readonly salt: string
  readonly nonce: string
  readonly sealed: string
}

/** A key of this page, before it is sealed. */
export interface NewKey {
  /** SHA-256 hex of the public key. */
  readonly keyId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** Base64 of the Ed25519 signature of a text. */
  sign(text: string): Promise<string>
  /** Seals the seed. Takes about a second. */
  seal(user: string, passphrase: string): Promise<SealedKey>
}

/** What the browser cannot do here, in words; null: it can make keys. */
export function whyNoKeys(): string | null {
  if (!window.isSecureContext || crypto.subtle === undefined)
    return 'Browsers make keys only on https:// addresses or on this machine (127.0.0.1, localhost).'
  return null
}

/** Makes a key. @throws DOMException where the browser has no Ed25519. */
export async function makeKey(): Promise<NewKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const keyId = hex(await crypto.subtle.digest('SHA-256', publicKey))
  return {
    keyId,
    publicKey,
    sign: async (text) =>
      base64(await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(text))),
    seal: async (user, passphrase) => {
      const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
      const seed = pkcs8.slice(-SEED_BYTES)
      pkcs8.fill(0)
      const sealed = await sealed32(seed, { user, keyId, publicKey: base64(publicKey) }, passphrase)
      seed.fill(0)
      return sealed
    },
  }
}

async function sealed32(
  seed: Uint8Array<ArrayBuffer>,
  of: { readonly user: string; readonly keyId: string; readonly publicKey: string },
  passphrase: string,
): Promise<SealedKey> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const plain = {
    schema: 'dbmedic/keyring/1' as const,
    ...of,
    kdf: KDF,
    salt: base64(salt),
    nonce: base64(nonce),
  }
  const words = new TextEncoder().encode(passphrase.normalize('NFC'))
  const derived = await scryptAsync(words, salt, {
    N: KDF.N,
    r: KDF.r,
    p: KDF.p,
    dkLen: 32,
    maxmem: SCRYPT_MEMORY,
  })
  const bytes = new Uint8Array(derived)
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt'])
  bytes.fill(0)
  derived.fill(0)
  // The plain members are authenticated with the seed, so that none can be exchanged.
  const additionalData = new TextEncoder().encode(sortedJson(plain))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, seed)
  return { ...plain, sealed: base64(sealed) }
}

/** RFC 8785 for what a key file holds: objects of ASCII text and whole numbers. */
function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`
}

const base64 = (bytes: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 of a text, 64 hex digits. */
export const digestOfText = async (text: string): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
