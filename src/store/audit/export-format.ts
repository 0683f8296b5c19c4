/**
 * The file of an audit export: JSON lines, UTF-8, each ended by one newline and written in one way only (`lineOf`).
 * First a header, then one line a link in order, last a footer. A file without its footer has lost its end. Since
 * format 2 the footer names the header's hash; exports of format 1 have a footer without it.
 */
import { createHash } from 'node:crypto'

/** First line. */
export interface AuditHeader {
  readonly schema: 'dbmedic/audit/1' | 'dbmedic/audit/2'
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
  /** SHA-256 of the header's line without its newline, 64 hex digits. Not in exports of format 1. */
  readonly header?: string
}

/** What the first link's `prev` is. */
export const GENESIS: string = '0'.repeat(64)

/** A link's hash: SHA-256 of the previous hash in hex, a colon, and the text as stored; 64 hex digits. */
export function linkHash(prev: string, canonical: string): string {
  return createHash('sha256').update(`${prev}:${canonical}`, 'utf8').digest('hex')
}

/** A header's hash, as the footer names it: SHA-256 of its line without the newline; 64 hex digits. */
export const headerHash = (line: string): string => createHash('sha256').update(line, 'utf8').digest('hex')

/** The one text of a header, a link or a footer, without its newline: members in this order, no white space. */
export function lineOf(value: AuditHeader | AuditLine | AuditFooter): string {
  if ('schema' in value) {
    const { schema, dialect, storeVersion, exportedAt } = value
    return JSON.stringify({ schema, dialect, storeVersion, exportedAt })
  }
  if ('seq' in value) {
    const { seq, canonical, prev, hash } = value
    return JSON.stringify({ seq, canonical, prev, hash })
  }
  const { rows, head, header } = value
  return JSON.stringify({ rows, head, header })
}
