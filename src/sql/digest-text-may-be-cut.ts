// Tells whether a DIGEST_TEXT may be the beginning of a longer one. Both servers cut silently, in the middle of the
// statement and without a mark, so the only witness is the size of the token buffer behind the text.

import { MYSQL } from './dialect.ts'
import { SqlLexer, TokenKind } from './lexer.ts'

/** Default of `max_digest_length` and `performance_schema_max_digest_length` on MySQL and MariaDB, in bytes. */
export const DEFAULT_MAX_DIGEST_BYTES = 1024

/** A token takes 2 bytes in the buffer; a name takes 2 more for its length, and its bytes (sql/sql_digest.cc). */
const TOKEN_BYTES = 2
/** What the next token could have needed: a name of 64 single-byte characters. */
const NEXT_TOKEN_BYTES = 68

/**
 * True when the server's token buffer behind `digestText` was so full that the next token may not have fitted.
 * Such a text joins only with itself: its fingerprint says nothing about the statement's. `maxDigestBytes` is
 * the smaller of `@@max_digest_length` and `@@performance_schema_max_digest_length`.
 */
export function digestTextMayBeCut(digestText: string, maxDigestBytes = DEFAULT_MAX_DIGEST_BYTES): boolean {
  const reduced = digestText
    .replaceAll(/\((?:\?|\.\.\.)\)(?: \/\* , \.\.\. \*\/)?/g, '?')
    .replaceAll('?, ...', '?')
  const lexer = new SqlLexer(reduced, MYSQL)
  let bytes = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    bytes += TOKEN_BYTES
    if (kind === TokenKind.quotedName) bytes += TOKEN_BYTES + Buffer.byteLength(lexer.tokenText()) - 2
  }
  return bytes > maxDigestBytes - NEXT_TOKEN_BYTES
}
