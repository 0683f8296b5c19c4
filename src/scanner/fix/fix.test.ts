/** What fixes make of calls, and which they leave to people, by example. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { scanCode } from '../../../test/support/scan-code.ts'
import { applyEdits, inOrder } from './edits.ts'

const SCHEMA =
  'CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(80), code VARCHAR(20), age INT, active BOOLEAN, data BLOB);'

const HEADERS: Readonly<Record<string, string>> = {
  mysql2: "import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})",
  mariadb: "import mariadb from 'mariadb'\nconst db = mariadb.createPool({})",
  pg: "import { Pool } from 'pg'\nconst db = new Pool()",
  'node:sqlite': "import { DatabaseSync } from 'node:sqlite'\nconst db = new DatabaseSync('x')",
  'better-sqlite3': "import Database from 'better-sqlite3'\nconst db = new Database('x')",
  knex: "import knex from 'knex'\nconst db = knex({ client: 'pg' })",
}

interface Tried {
  readonly text: string
  readonly refusals: readonly string[]
  readonly ids: readonly (string | null)[]
}

/** The one call of a handler after its fix, and what was said of findings without one. */
async function tried(driver: string, call: string, header = HEADERS[driver] ?? ''): Promise<Tried> {
  const before = `${header}\nexport const f = async (req, res) => {\n  `
  const code = `${before}${call}\n}\n`
  const { findings, fixes } = await scanCode({
    'package.json': JSON.stringify({
      dependencies: { [driver]: '*', ...(driver === 'knex' ? { pg: '*' } : {}) },
    }),
    'migrations/001.sql': SCHEMA,
    'src/app.ts': code,
  })
  const edits = inOrder(fixes.flatMap((each) => each.edits)) ?? []
  const own = findings.filter((each) => /SQL_INJECTION|TYPE_MISMATCH/.test(each.ruleId))
  return {
    text: applyEdits(code, edits).slice(before.length, -3),
    refusals: own.flatMap(({ instead }) => /No fix is offered: (.*)\.$/.exec(instead)?.[1] ?? []),
    ids: own.map((each) => each.fixId),
  }
}

interface FixCase {
  readonly claim: string
  readonly driver?: string
  readonly header?: string
  readonly call: string
  readonly becomes: string
}

