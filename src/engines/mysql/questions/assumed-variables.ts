/**
 * The variables a statement of a stored program compares columns with, taken for values of the columns' own types: where the program may
 * not be read this tells whether an index serves, though not whether a variable of another type keeps it from being used.
 */
import { type SqlDialect, statementTables } from '../../../sql/index.ts'
import { textOrEmpty } from '../cells.ts'
import { isName, type ProgramVariables, type Token, tokensOf, unquoted, variableAt } from './program-text.ts'
import type { Reader } from './question.ts'
import { literalOf } from './type-literals.ts'

/** Tables and views of a statement whose columns are looked up, and columns of each. */
const TABLES_MAX = 10
const COLUMNS_SQL = `SELECT COLUMN_NAME AS name, DATA_TYPE AS type FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? LIMIT 5000`

const COMPARISON = /^(?:=|<=>|<|>|<=|>=|<>|!=|like)$/i
/** Words that are values or begin an expression, and no variables, after a comparison. */
const NO_VARIABLES = new Set(
  'null true false current_date current_time current_timestamp localtime localtimestamp utc_date utc_time utc_timestamp date time timestamp binary case interval not any all some select distinct exists default and or'.split(
    ' ',
  ),
)

/** Literals for the variables of a statement, by the columns they are compared with. Cost: one look-up by name for each table, ten at most. */
export async function assumedVariables(
  planner: Reader,
  { text, schema }: { readonly text: string; readonly schema: string },
  dialect: SqlDialect,
): Promise<ProgramVariables> {
  const columns = new Map<string, string>()
  for (const { name } of statementTables(text, dialect).slice(0, TABLES_MAX)) {
    const [table = '', named = schema] = name.split('.').reverse()
    const rows = await planner.query(COLUMNS_SQL, [named, table])
    for (const row of rows) columns.set(textOrEmpty(row['name']).toLowerCase(), textOrEmpty(row['type']))
  }
  const tokens = tokensOf(text, dialect)
  const found = new Map<string, string>()
  for (const at of tokens.keys()) {
    const variable = variableAt(tokens, at)
    if (variable === null || columns.has(variable.name) || NO_VARIABLES.has(variable.name)) continue
    const type = comparedType(tokens, { at, after: at + variable.tokens }, columns)
    const literal = type === null ? null : literalOf(type)
    if (literal !== null && !found.has(variable.name)) found.set(variable.name, literal)
  }
  return found
}

/** The type of the column that what begins at `at` and ends before `after` is compared with; null where it is not seen. */
function comparedType(
  tokens: readonly Token[],
  { at, after }: { readonly at: number; readonly after: number },
  columns: ReadonlyMap<string, string>,
): string | null {
  const typeOf = (token: Token | undefined): string | null =>
    token !== undefined && isName(token) ? (columns.get(unquoted(token.text)) ?? null) : null
  const [before, next] = [tokens[at - 1]?.text ?? '', tokens[after]?.text ?? '']
  if (/^(?:limit|offset)$/i.test(before)) return 'int'
  if (COMPARISON.test(before)) return typeOf(tokens[at - 2])
  if (COMPARISON.test(next)) return typeOf(tokens[tokens[after + 2]?.text === '.' ? after + 3 : after + 1])
  const head = headOf(tokens, at)
  return head === null ? null : typeOf(tokens[head])
}

/** Most tokens looked back over for what a list or a range belongs to. */
const BACK_MAX = 64

/** The column before `BETWEEN a AND b` or `IN (a, b)` that a token stands in; null where it stands in neither. */
function headOf(tokens: readonly Token[], at: number): number | null {
  for (let back = at - 1; back > Math.max(0, at - BACK_MAX); back -= 1) {
    const text = tokens[back]?.text.toLowerCase() ?? ''
    if (text === 'between' || text === 'in')
      return tokens[back - 1]?.text.toLowerCase() === 'not' ? back - 2 : back - 1
    const isPart = [',', '(', 'and', '.', '-'].includes(text) || isName(tokens[back]) || /^[\d'"]/.test(text)
    if (!isPart || /^(?:where|on|having|or)$/.test(text)) return null
  }
  return null
}
