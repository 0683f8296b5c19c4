import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

/** A function that sends some statements in a transaction on a connection of its own. */
const inTransaction = (head: string, body: string, begin = "await client.query('BEGIN')"): string =>
  pg(
    `${head} {\n  const client = await db.connect()\n  try {\n    ${begin}\n${body}\n    await client.query('COMMIT')\n  } catch (error) {\n    await client.query('ROLLBACK')\n    throw error\n  } finally {\n    client.release()\n  }\n}`,
  )

const TRANSFER =
  "    await client.query('UPDATE accounts SET cents = cents - $1 WHERE id = $2', [cents, from])\n    await client.query('UPDATE accounts SET cents = cents + $1 WHERE id = $2', [cents, to])"

ruleCases('MISSING_RETRY', [
  {
    claim: 'a transfer from one row to another may meet one back',
    driver: 'pg',
    code: inTransaction('export async function transfer(from, to, cents)', TRANSFER),
    lines: [6],
    says: /^medium: this transaction locks the row `from` of accounts and then `to`.*40P01.*ORDER BY id FOR UPDATE.*await transfer\(\)/,
  },
  {
    claim:
      'rows updated in the order of a list that is given are found, in a managed transaction and on MySQL, too',
    code: mysql(
      "export const place = (items) => db.transaction(async (tx) => {\n  for (const item of items)\n    await tx.execute('UPDATE stock SET left_over = left_over - ? WHERE product_id = ?', [item.n, item.product])\n})",
    ),
    lines: [3],
    says: /^medium: this transaction locks rows of stock one after the other, in the order of `items` it is given.*error 1213.*Sort the keys first/,
  },
  {
    claim: 'rows that are inserted or else updated are locked as well',
    driver: 'pg',
    code: inTransaction(
      'export async function count(words)',
      "    for (const word of words)\n      await client.query('INSERT INTO words (word, n) VALUES ($1, 1) ON CONFLICT (word) DO UPDATE SET n = words.n + 1', [word])",
    ),
    lines: [6],
  },
  {
    claim: 'PostgreSQL refuses transactions at the levels that promise more',
    driver: 'pg',
    code: inTransaction(
      'export async function book(seat)',
      "    const { rows } = await client.query('SELECT id FROM seats WHERE id = $1 AND NOT taken', [seat])\n    await client.query('UPDATE seats SET taken = true WHERE id = $1', [seat])",
      "await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE')",
    ),
    lines: [6],
    says: /^high: .*asks for SERIALIZABLE, and no refused transaction is tried again\. PostgreSQL keeps this promise by refusing/,
  },
  {
    claim: 'a level that is asked for as an option counts, and on MySQL only the one that locks what is read',
    driver: 'mysql2',
    code: mysql(
      "export const book = (seat) => db.transaction({ isolationLevel: 'serializable' }, async (tx) => {\n  await tx.execute('SELECT id FROM seats WHERE id = ?', [seat])\n  await tx.execute('UPDATE seats SET taken = 1 WHERE id = ?', [seat])\n})\nexport const free = (seat) => db.transaction({ isolationLevel: 'repeatable read' }, async (tx) => {\n  await tx.execute('SELECT id FROM seats WHERE id = ?', [seat])\n  await tx.execute('UPDATE seats SET taken = 0 WHERE id = ?', [seat])\n})",
    ),
    lines: [3],
    says: /InnoDB then locks what SELECT reads/,
  },
  {
    claim: 'what tries again is seen in the file, where it is called, and in what runs it',
    driver: 'pg',
    code: {
      'src/own.ts': `${inTransaction('export async function transfer(from, to, cents)', TRANSFER)}\nexport const isRetryable = (error) => error.code === '40P01'\n`,
      'src/transfer.ts': inTransaction('export async function transfer(from, to, cents)', TRANSFER),
      'src/app.ts':
        "import { transfer } from './transfer'\nimport { withRetries } from 'again'\nexport const pay = (a, b) => withRetries(() => transfer(a, b, 100))\n",
      'src/run.ts': pg(
        'export async function inTransaction(work) {\n  for (let attempt = 0; ; attempt++) try { return await work(db) } catch (error) { if (attempt > 3) throw error }\n}',
      ),
      'src/stock.ts':
        "import { inTransaction } from './run'\nexport const place = (items) => inTransaction(async (client) => {\n  for (const item of items) await client.query('UPDATE stock SET n = 0 WHERE id = $1', [item.id])\n})\n",
    },
    lines: [],
  },
  {
    claim:
      'one order for all needs none: sorted keys, rows locked together before, one lock for all, rows that are skipped',
    driver: 'pg',
    code: {
      'src/a.ts': inTransaction(
        'export async function place(items)',
        "    for (const item of items.toSorted((a, b) => a.id - b.id)) await client.query('UPDATE stock SET n = 0 WHERE id = $1', [item.id])",
      ),
      'src/b.ts': inTransaction(
        'export async function transfer(from, to, cents)',
        `    await client.query('SELECT id FROM accounts WHERE id IN ($1, $2) FOR UPDATE', [from, to])\n${TRANSFER}`,
      ),
      'src/c.ts': inTransaction(
        'export async function transfer(from, to, cents)',
        `    await client.query('SELECT pg_advisory_xact_lock(7)')\n${TRANSFER}`,
      ),
    },
    lines: [],
  },
  {
    claim:
      'one row, the same row twice, rows of two tables, and rows under a condition are taken in no order of values',
    driver: 'pg',
    code: {
      'src/a.ts': inTransaction(
        'export async function pay(id, other)',
        "    await client.query('UPDATE orders SET paid = true WHERE id = $1', [id])\n    await client.query('UPDATE orders SET paid_at = now() WHERE id = $1', [Number(id)])\n    await client.query('UPDATE users SET n = n + 1 WHERE id = $1', [other])",
      ),
      'src/b.ts': inTransaction(
        'export async function pay(id, other)',
        "    if (other) await client.query('UPDATE orders SET paid = true WHERE id = $1', [id])\n    else await client.query('UPDATE orders SET paid = true WHERE id = $1', [other])",
      ),
      'src/c.ts': inTransaction(
        'export async function pay(id, lines)',
        "    for (const line of lines) await client.query('INSERT INTO lines (order_id, line) VALUES ($1, $2)', [id, line])\n    for (const line of lines) await client.query('UPDATE orders SET n = n + 1 WHERE id = $1', [id])",
      ),
    },
    lines: [],
  },
  {
    claim: 'a transaction for each row, and work of a queue that tries it again, are left alone',
    driver: 'pg',
    code: {
      'src/a.ts': pg(
        "export async function all(items) {\n  const client = await db.connect()\n  try {\n    for (const item of items) {\n      await client.query('BEGIN')\n      await client.query('UPDATE stock SET n = 0 WHERE id = $1', [item.id])\n      await client.query('COMMIT')\n    }\n  } finally {\n    client.release()\n  }\n}",
      ),
      'src/worker.ts': inTransaction('export async function transfer(from, to, cents)', TRANSFER),
    },
    lines: [],
  },
  {
    claim: 'SQLite has one writer at a time',
    driver: 'better-sqlite3',
    code: "import Database from 'better-sqlite3'\nconst db = new Database('x')\nexport const transfer = db.transaction((from, to) => {\n  db.prepare('UPDATE accounts SET cents = 0 WHERE id = ?').run(from)\n  db.prepare('UPDATE accounts SET cents = 1 WHERE id = ?').run(to)\n})\n",
    lines: [],
  },
])
