// What the rest of the project may use from this folder.

export {
  MARIADB,
  MYSQL,
  ORACLE,
  POSTGRESQL,
  SQLITE,
  type SqlDialect,
  withSqlMode,
} from './dialect.ts'
export { digestTextMayBeCut } from './digest-text-may-be-cut.ts'
export {
  cutText,
  FINGERPRINT_TEXT_MAX,
  fingerprint,
  fingerprintId,
  type StatementFingerprint,
} from './fingerprint.ts'
export { type FingerprintRecordsOptions, fingerprintRecords } from './fingerprint-records.ts'
export { Offsets, type Operand, typeText } from './grammar/operands.ts'
export { CHAIN_MAX, isGrammarBroken, loadGrammar, parseSql, type Unparsed } from './grammar/parse-sql.ts'
export { readFacts } from './grammar/read-facts.ts'
export type {
  Block,
  ColumnUse,
  Comparison,
  Meeting,
  NameRef,
  NotInSubquery,
  Source,
  StarUse,
  StatementFacts,
  TextSpan,
  WriteUse,
} from './grammar/statement-facts.ts'
export {
  columnParts,
  type Found,
  findIn,
  identifierText,
  isQuery,
  items,
  literalNumber,
  member,
  type Node,
  nameParts,
  unwrapped,
  variant,
} from './grammar/syntax.ts'
export { SqlLexer, TokenKind, type TokenKindValue } from './lexer.ts'
export { likelyEscapes } from './likely-escapes.ts'
export { maskLiterals } from './mask-literals.ts'
export { type NormalisedStatement, normaliseStatement } from './normalise-statement.ts'
export { perconaFingerprint } from './percona-fingerprint.ts'
export { type NamedTable, statementTables } from './statement-tables.ts'
