/** Runs statements on empty tables of the same definitions, in memory, so that what SQLite would refuse is known before anybody is asked. */
import Database from 'better-sqlite3'
import { digestOf, readSchema, type SchemaRow } from './catalog.ts'

interface Rehearsal {
  readonly table: string
  /** Statements, in order. */
  readonly texts: readonly string[]
  /** The table's text as it is to be. */
  readonly sql: string
}

/** Why the statements would not come to the end they are for; null where they do. */
export function rehearse(schema: readonly SchemaRow[], { table, texts, sql }: Rehearsal): string | null {
  const stage = new Database(':memory:')
  try {
    const missing = setUp(stage, schema, table)
    if (missing !== null) return `its own definition cannot be made again: ${missing}`
    const before = objectsOf(stage, table)
    for (const text of texts) run(stage, text)
    const wanted = before.map((row) => (row.type === 'table' ? { ...row, sql } : row))
    const made = objectsOf(stage, table)
    return digestOf(made) === digestOf(wanted)
      ? null
      : 'the table would have other definitions than it is to have'
  } catch (error) {
    return (error as Error).message
  } finally {
    stage.close()
  }
}

/** Makes the table and what it stands among. What is not of the table may fail: a module or a function is not known here. */
function setUp(stage: Database.Database, schema: readonly SchemaRow[], table: string): string | null {
  stage.pragma('foreign_keys = OFF')
  stage.pragma('legacy_alter_table = ON')
  let problem: string | null = null
  for (const { name, tbl_name, sql } of schema) {
    if (sql === null || /^sqlite_/i.test(name) || /^CREATE VIRTUAL/i.test(sql)) continue
    try {
      stage.exec(sql)
    } catch (error) {
      if (tbl_name === table) problem = (error as Error).message
    }
  }
  // Tables of the planner's statistics exist once there are some.
  if (schema.some(({ name }) => name === 'sqlite_stat1')) stage.exec('ANALYZE')
  return problem
}

const objectsOf = (stage: Database.Database, table: string): readonly SchemaRow[] =>
  readSchema(stage)
    .filter((row) => row.tbl_name.toLowerCase() === table.toLowerCase())
    .toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1))

function run(stage: Database.Database, text: string): void {
  const statement = stage.prepare(text)
  if (statement.reader) statement.all()
  else statement.run()
}
