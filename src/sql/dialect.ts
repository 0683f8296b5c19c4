// The lexical rules in which SQL dialects differ, as data. Grammar, functions and types are not here: nothing in
// this folder decides whether a statement is valid.

/** The lexical rules of one dialect under one SQL mode. Immutable; make variants with {@link withSqlMode}. */
export interface SqlDialect {
  /** Which family the rules belong to. */
  readonly name: 'mysql' | 'mariadb' | 'postgresql' | 'sqlite' | 'oracle'
  /** True when `\` escapes the next character inside a string (false under NO_BACKSLASH_ESCAPES). */
  readonly backslashEscapes: boolean
  /** What `"x"` is: a string (MySQL's default) or a name (ANSI_QUOTES, PostgreSQL, SQLite). */
  readonly doubleQuote: 'string' | 'name'
  /** True when `` `x` `` is a name. */
  readonly backtickNames: boolean
  /** True when `[x]` is a name (SQLite accepts it for compatibility). */
  readonly bracketNames: boolean
  /** True when `#` begins a comment that ends with the line. */
  readonly hashComments: boolean
  /** True when `--` begins a comment only before white space, a control character or the end (MySQL, MariaDB). */
  readonly dashCommentNeedsSpace: boolean
  /** True when block comments nest (PostgreSQL). */
  readonly nestedComments: boolean
  /** True when `$tag$ ... $tag$` is a string and `$1` a placeholder (PostgreSQL). */
  readonly dollarQuotes: boolean
  /** True when `@x` is a user variable and `@@x` a system variable. */
  readonly atVariables: boolean
  /** One-letter prefixes, lower case, that belong to a string written directly after them. */
  readonly stringPrefixes: string
  /**
   * Whether the server runs the text inside a comment `/*!NNNNN ... ` (or `/*M!NNNNN`).
   * `version` is 0 when none is written; `forMariaDb` tells the `/*M!` spelling.
   */
  readonly runsVersionComment: (version: number, forMariaDb: boolean) => boolean
}

const NEVER = (): boolean => false

/**
 * MySQL 8.0 to 9 with its default SQL mode. Version comments up to 9.99.99 are taken as run; the manual's rule is
 * "version at least NNNNN" (https://dev.mysql.com/doc/refman/9.0/en/comments.html).
 */
export const MYSQL: SqlDialect = {
  name: 'mysql',
  backslashEscapes: true,
  doubleQuote: 'string',
  backtickNames: true,
  bracketNames: false,
  hashComments: true,
  dashCommentNeedsSpace: true,
  nestedComments: false,
  dollarQuotes: false,
  atVariables: true,
  stringPrefixes: 'nxb',
  runsVersionComment: (version, forMariaDb) => !forMariaDb && version < 99_999,
}

/**
 * MariaDB 10.6 to 11.8 with its default SQL mode. It skips `/*!50700` to `/*!99999` because those are MySQL's
 * (https://mariadb.com/kb/en/comment-syntax/), and runs `/*M!`.
 */
export const MARIADB: SqlDialect = {
  ...MYSQL,
  name: 'mariadb',
  runsVersionComment: (version, forMariaDb) =>
    forMariaDb ? version < 130_000 : version < 50_700 || (version > 99_999 && version < 130_000),
}

/** PostgreSQL with `standard_conforming_strings = on`, the default since 9.1. */
export const POSTGRESQL: SqlDialect = {
  name: 'postgresql',
  backslashEscapes: false,
  doubleQuote: 'name',
  backtickNames: false,
  bracketNames: false,
  hashComments: false,
  dashCommentNeedsSpace: false,
  nestedComments: true,
  dollarQuotes: true,
  atVariables: false,
  stringPrefixes: 'enxb',
  runsVersionComment: NEVER,
}

/** SQLite 3. */
export const SQLITE: SqlDialect = {
  name: 'sqlite',
  backslashEscapes: false,
  doubleQuote: 'name',
  backtickNames: true,
  bracketNames: true,
  hashComments: false,
  dashCommentNeedsSpace: false,
  nestedComments: false,
  dollarQuotes: false,
  atVariables: true,
  stringPrefixes: 'x',
  runsVersionComment: NEVER,
}

/** Oracle Database. Its strings in quotes of the writer's choice (`q'[it's]'`) are not known here. */
export const ORACLE: SqlDialect = {
  ...SQLITE,
  name: 'oracle',
  backtickNames: false,
  bracketNames: false,
  atVariables: false,
  stringPrefixes: 'n',
}

/**
 * The same dialect under a server's `@@sql_mode` (comma-separated). Only the two modes that change how text is
 * cut into tokens are read: NO_BACKSLASH_ESCAPES and ANSI_QUOTES (also implied by ANSI and by MariaDB's
 * DB2, MAXDB, MSSQL, ORACLE and POSTGRESQL modes, which the server itself expands before showing them).
 */
export function withSqlMode(dialect: SqlDialect, sqlMode: string): SqlDialect {
  const modes = new Set(sqlMode.toUpperCase().split(','))
  return {
    ...dialect,
    backslashEscapes: dialect.backslashEscapes && !modes.has('NO_BACKSLASH_ESCAPES'),
    doubleQuote: modes.has('ANSI_QUOTES') || modes.has('ANSI') ? 'name' : dialect.doubleQuote,
  }
}
