import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { openSession } from '../../../test/support/column-change.ts'
import { readIdentity } from './identity.ts'
import { createAsk } from './questions.ts'

let folder = ''
let file = ''
let db: Database.Database
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbmedic-questions-'))
  file = join(folder, 'a.sqlite')
  db = new Database(file)
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The answer. @throws where there is none */
async function answer(kind: string, params: object): Promise<unknown> {
  const ask = createAsk(db) as unknown as (
    k: string,
    p: object,
  ) => Promise<{ known: boolean; value: unknown; because: string }>
  const reading = await ask(kind, params)
  if (!reading.known) throw new Error(reading.because)
  return reading.value
}

const CLEAN = { missing: 0, extra: 0, different: 0, lost: 0, sequence: true, foreignKeys: false }
const copied = (type = 'INTEGER') =>
  answer('copied', { table: 't', copy: 'n', column: 'v', type, anyClass: false })

describe('the comparison of a copy', () => {
  for (const key of ['id INTEGER PRIMARY KEY', 'id INTEGER PRIMARY KEY AUTOINCREMENT', 'id INT NOT NULL'])
    test(`finds every difference there can be, ${key}`, async () => {
      const options = key.endsWith('NULL') ? ', PRIMARY KEY (id)) WITHOUT ROWID' : ')'
      db.pragma('foreign_keys = OFF')
      db.exec(`CREATE TABLE t (${key}, v TEXT, o TEXT COLLATE NOCASE${options}; CREATE TABLE n (${key}, v INTEGER, o TEXT COLLATE NOCASE${options};
        INSERT INTO t VALUES (1, '1', 'a'), (2, '22', NULL), (3, NULL, 'c'); INSERT INTO n SELECT * FROM t`)
      assert.deepEqual(await copied(), CLEAN)
      const within = async (sql: string): Promise<unknown> => {
        db.exec(`SAVEPOINT s; ${sql}`)
        const found = await copied()
        db.exec('ROLLBACK TO s; RELEASE s')
        return found
      }
      assert.deepEqual(await within('DELETE FROM n WHERE id = 2'), { ...CLEAN, missing: 1 })
      assert.deepEqual(
        await within("UPDATE n SET o = 'A' WHERE id = 1"),
        { ...CLEAN, different: 1 },
        'whatever the collation',
      )
      assert.deepEqual(await within('UPDATE n SET o = 5 WHERE id = 2'), { ...CLEAN, different: 1 })
      assert.deepEqual(await within('UPDATE n SET v = 23 WHERE id = 2'), { ...CLEAN, lost: 1 })
      assert.deepEqual(await within('UPDATE n SET v = NULL WHERE id = 2'), { ...CLEAN, lost: 1 })
      assert.deepEqual(await within('UPDATE n SET v = 0 WHERE id = 3'), { ...CLEAN, lost: 1 })
      const extra = { ...CLEAN, extra: 1, sequence: !key.endsWith('AUTOINCREMENT') }
      assert.deepEqual(await within("INSERT INTO n VALUES (9, 9, 'x')"), extra)
      assert.deepEqual(await within('UPDATE n SET id = 9 WHERE id = 3'), { ...CLEAN, missing: 1, extra: 1 })
      db.pragma('foreign_keys = ON')
      assert.deepEqual(await copied(), { ...CLEAN, foreignKeys: true })
    })
})