const FIXED: readonly FixCase[] = [
  {
    claim: 'quotes go with the placeholder, and what stood in them stays a text',
    call: "await db.query(`SELECT id FROM users WHERE name = '${req.body.name}'`)",
    becomes: 'await db.query(`SELECT id FROM users WHERE name = ?`, [String(req.body.name)])',
  },
  {
    claim: 'a key of any type is bound as one text or null where the driver would write an object out',
    call: 'await db.query(`SELECT id FROM users WHERE id = ${req.body.id}`)',
    becomes: 'await db.query(`SELECT id FROM users WHERE id = ?`, [req.body.id?.toString() ?? null])',
  },
  {
    claim: 'a conversion stays around the value that is bound',
    driver: 'pg',
    call: 'await db.query(`SELECT id FROM users WHERE code = ${parseInt(req.query.code, 10)}`)',
    becomes: 'await db.query(`SELECT id FROM users WHERE code = $1`, [parseInt(req.query.code, 10)])',
  },
  {
    claim: 'percent signs around a value become part of it',
    call: "await db.execute(`SELECT id FROM users WHERE name LIKE '%${req.query.q}%'`)",
    becomes: 'await db.execute(`SELECT id FROM users WHERE name LIKE ?`, [`%${req.query.q}%`])',
  },
  {
    claim: 'a value goes among those given already, where its placeholder stands',
    call: "await db.execute(`UPDATE users SET age = ?, name = '${req.body.n}' WHERE id = ?`, [req.body.age, req.body.id])",
    becomes:
      'await db.execute(`UPDATE users SET age = ?, name = ? WHERE id = ?`, [req.body.age, String(req.body.n), req.body.id])',
  },
  {
    claim: 'numbered placeholders go on from those there are',
    driver: 'pg',
    call: "await db.query(`SELECT id FROM users WHERE name = '${req.query.n}' AND id = $1`, [req.query.id])",
    becomes:
      'await db.query(`SELECT id FROM users WHERE name = $2 AND id = $1`, [req.query.id, String(req.query.n)])',
  },
  {
    claim: 'a sum of one line becomes one literal',
    call: "await db.execute('SELECT id FROM users WHERE name = \\'' + req.query.n + '\\' AND age > 3')",
    becomes: "await db.execute('SELECT id FROM users WHERE name = ? AND age > 3', [String(req.query.n)])",
  },
  {
    claim: 'a sum over lines keeps its lines and comments',
    driver: 'pg',
    call: "await db.query('SELECT id FROM users' + // all\n    ' WHERE id = ' + req.query.id +\n    ' AND age > 3')",
    becomes:
      "await db.query('SELECT id FROM users' + // all\n    ' WHERE id = $1' +\n    ' AND age > 3', [req.query.id])",
  },
  {
    claim: 'a literal that only closed the quotes goes, too',
    driver: 'pg',
    call: 'await db.query("SELECT id FROM users WHERE name = \'" + req.query.n + "\'")',
    becomes: 'await db.query("SELECT id FROM users WHERE name = $1", [String(req.query.n)])',
  },
  {
    claim: 'a callback stays the last argument',
    call: "db.query(`SELECT id FROM users WHERE name = '${req.query.n}'`, (error, rows) => res.json(rows))",
    becomes:
      'db.query(`SELECT id FROM users WHERE name = ?`, [String(req.query.n)], (error, rows) => res.json(rows))',
    header: "import mysql from 'mysql2'\nconst db = mysql.createPool({})",
  },
  {
    claim: 'a prepared statement takes its values where it is run',
    driver: 'better-sqlite3',
    call: "return db.prepare(`SELECT id FROM users WHERE age > ? AND name = '${req.query.n}'`).pluck().all(3)",
    becomes:
      'return db.prepare(`SELECT id FROM users WHERE age > ? AND name = ?`).pluck().all(3, String(req.query.n))',
  },
  {
    claim: 'a number that meets a column of texts is bound as its digits where drivers bind numbers as REAL',
    driver: 'node:sqlite',
    call: 'return db.prepare(`SELECT id FROM users WHERE code = ${parseInt(req.query.c, 10)}`).all()',
    becomes:
      'return db.prepare(`SELECT id FROM users WHERE code = ?`).all(String(parseInt(req.query.c, 10)))',
  },
  {
    claim: 'a list is bound where the driver writes lists, every item as a text',
    call: "await db.query(`SELECT id FROM users WHERE id IN (${req.body.ids.join(',')})`)",
    becomes: 'await db.query(`SELECT id FROM users WHERE id IN (?)`, [req.body.ids.map(String)])',
  },
  {
    claim: 'the values of a list written out are all sent as texts, so that its index stays in use',
    call: 'await db.execute(`SELECT id FROM users WHERE id IN (${req.query.a}, ${req.body.id})`)',
    becomes:
      'await db.execute(`SELECT id FROM users WHERE id IN (?, ?)`, [String(req.query.a), req.body.id?.toString() ?? null])',
  },
  {
    claim: 'a write that compares numbers with numbers and texts with texts is fixed',
    call: "await db.query(`DELETE FROM users WHERE LOWER(name) = '${req.query.n}' AND id = ${req.query.id}`)",
    becomes:
      'await db.query(`DELETE FROM users WHERE LOWER(name) = ? AND id = ?`, [String(req.query.n), String(req.query.id)])',
  },
  {
    claim: 'a write that compares a text with a number is fixed where the server is sent what it was sent',
    call: 'await db.query(`UPDATE users SET age = 1 WHERE code = ${parseInt(req.query.code, 10)}`)',
    becomes: 'await db.query(`UPDATE users SET age = 1 WHERE code = ?`, [parseInt(req.query.code, 10)])',
  },
  {
    claim: 'a raw call of a builder is fixed in its own form',
    driver: 'knex',
    call: "await db.raw(`SELECT id FROM users WHERE name = '${req.query.n}'`)",
    becomes: 'await db.raw(`SELECT id FROM users WHERE name = ?`, [String(req.query.n)])',
  },
  {
    claim: 'a value is bound beside a name that stays, of which only words are said',
    call: "await db.execute(`SELECT id FROM users WHERE name = '${req.query.n}' ORDER BY ${req.query.by}`)",
    becomes:
      'await db.execute(`SELECT id FROM users WHERE name = ? ORDER BY ${req.query.by}`, [String(req.query.n)])',
  },
  {
    claim: 'a field of a driver’s type shows what is called, too',
    driver: 'pg',
    header: "import type { Pool } from 'pg'",
    call: "class A { constructor(private readonly db: Pool) {}\n    f = () => this.db.query(`SELECT id FROM users WHERE name = '${req.query.n}'`) }",
    becomes:
      'class A { constructor(private readonly db: Pool) {}\n    f = () => this.db.query(`SELECT id FROM users WHERE name = $1`, [String(req.query.n)]) }',
  },
  {
    claim: 'a call with a callback only gets its array before that',
    driver: 'sqlite3',
    header: "import sqlite3 from 'sqlite3'\nconst db = new sqlite3.Database('x')",
    call: "db.all('SELECT id FROM users WHERE id = ' + req.query.id, (error, rows) => res.json(rows))",
    becomes: "db.all('SELECT id FROM users WHERE id = ?', [req.query.id], (error, rows) => res.json(rows))",
  },
  {
    claim: 'a value whose type the statement names keeps that',
    driver: 'pg',
    call: 'await db.query(`SELECT id FROM users WHERE age > ${req.query.age}::numeric`)',
    becomes: 'await db.query(`SELECT id FROM users WHERE age > $1::numeric`, [req.query.age])',
  },
  {
    claim: 'a parameter of a driver’s type shows what is called, and its own type that it is a text',
    driver: 'pg',
    header: "import type { Pool } from 'pg'",
    call: "const g = (db: Pool, name: string) => db.query(`SELECT id FROM users WHERE name = '${name}'`)",
    becomes: 'const g = (db: Pool, name: string) => db.query(`SELECT id FROM users WHERE name = $1`, [name])',
  },
]

