/** Columns and what they are compared with or set to, with the schema's columns and the code's values put in their places. */
import { type Block, type Meeting, type NameRef, Offsets, type Operand } from '../sql/index.ts'
import type { CodeColumn, CodeSchema, CodeTable } from './code-schema.ts'
import { resolveColumn } from './resolve-column.ts'
import {
  type CodeValue,
  isDynamic,
  type SourceSpan,
  type SourceStatement,
  valueNamed,
} from './source-statement.ts'

/** A column of the schema. */
export interface KnownColumn {
  readonly table: CodeTable
  readonly column: CodeColumn
}

/** What stands on the other side. */
export type Other =
  | {
      readonly kind: 'value'
      readonly bound: boolean
      readonly value: CodeValue
      readonly castTo: string | null
    }
  | { readonly kind: 'column'; readonly known: KnownColumn; readonly name: NameRef }
  | { readonly kind: 'operand'; readonly operand: Operand }

/** One known column that meets something. */
export interface ColumnMeeting {
  readonly how: Meeting
  readonly known: KnownColumn
  readonly name: NameRef
  readonly other: Other
  readonly block: Block
  /** Where the column stands in the file. */
  readonly span: SourceSpan
}

/** The column of an expression, by the schema; null if it is none or not known. */
export function knownColumn(name: NameRef, block: Block, schema: CodeSchema): KnownColumn | null {
  const resolved = resolveColumn(name, block, schema)
  return resolved.kind === 'column' ? { table: resolved.table, column: resolved.column } : null
}

/** Every meeting of a known column in a statement; a column on both sides is met once from the left. */
export function meetingsIn(statement: SourceStatement, schema: CodeSchema): readonly ColumnMeeting[] {
  const { facts } = statement
  if (facts === null) return []
  const offsets = new Offsets(statement.factsText)
  return facts.comparisons.flatMap(({ how, left, right, block }) => {
    const sides = [offsets.operand(left), offsets.operand(right)] as const
    const pairs = how === 'assign' || how === 'like' ? [sides] : [sides, [sides[1], sides[0]] as const]
    for (const [one, other] of pairs) {
      if (one.kind !== 'column' || one.name.parts.some(isDynamic)) continue
      const known = knownColumn(one.name, block, schema)
      if (known === null) continue
      const span = statement.locate(one.name.span.start, one.name.span.end)
      return [
        {
          how,
          known,
          name: one.name,
          block,
          span,
          other: otherOf(other, { statement, offsets, block, schema }),
        },
      ]
    }
    return []
  })
}

interface Around {
  readonly statement: SourceStatement
  readonly offsets: Offsets
  readonly block: Block
  readonly schema: CodeSchema
}

function otherOf(operand: Operand, { statement, offsets, block, schema }: Around): Other {
  if (operand.kind === 'cast') {
    const inner = offsets.operand(operand.inner)
    const value = inner.kind === 'column' ? valueNamed(statement, inner.name.parts[0] ?? '') : null
    return value === null ? { kind: 'operand', operand } : { kind: 'value', ...value, castTo: operand.type }
  }
  if (operand.kind !== 'column') return { kind: 'operand', operand }
  const value = operand.name.parts.length === 1 ? valueNamed(statement, operand.name.parts[0] ?? '') : null
  if (value !== null) return { kind: 'value', ...value, castTo: null }
  const known = knownColumn(operand.name, block, schema)
  return known === null ? { kind: 'operand', operand } : { kind: 'column', known, name: operand.name }
}

/** `users.code`, for messages. */
export const columnName = ({ table, column }: KnownColumn): string => `${table.name}.${column.name}`

/** `VARCHAR (migrations/001.sql:3)`, for messages. */
export const declared = ({ column }: KnownColumn): string =>
  `${column.type.toUpperCase()} (${column.declaredAt.file}:${column.declaredAt.line})`

/** Whether an index begins with the column. */
export const isIndexed = ({ table, column }: KnownColumn): boolean =>
  table.indexes.some((index) => index.columns[0] === column.name.toLowerCase())
