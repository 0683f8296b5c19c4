/** The key under which the server seals what it must read again. It is never in the store. */
import { createHash, randomBytes } from 'node:crypto'
import { readKeyFile, writeKeyFile } from '../access/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { Config } from './config/schema.ts'
import { readSecret } from './secrets.ts'

/** Shortest secret, characters: 128 bits in hex. */
const LEAST_LENGTH = 32

/** Stores that have no file a key could stand beside. */
const NO_FILE = /^([a-z]+:\/\/|:memory:$)/i

/** Is there a place for the key? Nothing is read or made. */
export const hasSecretPlace = ({ panel, store }: Pick<Config, 'panel' | 'store'>): boolean =>
  (panel?.secretKey ?? null) !== null || !NO_FILE.test(store)

/**
 * 32 secret bytes: of `panel.secretKey` where it is said, otherwise of a file beside an SQLite store (its name and
 * `.secret`, mode 0600), made when it is first needed.
 * @throws DbmedicError DBM_SERVER_SECRET where there is none and no place for one, DBM_SECRET_MISSING, DBM_KEY_FILE
 */
export function serverSecret({ panel, store }: Pick<Config, 'panel' | 'store'>): Buffer {
  const reference = panel?.secretKey ?? null
  if (reference !== null) return digest(long(readSecret(reference)))
  if (NO_FILE.test(store))
    throw new DbmedicError('DBM_SERVER_SECRET', {
      problem: 'a store on a server may have several copies before it, which need the same one',
    })
  return digest(long(fileText(`${store}.secret`)))
}

function fileText(path: string): string {
  try {
    writeKeyFile(path, `${randomBytes(32).toString('base64url')}\n`)
  } catch (error) {
    if (!(error instanceof DbmedicError) || error.code !== 'DBM_KEY_EXISTS') throw error
  }
  return readKeyFile(path).trim()
}

function long(text: string): string {
  if (text.length >= LEAST_LENGTH) return text
  throw new DbmedicError('DBM_SERVER_SECRET', { problem: `it has fewer than ${LEAST_LENGTH} characters` })
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
