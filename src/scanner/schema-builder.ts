/** A schema while statements are replayed on it. Names compare without case; unknown names are left alone. */
import {
  type CodeColumn,
  type CodeIndex,
  type CodeSchema,
  type CodeTable,
  type DeclaredAt,
  familyOf,
} from '../rules/index.ts'

interface Table {
  name: string
  isView: boolean
  columns: Map<string, CodeColumn> | null
  indexes: CodeIndex[]
  grown: string
  readonly declaredAt: DeclaredAt
  readonly gone: Map<string, DeclaredAt>
}

/** What a CREATE TABLE declares. */
export interface CreatedTable {
  /** Null if the columns are not in the statement. */
  readonly columns: readonly CodeColumn[] | null
  readonly at: DeclaredAt
  /** IF NOT EXISTS: the first of several declarations stands. */
  readonly ifAbsent: boolean
}

/** One database's tables as its statements make them, in order. */
export class SchemaBuilder {
  readonly #tables = new Map<string, Table>()
  readonly #gone = new Map<string, DeclaredAt>()
  readonly #foreign = new Set<string>()
  readonly #anywhere = new Set<string>()
  #isUncertain = false

  /** Tables by lower-case name. */
  get tables(): ReadonlyMap<string, CodeTable> {
    return this.#tables
  }

  /** Tables dropped or renamed and not made again. */
  get gone(): ReadonlyMap<string, DeclaredAt> {
    return this.#gone
  }

  createTable(name: string, { columns, at, ifAbsent }: CreatedTable): void {
    const key = name.toLowerCase()
    const before = this.#tables.get(key)
    if (key === '' || (ifAbsent && before !== undefined)) return
    this.#gone.delete(key)
    // A second declaration without a DROP is another dialect's or another version's: both sets of columns may be there.
    const own = columns === null || before?.columns === null ? null : new Map(before?.columns ?? [])
    for (const each of columns ?? []) own?.set(each.name.toLowerCase(), each)
    this.#tables.set(key, {
      name,
      isView: false,
      columns: own,
      indexes: [],
      grown: '',
      declaredAt: at,
      gone: new Map(),
    })
  }

  addView(name: string, at: DeclaredAt): void {
    const key = name.toLowerCase()
    this.#gone.delete(key)
    this.#tables.set(key, {
      name,
      isView: true,
      columns: null,
      indexes: [],
      grown: '',
      declaredAt: at,
      gone: new Map(),
    })
  }

  /** The table is changed in a way that is not understood: nothing is known of its columns any more. */
  forgetColumns(table: string): void {
    const known = this.#tables.get(table.toLowerCase())
    if (known === undefined) this.#foreign.add(table.toLowerCase())
    else known.columns = null
  }

  /** A column is added to a table whose name is made at run time; '' if the column's is, too. */
  addColumnSomewhere(column: string): void {
    if (column === '') this.#isUncertain = true
    else this.#anywhere.add(column.toLowerCase())
  }

  /** Columns that any of the tables may have besides its own. */
  get anywhere(): ReadonlySet<string> {
    return this.#anywhere
  }

  /** True if any of the tables may have columns of which nothing is known. */
  get isUncertain(): boolean {
    return this.#isUncertain
  }

  /** Tables that are altered here and created elsewhere. */
  get foreign(): ReadonlySet<string> {
    return this.#foreign
  }

  drop(name: string, at: DeclaredAt): void {
    if (this.#tables.delete(name.toLowerCase())) this.#gone.set(name.toLowerCase(), at)
  }

  rename(from: string, to: string, at: DeclaredAt): void {
    const table = this.#tables.get(from.toLowerCase())
    if (table === undefined || to === '') return
    this.#tables.delete(from.toLowerCase())
    this.#gone.set(from.toLowerCase(), at)
    this.#gone.delete(to.toLowerCase())
    this.#tables.set(to.toLowerCase(), { ...table, name: to })
  }

  addColumn(table: string, column: CodeColumn): void {
    const known = this.#tables.get(table.toLowerCase())
    if (known === undefined) this.#foreign.add(table.toLowerCase())
    if (known?.columns?.has(column.name.toLowerCase()) === true) return
    known?.columns?.set(column.name.toLowerCase(), column)
    known?.gone.delete(column.name.toLowerCase())
  }

  dropColumn(table: string, column: string, at: DeclaredAt): void {
    const known = this.#tables.get(table.toLowerCase())
    if (known === undefined || column === '') return
    if (known.columns?.delete(column.toLowerCase()) === true) known.gone.set(column.toLowerCase(), at)
    known.indexes = known.indexes.filter((each) => !each.columns.includes(column.toLowerCase()))
  }

  renameColumn(table: string, [from, to]: readonly [string, string], at: DeclaredAt): void {
    const known = this.#tables.get(table.toLowerCase())
    const column = known?.columns?.get(from.toLowerCase())
    if (known === undefined) this.#foreign.add(table.toLowerCase())
    if (known === undefined || column === undefined || to === '') return
    if (from.toLowerCase() !== to.toLowerCase()) {
      known.columns?.delete(from.toLowerCase())
      known.gone.set(from.toLowerCase(), at)
      known.gone.delete(to.toLowerCase())
    }
    known.columns?.set(to.toLowerCase(), { ...column, name: to, declaredAt: at })
    const renamed = (each: string): string => (each === from.toLowerCase() ? to.toLowerCase() : each)
    known.indexes = known.indexes.map((index) => ({ ...index, columns: index.columns.map(renamed) }))
  }

  setType(table: string, column: string, type: string): void {
    this.#change(table, column, (old) => ({ ...old, type, family: familyOf(type) }))
  }

  setNullable(table: string, column: string, nullable: boolean): void {
    this.#change(table, column, (old) => ({ ...old, nullable }))
  }

  addIndex(table: string, index: CodeIndex): void {
    this.#tables.get(table.toLowerCase())?.indexes.push(index)
  }

  /** What a declaration says of a table's many rows. */
  setGrown(table: string, grown: string): void {
    const known = this.#tables.get(table.toLowerCase())
    if (known !== undefined) known.grown = grown
  }

  dropIndex(name: string): void {
    for (const table of this.#tables.values())
      table.indexes = table.indexes.filter((each) => each.name.toLowerCase() !== name.toLowerCase())
  }

  #change(table: string, column: string, change: (old: CodeColumn) => CodeColumn): void {
    const columns = this.#tables.get(table.toLowerCase())?.columns
    const old = columns?.get(column.toLowerCase())
    if (old !== undefined) columns?.set(column.toLowerCase(), change(old))
  }
}

