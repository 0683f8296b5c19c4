/** Generated tables with any mixture of what SQLite's definitions can hold: a rebuild is refused, or changes one type and nothing else, and its undo brings back all. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import '../../../test/support/property-seed.ts'
import { bytesOf, openSession, proposeChange, sendPlan } from '../../../test/support/column-change.ts'
import type { ActSession } from '../../core/actuator.ts'
import type { SqliteQuestions } from './shapes.ts'

const RUNS = 30

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbmedic-rebuild-property-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** A column that is changed, among others, with values that may or may not survive. */
const table = fc.record({
  strict: fc.boolean(),
  keyed: fc.constantFrom('AUTOINCREMENT', 'INTEGER PRIMARY KEY', 'WITHOUT ROWID', 'no key', 'text key'),
  name: fc.constantFrom('t', 'Some Table', 'quo"ted', "apos'trophe", 'order', 'größe', '_t'),
  column: fc.constantFrom('v', 'the value', 'va"l', 'select', 'Ärger'),
  was: fc.constantFrom('TEXT', 'INTEGER', 'REAL', 'BLOB'),
  spelled: fc.constantFrom('', '(10)', ' /* was */ '),
  type: fc.constantFrom('INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB'),
  constraints: fc.subarray(['NOT NULL', 'UNIQUE', 'COLLATE NOCASE', 'CHECK (length(C) < 50)', "DEFAULT '3'"]),
  generated: fc.constantFrom(
    '',
    ', g TEXT GENERATED ALWAYS AS (other || 1) STORED',
    ', g AS (other || 1)',
    ', g TEXT AS (typeof(C))',
  ),
  objects: fc.subarray([
    'partial',
    'expression',
    'descending',
    'unique',
    'trigger',
    'view',
    'child',
    'foreign trigger',
    'parent',
    'statistics',
  ]),
  values: fc.array(
    fc.oneof(
      fc.integer({ min: -1000, max: 1000 }).map(String),
      fc.constantFrom(
        "'12'",
        "'x'",
        "''",
        '1.5',
        '2.0',
        "'1.5'",
        "' 7'",
        "'007'",
        'NULL',
        "x'3132'",
        '9007199254740993',
        '1e300',
        "'-0'",
        "'NaN'",
        "'ü'",
      ),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `${value}`.replace(/^-0$/, '0')),
    ),
    { maxLength: 12 },
  ),
})

type Table = typeof table extends fc.Arbitrary<infer T> ? T : never
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Statements that make the table; values that it does not take are left out by OR IGNORE and by what it refuses. */
function statements(made: Table): {
  readonly schema: readonly string[]
  readonly inserts: readonly string[]
} {
  const [name, column] = [quoted(made.name), quoted(made.column)]
  const fill = (text: string): string => text.replaceAll(/\bC\b/g, column)
  const strict = made.strict ? 'STRICT' : ''
  const type = made.strict ? made.was : made.was + made.spelled
  const any = made.strict ? 'ANY' : ''
  const key = {
    AUTOINCREMENT: 'id INTEGER PRIMARY KEY AUTOINCREMENT',
    'INTEGER PRIMARY KEY': 'id INTEGER PRIMARY KEY',
    'WITHOUT ROWID': 'id INTEGER',
    'no key': 'id INT',
    'text key': 'id TEXT PRIMARY KEY',
  }[made.keyed]
  const withoutRowid = made.keyed === 'WITHOUT ROWID'
  const options = [strict, withoutRowid ? 'WITHOUT ROWID' : ''].filter((option) => option !== '').join(', ')
  const objects: Readonly<Record<string, string>> = {
    partial: `CREATE INDEX i_partial ON ${name} (other) WHERE ${column} IS NOT NULL`,
    expression: `CREATE INDEX i_expression ON ${name} (lower(other), ${column})`,
    descending: `CREATE INDEX i_descending ON ${name} (${column} COLLATE RTRIM DESC, other)`,
    unique: `CREATE UNIQUE INDEX i_unique ON ${name} (id, ${column})`,
    trigger: `CREATE TRIGGER own AFTER UPDATE OF ${column} ON ${name} BEGIN INSERT INTO log VALUES (new.${column}); END`,
    view: `CREATE VIEW seen AS SELECT s.${column} AS c, s.* FROM ${name} AS s`,
    child: `CREATE TABLE child (t REFERENCES ${name} ON DELETE CASCADE, x TEXT)`,
    'foreign trigger': `CREATE TRIGGER foreign_one AFTER INSERT ON log BEGIN UPDATE ${name} SET other = 1 WHERE ${column} = new.a; END`,
    parent: 'CREATE TABLE parent (id INTEGER PRIMARY KEY)',
    statistics: 'ANALYZE',
  }
  const reference = made.objects.includes('parent') ? ', up INTEGER REFERENCES parent (id)' : ''
  return {
    schema: [
      'CREATE TABLE log (a)',
      `CREATE TABLE ${name} (${key}, ${column} ${type} ${fill(made.constraints.join(' '))}, other ${any}${reference}${fill(made.generated)}${withoutRowid ? ', PRIMARY KEY (id DESC)' : ''}) ${options}`,
      ...made.objects.map((object) => objects[object] ?? ''),
    ],
    inserts: made.values.map(
      (value, index) =>
        `INSERT OR IGNORE INTO ${name} (id, ${column}, other) VALUES (${index * 3 + 1}, ${value}, 'o${index}')`,
    ),
  }
}

