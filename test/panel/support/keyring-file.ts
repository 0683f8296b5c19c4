/** A person's keyring file, sealed as `dbmedic users add` seals it, for a browser to choose. */
import { createCipheriv, randomBytes, scryptSync } from 'node:crypto'
import { canonicalJson } from '../../../src/core/canonical.ts'
import type { TestPerson } from '../../support/pipeline-rows.ts'

/** The costs of docs/adr/0007. */
const COSTS = { N: 131_072, r: 8, p: 1 } as const

/** The file, as a file input takes it. */
export function keyringFile(
  person: TestPerson,
  passphrase: string,
): { readonly name: string; readonly mimeType: string; readonly buffer: Buffer } {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const plain = {
    schema: 'dbmedic/keyring/1',
    user: person.userName,
    keyId: person.keyId,
    publicKey: person.publicKey,
    kdf: { name: 'scrypt', ...COSTS },
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
  }
  const key = scryptSync(passphrase, salt, 32, { ...COSTS, maxmem: 256 * 1024 * 1024 })
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(canonicalJson(plain), 'utf8'))
  const sealed = Buffer.concat([cipher.update(person.seed), cipher.final(), cipher.getAuthTag()])
  const buffer = Buffer.from(JSON.stringify({ ...plain, sealed: sealed.toString('base64') }), 'utf8')
  return { name: `${person.userName}.json`, mimeType: 'application/json', buffer }
}
