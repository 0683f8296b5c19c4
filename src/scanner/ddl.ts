/** What one statement of DDL does to a schema, read from its tree. */
import { type CodeColumn, type CodeIndex, type DeclaredAt, familyOf } from '../rules/index.ts'
import { identifierText, items, member, type Node, type SqlDialect, typeText, variant } from '../sql/index.ts'
import type { SchemaBuilder } from './schema-builder.ts'

/** Where a statement stands, and by which rules it is read. */
export interface DdlPlace {
  readonly at: DeclaredAt
  readonly dialect: SqlDialect
}

const nameOf = (node: Node): string => {
  const last = Array.isArray(node) ? node.at(-1) : node
  return identifierText(member(last, 'Identifier')) ?? identifierText(last) ?? ''
}

/** Applies a statement; false if it may change tables in a way that is not understood. */
export function applyDdl(statement: Node, builder: SchemaBuilder, place: DdlPlace): boolean {
  const found = variant(statement)
  if (found === null) return true
  const apply = STATEMENTS[found.name]
  return apply === undefined ? true : apply(found.payload, builder, place)
}

type Apply = (payload: Node, builder: SchemaBuilder, place: DdlPlace) => boolean

const STATEMENTS: Readonly<Record<string, Apply>> = {
  CreateTable: createTable,
  CreateView: (payload, builder, { at }) => {
    builder.addView(nameOf(member(payload, 'name')), at)
    return true
  },
  CreateVirtualTable: (payload, builder, { at }) => {
    builder.addView(nameOf(member(payload, 'name')), at)
    return true
  },
  CreateIndex: (payload, builder) => {
    builder.addIndex(nameOf(member(payload, 'table_name')), indexOf(payload))
    return true
  },
  AlterTable: alterTable,
  Drop: (payload, builder, { at }) => {
    const kind = member(payload, 'object_type')
    for (const name of items(payload, 'names')) {
      if (kind === 'Table' || kind === 'View' || kind === 'MaterializedView') builder.drop(nameOf(name), at)
      if (kind === 'Index') builder.dropIndex(nameOf(name))
    }
    return true
  },
  RenameTable: (payload, builder, { at }) => {
    const pairs: readonly Node[] = Array.isArray(payload) ? payload : []
    for (const pair of pairs)
      builder.rename(nameOf(member(pair, 'old_name')), nameOf(member(pair, 'new_name')), at)
    return true
  },
}

function createTable(payload: Node, builder: SchemaBuilder, { at, dialect }: DdlPlace): boolean {
  const name = nameOf(member(payload, 'name'))
  const columns = items(payload, 'columns').map((each) => columnOf(each, { at, dialect }))
  const isOpen =
    columns.length === 0 ||
    member(payload, 'query') != null ||
    member(payload, 'like') != null ||
    member(payload, 'inherits') != null
  builder.createTable(name, {
    columns: isOpen ? null : columns,
    at,
    ifAbsent: member(payload, 'if_not_exists') === true,
  })
  for (const column of items(payload, 'columns')) {
    const index = inlineIndex(column)
    if (index !== null) builder.addIndex(name, index)
  }
  for (const constraint of items(payload, 'constraints')) addConstraint(constraint, name, builder)
  return true
}

function columnOf(node: Node, { at, dialect }: DdlPlace): CodeColumn {
  const options = items(node, 'options').map((each) => member(each, 'option'))
  const isKey = options.some((each) => variant(each)?.name === 'PrimaryKey')
  const type = typeText(member(node, 'data_type'))
  return {
    name: identifierText(member(node, 'name')) ?? '',
    type,
    family: dialect.name !== 'postgresql' && type === 'tinyint' ? 'integer' : familyOf(type),
    nullable: !(options.includes('NotNull') || isKey || /serial/.test(type)),
    declaredAt: { file: at.file, line: at.line + lineIn(member(node, 'name')) - 1 },
  }
}

/** The line of a name in its statement, from 1. */
const lineIn = (name: Node): number => Number(member(member(member(name, 'span'), 'start'), 'line') ?? 1)

function inlineIndex(column: Node): CodeIndex | null {
  const kinds = items(column, 'options').map((each) => variant(member(each, 'option'))?.name)
  if (!kinds.includes('PrimaryKey') && !kinds.includes('Unique')) return null
  const name = identifierText(member(column, 'name')) ?? ''
  return { name: '', columns: [name.toLowerCase()], hasExpression: false, unique: true }
}

