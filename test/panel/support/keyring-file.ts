/** A person's keyring file, sealed as `dbmedic users add` seals it, for a browser to choose. */
import { createCipheriv, randomBytes, scryptSync } from 'node:crypto'
import { canonicalJson } from '../../../src/core/canonical.ts'
import type { TestPerson } from '../../support/pipeline-rows.ts'

/** The costs of docs/adr/0007. */
const COSTS = { N: 131_072, r: 8, p: 1 } as const

/** A file, as a file input takes it. */
interface KeyringFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** Sealing takes most of a second of this process, in which the server answers nothing. */
const sealed = new Map<string, KeyringFile>()

/** The person's file. */
export function keyringFile(person: TestPerson, passphrase: string): KeyringFile {
  const known = sealed.get(person.keyId) ?? seal(person, passphrase)
  sealed.set(person.keyId, known)
  return known
}

function seal(person: TestPerson, passphrase: string): KeyringFile {
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
  const bytes = Buffer.concat([cipher.update(person.seed), cipher.final(), cipher.getAuthTag()])
  const buffer = Buffer.from(JSON.stringify({ ...plain, sealed: bytes.toString('base64') }), 'utf8')
  return { name: `${person.userName}.json`, mimeType: 'application/json', buffer }
}
