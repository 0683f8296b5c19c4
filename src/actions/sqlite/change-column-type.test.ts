import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import {
  bytesOf,
  type ColumnChange,
  openSession,
  proposeChange,
  sendPlan,
} from '../../../test/support/column-change.ts'
import { definitions, type Kind, makeDatabase, rowsDigest } from '../../../test/support/rebuilt-tables.ts'
import type { ActSession } from '../../core/actuator.ts'
import type { Proposal } from '../../core/proposal.ts'
import type { SqliteQuestions } from '../../engines/sqlite/index.ts'

const TO_INTEGER: ColumnChange = { table: 'orders', column: 'qty', type: 'INTEGER' }

let folder = ''
let file = ''
let session: ActSession<SqliteQuestions> | null = null
const templates = mkdtempSync(join(tmpdir(), 'dbmedic-rebuild-templates-'))
before(() => {
  for (const kind of ['autoincrement', 'without-rowid'] as const)
    makeDatabase(join(templates, kind), kind, 500)
})
after(() => rmSync(templates, { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbmedic-rebuild-'))
  file = join(folder, 'shop.sqlite')
})
afterEach(async () => {
  await session?.close()
  session = null
  rmSync(folder, { recursive: true, force: true })
})

const use = (kind: Kind): void => copyFileSync(join(templates, kind), file)
const make = (sql: string): void => {
  const db = new Database(file)
  db.exec(sql)
  db.close()
}
const rowsOf = (sql: string): unknown[] => {
  const db = new Database(file)
  const rows = db.prepare(sql).raw().all()
  db.close()
  return rows
}
async function proposed(change: ColumnChange): Promise<Proposal> {
  session ??= await openSession(file)
  return proposeChange(session, change)
}
async function sent(plan: Proposal['plan']): Promise<string | null> {
  session ??= await openSession(file)
  return sendPlan(session, plan)
}
const unmet = ({ preconditions }: Proposal): readonly string[] =>
  preconditions.flatMap(({ id, met, found }) => (met === true ? [] : [`${id}: ${found}`]))
const undoOf = ({ undo }: Proposal): Proposal['plan'] => {
  assert.ok('plan' in undo, 'whyNot' in undo ? undo.whyNot : '')
  return undo.plan
}
const backups = (plan: Proposal['plan']): string[] =>
  plan.steps.flatMap(({ text }) => /^\.backup main "(.*)"$/.exec(text)?.[1] ?? [])

describe('sqlite/change-column-type', () => {
  for (const kind of ['autoincrement', 'without-rowid'] as const)
    test(`keeps everything else of a table ${kind}, and its undo brings it back`, async () => {
      use(kind)
      const [rows, schema] = [rowsDigest(file), definitions(file)]
      const proposal = await proposed(TO_INTEGER)
      assert.deepEqual(unmet(proposal), [])
      assert.equal(
        bytesOf(await proposed(TO_INTEGER)),
        bytesOf(proposal),
        'the same state gives the same bytes',
      )
      assert.equal(await sent(proposal.plan), null)
      assert.deepEqual([rowsDigest(file), definitions(file)], [rows, { ...schema, type: 'INTEGER' }])
      assert.deepEqual(rowsOf('SELECT DISTINCT typeof(qty) FROM orders'), [['integer']])
      const [backup = ''] = backups(proposal.plan)
      assert.deepEqual(
        [rowsDigest(backup), definitions(backup)],
        [rows, schema],
        'the backup is the database as it was',
      )
      assert.equal(await sent(undoOf(proposal)), null)
      assert.deepEqual([rowsDigest(file), definitions(file)], [rows, schema])
      assert.deepEqual(rowsOf('SELECT DISTINCT typeof(qty) FROM orders'), [['text']])
    })

  test('keeps rowids that no column shows, and a counter whose rows are gone', async () => {
    make(
      "CREATE TABLE t (a TEXT, rowid TEXT); INSERT INTO t (_rowid_, a) VALUES (7, '1'), (900, '2'), (-3, NULL)",
    )
    make(
      "CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO c VALUES (50, '1'); DELETE FROM c",
    )
    assert.equal(await sent((await proposed({ table: 't', column: 'a', type: 'INTEGER' })).plan), null)
    assert.deepEqual(rowsOf('SELECT _rowid_, a FROM t'), [
      [-3, null],
      [7, 1],
      [900, 2],
    ])
    assert.equal(await sent((await proposed({ table: 'c', column: 'a', type: 'INTEGER' })).plan), null)
    assert.deepEqual(rowsOf('SELECT * FROM sqlite_sequence'), [['c', 50]])
  })

  test('refuses values that would not survive, and says where they are and nothing of what they are', async () => {
    const lossy = ['7abc', '', ' 2 ', '1e3', '-0', '+5', '007', '9223372036854775808', '1.5']
    make(`CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (a) VALUES (1), ('12'), ('-5'), (NULL), (2.0), ('9223372036854775807'),
      ${lossy.map((value) => `('${value}')`).join(', ')}, (2.5), (1e300), (x'31'), ('3' || char(0))`)
    const proposal = await proposed({ table: 't', column: 'a', type: 'INTEGER' })
    const [refusal = '', ...others] = unmet(proposal)
    assert.deepEqual(others, [])
    assert.match(refusal, /^values-survive: 13 of 19 values would not survive: rowid 7: text of 4 bytes, /)
    for (const value of ['7abc', '1e3', '9223372036854775808']) assert.ok(!refusal.includes(value))
    const found = await sent(proposal.plan)
    assert.match(
      found ?? '',
      /^DROP TABLE "t": not sent: copied is .*"lost":13,/,
      'and were it sent all the same, it would end',
    )
    await session?.close()
    session = null
    assert.equal(rowsOf("SELECT a FROM t WHERE a = '7abc' OR a = ''").length, 2)
  })

  test('takes over what survives: each class of values for each type', async () => {
    const survivors: Readonly<Record<string, readonly string[]>> = {
      INTEGER: ["'12'", '3', '4.0', 'NULL'],
      REAL: ["'1.5'", '3', '4.5', 'NULL'],
      TEXT: ["'abc'", '3', '4.5', 'NULL', "'7abc'"],
      NUMERIC: ["'12'", "'1.5'", '3', '4.5', 'NULL'],
      BLOB: ["'abc'", '3', "x'00ff'", 'NULL'],
    }
    for (const [type, values] of Object.entries(survivors)) {
      const table = `t_${type}`
      make(
        `CREATE TABLE ${table} (a); INSERT INTO ${table} VALUES ${values.map((value) => `(${value})`).join(', ')}`,
      )
      const proposal = await proposed({ table, column: 'a', type })
      assert.deepEqual(unmet(proposal), [], type)
      assert.equal(await sent(proposal.plan), null)
      assert.equal(rowsOf(`SELECT * FROM ${table}`).length, values.length)
    }
  })

  test('refuses what it cannot do for certain', async () => {
    make(`CREATE TABLE k (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE n (id INT PRIMARY KEY, a TEXT);
      CREATE TABLE g (a TEXT, b TEXT AS (a)); CREATE TABLE s (a TEXT) STRICT; CREATE TABLE d (a TEXT DEFAULT 'abc');
      CREATE TABLE r (rowid TEXT, _rowid_ TEXT, oid TEXT); CREATE TABLE "_dbm_new_c" (x); CREATE TABLE c (a TEXT);
      CREATE TABLE q (a TEXT, CHECK (q.a <> '')); CREATE TABLE w (a 'quoted type');
      CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE o (a TEXT, p INTEGER REFERENCES p(id));
      PRAGMA foreign_keys = OFF; INSERT INTO o VALUES ('1', 99)`)
    const reason = async (table: string, column: string, type: string): Promise<string> =>
      unmet(await proposed({ table, column, type })).join('; ')
    assert.match(await reason('k', 'id', 'TEXT'), /definition-certain: the column is the rowid/)
    assert.match(await reason('n', 'id', 'INTEGER'), /definition-certain: the column would become the rowid/)
    assert.match(await reason('g', 'b', 'INTEGER'), /definition-certain: the column is generated/)
    assert.match(await reason('s', 'a', 'NUMERIC'), /definition-certain: a STRICT table takes no NUMERIC/)
    assert.match(await reason('c', 'a', 'ANY'), /definition-certain: ANY is a type of STRICT tables/)
    assert.match(await reason('c', 'a', 'TEXT'), /definition-certain: the column has that type already/)
    assert.match(await reason('c', 'a', 'INTEGER'), /definition-certain: there is a _dbm_new_c already/)
    assert.match(await reason('d', 'a', 'INTEGER'), /values-survive: the column’s default would not survive/)
    assert.match(
      await reason('r', 'oid', 'INTEGER'),
      /definition-certain: columns hide every name of its rowid/,
    )
    assert.match(await reason('o', 'a', 'INTEGER'), /sound-before: .*broken by 1 rows/)
    assert.match(
      await reason('w', 'a', 'TEXT'),
      /definition-certain: its text seems to have another column or type than a/,
    )
    assert.match(await reason('q', 'a', 'BLOB'), /rehearsed: no such column: q.a/)
  })

  test('takes no table or column that the catalog has not', async () => {
    make('CREATE TABLE t (a TEXT); CREATE VIEW v AS SELECT * FROM t; CREATE VIRTUAL TABLE f USING fts5(a)')
    for (const [table, column] of [
      ['T', 'a'],
      ['v', 'a'],
      ['f', 'a'],
      ['f_data', 'id'],
      ['sqlite_schema', 'sql'],
      ['t', 'A'],
      ['t', 'a"'],
      ['t; DROP TABLE t', 'a'],
    ] as const)
      await assert.rejects(
        proposed({ table, column, type: 'INTEGER' }),
        /DBM_PARAM_INVALID|there is no table|no such column|is a (?:view|virtual|shadow)|of SQLite itself/,
        `${table}.${column}`,
      )
  })

  test('sends nothing once any definition of the database has changed since', async () => {
    use('autoincrement')
    const proposal = await proposed(TO_INTEGER)
    make('CREATE TABLE newer (a)')
    assert.match((await sent(proposal.plan)) ?? '', /^\.backup .*: not sent: schema is /)
    assert.equal(existsSync(backups(proposal.plan)[0] ?? ''), false)
  })

  test('waits for a writer as long as its busy_timeout allows, and writers wait for it', async () => {
    use('autoincrement')
    const { plan } = await proposed(TO_INTEGER)
    const bounded = {
      ...plan,
      guards: [...plan.guards, { ...plan.guards[0], text: 'PRAGMA busy_timeout = 50' }],
    } as typeof plan
    const writer = new Database(file)
    writer.pragma('busy_timeout = 0')
    writer.exec('BEGIN IMMEDIATE')
    assert.match((await sent(bounded)) ?? '', /^BEGIN IMMEDIATE: database is locked/)
    writer.exec('COMMIT')
    assert.equal(await sent({ ...plan, steps: plan.steps.slice(0, 3) }), null)
    assert.throws(() => writer.exec("INSERT INTO journal VALUES ('x', 1)"), /database is locked/)
    assert.equal(writer.prepare('SELECT count(*) FROM orders').pluck().get(), 495, 'readers go on')
    writer.close()
  })

  test('keeps a rollback journal, and gives up at COMMIT where a reader would see half of it', async () => {
    use('autoincrement')
    make('PRAGMA journal_mode = DELETE')
    const { plan, preconditions } = await proposed(TO_INTEGER)
    assert.ok(preconditions.every(({ met }) => met === true))
    const bounded = {
      ...plan,
      guards: [...plan.guards, { ...plan.guards[0], text: 'PRAGMA busy_timeout = 50' }],
    } as typeof plan
    const reader = new Database(file)
    reader.exec('BEGIN')
    assert.equal(reader.prepare('SELECT count(*) FROM orders').pluck().get(), 495)
    assert.match((await sent(bounded)) ?? '', /^COMMIT: database is locked/)
    await session?.close()
    session = null
    reader.exec('COMMIT')
    reader.close()
    assert.equal(definitions(file).type, 'TEXT')
    for (const backup of backups(plan)) rmSync(backup)
    assert.equal(await sent(plan), null)
    assert.ok(definitions(file).others.includes('journal_mode delete'))
  })

  test('writes over no file that has the backup’s name', async () => {
    use('autoincrement')
    const { plan } = await proposed(TO_INTEGER)
    copyFileSync(join(templates, 'autoincrement'), backups(plan)[0] ?? '')
    assert.match(unmet(await proposed(TO_INTEGER)).join(), /^backup-name-free: there is /)
    assert.match((await sent(plan)) ?? '', /^\.backup .*EEXIST/)
    assert.equal(definitions(file).type, 'TEXT')
  })

  test('has a step ended that takes longer than it may, and nothing of it stays', async () => {
    use('autoincrement')
    const { plan } = await proposed(TO_INTEGER)
    const endless = 'WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n) SELECT count(*) FROM n'
    const steps = [
      ...plan.steps.slice(0, 4),
      { ...plan.steps[0], text: endless, timeoutMs: 200 },
    ] as typeof plan.steps
    assert.match((await sent({ ...plan, steps })) ?? '', /ended after 200 ms; nothing of it was committed/)
    assert.equal(definitions(file).type, 'TEXT')
    assert.deepEqual(rowsOf("SELECT name FROM sqlite_schema WHERE name LIKE '\\_dbm%' ESCAPE '\\'"), [])
  })
})