function make(file: string, made: Table): boolean {
  const db = new Database(file)
  try {
    db.pragma('foreign_keys = OFF')
    const { schema, inserts } = statements(made)
    for (const sql of schema) db.exec(sql)
    for (const sql of inserts)
      try {
        db.exec(sql)
      } catch {
        // A STRICT table or a CHECK takes no such value.
      }
    return true
  } catch {
    return false
  } finally {
    db.close()
  }
}

/** Rows with classes, definitions, and what the catalog states; the changed column apart. */
function everything(file: string, made: Table, hasType: string) {
  const db = new Database(file)
  try {
    const [name, column] = [quoted(made.name), quoted(made.column)]
    const columns = (
      db.prepare('SELECT name FROM pragma_table_xinfo(?)').pluck().all(made.name) as string[]
    ).filter((each) => each !== made.column)
    const key = made.keyed === 'WITHOUT ROWID' ? 'id' : 'rowid'
    const others = columns.map((each) => `quote(${quoted(each)})`).join(', ')
    return {
      rows: db.prepare(`SELECT ${key}, ${others} FROM ${name} ORDER BY 1`).raw().all(),
      changed: db
        .prepare(`SELECT ${key}, quote(${column}), typeof(${column}) FROM ${name} ORDER BY 1`)
        .raw()
        .all() as string[][],
      columns: (
        db.prepare('SELECT * FROM pragma_table_xinfo(?)').all(made.name) as { name: string; type: string }[]
      ).map((row) => (row.name === made.column ? { ...row, type: hasType } : row)),
      indexes: db
        .prepare(
          'SELECT l.name, l."unique", l.origin, l.partial, x.seqno, x.cid, x."desc", x.coll, x."key" FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x ORDER BY l.name, x.seqno',
        )
        .raw()
        .all(made.name),
      keys: db.prepare('SELECT * FROM pragma_foreign_key_list(?)').raw().all(made.name),
      others: db
        .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> ? ORDER BY type, name')
        .raw()
        .all(made.name),
      sequence:
        made.keyed === 'AUTOINCREMENT'
          ? db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').raw().all(made.name)
          : [],
      statistics: made.objects.includes('statistics')
        ? db.prepare('SELECT * FROM sqlite_stat1 ORDER BY tbl, idx').raw().all()
        : [],
      sound: [db.pragma('integrity_check', { simple: true }), brokenKeys(db)],
      sql: db
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
        .pluck()
        .get(made.name),
    }
  } finally {
    db.close()
  }
}

test(`${RUNS} generated tables: refused, or one type changed and nothing else, and undone to what was`, async () => {
  const counted = { changed: 0, refused: 0, ended: 0 }
  let number = 0
  await fc.assert(
    fc.asyncProperty(table, async (made) => {
      number += 1
      const file = join(folder, `${number}.sqlite`)
      fc.pre(make(file, made))
      const before = everything(file, made, '')
      const session = await openSession(file)
      try {
        await play(session, { file, made, before, counted })
      } finally {
        await session.close()
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
  assert.ok(counted.changed >= RUNS / 8, JSON.stringify(counted))
  assert.ok(counted.refused >= RUNS / 8, JSON.stringify(counted))
})

/** A table that refers to what is no key of its parent breaks the check itself. */
function brokenKeys(db: Database.Database): unknown {
  try {
    return db.pragma('foreign_key_check')
  } catch (error) {
    return (error as Error).message
  }
}

interface Play {
  readonly file: string
  readonly made: Table
  readonly before: ReturnType<typeof everything>
  readonly counted: { changed: number; refused: number; ended: number }
}

async function play(
  session: ActSession<SqliteQuestions>,
  { file, made, before, counted }: Play,
): Promise<void> {
  const change = { table: made.name, column: made.column, type: made.type }
  const proposal = await proposeChange(session, change)
  assert.equal(bytesOf(await proposeChange(session, change)), bytesOf(proposal))
  const mayRun = proposal.preconditions.every(({ met }) => met === true)
  if (!mayRun) counted.refused += 1
  // What is refused is sent all the same: the transaction has its own proofs.
  const problem =
    proposal.plan.steps.length === 0 ? 'nothing to send' : await sendPlan(session, proposal.plan)
  if (problem !== null) {
    if (mayRun) counted.ended += 1
    await session.close()
    assert.deepEqual(everything(file, made, ''), before, problem)
    return
  }
  assert.ok(mayRun, 'nothing that a condition refuses passes the proofs')
  counted.changed += 1
  const { changed, sql, ...same } = everything(file, made, '')
  const { changed: _changed, sql: _sql, ...was } = before
  assert.deepEqual(same, was)
  assert.equal(changed.length, before.changed.length)
  assert.ok(typeof sql === 'string')
  if (!('plan' in proposal.undo)) return
  const undone = await sendPlan(session, proposal.undo.plan)
  assert.equal(undone, null)
  const { sql: back, ...restored } = everything(file, made, '')
  const { sql: first, ...original } = before
  assert.deepEqual(restored, original)
  assert.equal(String(back).slice(String(back).indexOf('(')), String(first).slice(String(first).indexOf('(')))
}
