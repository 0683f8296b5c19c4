/** How well declarations fit what code names: a table whose columns code does not know by them is another database's table. */
import {
  type CodeSchema,
  type CodeTable,
  isDynamic,
  isSystemTable,
  nearestName,
  resolveColumn,
  type SourceStatement,
} from '../rules/index.ts'

/** The schema with the share of the code's tables it knows, and without columns that are another table's of the same name. */
export function covering(schema: CodeSchema, statements: readonly SourceStatement[]): CodeSchema {
  const read = statements.filter(
    ({ role, facts }) =>
      role === 'code' && facts !== null && /^(Query|Insert|Update|Delete)$/.test(facts.root),
  )
  const named = new Set(read.flatMap(namesOf))
  const known = [...named].filter((name) => schema.tables.has(name)).length
  const tables = new Map(schema.tables)
  for (const table of strangers(read, schema))
    tables.set(table.name.toLowerCase(), { ...table, columns: null })
  return {
    ...schema,
    tables,
    covered: named.size === 0 ? 0 : known / named.size,
    undeclared: named.size - known,
  }
}

const namesOf = ({ facts }: SourceStatement): readonly string[] =>
  (facts?.tables ?? []).flatMap(({ name }) =>
    name.parts.some(isDynamic) || isSystemTable(name) ? [] : (name.parts.at(-1)?.toLowerCase() ?? ''),
  )

/** The columns code names of one table: those it is declared to have, and those it is not. */
interface Named {
  readonly known: Set<string>
  readonly absent: Set<string>
}

/** Names that no declaration has, from which on they are no slips; and how many of them there must be for one that is known. */
const ABSENT_MIN = 3
const ABSENT_SHARE_MIN = 1 / 4

/** Tables of which code names so many columns that are not declared that it must mean another one. */
function strangers(statements: readonly SourceStatement[], schema: CodeSchema): readonly CodeTable[] {
  const named = new Map<CodeTable, Named>()
  for (const statement of statements) note(statement, schema, named)
  return [...named].flatMap(([table, { known, absent }]) => {
    const isOther = absent.size >= ABSENT_MIN && absent.size >= known.size * ABSENT_SHARE_MIN
    return isOther || (absent.size > 1 && absent.size >= known.size) ? [table] : []
  })
}

function note(
  { facts, factsPartial }: SourceStatement,
  schema: CodeSchema,
  named: Map<CodeTable, Named>,
): void {
  for (const { name, block } of facts?.columns ?? []) {
    if (factsPartial && name.parts.length < 2) continue
    const column = name.parts.at(-1)?.toLowerCase() ?? ''
    const resolved = resolveColumn(name, block, schema)
    if (resolved.kind === 'column') of(resolved.table, named).known.add(column)
    else if (resolved.kind === 'absent' && resolved.tables.length === 1 && resolved.tables[0] !== undefined)
      noteAbsent(column, resolved.tables[0], named)
  }
}

/** A dropped column, and a slip of the pen, say nothing against the declarations. */
function noteAbsent(column: string, table: CodeTable, named: Map<CodeTable, Named>): void {
  if (table.gone.has(column) || nearestName(column, table.columns?.keys() ?? []) !== null) return
  of(table, named).absent.add(column)
}

function of(table: CodeTable, named: Map<CodeTable, Named>): Named {
  const own = named.get(table) ?? { known: new Set(), absent: new Set() }
  named.set(table, own)
  return own
}
