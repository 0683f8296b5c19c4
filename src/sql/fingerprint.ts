// The fingerprint that joins observations of one statement from different instruments, and its stable id.

import { createHash } from 'node:crypto'
import type { SqlDialect } from './dialect.ts'
import { normaliseStatement } from './normalise-statement.ts'

/** Longest text a fingerprint shows, in UTF-16 units. The id covers the whole normal form, however long. */
export const FINGERPRINT_TEXT_MAX = 4096

/** The class a statement belongs to. */
export interface StatementFingerprint {
  /** Our normal form, at most {@link FINGERPRINT_TEXT_MAX} long. For people; compare ids. */
  readonly text: string
  /** 32 hex digits: the first half of the SHA-256 of the whole normal form and the form's version. */
  readonly id: string
  /**
   * True when {@link text} was cut, or the input shows that it was (an unclosed quote or comment, a trailing `...`).
   * A fingerprint of a cut input equals only that of the same cut input. Servers cut DIGEST_TEXT without a
   * mark: ask `digestTextMayBeCut` there.
   */
  readonly truncated: boolean
}

/** Changes whenever the normal form of any statement changes, so that old ids are never mistaken for new ones. */
const FORM_VERSION = 'dbmedic-statement-1'

/**
 * The fingerprint of a statement: equal for slow log text, DIGEST_TEXT (MySQL and MariaDB) and sample text of one
 * statement. Never throws; linear in the length of `sql`.
 */
export function fingerprint(sql: string, dialect: SqlDialect): StatementFingerprint {
  const { text, inputCut } = normaliseStatement(sql, dialect)
  return {
    text: text.length > FINGERPRINT_TEXT_MAX ? cutText(text) : text,
    id: createHash('sha256').update(`${FORM_VERSION}\0${text}`).digest('hex').slice(0, 32),
    truncated: inputCut || text.length > FINGERPRINT_TEXT_MAX,
  }
}

/** The {@link StatementFingerprint.id} alone. */
export function fingerprintId(sql: string, dialect: SqlDialect): string {
  return fingerprint(sql, dialect).id
}

/** Cuts to {@link FINGERPRINT_TEXT_MAX} without splitting a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= FINGERPRINT_TEXT_MAX) return text
  const last = text.charCodeAt(FINGERPRINT_TEXT_MAX - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? FINGERPRINT_TEXT_MAX - 1 : FINGERPRINT_TEXT_MAX)
}
