import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const ORDERS = "UPDATE orders SET state = 'x' WHERE id = ?"
const STOCK = 'UPDATE stock SET n = n + 1 WHERE product_id = ?'
const USERS = 'SELECT id FROM users WHERE id = ? FOR UPDATE'

/** A function that sends statements in a managed transaction of mysql2. */
const managed = (name: string, ...texts: readonly string[]): string =>
  `export const ${name} = (order, product, user) => db.transaction(async (tx) => {\n${texts
    .map(
      (text) =>
        `  await tx.execute("${text}", [${/stock/.test(text) ? 'product' : /users/.test(text) ? 'user' : 'order'}])`,
    )
    .join('\n')}\n})`

const begun = (name: string, ...texts: readonly string[]): string =>
  `export async function ${name}(order, product) {\n  const client = await db.connect()\n  try {\n    await client.query('BEGIN')\n${texts
    .map(
      (text) =>
        `    await client.query("${text.replace('?', '$1')}", [${/stock/.test(text) ? 'product' : 'order'}])`,
    )
    .join(
      '\n',
    )}\n    await client.query('COMMIT')\n  } catch (error) {\n    await client.query('ROLLBACK')\n    throw error\n  } finally {\n    client.release()\n  }\n}`

ruleCases('LOCK_ORDER', [
  {
    claim: 'two transactions that cross are found, at the later one, which names the other',
    code: mysql(`${managed('place', ORDERS, STOCK)}\n${managed('cancel', STOCK, ORDERS)}`),
    lines: [7],
    says: /^high: this transaction locks stock and then orders; `place` in src\/app\.ts:3 locks orders and then stock.*here first orders, or there first stock/,
  },
  {
    claim:
      'across files, begun by statements on PostgreSQL, with others in between and rows locked by a SELECT',
    driver: 'pg',
    code: {
      'src/a.ts': pg(
        begun(
          'place',
          'SELECT id FROM orders WHERE id = ? FOR UPDATE',
          'INSERT INTO log (a) VALUES (?)',
          STOCK,
        ),
      ),
      'src/b.ts': pg(begun('cancel', STOCK, 'SELECT id FROM users WHERE id = ?', ORDERS)),
    },
    lines: [6],
    says: /src\/a\.ts:6 locks orders and then stock.*40P01/,
  },
  {
    claim: 'one order everywhere, and tables only one of them locks, cross nothing',
    code: mysql(
      `${managed('place', ORDERS, STOCK)}\n${managed('cancel', ORDERS, STOCK)}\n${managed('count', STOCK, 'SELECT id FROM orders WHERE id = ?')}\n${managed('log', STOCK, 'INSERT INTO orders (id) VALUES (?)')}`,
    ),
    lines: [],
  },
  {
    claim: 'where both begin with the same row nobody has anything the other waits for',
    code: mysql(`${managed('place', USERS, ORDERS, STOCK)}\n${managed('cancel', USERS, STOCK, ORDERS)}`),
    lines: [],
  },
  {
    claim: 'rows found by other keys, or by what is written in the code, need not be the same',
    code: mysql(
      `${managed('place', ORDERS, STOCK)}\n${managed('cancel', STOCK, 'UPDATE orders SET state = 1 WHERE user_id = ?')}\n${managed('first', STOCK, "UPDATE orders SET state = 1 WHERE id = 'first'")}`,
    ),
    lines: [],
  },
  {
    claim: 'one lock for all, and statements under a condition, are left alone',
    code: mysql(
      `${managed('place', ORDERS, STOCK)}\n${managed('cancel', "SELECT GET_LOCK('orders', 5)", STOCK, ORDERS)}\nexport const maybe = (order, product) => db.transaction(async (tx) => {\n  await tx.execute("${STOCK}", [product])\n  if (order) await tx.execute("${ORDERS}", [order])\n})`,
    ),
    lines: [],
  },
  {
    claim: 'SQLite has one writer at a time',
    driver: 'better-sqlite3',
    code: `import Database from 'better-sqlite3'\nconst db = new Database('x')\nconst a = db.transaction((id, n) => {\n  db.prepare("${ORDERS}").run(id)\n  db.prepare("${STOCK}").run(n)\n})\nconst b = db.transaction((id, n) => {\n  db.prepare("${STOCK}").run(n)\n  db.prepare("${ORDERS}").run(id)\n})\n`,
    lines: [],
  },
])
