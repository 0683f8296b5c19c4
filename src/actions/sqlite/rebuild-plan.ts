/**
 * The statements that give a column another type, by the procedure SQLite documents for changes it has no ALTER TABLE for
 * (https://www.sqlite.org/lang_altertable.html, section 7): foreign keys off before the transaction, a new table filled
 * from the old one, the old one dropped, the new one renamed, never the other way round, and all of it proven before COMMIT.
 */
import type { Json } from '../../core/canonical.ts'
import type { Plan, Step } from '../../core/plan.ts'
import type { CopyReport, DatabaseState, RowKey, TableFacts } from '../../engines/sqlite/shapes.ts'
import { quoteSqliteName as name, quoteSqliteText as text } from '../../sql/quoting.ts'
import { type DefinedTable, withParts } from '../../sql/sqlite-table.ts'

/** What a rebuild is rendered from. */
export interface Rebuild {
  readonly facts: TableFacts
  readonly key: RowKey
  readonly column: string
  /** The type the column is to have, as it is written. */
  readonly type: string
  /** The table's whole text as it is to be. */
  readonly sql: string
  /** What must hold before COMMIT. */
  readonly expected: DatabaseState
  /** It is the way back, to what values some of which may not have the type's own class. */
  readonly isBack: boolean
  /** Absolute path of the backup to be. */
  readonly backup: string
  readonly bounds: Bounds
}

/** What the installation allows a run. */
export interface Bounds {
  readonly lockWaitMs: number
  readonly statementTimeoutMs: number
  /** Of the machine; null if nobody told us. */
  readonly memoryBytes: number | null
}

/** Pages kept in memory where nobody said how much there is, and at most, KiB. */
const CACHE_KIB = { unsaid: 65_536, most: 524_288 }

/**
 * A UNIQUE column fills its index at random places, and integrity_check looks every row up in every index: a cache that holds
 * them made it twice as quick (300,000 rows). An eighth of the machine's memory, for as long as the process of the connection lives.
 */
const cacheKib = (memoryBytes: number | null): number =>
  memoryBytes === null
    ? CACHE_KIB.unsaid
    : Math.min(CACHE_KIB.most, Math.max(CACHE_KIB.unsaid, Math.floor(memoryBytes / 8 / 1_024)))

const CLEAN: CopyReport = {
  missing: 0,
  extra: 0,
  different: 0,
  lost: 0,
  sequence: true,
  foreignKeys: false,
}

/** Name of the new table until it has that of the old one. */
export const copyName = (table: string): string => `_dbm_new_${table}`

/** The definition with another name, quoted as ALTER TABLE RENAME writes it, and another type in one column; null if there is no such column. */
export function definitionWith(
  defined: DefinedTable,
  table: string,
  change: { readonly column: string; readonly type: string } | null,
): string | null {
  const renamed = { ...defined.name, text: name(table) }
  if (change === null) return withParts(defined.sql, [renamed])
  const column = defined.columns.find((each) => each.name === change.column)
  if (column === undefined) return null
  const { start, end } = column.type
  // Behind a name without a type there may be no space.
  const retyped = { start, end, text: start === end ? ` ${change.type}` : change.type }
  return withParts(defined.sql, [renamed, retyped])
}

/** The plan. */
export function rebuildPlan(rebuild: Rebuild, defined: DefinedTable): Plan {
  const { facts } = rebuild
  const { lockWaitMs, statementTimeoutMs, memoryBytes } = rebuild.bounds
  const guard = (sql: string): Step => ({ kind: 'guard', text: sql, timeoutMs: 10_000, onlyIf: null })
  const step = (sql: string, onlyIf: Step['onlyIf'] = null): Step => ({
    kind: 'statement',
    text: sql,
    timeoutMs: statementTimeoutMs,
    onlyIf,
  })
  return {
    guards: [
      guard(`PRAGMA busy_timeout = ${lockWaitMs}`),
      guard('PRAGMA foreign_keys = OFF'),
      guard('PRAGMA legacy_alter_table = ON'),
      guard('PRAGMA ignore_check_constraints = OFF'),
      guard('PRAGMA synchronous = FULL'),
      guard(`PRAGMA cache_size = -${cacheKib(memoryBytes)}`),
    ],
    steps: [
      step('BEGIN IMMEDIATE'),
      step(`.backup main ${filePath(rebuild.backup)}`, when('schema', {}, { schema: facts.schemaDigest })),
      ...rebuildSteps(rebuild, defined).map((sql, index) => step(sql, demand(rebuild, sql, index))),
      step('COMMIT', when('state', { table: facts.table }, rebuild.expected as unknown as Json)),
    ],
  }
}

