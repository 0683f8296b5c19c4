/**
 * The file of an audit export: JSON lines, UTF-8, each ended by a newline. First a header, then one line a
 * link in order, last a footer. A file without its footer has lost its end.
 */
import { createHash } from 'node:crypto'

/** First line. */
export interface AuditHeader {
  readonly schema: 'dbmedic/audit/1'
  readonly dialect: 'sqlite' | 'mysql'
  readonly storeVersion: number
  readonly exportedAt: string
}
/** One link as exported. */
export interface AuditLine {
  readonly seq: number
  readonly canonical: string
  readonly prev: string
  readonly hash: string
}
/** Last line. */
export interface AuditFooter {
  readonly rows: number
  /** Hash of the newest link; 64 zeros for an empty chain. */
  readonly head: string
}

/** What the first link's `prev` is. */
export const GENESIS: string = '0'.repeat(64)

/** A link's hash: SHA-256 of the previous hash in hex, a colon, and the text as stored; 64 hex digits. */
export function linkHash(prev: string, canonical: string): string {
  return createHash('sha256').update(`${prev}:${canonical}`, 'utf8').digest('hex')
}
