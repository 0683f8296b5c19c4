/**
 * How names, accounts and whole numbers are written into a statement. Only names that came from the catalog are
 * quoted; values of other kinds are bound by the driver and never pass through here.
 */
import { type IdentifierDialect, identifierProblem } from './identifiers.ts'

const QUOTE = { mysql: '`', postgres: '"', sqlite: '"' } as const satisfies Record<IdentifierDialect, string>

/**
 * A name in the dialect's quotes, with the quote inside doubled. Backticks mean the same under every sql_mode
 * of MySQL and MariaDB, ANSI_QUOTES included.
 * @throws RangeError for a name that is never rendered: one that could not be an object's name in that dialect, and one
 * with control or invisible characters, which a server takes and a catalog may return.
 */
export function quoteIdentifier(name: string, dialect: IdentifierDialect): string {
  const problem = identifierProblem(name, dialect)
  if (problem !== null) throw new RangeError(`a name to quote ${problem}`)
  const quote = QUOTE[dialect]
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`
}

/** A name as SQLite takes it. @throws as `quoteIdentifier`. */
export const quoteSqliteName = (name: string): string => quoteIdentifier(name, 'sqlite')

/** A text of the catalog, such as a table's name in one of SQLite's own tables. @throws as `quoteIdentifier`. */
export function quoteSqliteText(name: string): string {
  const problem = identifierProblem(name, 'sqlite')
  if (problem !== null) throw new RangeError(`a name to quote ${problem}`)
  return `'${name.replaceAll("'", "''")}'`
}

/** `schema`.`table`, each part quoted. @throws as `quoteIdentifier`. */
export function quoteQualified(parts: readonly string[], dialect: IdentifierDialect): string {
  return parts.map((part) => quoteIdentifier(part, dialect)).join('.')
}

/**
 * An account of MySQL or MariaDB, `` `user`@`host` ``: both halves may be quoted as identifiers
 * (https://dev.mysql.com/doc/refman/8.4/en/account-names.html), which no sql_mode changes. The anonymous
 * account and hosts that are empty are not rendered: no action is for them.
 * @throws RangeError for a user over 128 or a host over 255 characters, or a character no name may hold.
 */
export function quoteMysqlAccount(user: string, host: string): string {
  return `${quoteAccountPart(user, 128)}@${quoteAccountPart(host, 255)}`
}

function quoteAccountPart(text: string, most: number): string {
  // Longer than identifiers may be, so the length is checked here and the characters in slices.
  if (text === '' || [...text].length > most)
    throw new RangeError(`an account part has 1 to ${most} characters`)
  for (const char of text) {
    if (char !== ' ' && identifierProblem(char, 'mysql') !== null)
      throw new RangeError('an account part has a character no name may hold')
  }
  return `\`${text.replaceAll('`', '``')}\``
}

/**
 * A whole number as SQL digits. For the places where no server accepts a placeholder (KILL, SET GLOBAL).
 * @throws RangeError for anything but a bigint or a safe integer, and for a negative one.
 */
export function renderWholeNumber(value: bigint | number): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError('not an exact whole number')
  if (value < 0) throw new RangeError('a negative number is never rendered')
  return String(value === 0 ? 0 : value)
}
