/** Files of SQL: their declarations, and their queries as statements like any other. */
import type { FileRole, SourceStatement } from '../rules/index.ts'
import { POSTGRESQL, type SqlDialect } from '../sql/index.ts'
import { compose } from './compose.ts'
import { dialectOfText } from './drivers.ts'
import { Lines } from './lines.ts'
import { type Declaration, isDdl } from './replay.ts'
import { ROWS_UNKNOWN } from './row-use.ts'
import { isRoutine, splitSql } from './split-sql.ts'

const QUERY = /^\s*(?:select|with|insert|update|delete|replace)\b/i
const CHANGE = /^\s*(?:alter\s+table|create\s+(?:\w+\s+)?index)\b/i
/** Queries read of one file; a dump's INSERTs say nothing of code. */
const QUERIES_MAX = 500

/** What a file of SQL holds. */
export interface SqlFile {
  readonly file: string
  readonly role: FileRole
  readonly text: string
  /** The project's dialect; null to read it from the text. */
  readonly dialect: SqlDialect | null
}

/** The declarations of a file, and its queries if the file is part of the application and no migration. */
export function sqlFileStatements({ file, role, text, dialect }: SqlFile): {
  readonly statements: readonly SourceStatement[]
  readonly declarations: readonly Declaration[]
  /** Of a migration: those of its declarations that change what is there, as statements. */
  readonly changes: readonly SourceStatement[]
} {
  const rules = dialect ?? dialectOfText(text) ?? POSTGRESQL
  const lines = new Lines(text)
  const split = splitSql(text, rules)
  const declarations = split
    .filter((each) => isDdl(each.text))
    .map((each) => ({ text: each.text, at: { file, line: lines.at(each.start).line }, dialect: rules }))
  // A file with declarations is a schema or a migration; its INSERTs and UPDATEs run once.
  const queries =
    role === 'code' && declarations.length === 0
      ? split.filter((each) => QUERY.test(each.text) && !isRoutine(each.text)).slice(0, QUERIES_MAX)
      : []
  return {
    declarations,
    statements: queries.map((each) =>
      statementOf(each, { file, role, dialect: rules, known: dialect !== null }),
    ),
    changes: split
      .filter((each) => role === 'migration' && CHANGE.test(each.text))
      .slice(0, QUERIES_MAX)
      .map((each) => statementOf(each, { file, role, dialect: rules, known: dialect !== null })),
  }
}

function statementOf(
  each: { readonly text: string; readonly start: number },
  { file, role, dialect, known }: { file: string; role: FileRole; dialect: SqlDialect; known: boolean },
): SourceStatement {
  const span = { start: each.start, end: each.start + each.text.length }
  const pieces = [{ kind: 'text' as const, text: each.text, start: each.start, path: file }]
  return {
    ...compose({ pieces, path: file, span, dialect, bound: null, questionIsOperator: false, sender: null }),
    file,
    role,
    span,
    dialect,
    dialectKnown: known,
    driver: null,
    callForm: '.sql',
    sender: '',
    isFragment: false,
    awaited: false,
    loop: null,
    mayFail: false,
    sendsAnything: false,
    within: '',
    partNames: new Set(),
    rowUse: ROWS_UNKNOWN,
  }
}
