import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { readSqliteTable, withParts } from './sqlite-table.ts'

/** Definitions that would fool a search in the text, each as SQLite keeps it. */
const TABLES = [
  'CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)',
  'CREATE TABLE "a ""quoted"" one" ("b ""c""" varchar(10) NOT NULL, [d e] text, `f``g` weird type DEFAULT 1)',
  'CREATE TABLE t (a DECIMAL(10, -2), b DOUBLE PRECISION, c UNSIGNED BIG INT, d NATIVE CHARACTER(70))',
  "CREATE TABLE t (a TEXT DEFAULT 'b INTEGER, c TEXT)', b INT CHECK (b IN (1, 2)) -- c REAL,\n, c /* ) */ BLOB)",
  "CREATE TABLE t (a INT GENERATED ALWAYS AS (b * 2) STORED, b INT, c AS (a || ',') VIRTUAL, d TEXT AS (b))",
  'CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, b REFERENCES t(a) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID',
  'CREATE TABLE t (a INT NOT NULL, b ANY, PRIMARY KEY (a DESC), UNIQUE (b), CHECK (a > 0)) STRICT, WITHOUT ROWID',
  'CREATE TABLE t ("check" INT, "primary" TEXT, key INT, "unique", replace DATE, CONSTRAINT x FOREIGN KEY (key) REFERENCES t("check"))',
  "CREATE TABLE 't' ('a' text, b INT CONSTRAINT n NOT NULL ON CONFLICT IGNORE CONSTRAINT d DEFAULT -1)",
  'CREATE TABLE t (größe INT, "日本" TEXT, a$b REAL)',
  'CREATE TABLE t (a int, b Text DEFAULT (max(1, 2)), c nUmEric(5))strict'.replace('strict', ''),
]

describe('a definition as SQLite keeps it', () => {
  for (const sql of TABLES)
    test(`is taken apart as SQLite reads it: ${sql.replaceAll('\n', ' ')}`, () => {
      const db = new Database(':memory:')
      db.exec(sql)
      const kept = db
        .prepare<[], { name: string; sql: string }>(
          "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        )
        .get()
      assert.ok(kept)
      const read = readSqliteTable(kept.sql)
      assert.ok(read, kept.sql)
      const stated = db
        .prepare<[string], { name: string; type: string }>(
          'SELECT name, upper(type) AS type FROM pragma_table_xinfo(?)',
        )
        .all(kept.name)
      const found = read.columns.map(({ name, type }) => ({
        name,
        type: kept.sql.slice(type.start, type.end).toUpperCase(),
      }))
      assert.deepEqual(found, stated)
      const { wr, strict } =
        db
          .prepare<[string], { wr: number; strict: number }>(
            'SELECT wr, strict FROM pragma_table_list WHERE name = ?',
          )
          .get(kept.name) ?? {}
      assert.deepEqual([read.withoutRowid, read.strict], [wr === 1, strict === 1])
      assert.equal(read.autoincrement, sql.includes('AUTOINCREMENT'))
      assert.equal(withParts(kept.sql, []), kept.sql)
      db.close()
    })

  test('has parts that are exchanged, and every other byte stays', () => {
    const sql = 'CREATE TABLE t (a  int /* b */, b)'
    const read = readSqliteTable(sql)
    assert.ok(read)
    const [a, b] = read.columns
    assert.ok(a && b)
    const changed = withParts(sql, [
      { ...b.type, text: ' REAL' },
      { ...read.name, text: '"u"' },
      { ...a.type, text: 'TEXT' },
    ])
    assert.equal(changed, 'CREATE TABLE "u" (a  TEXT /* b */, b REAL)')
  })

  test('is not taken apart where it is anything else', () => {
    for (const sql of [
      '',
      'CREATE TABLE t',
      'CREATE TABLE t (',
      'CREATE TABLE t (a',
      'CREATE TABLE t (a) WITHOUT',
      'CREATE TABLE t (a) , STRICT x',
      "CREATE TABLE t (a DEFAULT 'x)",
      'CREATE TABLE t (a) /* open',
      'CREATE TABLE t ((a))',
      'CREATE TABLE t (CHECK (1))',
      'CREATE VIRTUAL TABLE t USING fts5(a)',
      'CREATE TABLE t AS SELECT 1',
      'CREATE VIEW t (a) AS SELECT 1',
      'CREATE TABLE x.t (a)',
    ])
      assert.equal(readSqliteTable(sql), null, sql)
  })
})
