/** A signing key as a browser makes and seals it. */
import { createCipheriv, randomBytes, scryptSync } from 'node:crypto'
import { generateKey, signText } from '../../../src/access/index.ts'
import { canonicalJson } from '../../../src/core/canonical.ts'

/** A key, and what signs with it. */
export interface Made {
  readonly sealedKey: Record<string, unknown>
  readonly keyId: string
  readonly sign: (text: string) => string
}

/** A key as a browser makes it; the passphrase and the seed never leave it. */
export function madeKey(user: string): Made {
  const { seed, publicKey, keyId } = generateKey()
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const kdf = { name: 'scrypt', N: 131_072, r: 8, p: 1 }
  const plain = {
    schema: 'dbmedic/keyring/1',
    user,
    keyId,
    publicKey: publicKey.toString('base64'),
    kdf,
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
  }
  const key = scryptSync('a passphrase for votes', salt, 32, { N: kdf.N, r: 8, p: 1, maxmem: 2 ** 28 })
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(canonicalJson(plain), 'utf8'))
  const sealed = Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()])
  return {
    sealedKey: { ...plain, sealed: sealed.toString('base64') },
    keyId,
    sign: (text) => signText(text, seed),
  }
}
