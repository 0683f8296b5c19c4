import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const sqlite = (body: string): string =>
  `import Database from 'better-sqlite3'\nconst db = new Database('x')\n${body}\n`

ruleCases('OFFSET_PAGINATION', [
  {
    claim: 'an offset a client decides is found, with the page by key written for the engine',
    code: mysql(
      "app.get('/', async (req, res) => {\n  res.json(await db.query('SELECT id, total FROM orders ORDER BY created_at DESC LIMIT 20 OFFSET ?', [req.query.offset]))\n})",
    ),
    lines: [4],
    says: /^high: OFFSET \$\{req\.query\.offset\} .*rows of orders.*created_at <= :last_created_at AND \(created_at, id\) < \(:last_created_at, :last_id\) ORDER BY created_at DESC, id DESC/,
  },
  {
    claim: 'through conversions, arithmetic and a name, and on PostgreSQL by a comparison of rows',
    code: pg(
      "app.get('/', async (req, res) => {\n  const page = Number(req.query.page) || 1\n  const from = (page - 1) * 20\n  const { rows } = await db.query('SELECT id FROM orders ORDER BY placed_on LIMIT 20 OFFSET $1', [from])\n  res.json(rows)\n})",
    ),
    lines: [6],
    says: /\(placed_on, id\) > \(:last_placed_on, :last_id\) ORDER BY placed_on, id/,
  },
  {
    claim: 'through a function of the repository that is given it',
    code: {
      'src/orders.ts': mysql(
        "export async function page(size, from) {\n  return db.query('SELECT id FROM orders ORDER BY id LIMIT ? OFFSET ?', [size, from])\n}",
      ),
      'src/app.ts':
        "import { page } from './orders'\nexport const list = async (req, res) => res.json(await page(20, +req.query.from))\n",
    },
    lines: [4],
    says: /id > :last_id ORDER BY id/,
  },
  {
    claim: 'LIMIT with two values gives the offset first',
    code: mysql(
      "app.get('/', async (req, res) => res.json(await db.query('SELECT id FROM orders ORDER BY id LIMIT ?, ?', [+req.query.from, 20])))",
    ),
    lines: [3],
  },
  {
    claim: 'interpolated, on SQLite',
    code: sqlite(
      "app.get('/', (req, res) => res.json(db.prepare(`SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET ${parseInt(req.query.from)}`).all()))",
    ),
    driver: 'better-sqlite3',
    lines: [3],
  },
  {
    claim: 'a loop that goes through a table by OFFSET is found, counted by rows or by pages',
    code: pg(
      "async function walk() {\n  let offset = 0\n  while (true) {\n    const { rows } = await db.query('SELECT id FROM orders ORDER BY id LIMIT 500 OFFSET $1', [offset])\n    if (rows.length === 0) break\n    offset += rows.length\n  }\n  for (let page = 0; page < 1000; page++) {\n    const from = page * 500\n    await db.query(`SELECT id FROM orders ORDER BY id LIMIT 500 OFFSET ${from}`)\n  }\n}",
    ),
    lines: [6, 12],
    says: /^high: the loop around this goes through orders by OFFSET \$\{offset\}: each page reads/,
  },
  {
    claim: 'an offset that is kept within bounds, or written in the code, reaches nothing far',
    code: mysql(
      "app.get('/', async (req, res) => {\n  const from = Math.min(Number(req.query.from), 1000)\n  const page = Number(req.query.page)\n  if (page > PAGES_MAX) return res.sendStatus(400)\n  await db.query('SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET ?', [from])\n  await db.query('SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET ?', [page * 20])\n  await db.query('SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET 40')\n})",
    ),
    lines: [],
  },
  {
    claim: 'an offset nobody in sight gives is none a client decides, nor is the limit of a request',
    code: mysql(
      "export const page = (from) => db.query('SELECT id FROM orders ORDER BY id LIMIT 20 OFFSET ?', [from])\napp.get('/', async (req, res) => res.json(await db.query('SELECT id FROM orders ORDER BY id LIMIT ?', [+req.query.size])))",
    ),
    lines: [],
  },
  {
    claim: 'what belongs to one customer, short tables and groups have few pages',
    code: mysql(
      "app.get('/', async (req, res) => {\n  const from = +req.query.from\n  await db.query('SELECT id FROM orders WHERE user_id = ? ORDER BY id LIMIT 20 OFFSET ?', [req.user.id, from])\n  await db.query('SELECT id FROM categories ORDER BY id LIMIT 20 OFFSET ?', [from])\n  await db.query('SELECT day, COUNT(id) AS n FROM orders GROUP BY day LIMIT 20 OFFSET ?', [from])\n})",
    ),
    lines: [],
  },
  {
    claim: 'a loop that does not count the offset up, and one inside another function, walk through nothing',
    code: pg(
      "async function f(offset, jobs) {\n  for (const job of jobs) await db.query('SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET $1', [offset])\n  let n = 0\n  for (const job of jobs) {\n    n += 1\n    job.run = () => db.query('SELECT id FROM orders ORDER BY id LIMIT 1 OFFSET $1', [n])\n  }\n}",
    ),
    lines: [],
  },
])