function addConstraint(constraint: Node, table: string, builder: SchemaBuilder): void {
  const found = variant(constraint)
  if (found === null || !/^(PrimaryKey|Unique|Index)$/.test(found.name)) return
  const index = indexOf(found.payload)
  builder.addIndex(table, { ...index, unique: found.name !== 'Index' })
  if (found.name === 'PrimaryKey')
    for (const column of index.columns) builder.setNullable(table, column, false)
}

/** The plain leading columns of an index; `n(10)` is MySQL's prefix of a column. */
function indexOf(payload: Node): CodeIndex {
  const columns: string[] = []
  let hasExpression = false
  for (const part of items(payload, 'columns')) {
    const name = plainColumn(part)
    if (isThere(member(part, 'operator_class')) || name === null) hasExpression = true
    if (name !== null && (!hasExpression || columns.length > 0)) columns.push(name.toLowerCase())
  }
  const named = member(payload, 'name') ?? member(payload, 'index_name')
  return { name: nameOf(named), columns, hasExpression, unique: member(payload, 'unique') === true }
}

const isThere = (node: Node): boolean => node !== undefined && node !== null

/** The column a part of an index is, also with a length; null for an expression. */
function plainColumn(part: Node): string | null {
  const found = variant(member(member(part, 'column'), 'expr') ?? member(part, 'expr'))
  if (found?.name === 'Function') return prefixColumn(found.payload)
  return found?.name === 'Identifier' ? identifierText(found.payload) : null
}

function prefixColumn(payload: Node): string | null {
  const args = items(member(member(payload, 'args'), 'List'), 'args')
  const only = args.length === 1 ? member(member(member(args[0], 'Unnamed'), 'Expr'), 'Value') : null
  const isLength = variant(member(only, 'value'))?.name === 'Number'
  return isLength ? nameOf(member(payload, 'name')) : null
}

function alterTable(payload: Node, builder: SchemaBuilder, place: DdlPlace): boolean {
  let table = nameOf(member(payload, 'name'))
  for (const operation of items(payload, 'operations')) {
    const found = variant(operation)
    if (found === null) continue
    if (found.name === 'RenameTable') {
      const renamed = variant(member(found.payload, 'table_name'))
      const next = nameOf(renamed?.payload)
      builder.rename(table, next, place.at)
      table = next
    } else alterOne(found, { table, builder, place })
  }
  return true
}

function alterOne(
  { name, payload }: { readonly name: string; readonly payload: Node },
  {
    table,
    builder,
    place,
  }: { readonly table: string; readonly builder: SchemaBuilder; readonly place: DdlPlace },
): void {
  switch (name) {
    case 'AddColumn':
      builder.addColumn(table, columnOf(member(payload, 'column_def'), place))
      break
    case 'DropColumn':
      for (const each of [...items(payload, 'column_names'), member(payload, 'column_name')])
        builder.dropColumn(table, nameOf(each), place.at)
      break
    case 'RenameColumn':
      builder.renameColumn(
        table,
        [nameOf(member(payload, 'old_column_name')), nameOf(member(payload, 'new_column_name'))],
        place.at,
      )
      break
    case 'ChangeColumn':
      builder.renameColumn(
        table,
        [nameOf(member(payload, 'old_name')), nameOf(member(payload, 'new_name'))],
        place.at,
      )
      retype(table, nameOf(member(payload, 'new_name')), { payload, builder })
      break
    case 'ModifyColumn':
      retype(table, nameOf(member(payload, 'col_name')), { payload, builder })
      break
    case 'AlterColumn':
      alterColumn(table, payload, builder)
      break
    case 'AddConstraint':
      addConstraint(member(payload, 'constraint'), table, builder)
      break
    default:
  }
}

function retype(
  table: string,
  column: string,
  { payload, builder }: { payload: Node; builder: SchemaBuilder },
): void {
  const options = items(payload, 'options')
  builder.setType(table, column, typeText(member(payload, 'data_type')))
  builder.setNullable(table, column, !options.includes('NotNull'))
}

function alterColumn(table: string, payload: Node, builder: SchemaBuilder): void {
  const column = nameOf(member(payload, 'column_name'))
  const op = member(payload, 'op')
  if (op === 'SetNotNull') builder.setNullable(table, column, false)
  else if (op === 'DropNotNull') builder.setNullable(table, column, true)
  else if (variant(op)?.name === 'SetDataType')
    builder.setType(table, column, typeText(member(variant(op)?.payload, 'data_type')))
}
