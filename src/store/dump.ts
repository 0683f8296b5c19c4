/**
 * The live schema as normalised text, read from the database's own catalog: tables, columns, nullability, keys,
 * named CHECKs, triggers with the rules inside them. The same text from both dialects means no drift.
 */
import type { Row, Session } from './session.ts'

/** What a dump says about each column. */
export interface DumpOptions {
  /** Also the column types, which differ between dialects by design. Default false. */
  readonly types?: boolean
}

/** A table as its catalog describes it. */
interface Shape {
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  readonly checks: readonly string[]
  readonly triggers: readonly string[]
}

/** Rules that exist in one dialect only: how a session is guarded and a time kept differs (see docs/store.md). */
const DIALECT_RULES: ReadonlySet<string> = new Set([
  'GOV-001',
  'GOV-002',
  'GOV-003',
  'GOV-004',
  'GOV-005',
  'GOV-006',
])

/** The whole schema, tables by name, one fact a line. `schema_versions` belongs to the runner and is left out. */
export async function dump(session: Session, options: DumpOptions = {}): Promise<string> {
  const shapes =
    session.dialect === 'sqlite' ? await sqliteShapes(session, options) : await mysqlShapes(session, options)
  const names = [...shapes.keys()].filter((name) => name !== 'schema_versions').sort()
  return `${names.map((name) => tableText(name, shapes.get(name))).join('\n')}\n`
}

