import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql } from '../../test/support/rule-schema.ts'

ruleCases('N_PLUS_ONE', [
  {
    claim: 'a query for each element of a loop is found, with the loop’s line',
    code: mysql(
      "export async function f(users) {\n  for (const user of users) {\n    user.orders = await db.query('SELECT id FROM orders WHERE user_id = ?', [user.id])\n  }\n}",
    ),
    lines: [5],
    says: /^high: .*for\.\.\.of in line 4 over `users`.* WHERE key IN/,
  },
  {
    claim: 'Promise.all over map sends as many',
    code: mysql(
      "export const f = (ids) => Promise.all(ids.map((id) => db.query('SELECT id FROM orders WHERE user_id = ?', [id])))",
    ),
    lines: [3],
  },
  {
    claim: 'an INSERT for each row is found',
    code: mysql(
      "export async function f(rows) {\n  for (const row of rows) await db.query('INSERT INTO t (a) VALUES (?)', [row.a])\n}",
    ),
    lines: [4],
    says: /one INSERT with a row of values each/,
  },
  {
    claim: 'one query before the loop, and a query of lists inside it, are none',
    code: mysql(
      "export async function f(groups) {\n  const all = await db.query('SELECT id FROM orders')\n  for (const o of all) console.log(o)\n  for (const ids of groups) await db.query('SELECT id FROM orders WHERE id IN (?)', [ids])\n}",
    ),
    lines: [],
  },
  {
    claim: 'a loop over a list in the code, a retry and pages are bounded',
    code: mysql(
      "export async function f() {\n  for (const k of ['a', 'b']) await db.query('SELECT id FROM t WHERE k = ?', [k])\n  for (let attempt = 0; attempt < 99; attempt++) await db.query('SELECT id FROM t WHERE n = ?', [attempt])\n  let last = 0\n  while (last !== null) {\n    const rows = await db.query('SELECT id FROM t WHERE id > ? LIMIT 100', [last])\n    last = rows.at(-1)\n  }\n}",
    ),
    lines: [],
  },
  {
    claim:
      'a round that needs what the last one answered cannot be sent with it, nor is a function’s doing a question',
    code: mysql(
      "export async function f(events) {\n  let version = 0\n  for (const event of events) {\n    const [result] = await db.query('INSERT INTO log (name, after) VALUES (?, ?)', [event.name, version])\n    version = result.insertId\n  }\n  for (const event of events) await db.query('SELECT RELEASE_LOCK(?)', [event.name])\n}",
    ),
    lines: [],
  },
  {
    claim: 'a text that is made anew before each round’s call is no answer of the last one',
    code: mysql(
      "export async function f(events) {\n  let sql\n  for (const event of events) {\n    sql = 'DELETE FROM log WHERE name = ?'.trim()\n    await db.query('DELETE FROM log WHERE name = ?', [event.name, sql])\n  }\n}",
    ),
    lines: [7],
  },
  {
    claim: 'a driver without a round trip makes many small queries cheap',
    driver: 'better-sqlite3',
    code: "import Database from 'better-sqlite3'\nconst db = new Database('x')\nexport const f = (ids) => ids.map((id) => db.prepare('SELECT id FROM t WHERE id = ?').get(id))\n",
    lines: [],
  },
  {
    claim:
      'nor is a round trip to a database in the same process one that is waited for, nor are migrations rows',
    code: {
      'src/a.js':
        "const sqlite3 = require('sqlite3')\nconst db = new sqlite3.Database('x')\nexports.f = (tasks) => tasks.forEach((task) => db.run('INSERT INTO t (a) VALUES (?)', [task.a]))\n",
      'src/b.js': mysql(
        "export async function up(from) {\n  for (let v = from + 1; v < STEPS.migrations.length; v += 1) await db.query('INSERT INTO versions (v) VALUES (?)', [v])\n}",
      ),
    },
    lines: [],
  },
  {
    claim: 'what is sent after a failure is no part of the usual round',
    code: mysql(
      "export async function f(rows) {\n  for (const row of rows) {\n    try {\n      await send(row)\n    } catch {\n      await db.query('UPDATE t SET failed = 1 WHERE id = ?', [row.id])\n    }\n  }\n}",
    ),
    lines: [],
  },
  {
    claim: 'another table, or another database, in each round cannot be asked with the rest',
    code: mysql(
      "export async function f(models, shards) {\n  for (const m of models) await db.query(`SELECT id FROM ${m.table} WHERE a = ?`, [m.a])\n  for (const shard of shards) await shard.query('SELECT id FROM t WHERE a = ?', [shard.id])\n}",
    ),
    lines: [],
  },
  {
    claim: 'asking the server itself what there is, name by name, is none',
    code: mysql(
      "for (const name of names) await db.query('SELECT data_type FROM information_schema.columns WHERE column_name = ?', [name])",
    ),
    lines: [],
  },
  {
    claim: 'a table whose name a function makes of the loop’s value is another one each round',
    code: mysql(
      "const quoted = (schema, name) => `${clean(schema)}.${clean(name)}`\nfor (const part of parts) {\nconst child = quoted('s', part.name)\nawait db.query(`SELECT COUNT(id) AS n FROM ${child} WHERE a = ?`, [part.a])\n}",
    ),
    lines: [],
  },
  {
    claim: 'a function that only adds to a text sends nothing; one whose answer is waited for may',
    code: mysql(
      "for (const item of items) {\nconst text = withFilters('DELETE FROM t WHERE a = 1', item.filters)\nqueue.push(text)\n}\nfor (const item of items) await send('DELETE FROM t WHERE a = ?', [item.a])",
    ),
    lines: [7],
  },
  {
    claim: 'a template of a builder is a part until something sends it; a tag that sends is waited for',
    code: {
      'src/parts.ts':
        "import { sql } from 'drizzle-orm'\nexport const all = (days) => {\n  const parts = []\n  for (const day of days) parts.push(sql`SELECT a FROM t WHERE d = ${day}`)\n  return sql.join(days.map((day) => sql`SELECT a FROM u WHERE d = ${day}`), sql` UNION `)\n}\n",
      'src/app.ts':
        "import { sql } from 'drizzle-orm'\nexport const each = async (db, days) => {\n  for (const day of days) await db.execute(sql`SELECT a FROM t WHERE d = ${day}`)\n}\n",
    },
    driver: 'drizzle-orm',
    lines: [3],
  },
  {
    claim: 'a tag that sends is a statement each round, also where the promises are gathered',
    driver: 'postgres',
    code: "import postgres from 'postgres'\nconst sql = postgres()\nexport const each = (ids) => Promise.all(ids.map((id) => sql`SELECT a FROM t WHERE id = ${id}`))\n",
    lines: [3],
  },
  {
    claim:
      'a row whose failure is handled in its round cannot be written with others; one that ends the loop, and a question, can',
    code: mysql(
      "export async function f(rows) {\n  for (const row of rows) {\n    try {\n      await db.query('INSERT INTO t (a) VALUES (?)', [row.a])\n    } catch (error) {\n      failed.push(error)\n    }\n  }\n  for (const row of rows) {\n    try {\n      await db.query('INSERT INTO t (a) VALUES (?)', [row.a])\n    } catch (error) {\n      throw new Error('no', { cause: error })\n    }\n  }\n  for (const row of rows) {\n    try {\n      await db.query('SELECT id FROM t WHERE a = ?', [row.a])\n    } catch {}\n  }\n}",
    ),
    lines: [13, 20],
  },
  {
    claim: 'a write that waits for what its round’s question answers is left to the question',
    code: mysql(
      "export async function f(rows) {\n  for (const row of rows) {\n    const [found] = await db.query('SELECT id FROM t WHERE a = ?', [row.a])\n    const isNew = found.length === 0\n    if (isNew) await db.query('INSERT INTO t (a) VALUES (?)', [row.a])\n    if (!isNew) continue\n    await db.query('UPDATE u SET n = n + 1 WHERE a = ?', [row.a])\n  }\n  for (const row of rows) {\n    if (row.a > 1) await db.query('INSERT INTO t (a) VALUES (?)', [row.a])\n  }\n}",
    ),
    lines: [5, 12],
  },
  {
    claim: 'a loop that takes many in each round is one of batches; one that counts by one is not',
    code: mysql(
      "export async function f(rows) {\n  for (let i = 0; i < rows.length; i += SIZE) await db.query('INSERT INTO t (a) VALUES (1)', [rows[i]])\n  for (let i = 0; i < rows.length; i += 1) await db.query('INSERT INTO t (a) VALUES (?)', [rows[i]])\n}",
    ),
    lines: [5],
  },
  {
    claim: 'a migration outside of the folder for them runs once',
    code: {
      'src/store.js': mysql(
        "export async function migrateLegacyNames(rows) {\n  for (const row of rows) await db.query('UPDATE t SET name = ? WHERE id = ?', [row.name, row.id])\n}",
      ),
      'src/backfill-names.js': mysql(
        "for (const row of rows) await db.query('UPDATE t SET name = ? WHERE id = ?', [row.name, row.id])",
      ),
    },
    lines: [],
  },
  {
    claim: 'what only SQLite reads is sent to the same process, unless its driver goes over a network',
    driver: 'pg',
    code: "import { client } from './client'\nfor (const row of rows) await client.run('INSERT OR REPLACE INTO t (a) VALUES (?)', [row.a])\n",
    lines: [],
  },
  {
    claim: 'SQLite over a network is asked as often',
    driver: '@libsql/client',
    code: "import { createClient } from '@libsql/client'\nconst client = createClient({})\nfor (const row of rows) await client.execute({ sql: 'INSERT OR REPLACE INTO t (a) VALUES (?)', args: [row.a] })\n",
    lines: [3],
  },
  {
    claim: 'a function that quotes parts of a text sends nothing; lodash’s map goes over its first argument',
    driver: 'pg',
    code: "import pg from 'pg'\nimport _ from 'lodash'\nconst db = new pg.Pool()\nexport const f = (rows) => _.map(rows, (row) => pgEscape('SELECT setval(%L, 1) FROM t', row.name))\nexport const g = (rows) => Promise.all(_.map(rows, (row) => db.query('SELECT a FROM t WHERE id = $1', [row.id])))\n",
    lines: [5],
    says: /the map in line 5 over `rows`/,
  },
  {
    claim:
      'a round that is a transaction of its own cannot be written with others; one inside of it, and one beside it, can',
    code: mysql(
      "export async function f(orders) {\n  for (const order of orders) {\n    await db.beginTransaction()\n    await db.query('UPDATE t SET a = ? WHERE id = ?', [order.a, order.id])\n    for (const item of order.items) await db.query('INSERT INTO u (a) VALUES (?)', [item.a])\n    await db.commit()\n  }\n  await db.beginTransaction()\n  for (const order of orders) await db.query('UPDATE t SET a = ? WHERE id = ?', [order.a, order.id])\n  await db.commit()\n}",
    ),
    lines: [7, 11],
  },
  {
    claim: 'what is used at once has been answered in the same process; a promise that is kept has not',
    code: {
      'src/store.js':
        "import { open } from './open'\nexport const f = (rows) => {\n  let n = 0\n  for (const row of rows) {\n    const result = this.execute('INSERT INTO t (a) VALUES (?)', [row.a])\n    n += result.changes\n  }\n  for (const row of rows) {\n    const sent = this.execute('INSERT INTO t (a) VALUES (?)', [row.a])\n    sent.catch(report)\n  }\n}\n",
    },
    lines: [9],
  },
  {
    claim: 'WebSQL runs in the same process; a method of that name that is waited for may not',
    driver: 'pg-boss',
    code: "export const f = (db, rows) => db.transaction((tx) => {\n  rows.forEach((row) => {\n    tx.executeSql('DELETE FROM t WHERE a = ?', [row.a])\n  })\n})\nexport const g = async (tx, rows) => {\n  for (const row of rows) await tx.executeSql('DELETE FROM t WHERE a = $1', [row.a])\n}\n",
    lines: [7],
  },
])
