/** Which rows a statement locks until its transaction ends, as far as its text shows it. */
import { Offsets, type StatementFacts } from '../sql/index.ts'
import { type CodeValue, isDynamic, type SourceStatement, valueNamed } from './source-statement.ts'

/** Rows of one table that a statement locks. */
export interface LockedRows {
  /** The table, lower case. */
  readonly table: string
  /** The column that is compared with a value, lower case; '' for an INSERT that updates what is there. */
  readonly column: string
  /** That value; null for such an INSERT. */
  readonly value: CodeValue | null
}

/** Columns that name one row. */
const KEY = /(^|_)(id|uuid|guid|key|code|email|name|number|slug|sku)$|Id$/

/** The rows that a statement finds by a value of its key and locks; null where it locks none or others. */
export function lockedRows(statement: SourceStatement): LockedRows | null {
  const { facts, text } = statement
  if (facts === null || statement.factsPartial) return null
  const table = facts.tables[0]?.name.parts.at(-1)?.toLowerCase() ?? ''
  if (table === '' || isDynamic(table)) return null
  if (facts.root === 'Insert') return UPSERT.test(text) ? { table, column: '', value: null } : null
  const key = locksByKey(facts, text) ? keyOf(facts, statement) : null
  return key === null ? null : { table, ...key }
}

/** Whether a statement of one table locks what it finds. */
const locksByKey = ({ writes, root, tables }: StatementFacts, text: string): boolean =>
  tables.length === 1 && (writes.length === 1 || (root === 'Query' && FOR_UPDATE.test(text)))

/** The key that is compared with a value. */
function keyOf(
  { comparisons }: StatementFacts,
  statement: SourceStatement,
): Pick<LockedRows, 'column' | 'value'> | null {
  const offsets = new Offsets(statement.factsText)
  for (const { how, left, right } of comparisons) {
    if (how !== 'equal') continue
    const column = offsets.column(left)?.parts.at(-1) ?? ''
    const found = valueNamed(statement, offsets.column(right)?.parts.at(-1) ?? '')
    if (found !== null && KEY.test(column)) return { column: column.toLowerCase(), value: found.value }
  }
  return null
}

const UPSERT = /\bon\s+conflict\b[\s\S]*\bdo\s+update\b|\bon\s+duplicate\s+key\s+update\b/i
const FOR_UPDATE = /\bfor\s+(no\s+key\s+)?update\b/i

/** Whether a statement takes locks that keep others from waiting in a circle: all rows at once and in order, or one lock for all. */
export const prevents = ({ text }: SourceStatement): boolean =>
  (FOR_UPDATE.test(text) && /\border\s+by\b|\bin\s*\(|\bany\s*\(|\bskip\s+locked\b/i.test(text)) ||
  /advisory|\bget_lock\b|\block\s+tables?\b|\bskip\s+locked\b/i.test(text)
