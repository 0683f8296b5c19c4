/**
 * A signing key made in this browser and sealed here under a passphrase that is never sent (docs/adr/0007): Ed25519,
 * scrypt (RFC 7914) and AES-256-GCM, in the form of the command line's keyring file. A passphrase is held to the same as there.
 */
import { weaknessOf } from '../../../src/access/passphrase.ts'
import { authenticated, base64, hex, KDF, type SealedKey, type SigningKey, sealingKey } from './key-file.ts'

/** RFC 8410: an Ed25519 key in PKCS #8 is a prefix and these bytes. */
const SEED_BYTES = 32

/** A key of this page, before it is sealed. */
export interface NewKey extends SigningKey {
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** Seals the seed under the passphrase the key was asked for with. Takes about a second. */
  seal(user: string): Promise<SealedKey>
}

/**
 * Makes a key for a passphrase that will do.
 * @param names what its owner is called: whoever guesses begins with these
 * @throws Error in words for a weak passphrase, before a key is made; DOMException where the browser has no Ed25519.
 */
export async function makeKey(passphrase: string, ...names: readonly string[]): Promise<NewKey> {
  const problem = weaknessOf(passphrase, ...names)
  if (problem !== null) throw new Error(`This passphrase will not do: ${problem}. No key was made.`)
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const keyId = hex(await crypto.subtle.digest('SHA-256', publicKey))
  return {
    keyId,
    publicKey,
    sign: async (text) =>
      base64(await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(text))),
    seal: async (user) => {
      const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
      const seed = pkcs8.slice(-SEED_BYTES)
      pkcs8.fill(0)
      const sealed = await sealSeed(seed, { user, keyId, publicKey: base64(publicKey) }, passphrase)
      seed.fill(0)
      return sealed
    },
  }
}

async function sealSeed(
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
  const key = await sealingKey(passphrase, salt, 'encrypt')
  const additionalData = authenticated(plain)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, seed)
  return { ...plain, sealed: base64(sealed) }
}
