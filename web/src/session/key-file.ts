/** The form of a sealed key: that of the command line's keyring file (docs/adr/0007). Bytes are base64. */
import { scryptAsync } from '@noble/hashes/scrypt.js'

/** OWASP Password Storage Cheat Sheet: 128 MiB. The server takes no other cost. */
export const KDF = { name: 'scrypt', N: 131_072, r: 8, p: 1 } as const
const SCRYPT_MEMORY = 256 * 1024 * 1024

/** A key as the server and the keyring keep it. */
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

/** A key that can sign, as long as the page holds it. */
export interface SigningKey {
  /** SHA-256 hex of the public key. */
  readonly keyId: string
  /** Base64 of the Ed25519 signature of a text. */
  sign(text: string): Promise<string>
}

/** What the browser cannot do here, in words; null: it can make and use keys. */
export function whyNoKeys(): string | null {
  if (!window.isSecureContext || crypto.subtle === undefined)
    return 'Browsers use keys only on https:// addresses or on this machine (127.0.0.1, localhost).'
  return null
}

/** The AES key a passphrase makes with a salt. About a second. */
export async function sealingKey(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  use: 'encrypt' | 'decrypt',
): Promise<CryptoKey> {
  const words = new TextEncoder().encode(passphrase.normalize('NFC'))
  const { N, r, p } = KDF
  const derived = await scryptAsync(words, salt, { N, r, p, dkLen: 32, maxmem: SCRYPT_MEMORY })
  const bytes = new Uint8Array(derived)
  derived.fill(0)
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [use])
  bytes.fill(0)
  return key
}

/** The plain members, which are authenticated with the seed, so that none can be exchanged. */
export const authenticated = (plain: Omit<SealedKey, 'sealed'>): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(sortedJson(plain))

/** RFC 8785 for texts, numbers, booleans, null, and lists and objects of them. */
export function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`
}

/** Bytes as base64. */
export const base64 = (bytes: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
/** Base64 as bytes. @throws DOMException for what is no base64 */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
/** Bytes as hex digits. */
export const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 of a text, 64 hex digits. */
export const digestOfText = async (text: string): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
