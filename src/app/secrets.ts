/** Secrets are references until the moment of connecting: `env:NAME`, `file:PATH`, or `none`. */
import { readFileSync, statSync } from 'node:fs'
import type { Credentials } from '../core/engine.ts'
import { DbmedicError } from '../core/errors.ts'

/** The credentials behind references. @throws DbmedicError DBM_SECRET_MISSING naming the reference, never a value. */
export function readCredentials(account: { readonly user: string; readonly password: string }): Credentials {
  return { user: account.user, password: readSecret(account.password) }
}

/** The secret behind a reference. A file's trailing line break is not part of it. */
export function readSecret(reference: string): string {
  if (reference === 'none') return ''
  if (reference.startsWith('env:')) {
    const value = process.env[reference.slice(4)]
    if (value === undefined) throw missing(reference, 'the environment variable is not set')
    return value
  }
  const path = reference.slice('file:'.length)
  try {
    if ((statSync(path).mode & 0o007) !== 0)
      throw missing(reference, 'the file can be read by everybody; run chmod 600 on it')
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof DbmedicError) throw error
    throw missing(reference, (error as NodeJS.ErrnoException).code ?? 'it cannot be read')
  }
}

const missing = (reference: string, reason: string): DbmedicError =>
  new DbmedicError('DBM_SECRET_MISSING', { reference, reason })
