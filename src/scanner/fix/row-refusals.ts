/**
 * Whether MySQL and MariaDB may refuse a write for a row they look at: in strict mode an UPDATE, DELETE or INSERT ... SELECT that compares
 * texts with a number ends with error 1292 at the first row whose text is no number. Which rows are looked at is the plan's choice, and
 * another type of a bound value may give another plan (https://mariadb.com/kb/en/sql-mode/#strict-mode). Unknown counts as may.
 */
import { type CodeSchema, resolveColumn, type SourceStatement } from '../../rules/index.ts'
import { type Block, type Comparison, Offsets, type Operand } from '../../sql/index.ts'

/** What is compared: a column's values or computed ones, of a row each (`texts`, `numbers`), or one value for all rows. */
type Side = 'texts' | 'numbers' | 'text' | 'number' | 'value' | 'unknown'

interface Around {
  readonly statement: SourceStatement
  readonly schema: CodeSchema
  readonly offsets: Offsets
  readonly block: Block
}

/** Whether a statement may be refused for the sake of single rows. */
export function mayBeRefusedByRow(statement: SourceStatement, schema: CodeSchema): boolean {
  const { facts, dialect } = statement
  if (facts === null) return true
  if (facts.root === 'Query' || !/^(mysql|mariadb)$/.test(dialect.name)) return false
  const offsets = new Offsets(statement.factsText)
  return facts.comparisons.some((each) => mayConvert(each, { statement, schema, offsets, block: each.block }))
}

function mayConvert({ how, left, right }: Comparison, around: Around): boolean {
  if (how === 'assign' || how === 'like') return false
  const sides = [left, right].map((each) => sideOf(around.offsets.operand(each), around))
  if (sides.includes('unknown')) return true
  return sides.includes('texts') && !sides.every((each) => each === 'texts' || each === 'text')
}

/** Functions whose result is a text of the row. */
const OF_TEXTS = /^(LOWER|LCASE|UPPER|UCASE|TRIM|LTRIM|RTRIM|CONCAT|LEFT|RIGHT|SUBSTRING|SUBSTR|REPLACE)$/

function sideOf(operand: Operand, around: Around): Side {
  switch (operand.kind) {
    case 'string':
      return 'text'
    case 'number':
    case 'null':
      return 'number'
    case 'function':
      return OF_TEXTS.test(operand.name) ? 'texts' : 'unknown'
    case 'column':
      return ofColumn(operand, around)
    default:
      return 'unknown'
  }
}

function ofColumn(
  { name }: Extract<Operand, { kind: 'column' }>,
  { block, schema, statement }: Around,
): Side {
  const own = name.parts.length === 1 ? ofMarker(name.parts[0] ?? '', statement) : null
  if (own !== null) return own
  const found = resolveColumn(name, block, schema)
  if (found.kind !== 'column') return 'unknown'
  const { family } = found.column
  if (/^(integer|decimal|boolean)$/.test(family)) return 'numbers'
  return family === 'text' ? 'texts' : 'unknown'
}

/** A value of the code; null for any other name. */
function ofMarker(name: string, { values }: SourceStatement): Side | null {
  const [, kind = '', index = ''] = /^dbm_(hole|value)_(\d+)_$/.exec(name) ?? []
  if (kind === '') return null
  const value = kind === 'value' ? values[Number(index)] : null
  return value?.type === 'string' || value?.coercion?.to === 'string' ? 'text' : 'value'
}
