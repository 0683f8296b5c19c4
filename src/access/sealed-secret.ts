/**
 * Secrets the server must read again, sealed under a key that is not in the store: HKDF-SHA256 (RFC 5869) makes the
 * sealing key, AES-256-GCM seals, and whose secret it is is authenticated with it, so that a row cannot be given to
 * another login.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { canonicalJson, type Json } from '../core/canonical.ts'

const SCHEMA = 'dbmedic/sealed/1'
const CIPHER = 'aes-256-gcm'
/** NIST SP 800-38D 8.2: 96-bit nonce, random; one secret is sealed a few times in its life. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What a secret is for and whose it is; opened only under the same words. */
export interface SealedFor {
  readonly purpose: string
  readonly userName: string
}

const keyFrom = (master: Buffer, { purpose }: SealedFor): Buffer =>
  Buffer.from(hkdfSync('sha256', master, '', `${SCHEMA} ${purpose}`, 32))

const boundTo = ({ purpose, userName }: SealedFor): Buffer =>
  Buffer.from(canonicalJson({ schema: SCHEMA, purpose, userName: userName.toLowerCase() }), 'utf8')

/** Seals bytes. @param master at least 32 secret bytes. */
export function sealSecret(master: Buffer, bytes: Buffer, sealedFor: SealedFor): Json {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, keyFrom(master, sealedFor), nonce)
  cipher.setAAD(boundTo(sealedFor))
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return { schema: SCHEMA, nonce: nonce.toString('base64'), sealed: sealed.toString('base64') }
}

/** The bytes; null where it was sealed under another key, for another purpose or login, or is no sealed secret. */
export function openSecret(master: Buffer, value: Json, sealedFor: SealedFor): Buffer | null {
  const { schema, nonce, sealed } = (value ?? {}) as { readonly [name: string]: Json }
  if (schema !== SCHEMA || typeof nonce !== 'string' || typeof sealed !== 'string') return null
  const bytes = Buffer.from(sealed, 'base64')
  const iv = Buffer.from(nonce, 'base64')
  if (bytes.length < TAG_BYTES || iv.length !== NONCE_BYTES) return null
  const decipher = createDecipheriv(CIPHER, keyFrom(master, sealedFor), iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(sealedFor))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    return null
  }
}
