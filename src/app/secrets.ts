/** Secrets are references until the moment of connecting: `env:NAME`, `file:PATH`, or `none`. */
import { readFileSync, statSync } from 'node:fs'
import type { Credentials } from '../core/engine.ts'
import { DbmedicError } from '../core/errors.ts'

/** The credentials behind references. @throws DbmedicError DBM_SECRET_MISSING naming the reference, never a value. */
export function readCredentials(account: { readonly user: string; readonly password: string }): Credentials {
  return { user: account.user, password: readSecret(account.password) }
}

/**
 * The same, but the secret is read again each time it is looked at, so that a password exchanged in its file is
 * used at the next connection. While it cannot be read again (a file being replaced) the last one stands.
 * @throws DbmedicError DBM_SECRET_MISSING if it cannot be read now.
 */
export function liveCredentials(account: { readonly user: string; readonly password: string }): Credentials {
  let last = readSecret(account.password)
  return {
    user: account.user,
    get password() {
      try {
        last = readSecret(account.password)
      } catch {
        // The server decides whether the last one still counts.
      }
      return last
    },
  }
}

/** Largest file taken for a secret, bytes. */
const LARGEST_FILE = 65_536

/** What the system says of a file, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this process may not read the file',
  EPERM: 'this process may not read the file',
  ELOOP: 'its links lead in a circle',
}

/**
 * The secret behind a reference. A file's trailing line break is not part of it. An empty secret is taken for a
 * mistake (a variable that was exported and never filled): where there is no password the reference is `none`.
 * @throws DbmedicError DBM_SECRET_MISSING
 */
export function readSecret(reference: string): string {
  if (reference === 'none') return ''
  const value = reference.startsWith('env:')
    ? readVariable(reference)
    : readSecretFile(reference, reference.slice('file:'.length))
  if (value === '') throw missing(reference, 'it is empty; where there is no password write `none`')
  return value
}

function readVariable(reference: string): string {
  const value = process.env[reference.slice('env:'.length)]
  if (value === undefined) throw missing(reference, 'the environment variable is not set')
  return value
}

function readSecretFile(reference: string, path: string): string {
  try {
    const found = statSync(path)
    // A pipe would be waited for, and with it every target.
    if (!found.isFile()) throw missing(reference, 'it is not a plain file')
    if (found.size > LARGEST_FILE)
      throw missing(reference, `the file has ${found.size} bytes, more than ${LARGEST_FILE}`)
    if ((found.mode & 0o007) !== 0)
      throw missing(reference, 'the file can be used by everybody; run chmod 600 on it')
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof DbmedicError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw missing(reference, REASONS[code] ?? `it cannot be read (${code})`)
  }
}

const missing = (reference: string, reason: string): DbmedicError =>
  new DbmedicError('DBM_SECRET_MISSING', { reference, reason })
