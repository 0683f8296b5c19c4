/** Statements as a person pastes them into a client: each ended, and what is no statement a comment. */

/** How the statements that are printed begin; prose that begins with the same word has it in small letters. */
const STATEMENT =
  /^(?:ALTER|ANALYZE|CALL|CREATE|DROP|FLUSH|GRANT|INSERT|INSTALL|KILL|REVOKE|SELECT|SET|UPDATE)\s/

/** A statement with the semicolon that ends it in a client; one it already has is enough. */
export const ended = (statement: string): string => (/;\s*$/.test(statement) ? statement : `${statement};`)

/**
 * The lines of a remedy so that the whole block can be pasted: statements are ended, and beside a statement other
 * lines (a setting of my.cnf, a restart) are comments. Without a statement the lines stay as they are.
 */
export function pasteable(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => STATEMENT.test(line))) return lines
  return lines.map((line) => (STATEMENT.test(line) ? ended(line) : `-- ${line}`))
}
