/** The shape in which a table of the store is described, and the short words to describe it with. */
import type { Column, ColumnKind } from './columns.ts'
import type { Dialect, DialectName } from './dialect.ts'

/** A foreign key; always RESTRICT, because a cascade passes by triggers unseen. */
export interface ForeignKey {
  readonly columns: readonly string[]
  readonly to: string
  readonly toColumns: readonly string[]
}

/** A named CHECK over several columns. */
export interface TableCheck {
  readonly name: string
  readonly sql: (dialect: Dialect) => string
}

/** One table: columns, keys, and what its rows may become after they are written. */
export interface Table {
  readonly name: string
  /** What a row means, for the generated documentation. */
  readonly purpose: string
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  readonly unique: readonly (readonly string[])[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly checks: readonly TableCheck[]
  readonly indexes: readonly (readonly string[])[]
  /** Indexes that came after the table, numbered by themselves, so that those before keep their names. */
  readonly laterIndexes: readonly (readonly string[])[]
  /** Columns an UPDATE may change; every other column keeps its first value. Empty: append-only. */
  readonly mutable: readonly string[]
  /** Number of the rule that refuses a change of another column, and of the one that refuses a DELETE. */
  readonly refusals: { readonly update: string; readonly delete: string | null }
}

interface ColumnOptions {
  readonly null?: true
  readonly fallback?: string
  readonly note?: string
}

/** A column of a kind. NOT NULL unless said otherwise. */
export function column(name: string, kind: ColumnKind, options: ColumnOptions = {}): Column {
  return {
    name,
    kind,
    nullable: options.null ?? false,
    ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
    ...(options.note === undefined ? {} : { note: options.note }),
  }
}

/** A column the store computes from others; always nullable, because the document may lack the member. */
export function computed(
  name: string,
  kind: ColumnKind,
  sql: (dialect: DialectName) => string,
  stored?: 'stored',
): Column {
  return { name, kind, nullable: true, generated: sql, ...(stored === undefined ? {} : { stored: true }) }
}

/** Columns of a lease: both NULL, or an owner and the time it runs out. */
export const LEASE_COLUMNS: readonly Column[] = [
  column('lease_owner', { is: 'code', max: 100 }, { null: true }),
  column('lease_expires_at', { is: 'time' }, { null: true }),
]

/** The lease columns go together. */
export const leaseCheck = (table: string): TableCheck => ({
  name: `${table}_lease_rule`,
  sql: () => '(lease_owner IS NULL) = (lease_expires_at IS NULL)',
})

/** A table; what is left out is empty. */
export function table(
  name: string,
  purpose: string,
  parts: Pick<Table, 'columns' | 'refusals'> &
    Partial<
      Pick<Table, 'primaryKey' | 'unique' | 'foreignKeys' | 'checks' | 'indexes' | 'laterIndexes' | 'mutable'>
    >,
): Table {
  const first = parts.columns[0]
  if (first === undefined) throw new RangeError(`table ${name} has no column`)
  return {
    primaryKey: [first.name],
    unique: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    laterIndexes: [],
    mutable: [],
    ...parts,
    name,
    purpose,
  }
}

/** A foreign key from `columns` to `to(toColumns)`; the same names there if not said. */
export function references(columns: readonly string[], to: string, toColumns = columns): ForeignKey {
  return { columns, to, toColumns }
}
