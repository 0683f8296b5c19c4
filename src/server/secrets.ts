/** Secrets of sessions, tokens and links: 256 random bits that only their holder has; the store keeps digests. */
import { createHash, randomBytes } from 'node:crypto'

/** Begins every token, so that scanners of leaked secrets can find one. */
export const TOKEN_PREFIX = 'dbm_'

/** A new secret, 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What the store knows of a secret. */
export const digestOf = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex')

/** The token against cross-site requests of a session: derived, so that it is never stored. */
export const csrfTokenOf = (sessionSecret: string): string =>
  createHash('sha256').update(`csrf:${sessionSecret}`, 'utf8').digest('base64url')