interface LeftCase {
  readonly claim: string
  readonly driver?: string
  readonly header?: string
  readonly call: string
  readonly because: RegExp
}

const LEFT: readonly LeftCase[] = [
  {
    claim: 'LIMIT where the driver sends numbers as DOUBLE',
    call: 'await db.execute(`SELECT id FROM users LIMIT ${req.query.n}`)',
    because: /cannot bind LIMIT/,
  },
  {
    claim: 'LIMIT of what is not sure to be a number',
    call: 'await db.query(`SELECT id FROM users LIMIT ${req.query.n}`)',
    because: /LIMIT takes a number/,
  },
  {
    claim: 'a list where the driver binds one value a placeholder',
    driver: 'pg',
    call: "await db.query(`SELECT id FROM users WHERE id IN (${req.body.ids.join(',')})`)",
    because: /binds one value a placeholder/,
  },
  {
    claim: 'a value of any type where the driver would write an object out',
    call: 'await db.query(`SELECT id FROM users WHERE age > ${req.body.age}`)',
    because: /nothing shows what type/,
  },
  {
    claim: 'a value without quotes that meets a text column',
    call: 'await db.query(`SELECT id FROM users WHERE code = ${req.query.code}`)',
    because: /code is a text that is compared as a number/,
  },
  {
    claim: 'a write that is refused at the first text that is no number, as long as it looks at that row',
    call: 'await db.query(`UPDATE users SET age = 1 WHERE code = 5 AND id = ${req.query.id}`)',
    because: /error 1292/,
  },
  {
    claim: 'a write that may compare texts with a number, as far as the declarations show',
    call: 'await db.execute(`DELETE FROM strangers WHERE id = ${req.query.id}`)',
    because: /error 1292/,
  },
  {
    claim: 'a list of numbers and texts, which no index would serve',
    call: 'await db.query(`SELECT id FROM users WHERE id IN (1, ${req.query.id})`)',
    because: /types, for which the server uses no index/,
  },
  {
    claim: 'a value that may be a fraction and is compared by size with a whole number on PostgreSQL',
    driver: 'pg',
    call: 'await db.query(`SELECT id FROM users WHERE age > ${req.query.age}`)',
    because: /a fraction is none/,
  },
  {
    claim: 'a value that meets a column of unknown type on SQLite',
    driver: 'node:sqlite',
    call: 'return db.prepare(`SELECT id FROM strangers WHERE x = ${req.query.x}`).all()',
    because: /compares by the column’s type/,
  },
  {
    claim: 'a text with an escaped quote in it',
    driver: 'pg',
    call: "await db.query(`SELECT id FROM users WHERE name = 'it''s ${req.query.n}'`)",
    because: /is escaped/,
  },
  {
    claim: 'values given by a name',
    call: "await db.execute(`SELECT id FROM users WHERE name = '${req.query.n}' AND id = ?`, req.body)",
    because: /order is not in sight/,
  },
  {
    claim: 'more values than placeholders',
    call: "await db.execute(`SELECT id FROM users WHERE name = '${req.query.n}' AND id = ?`, [1, 2])",
    because: /do not match one by one/,
  },
  {
    claim: 'a text with a clause put into it',
    call: "const w = req.app.where()\n  await db.execute(`SELECT id FROM users WHERE name = '${req.query.n}' ${w}`)",
    because: /hold placeholders of its own|whole statements/,
  },
  {
    claim: 'a question mark in a string, which the driver may take for a placeholder',
    call: "await db.query(`SELECT id FROM users WHERE code <> '?' AND name = '${req.query.n}'`)",
    because: /question mark/,
  },
  {
    claim: 'a text that is put together before the call',
    call: "const text = `SELECT id FROM users WHERE name = '${req.query.n}'`\n  await db.execute(text)",
    because: /not written in the call/,
  },
  {
    claim: 'a call that binds nothing',
    driver: 'node:sqlite',
    call: "db.exec(`DELETE FROM users WHERE name = '${req.query.n}'`)",
    because: /exec\(\) is not among/,
  },
  {
    claim: 'a statement prepared here and run elsewhere',
    driver: 'node:sqlite',
    call: "return db.prepare(`SELECT id FROM users WHERE name = '${req.query.n}'`)",
    because: /run elsewhere/,
  },
  {
    claim: 'a call on something whose driver is not in sight',
    header: "import 'mysql2'",
    call: "const g = (db) => db.query(`SELECT id FROM users WHERE name = '${req.query.n}'`)",
    because: /not in sight/,
  },
  {
    claim: 'a function of the repository that is named as a driver’s',
    header:
      "import mysql from 'mysql2'\nconst pool = mysql.createPool({})\nconst db = { query: (text) => pool.query(text) }",
    call: "await db.query(`SELECT id FROM users WHERE name = '${req.query.n}'`)",
    because: /function of this repository/,
  },
  {
    claim: 'a comment among what would be taken out',
    call: "await db.query('SELECT id FROM users WHERE id = ' + /* the key */ req.query.id)",
    because: /escape or a comment/,
  },
  {
    claim: 'an expression that changes something',
    call: 'await db.execute(`SELECT id FROM users WHERE id = ${(req.n = req.query.id)}`)',
    because: /changes something/,
  },
  {
    claim: 'a value in the select list or a function, whose type the placeholder would lose',
    driver: 'pg',
    call: "await db.query(`SELECT date_trunc('${req.query.unit}', created) FROM users`)",
    because: /could mean something else/,
  },
  {
    claim: 'an interval, which is no text',
    driver: 'pg',
    call: "await db.query(`DELETE FROM users WHERE age > now() - INTERVAL '${req.query.days} days'`)",
    because: /could mean something else/,
  },
]