/**
 * One schema of several that may be different databases: a table exists if any has it, with the columns of all; where
 * they differ in a type, nothing is said of it.
 */
export function mergeSchemas(
  builders: readonly SchemaBuilder[],
  notUnderstood: readonly string[],
): CodeSchema {
  const tables = new Map<string, CodeTable>()
  const gone = new Map<string, DeclaredAt>()
  for (const builder of builders) {
    for (const [key, at] of builder.gone) gone.set(key, at)
    for (const [key, own] of builder.tables) {
      const before = tables.get(key)
      const table = builder.isUncertain ? { ...own, columns: null } : own
      tables.set(key, before === undefined ? table : mergeTables(before, table))
    }
  }
  for (const key of tables.keys()) gone.delete(key)
  for (const key of builders.flatMap((each) => [...each.foreign])) {
    const table = tables.get(key)
    if (table !== undefined) tables.set(key, { ...table, columns: null })
  }
  const anywhere = builders.flatMap((each) => [...each.anywhere])
  for (const [key, table] of anywhere.length > 0 ? [...tables] : [])
    tables.set(key, withColumns(table, anywhere))
  const complete = tables.size > 0 && notUnderstood.length === 0
  return { tables, gone, complete, covered: 0, undeclared: 0, notUnderstood }
}

/** A table with further columns of which only the names are known. */
function withColumns(table: CodeTable, names: readonly string[]): CodeTable {
  if (table.columns === null) return table
  const columns = new Map(table.columns)
  for (const name of names)
    if (!columns.has(name))
      columns.set(name, { name, type: '', family: 'other', nullable: null, declaredAt: table.declaredAt })
  return { ...table, columns }
}

function mergeTables(a: CodeTable, b: CodeTable): CodeTable {
  if (a.columns === null || b.columns === null) return { ...a, columns: null }
  const columns = new Map(a.columns)
  for (const [key, column] of b.columns) {
    const before = columns.get(key)
    columns.set(key, before === undefined ? column : mergeColumns(before, column))
  }
  return { ...a, columns, indexes: [...a.indexes, ...b.indexes], grown: a.grown === '' ? b.grown : a.grown }
}

function mergeColumns(a: CodeColumn, b: CodeColumn): CodeColumn {
  const sameFamily = a.family === b.family
  return {
    ...a,
    type: a.type === b.type ? a.type : '',
    family: sameFamily ? a.family : 'other',
    nullable: a.nullable === b.nullable ? a.nullable : null,
  }
}