/** What lies between BEGIN and COMMIT, without the backup. */
export function rebuildSteps(
  rebuild: Pick<Rebuild, 'facts' | 'key' | 'column' | 'type'>,
  defined: DefinedTable,
): readonly string[] {
  const { facts, column, type } = rebuild
  const [table, copy] = [name(facts.table), name(copyName(facts.table))]
  const created = definitionWith(defined, copyName(facts.table), { column, type })
  return [
    created ?? '',
    copyStatement(rebuild),
    ...sequence(facts),
    ...statistics(facts, facts.table, copyName(facts.table)),
    dropStatement(facts),
    `ALTER TABLE ${copy} RENAME TO ${table}`,
    ...facts.own.map(({ sql }) => sql),
    ...statistics(facts, copyName(facts.table), facts.table),
  ]
}

/** With the rowids, which others may hold; ABORT, whatever conflict clause a constraint has: no row is passed over. */
function copyStatement({ facts, key }: Pick<Rebuild, 'facts' | 'key'>): string {
  const stored = facts.columns.filter(({ isGenerated }) => !isGenerated)
  const names = stored.map((column) => name(column.name))
  // An unquoted rowid is never taken for a column: the name was chosen because no column has it.
  const all = key.kind === 'rowid' && !key.isColumn ? [key.name, ...names] : names
  const list = all.join(', ')
  return `INSERT OR ABORT INTO ${name(copyName(facts.table))} (${list}) SELECT ${list} FROM ${name(facts.table)}`
}

/** The copy has counted its own rows; AUTOINCREMENT must go on behind rows that are long gone, too. */
function sequence({ autoincrement, table }: TableFacts): readonly string[] {
  if (!autoincrement) return []
  const copy = text(copyName(table))
  return [
    `DELETE FROM sqlite_sequence WHERE name = ${copy}`,
    `INSERT INTO sqlite_sequence (name, seq) SELECT ${copy}, seq FROM sqlite_sequence WHERE name = ${text(table)}`,
  ]
}

/**
 * DROP TABLE deletes the planner's statistics of a table by its name, and RENAME leaves them, so they wait under the copy's
 * name. Samples (sqlite_stat4) hold values, of the old type too, and go; ANALYZE takes new ones.
 */
const statistics = ({ hasStatistics }: TableFacts, from: string, to: string): readonly string[] =>
  hasStatistics ? [`UPDATE sqlite_stat1 SET tbl = ${text(to)} WHERE tbl = ${text(from)}`] : []

/** The copy is begun once there is a backup, and takes the table's place once it is proven to be all of it. */
function demand(rebuild: Rebuild, sql: string, index: number): Step['onlyIf'] {
  if (index === 0) return whenBackedUp(rebuild)
  return sql === dropStatement(rebuild.facts) ? whenCopied(rebuild) : null
}

const dropStatement = ({ table }: TableFacts): string => `DROP TABLE ${name(table)}`

const when = (kind: string, params: { readonly [name: string]: Json }, equals: Json): Step['onlyIf'] => ({
  question: { kind, params },
  equals,
})

const whenBackedUp = ({ facts, backup }: Rebuild): Step['onlyIf'] =>
  when('backup', { file: backup, table: facts.table }, { schema: facts.schemaDigest, sameRows: true })

const whenCopied = ({ facts, column, type, isBack }: Rebuild): Step['onlyIf'] =>
  when(
    'copied',
    { table: facts.table, copy: copyName(facts.table), column, type, anyClass: isBack },
    CLEAN as unknown as Json,
  )

/** A path in quotes, as the shell of SQLite takes it. @throws RangeError for one with a character nobody could check */
export function filePath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the purpose
  if (/[\u0000-\u001f\u007f"\\]/.test(path) || !path.isWellFormed())
    throw new RangeError('the path has a character that is not written into a plan')
  return `"${path}"`
}
