/**
 * The people of a history, each with a key file and a passphrase of their own, as the command line wants them.
 * Scrypt is made to cost 0.3 s; a passphrase and salt that were derived once in this process are not derived
 * again, or 20,000 histories would spend a day on it.
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { createKey, unlockKey } from '../../../src/access/index.ts'
import type { TestPerson } from '../pipeline-rows.ts'

/** A person and what opens their key file. */
export interface KeyHolder extends TestPerson {
  readonly passphrase: string
}

/** Makes key files of anna, bert and carl in the folder. */
export async function makeKeyHolders(
  folder: string,
): Promise<readonly [anna: KeyHolder, bert: KeyHolder, carl: KeyHolder]> {
  const make = async (userName: string): Promise<KeyHolder> => {
    const passphrase = `seven grey herons over roof ${userName.length * 7 + userName.charCodeAt(0)}`
    const { keyId, publicKey } = await createKey({ userName, folder }, passphrase)
    const { seed } = await unlockKey({ userName, folder }, passphrase)
    return { userName, keyId, publicKey, seed, passphrase }
  }
  return [await make('anna'), await make('bert'), await make('carl')]
}

/** Keeps what scrypt derived; gives the function that puts the real one back. */
export function rememberScrypt(): () => void {
  const real = crypto.scrypt
  const known = new Map<string, Buffer>()
  const remembered = (
    password: crypto.BinaryLike,
    salt: crypto.BinaryLike,
    length: number,
    options: crypto.ScryptOptions,
    done: (error: Error | null, key: Buffer) => void,
  ): void => {
    const asked = JSON.stringify([
      String(password),
      Buffer.from(salt as Buffer).toString('hex'),
      length,
      options,
    ])
    const key = known.get(asked)
    if (key !== undefined) {
      queueMicrotask(() => done(null, Buffer.from(key)))
      return
    }
    real(password, salt, length, options, (error, derived) => {
      if (error === null) known.set(asked, Buffer.from(derived))
      done(error, derived)
    })
  }
  crypto.scrypt = remembered as typeof crypto.scrypt
  syncBuiltinESMExports()
  return () => {
    crypto.scrypt = real
    syncBuiltinESMExports()
  }
}