function tableText(name: string, shape: Shape | undefined): string {
  if (shape === undefined) return `table ${name}`
  const part = (lines: readonly string[]): string[] => [...lines].sort().map((line) => `  ${line}`)
  return [
    `table ${name}`,
    ...part(shape.columns),
    ...part(shape.keys),
    ...part(shape.checks),
    ...part(shape.triggers),
  ].join('\n')
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

/** `trigger name: rules, audit, tables it moves` for what both dialects have; null if that leaves nothing. */
function triggerLine(table: string, name: string, body: string): string[] {
  const rules = [...new Set(body.match(/GOV-\d{3}/g) ?? [])].filter((rule) => !DIALECT_RULES.has(rule)).sort()
  const moved = [...body.matchAll(/(?:UPDATE|DELETE FROM) (\w+)(?=\s+(?:SET|WHERE))/g)].map((found) =>
    text(found[1]),
  )
  const others = [...new Set(moved)].filter((each) => each !== table && each !== 'audit_head').sort()
  const words = [
    ...rules,
    ...(body.includes('audit_append') ? ['audit'] : []),
    ...others.map((each) => `moves ${each}`),
  ]
  return words.length === 0 ? [] : [`trigger ${name}: ${words.join(' ')}`]
}

async function sqliteShapes(session: Session, options: DumpOptions): Promise<ReadonlyMap<string, Shape>> {
  const objects = await session.rows(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
  )
  const shapes = new Map<string, Shape>()
  for (const table of objects.filter((each) => each['type'] === 'table')) {
    const name = text(table['name'])
    shapes.set(name, {
      columns: await sqliteColumns(session, name, options),
      keys: await sqliteKeys(session, name),
      checks: [...text(table['sql']).matchAll(/CONSTRAINT (\w+)\s+CHECK/g)].map(
        (found) => `check ${found[1]}`,
      ),
      triggers: objects
        .filter((each) => each['type'] === 'trigger' && each['tbl_name'] === name)
        .flatMap((each) => triggerLine(name, text(each['name']), text(each['sql']))),
    })
  }
  return shapes
}

async function sqliteColumns(session: Session, table: string, options: DumpOptions): Promise<string[]> {
  const rows = await session.rows('SELECT * FROM pragma_table_xinfo(?)', [table])
  return rows.map((row) => {
    const generated = Number(row['hidden']) >= 2
    // A primary key is never NULL here, although SQLite reports a rowid alias as nullable.
    const required = Number(row['notnull']) === 1 || Number(row['pk']) > 0
    return columnLine({ name: text(row['name']), required, generated, type: text(row['type']) }, options)
  })
}

function columnLine(
  column: { name: string; required: boolean; generated: boolean; type: string },
  options: DumpOptions,
): string {
  const words = [
    `column ${column.name}`,
    ...(options.types === true ? [column.type.toLowerCase()] : []),
    column.required ? 'not null' : 'null',
    ...(column.generated ? ['generated'] : []),
  ]
  return words.join(' ')
}

async function sqliteKeys(session: Session, table: string): Promise<string[]> {
  const columns = await session.rows('SELECT name, pk FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk', [
    table,
  ])
  const keys = [`primary key (${columns.map((row) => text(row['name'])).join(', ')})`]
  const unique = await session.rows("SELECT name FROM pragma_index_list(?) WHERE origin = 'u'", [table])
  for (const { name } of unique) {
    const parts = await session.rows('SELECT name FROM pragma_index_info(?) ORDER BY seqno', [text(name)])
    keys.push(`unique (${parts.map((row) => text(row['name'])).join(', ')})`)
  }
  const foreign = await session.rows(
    'SELECT id, seq, "table" AS target, "from" AS source, "to" AS referred, on_update, on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    [table],
  )
  return [...keys, ...foreignLines(foreign)]
}

function foreignLines(rows: readonly Row[]): string[] {
  const byId = new Map<string, Row[]>()
  for (const row of rows) byId.set(text(row['id']), [...(byId.get(text(row['id'])) ?? []), row])
  return [...byId.values()].map((parts) => {
    const list = (field: string): string => parts.map((row) => text(row[field])).join(', ')
    const first = parts[0]
    return `foreign key (${list('source')}) references ${text(first?.['target'])} (${list('referred')}) ${text(first?.['on_delete']).toLowerCase()}`
  })
}

const MYSQL_COLUMNS = `SELECT table_name AS t, column_name AS name, is_nullable AS nullable, column_type AS type, extra AS extra
  FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`
const MYSQL_KEYS = `SELECT table_name AS t, index_name AS name, column_name AS c
  FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0 ORDER BY table_name, index_name, seq_in_index`
const MYSQL_FOREIGN = `SELECT k.table_name AS t, k.constraint_name AS id, k.column_name AS source, k.referenced_table_name AS target,
  k.referenced_column_name AS referred, r.delete_rule AS on_delete
  FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
  WHERE k.table_schema = DATABASE() ORDER BY k.table_name, k.constraint_name, k.ordinal_position`
const MYSQL_CHECKS = `SELECT table_name AS t, constraint_name AS name FROM information_schema.table_constraints
  WHERE table_schema = DATABASE() AND constraint_type = 'CHECK'`
const MYSQL_TRIGGERS = `SELECT event_object_table AS t, trigger_name AS name, action_statement AS body
  FROM information_schema.triggers WHERE trigger_schema = DATABASE()`
const MYSQL_TABLES = `SELECT table_name AS t FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'`

async function mysqlShapes(session: Session, options: DumpOptions): Promise<ReadonlyMap<string, Shape>> {
  const [tables, columns, keys, foreign, checks, triggers] = [
    await session.rows(MYSQL_TABLES),
    await session.rows(MYSQL_COLUMNS),
    await session.rows(MYSQL_KEYS),
    await session.rows(MYSQL_FOREIGN),
    await session.rows(MYSQL_CHECKS),
    await session.rows(MYSQL_TRIGGERS),
  ]
  const of = (rows: readonly Row[], table: string): Row[] => rows.filter((row) => text(row['t']) === table)
  return new Map(
    tables.map((row): [string, Shape] => {
      const name = text(row['t'])
      return [
        name,
        {
          columns: of(columns, name).map((column) => mysqlColumn(column, options)),
          keys: [...mysqlKeys(of(keys, name)), ...foreignLines(of(foreign, name))],
          checks: of(checks, name).map((check) => `check ${text(check['name'])}`),
          triggers: of(triggers, name).flatMap((each) =>
            triggerLine(name, text(each['name']), text(each['body'])),
          ),
        },
      ]
    }),
  )
}

function mysqlColumn(row: Row, options: DumpOptions): string {
  return columnLine(
    {
      name: text(row['name']),
      required: text(row['nullable']) === 'NO',
      generated: /GENERATED/i.test(text(row['extra'])) && !/DEFAULT_GENERATED/i.test(text(row['extra'])),
      type: text(row['type']),
    },
    options,
  )
}

function mysqlKeys(rows: readonly Row[]): string[] {
  const byName = new Map<string, string[]>()
  for (const row of rows)
    byName.set(text(row['name']), [...(byName.get(text(row['name'])) ?? []), text(row['c'])])
  return [...byName].map(([name, columns]) =>
    name === 'PRIMARY' ? `primary key (${columns.join(', ')})` : `unique (${columns.join(', ')})`,
  )
}