describe('a fix of an interpolated value', () => {
  for (const { claim, driver = 'mysql2', header, call, becomes } of FIXED)
    test(claim, async () => {
      const { text, ids, refusals } = await tried(driver, call, header)
      assert.equal(text, becomes, refusals.join('\n'))
      assert.ok(ids.some((id) => /^bind-[0-9a-f]{12}$/.test(id ?? '')))
    })

  test('keeps every byte outside of the call, carriage returns too', async () => {
    const call =
      "await db.execute(`SELECT id\r\n    FROM users\r\n    WHERE name = '${req.query.n}'\r\n      AND age > 3`)\t;  /* kept */"
    const { text } = await tried('mysql2', call)
    assert.equal(text, call.replace("'${req.query.n}'", '?').replace('3`)', '3`, [String(req.query.n)])'))
  })

  test('is one for all values of a call, and several calls have fixes of their own', async () => {
    const call = (name: string): string =>
      `await db.execute(\`SELECT id FROM users WHERE name = '\${req.query.${name}}' AND code = '\${req.query.c}'\`)`
    const { ids } = await tried('mysql2', `${call('a')}\n  ${call('a')}\n  ${call('b')}`)
    assert.equal(ids.length, 6)
    assert.deepEqual([ids[0], ids[2], ids[4]], [ids[1], ids[3], ids[5]])
    assert.equal(new Set(ids).size, 3)
  })
})

describe('no fix is offered for', () => {
  for (const { claim, driver = 'mysql2', header, call, because } of LEFT)
    test(claim, async () => {
      const { text, refusals, ids } = await tried(driver, call, header)
      assert.equal(text, call)
      assert.ok(
        refusals.some((each) => because.test(each)),
        refusals.join('\n') || 'nothing was said',
      )
      assert.ok(ids.every((id) => id === null))
    })

  test('a name: only words are said', async () => {
    const { text, refusals, ids } = await tried(
      'mysql2',
      'await db.query(`SELECT id FROM users ORDER BY ${req.query.by}`)',
    )
    assert.match(text, /req\.query\.by/)
    assert.deepEqual([refusals, ids], [[], [null]])
  })
})