describe('the state of a table', () => {
  const state = async () => (await answer('state', { table: 't' })) as Record<string, unknown>

  test('shows what is broken, and every change of a definition', async () => {
    db.exec(`CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id), v TEXT);
      CREATE TABLE child (t INTEGER REFERENCES t (id)); CREATE TABLE other (t INTEGER REFERENCES p (id)); CREATE VIEW w AS SELECT v FROM t`)
    const sound = await state()
    assert.deepEqual([sound['integrity'], sound['foreignKeyViolations'], sound['unusable']], ['ok', 0, []])
    db.pragma('foreign_keys = OFF')
    db.exec(
      'INSERT INTO t VALUES (1, 77, NULL); INSERT INTO child VALUES (99); INSERT INTO other VALUES (98)',
    )
    assert.equal((await state())['foreignKeyViolations'], 2, 'its own and of those that refer to it')
    for (const sql of [
      'CREATE INDEX i ON t (v)',
      'DROP INDEX i; CREATE INDEX i ON t (v DESC)',
      'DROP INDEX i; CREATE INDEX i ON t (v COLLATE NOCASE)',
      'ALTER TABLE t ADD COLUMN x',
    ]) {
      const before = await state()
      db.exec(sql)
      const now = await state()
      assert.notEqual(now['shape'], before['shape'], sql)
      assert.notEqual(now['schema'], before['schema'], sql)
    }
    db.exec(
      'PRAGMA legacy_alter_table = ON; ALTER TABLE t RENAME COLUMN v TO u; DROP VIEW w; CREATE VIEW w AS SELECT gone_away FROM t',
    )
    assert.deepEqual((await state())['unusable'], ['w: no such column: gone_away'])
  })
})

describe('questions about a database', () => {
  test('never reject, and write nothing', async () => {
    db.exec('CREATE TABLE t (a)')
    const ask = createAsk(db) as unknown as (kind: string, params: object) => Promise<{ known: boolean }>
    // Of a table that is not there, of a type that is none, of a path that could be anywhere.
    const kinds = ['table', 'losses', 'copied', 'backup', 'beside', 'toString', 'constructor']
    for (const kind of kinds) {
      const params = {
        table: 'none',
        column: 'a',
        type: 'TEXT',
        copy: 'b',
        file: 'relative',
        texts: ['x'],
        sql: '',
        anyClass: false,
      }
      const { known } = await ask(kind, params)
      assert.equal(known, false, kind)
    }
    assert.equal(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get(), 1)
  })

  test('say of a file that is no database that it is unknown', () => {
    const other = join(folder, 'text')
    writeFileSync(other, 'no database')
    assert.equal(readIdentity({ file: other, notFile: null }).known, false)
    assert.equal(readIdentity({ file: join(folder, 'none'), notFile: null }).known, false)
    db.exec('CREATE TABLE t (a)')
    const place = { file, notFile: null }
    const identity = readIdentity(place)
    assert.ok(identity.known)
    db.exec('INSERT INTO t VALUES (1)')
    assert.deepEqual(
      identity.value,
      (readIdentity(place) as typeof identity).value,
      'whatever is written into it',
    )
  })
})

describe('a session', () => {
  test('opens no file that is not there, and makes none', async () => {
    await assert.rejects(openSession(join(folder, 'none')))
    assert.equal(existsSync(join(folder, 'none')), false)
    const text = join(folder, 'text')
    writeFileSync(text, 'no database at all, and longer than its head would be'.repeat(40))
    await assert.rejects(openSession(text), /is no database/)
  })

  test('says whether a process of another one lives, and sends nothing that is withheld', async () => {
    db.exec('CREATE TABLE t (a)')
    const [session, other] = [await openSession(file), await openSession(file)]
    const former = { connectionId: session.connectionId, epoch: '' }
    assert.equal(await other.endFormer(former, false), 'working')
    const step = {
      kind: 'statement',
      text: 'INSERT INTO t VALUES (1)',
      timeoutMs: 10_000,
      onlyIf: null,
    } as const
    assert.deepEqual((await session.send(step, () => false)).messages[0]?.code, 'WITHHELD')
    const two = await session.send({ ...step, text: 'INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)' })
    assert.equal(two.ok, false)
    await session.close()
    assert.equal(await other.endFormer(former, false), 'gone')
    for (const strange of ['', '0', '-1', 'x', '99999999999'])
      assert.equal(await other.endFormer({ connectionId: strange, epoch: '' }, true), 'gone')
    await other.close()
    assert.equal(db.prepare('SELECT count(*) FROM t').pluck().get(), 0)
  })
})
