/**
 * Everything the database's own catalog says of a schema, object by object and word by word: what `dump` leaves out
 * because dialects differ (types, defaults, bodies of triggers and routines) is all here.
 */
import type { Row, Session } from '../../../src/store/session.ts'

/** Text of every object but `schema_versions`, by kind and name. */
export async function catalog(session: Session): Promise<ReadonlyMap<string, string>> {
  const objects = session.dialect === 'sqlite' ? await ofSqlite(session) : await ofMysql(session)
  return new Map(objects.filter(([name]) => !name.endsWith(' schema_versions')).toSorted())
}

type Named = readonly [name: string, text: string]

const flat = (value: unknown): string => String(value).replace(/\s+/g, ' ').trim()

async function ofSqlite(session: Session): Promise<Named[]> {
  const rows = await session.rows("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
  return rows.map((row) => [`${flat(row['type'])} ${flat(row['name'])}`, flat(row['sql'])])
}

const ROUTINES = `SELECT routine_type AS kind, routine_name AS name, routine_definition AS body, dtd_identifier AS gives,
  is_deterministic AS fixed, sql_data_access AS access, security_type AS rights, definer AS definer, sql_mode AS mode
  FROM information_schema.routines WHERE routine_schema = DATABASE()`
const PARAMETERS = `SELECT specific_name AS routine, ordinal_position AS n, parameter_mode AS way, parameter_name AS name,
  dtd_identifier AS type FROM information_schema.parameters WHERE specific_schema = DATABASE()`
const TRIGGERS = `SELECT trigger_name AS name, event_object_table AS on_table, action_timing AS timing, event_manipulation AS event,
  action_order AS turn, action_statement AS body, definer AS definer, sql_mode AS mode
  FROM information_schema.triggers WHERE trigger_schema = DATABASE()`
const VIEWS = `SELECT table_name AS name, view_definition AS body, definer AS definer, security_type AS rights
  FROM information_schema.views WHERE table_schema = DATABASE()`
const TABLES = `SELECT table_name AS name FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'`

async function ofMysql(session: Session): Promise<Named[]> {
  const [here] = await session.rows('SELECT DATABASE() AS name')
  const database = String(here?.['name'])
  // Bodies of views name the database.
  const text = (row: Row): string =>
    Object.entries(row)
      .map(
        ([member, value]) => `${member.toLowerCase()}=${flat(value).replaceAll(`\`${database}\``, 'here')}`,
      )
      .join('; ')
  const named = (kind: string, rows: readonly Row[], name = 'name'): Named[] =>
    rows.map((row) => [`${kind} ${flat(row[name])}`, text(row)])
  const tables: Named[] = []
  for (const { name } of await session.rows(TABLES)) {
    const [row] = await session.rows(`SHOW CREATE TABLE ${String(name)}`)
    // MySQL writes the words of a CHECK in the character set of their column once the table was altered.
    const told = text(row ?? {}).replaceAll(/\b_(?:ascii|utf8mb4)'/g, "'")
    tables.push([`table ${String(name)}`, told.replace(/ AUTO_INCREMENT=\d+/, '')])
  }
  const parameters = (await session.rows(PARAMETERS)).map(
    (row): Named => [`parameter ${flat(row['routine'])} ${flat(row['n'])}`, text(row)],
  )
  return [
    ...tables,
    ...parameters,
    ...named('routine', await session.rows(ROUTINES)),
    ...named('trigger', await session.rows(TRIGGERS)),
    ...named('view', await session.rows(VIEWS)),
  ]
}
