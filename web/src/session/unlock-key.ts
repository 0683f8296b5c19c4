/**
 * The person's signing key, opened in this browser with the passphrase that is never sent (docs/adr/0007). The sealed
 * key comes from the server, or, where the key was made at the command line, from its keyring file.
 */
import {
  authenticated,
  base64,
  bytesOf,
  hex,
  KDF,
  type SealedKey,
  type SigningKey,
  sealingKey,
} from './key-file.ts'

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_PREFIX = bytesOf('MC4CAQAwBQYDK2VwBCIEIA==')
/** A keyring file is far smaller, bytes. */
const FILE_MOST = 10_000

/** What a file of the keyring holds. @throws Error in words, if it is none */
export async function readKeyFile(file: Blob): Promise<SealedKey> {
  if (file.size > FILE_MOST) throw new Error('This is no keyring file: it is too large.')
  const value: unknown = await file
    .text()
    .then(JSON.parse)
    .catch(() => null)
  const texts = ['user', 'keyId', 'publicKey', 'salt', 'nonce', 'sealed']
  if (typeof value !== 'object' || value === null || !texts.every((name) => isText(value, name)))
    throw new Error('This is no keyring file of dbmedic.')
  return value as SealedKey
}

const isText = (value: object, name: string): boolean =>
  name in value && typeof (value as Readonly<Record<string, unknown>>)[name] === 'string'

/**
 * Opens it. Takes about a second.
 * @throws Error in words: wrong passphrase or changed file, another key than the registered one, other costs
 */
export async function unlockKey(
  file: SealedKey,
  { passphrase, keyId }: { readonly passphrase: string; readonly keyId: string },
): Promise<SigningKey> {
  const { sealed, ...plain } = file
  if (plain.keyId !== keyId)
    throw new Error('This is not the key that is registered for you. Choose the keyring file of that key.')
  const { kdf } = plain
  // The costs are fixed, not believed: a changed file must not choose cheap or endless ones.
  if (kdf?.name !== KDF.name || kdf.N !== KDF.N || kdf.r !== KDF.r || kdf.p !== KDF.p)
    throw new Error('The key is sealed in another way than dbmedic seals keys.')
  const seed = await openSeed(sealed, plain, passphrase)
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed])
  seed.fill(0)
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
  pkcs8.fill(0)
  const publicKey = bytesOf(plain.publicKey)
  if (hex(await crypto.subtle.digest('SHA-256', publicKey)) !== keyId)
    throw new Error('The key’s public half is not of this key.')
  const publicHalf = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
  return {
    keyId,
    sign: async (text) => {
      const bytes = new TextEncoder().encode(text)
      const signature = await crypto.subtle.sign('Ed25519', key, bytes)
      if (!(await crypto.subtle.verify('Ed25519', publicHalf, signature, bytes)))
        throw new Error('The key’s public half is not of this key.')
      return base64(signature)
    },
  }
}

async function openSeed(
  sealed: string,
  plain: Omit<SealedKey, 'sealed'>,
  passphrase: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await sealingKey(passphrase, bytesOf(plain.salt), 'decrypt')
  const additionalData = authenticated(plain)
  const how = { name: 'AES-GCM', iv: bytesOf(plain.nonce), additionalData }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(how, key, bytesOf(sealed)))
  } catch {
    throw new Error('The passphrase does not open your key. Nothing was signed.')
  }
}
