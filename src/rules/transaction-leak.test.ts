import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const sqlite = (body: string): string =>
  `import Database from 'better-sqlite3'\nconst db = new Database('shop.db')\n${body}\n`

ruleCases('TRANSACTION_LEAK', [
  {
    claim:
      'a connection that is not given back where a statement fails is found, and its transaction is said with it',
    driver: 'pg',
    code: pg(
      "export async function pay(id) {\n  const client = await db.connect()\n  await client.query('BEGIN')\n  await client.query('UPDATE orders SET paid = true WHERE id = $1', [id])\n  await client.query('COMMIT')\n  client.release()\n}",
    ),
    lines: [4],
    says: /^critical: `client` is not given back if line 5 fails: `client\.query\('BEGIN'\)`.*db\.connect\(\) waits for good.*const client = await db\.connect\(\); try/,
  },
  {
    claim: 'a connection that comes back with its transaction open is found at the BEGIN',
    driver: 'pg',
    code: pg(
      "export async function pay(id) {\n  const client = await db.connect()\n  try {\n    await client.query('BEGIN')\n    await client.query('UPDATE orders SET paid = true WHERE id = $1', [id])\n    await client.query('COMMIT')\n  } finally {\n    client.release()\n  }\n}",
    ),
    lines: [6],
    says: /stays open if line 7 fails.*VACUUM.*await client\.query\('ROLLBACK'\)/,
  },
  {
    claim: 'a return between begin and commit is found',
    code: mysql(
      "export async function book(seat) {\n  const connection = await db.getConnection()\n  try {\n    await connection.beginTransaction()\n    const [rows] = await connection.execute('SELECT id FROM seats WHERE id = ? FOR UPDATE', [seat])\n    if (rows.length === 0) return null\n    await connection.execute('UPDATE seats SET taken = 1 WHERE id = ?', [seat])\n    await connection.commit()\n    return seat\n  } catch (error) {\n    await connection.rollback()\n    throw error\n  } finally {\n    connection.release()\n  }\n}",
    ),
    lines: [6],
    says: /stays open at the return in line 8/,
  },
  {
    claim:
      'a return before the connection is given back is found, a getConnection that is never answered for, too',
    code: mysql(
      "export async function first(id) {\n  const connection = await db.getConnection()\n  const [rows] = await connection.execute('SELECT id FROM seats WHERE id = ?', [id]).catch(() => [[]])\n  if (rows.length === 0) return null\n  connection.release()\n  return rows[0]\n}\nexport async function count() {\n  const connection = await db.getConnection()\n  const [rows] = await connection.query('SELECT COUNT(id) AS n FROM seats')\n  return rows[0].n\n}",
    ),
    lines: [4, 11],
  },
  {
    claim:
      'a transaction on the pool is on no connection in particular, also where the pool is of another file',
    driver: 'pg',
    code: {
      'src/pool.js': "import pg from 'pg'\nexport const pool = new pg.Pool({ max: 8 })\n",
      'src/app.js':
        "import { pool } from './pool.js'\nexport async function pay(id) {\n  await pool.query('BEGIN')\n  await pool.query('UPDATE orders SET paid = true WHERE id = $1', [id])\n  await pool.query('COMMIT')\n}\n",
    },
    lines: [3],
    says: /on the pool `pool`/,
  },
  {
    claim: 'SQLite stays in the transaction where a statement between BEGIN and COMMIT fails',
    driver: 'better-sqlite3',
    code: sqlite(
      "export function move(from, to) {\n  db.exec('BEGIN')\n  db.prepare('UPDATE accounts SET cents = cents - 1 WHERE id = ?').run(from)\n  db.prepare('UPDATE accounts SET cents = cents + 1 WHERE id = ?').run(to)\n  db.exec('COMMIT')\n}",
    ),
    lines: [4],
    says: /cannot start a transaction within a transaction.*db\.exec\('ROLLBACK'\)/,
  },
  {
    claim: 'rolled back in catch and given back in finally, every path ends it',
    driver: 'pg',
    code: pg(
      "export async function pay(id) {\n  const client = await db.connect()\n  try {\n    await client.query('BEGIN')\n    const { rows } = await client.query('SELECT id FROM orders WHERE id = $1', [id])\n    if (rows.length === 0) {\n      await client.query('ROLLBACK')\n      return null\n    }\n    await client.query('COMMIT')\n    return rows[0]\n  } catch (error) {\n    await log(error)\n    await client.query('ROLLBACK')\n    throw error\n  } finally {\n    client.release()\n  }\n}",
    ),
    lines: [],
  },
  {
    claim: 'a connection that is returned, kept or ended by whoever it was given to is theirs',
    driver: 'pg',
    code: pg(
      "export async function take() {\n  const client = await db.connect()\n  await client.query('SET search_path TO shop')\n  return client\n}\nexport class Session {\n  async open() {\n    const client = await db.connect()\n    await client.query('SELECT 1')\n    this.client = client\n  }\n}\nexport async function work(run) {\n  const client = await db.connect()\n  await run(client)\n}\nexport async function inner(client) {\n  await client.query('BEGIN')\n  await client.query('UPDATE orders SET paid = true')\n  await client.query('COMMIT')\n}",
    ),
    lines: [],
  },
  {
    claim: 'a transaction that is only begun where none is open yet hangs on the same condition as its end',
    driver: 'pg',
    code: pg(
      "export async function pay(given) {\n  const client = given ?? (await db.connect())\n  const other = await db.connect()\n  try {\n    if (!given) await other.query('BEGIN')\n    await other.query('UPDATE orders SET paid = true')\n    if (!given) await other.query('COMMIT')\n  } finally {\n    if (other) other.release()\n  }\n  return client.processID\n}",
    ),
    lines: [],
  },
  {
    claim:
      'a pool that rolls back what comes back open, and a connection that is thrown away, leave nothing open',
    driver: 'mariadb',
    code: "import mariadb from 'mariadb'\nconst db = mariadb.createPool({})\nexport async function f(id) {\n  const c = await db.getConnection()\n  try {\n    await c.beginTransaction()\n    await c.query('UPDATE t SET a = 1 WHERE id = ?', [id])\n    await c.commit()\n  } finally {\n    c.release()\n  }\n}\n",
    lines: [],
  },
  {
    claim: 'one who listens keeps the connection on purpose; so does who holds a lock',
    driver: 'pg',
    code: pg(
      "export async function listen(on) {\n  const client = await db.connect()\n  client.on('notification', on)\n  await client.query('LISTEN orders')\n}\nexport async function lead() {\n  const client = await db.connect()\n  await client.query('SELECT pg_advisory_lock(1)')\n}",
    ),
    lines: [],
  },
  {
    claim: 'functions that begin for others, and helpers that end for them, are no leak',
    driver: 'better-sqlite3',
    code: sqlite(
      "export const begin = () => db.exec('BEGIN')\nexport function batch(work) {\n  db.exec('BEGIN')\n  try {\n    work()\n    finish(true)\n    db.exec('COMMIT')\n  } catch (error) {\n    if (db.inTransaction) db.exec('ROLLBACK')\n    throw error\n  }\n}",
    ),
    lines: [],
  },
  {
    claim: 'methods of Sequelize and TypeORM are begins and ends, too',
    driver: 'sequelize',
    code: "import { Sequelize } from 'sequelize'\nconst db = new Sequelize('x')\nexport async function f(a) {\n  const t = await db.transaction()\n  await Order.create(a, { transaction: t })\n  await t.commit()\n}\nexport async function g(a) {\n  const t = await db.transaction()\n  try {\n    await Order.create(a, { transaction: t })\n    await t.commit()\n  } catch (error) {\n    await t.rollback()\n    throw error\n  }\n}\n",
    lines: [4],
    says: /stays open if line 5 fails.*await t\.rollback\(\)/,
  },
  {
    claim:
      'a connection that is kept for a later call, and one case of several that begin and end, are left alone',
    code: mysql(
      "const open = new Map()\nexport async function begin(id) {\n  const client = await db.getConnection()\n  try {\n    await client.beginTransaction()\n    open.set(id, client)\n    return id\n  } catch (error) {\n    client.release()\n    throw error\n  }\n}\nexport async function tool(name, args) {\n  switch (name) {\n    case 'begin':\n      return await shop.beginTransaction(args)\n    case 'commit':\n      return await shop.commitTransaction(args)\n  }\n}\nexport async function next(client) {\n  await client.query('COMMIT')\n  await client.query('BEGIN')\n}",
    ),
    lines: [],
  },
  {
    claim:
      'a transaction that is given on in an object made of its connection is ended by who has that; rows made of it are not it',
    driver: 'bun:sqlite',
    code: {
      'src/app.ts':
        "import { Database } from 'bun:sqlite'\nexport class Store {\n  db = new Database('x')\n  start(options) {\n    this.db.run('BEGIN')\n    try {\n      return new Transaction(this.db, options)\n    } catch (error) {\n      this.db.run('ROLLBACK')\n      throw error\n    }\n  }\n  read(flag) {\n    this.db.run('BEGIN')\n    const rows = this.db.query('SELECT id FROM t').all()\n    if (flag) return new Rows(rows)\n    this.db.run('COMMIT')\n  }\n}\n",
    },
    lines: [14],
  },
])
