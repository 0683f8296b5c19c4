/** What a name in a statement means by the known schema. Where two readings are possible the answer is "unknown". */
import type { Block, NameRef, Source } from '../sql/index.ts'
import type { CodeColumn, CodeSchema, CodeTable } from './code-schema.ts'
import { isDynamic } from './source-statement.ts'

/** A column, the certainty that there is none, or neither. */
export type Resolved =
  | { readonly kind: 'column'; readonly table: CodeTable; readonly column: CodeColumn }
  | { readonly kind: 'absent'; readonly tables: readonly CodeTable[] }
  | { readonly kind: 'unknown' }

const UNKNOWN: Resolved = { kind: 'unknown' }

/** Columns that tables have without declaring them. */
const HIDDEN = new Set('rowid oid _rowid_ ctid xmin xmax cmin cmax tableoid rownum level'.split(' '))

/** Words that stand where a column could and are none: units of time, values without parentheses. */
const NOT_COLUMNS = new Set(
  (
    'user current_user session_user current_role system_user ' +
    'current_date current_time current_timestamp current_schema current_catalog localtime localtimestamp sysdate utc_timestamp ' +
    'utc_date utc_time default true false null new old excluded inserted deleted microsecond second minute hour day week month ' +
    'quarter year separator mode boolean language natural all any some unknown value values rank dual maxvalue epoch'
  ).split(' '),
)

/** The table a name in FROM means; undefined if none is known of that name. */
export function tableOf(name: NameRef, schema: CodeSchema): CodeTable | undefined {
  return schema.tables.get(name.parts.at(-1)?.toLowerCase() ?? '')
}

/** Schemas that belong to the server, and tables every database of some engine has. */
export const isSystemTable = (name: NameRef): boolean =>
  SYSTEM_SCHEMA.test(name.parts.at(-2) ?? '') || SYSTEM_TABLE.test(name.parts.at(-1) ?? '')

const SYSTEM_SCHEMA = /^(information_schema|performance_schema|mysql|sys|pg_catalog|pg_toast|temp|ndbinfo)$/i
const SYSTEM_TABLE =
  /^(pg_|sqlite_|pragma_|dual$|information_schema$|dbstat$|json_(each|tree)$|generate_series$|fts\w*vocab$|knex_migrations|SequelizeMeta$|_prisma_migrations$|__drizzle_migrations$|schema_migrations$|flyway_schema_history$|pgmigrations$|typeorm_metadata$|sysdiagrams$)/i

/** What a column name means where it stands. */
export function resolveColumn(name: NameRef, block: Block, schema: CodeSchema): Resolved {
  const column = name.parts.at(-1)?.toLowerCase() ?? ''
  if (name.parts.length > 2 || name.parts.some(isDynamic)) return UNKNOWN
  const qualifier = name.parts.at(-2)?.toLowerCase()
  if (qualifier !== undefined) return qualified(qualifier, column, { block, schema })
  const found = plain(column, block, schema)
  if (found.kind !== 'absent') return found
  // SQLite reads a quoted name that is no column as a string.
  const mayBeOther = HIDDEN.has(column) || NOT_COLUMNS.has(column) || name.quote === '"'
  // A migration that drops or renames it shows that it was a column.
  const wasThere = found.tables.some((each) => each.gone.has(column))
  return mayBeOther && !wasThere ? UNKNOWN : found
}

function qualified(
  qualifier: string,
  column: string,
  { block, schema }: { block: Block; schema: CodeSchema },
): Resolved {
  for (let at: Block | null = block; at !== null; at = at.parent) {
    const source = at.sources.find((each) => each.alias === qualifier)
    if (source === undefined) continue
    const found = inSource(source, column, schema)
    return found.kind === 'absent' && HIDDEN.has(column) ? UNKNOWN : found
  }
  return UNKNOWN
}

function inSource(source: Source, column: string, schema: CodeSchema): Resolved {
  if (source.table === null || source.table.parts.some(isDynamic) || isSystemTable(source.table))
    return UNKNOWN
  const table = tableOf(source.table, schema)
  if (table === undefined || table.columns === null) return UNKNOWN
  const found = table.columns.get(column)
  return found === undefined ? { kind: 'absent', tables: [table] } : { kind: 'column', table, column: found }
}

function plain(column: string, block: Block, schema: CodeSchema): Resolved {
  const seen: CodeTable[] = []
  for (let at: Block | null = block; at !== null; at = at.parent) {
    if (at.outputs.has(column) || at.sources.some((source) => source.alias === column)) return UNKNOWN
    const found = at.sources.map((source) => inSource(source, column, schema))
    const columns = found.filter((each) => each.kind === 'column')
    if (columns.length > 0) return columns.length === 1 && columns[0] !== undefined ? columns[0] : UNKNOWN
    const unclear = at.sources.some(
      (source, index) => found[index]?.kind === 'unknown' && !lacks(source, column),
    )
    if (unclear || at.sources.length === 0) return UNKNOWN
    for (const each of found) if (each.kind === 'absent') seen.push(...each.tables)
  }
  return seen.length === 0 ? UNKNOWN : { kind: 'absent', tables: seen }
}

/** Whether a derived table with known columns does not have this one. */
const lacks = (source: Source, column: string): boolean =>
  source.columns !== null && !source.columns.includes('') && !source.columns.includes(column)
