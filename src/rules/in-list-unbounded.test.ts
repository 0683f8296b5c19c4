import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const sqlite = (body: string): string =>
  `import Database from 'better-sqlite3'\nconst db = new Database('x')\n${body}\n`

ruleCases('IN_LIST_UNBOUNDED', [
  {
    claim: 'a list of a body is found, in batches for MySQL',
    code: mysql(
      "app.post('/', async (req, res) => {\n  res.json(await db.query('SELECT id FROM orders WHERE user_id IN (?)', [req.body.ids]))\n})",
    ),
    lines: [4],
    says: /^high: `req\.body\.ids` in user_id IN \(…\) is as long as a client makes it.*chunks\(req\.body\.ids, 500\)/,
  },
  {
    claim: 'placeholders that are written for each element are the list’s, however they are made',
    code: mysql(
      "app.post('/', async (req, res) => {\n  const { ids } = req.body\n  const marks = ids.map(() => '?').join(', ')\n  await db.execute(`SELECT id FROM orders WHERE user_id IN (${marks})`, ids)\n  await db.execute(`SELECT id FROM orders WHERE user_id IN (${Array(ids.length).fill('?').join(',')})`, [...ids])\n  await db.execute('DELETE FROM orders WHERE id IN (' + new Array(ids.length).fill('?') + ')', ids)\n})",
    ),
    lines: [5, 7, 8],
    says: /^high: `ids` in user_id IN/,
  },
  {
    claim: 'numbered ones of PostgreSQL, which has arrays for it',
    code: pg(
      "app.post('/', async ({ body }, res) => {\n  const marks = body.ids.map((_, i) => `$${i + 1}`).join(', ')\n  res.json(await db.query(`SELECT o.id FROM orders o WHERE o.user_id NOT IN (${marks})`, body.ids))\n})",
    ),
    lines: [4],
    says: /o\.user_id NOT IN \(…\) is as long.*o\.user_id <> ALL\(\$1\) with \[body\.ids\]/,
  },
  {
    claim: 'the rows of a whole table are found, as they are better joined',
    code: pg(
      "async function f() {\n  const { rows } = await db.query('SELECT id FROM users')\n  const ids = rows.map((row) => row.id)\n  return db.query(`SELECT id FROM orders WHERE user_id IN (${ids.map((id, i) => '$' + (i + 1)).join()})`, ids)\n}",
    ),
    lines: [6],
    says: /`ids` in user_id IN|`rows` in user_id IN \(…\) has an element for every row.*user_id IN \(SELECT id FROM users\), or a JOIN/,
  },
  {
    claim: 'on SQLite too, where a prepared statement gave them and a set made them one each',
    code: sqlite(
      "function f() {\n  const rows = db.prepare('SELECT user_id FROM orders').all()\n  const ids = [...new Set(rows.map((row) => row.user_id))]\n  return db.prepare(`SELECT id FROM users WHERE id IN (${ids.map(() => '?').join(',')})`).all(...ids)\n}",
    ),
    driver: 'better-sqlite3',
    lines: [6],
    says: /32,766 parameters/,
  },
  {
    claim: 'a function of the repository is given the list',
    code: {
      'src/orders.ts': mysql(
        "export const of = (ids) => db.query('SELECT id FROM orders WHERE id IN (?)', [ids])",
      ),
      'src/app.ts':
        "import { of } from './orders'\nexport const list = async (req, res) => res.json(await of(req.body.ids))\n",
    },
    lines: [3],
  },
  {
    claim: 'a list that is refused, cut or sent in batches when it is long has a length',
    code: mysql(
      "app.post('/', async (req, res) => {\n  const { ids, codes, keys } = req.body\n  if (ids.length > 100) return res.sendStatus(400)\n  await db.query('SELECT id FROM orders WHERE user_id IN (?)', [ids])\n  await db.query('SELECT id FROM orders WHERE user_id IN (?)', [codes.slice(0, 100)])\n  for (const some of chunks(keys, 500)) await db.query('SELECT id FROM orders WHERE user_id IN (?)', [some])\n})",
    ),
    lines: [],
  },
  {
    claim: 'what is written in the code, comes from nobody in sight or from an address has one, too',
    code: mysql(
      "export async function f(ids, req) {\n  await db.query('SELECT id FROM orders WHERE state IN (?)', [['open', 'paid']])\n  await db.query('SELECT id FROM orders WHERE id IN (?)', [ids])\n  await db.query('SELECT id FROM orders WHERE id IN (?)', [req.query.ids.split(',')])\n}",
    ),
    lines: [],
  },
  {
    claim:
      'rows of a statement with a limit, a condition, a join or a filter after it are as many as nobody can tell',
    code: pg(
      "async function f() {\n  const { rows } = await db.query('SELECT id FROM users WHERE is_new LIMIT 50')\n  await db.query('SELECT id FROM orders WHERE user_id IN ($1)', [rows.map((row) => row.id)])\n  const all = await db.query('SELECT id FROM users')\n  const some = all.rows.filter((row) => row.a > 1).map((row) => row.id)\n  await db.query(`SELECT id FROM orders WHERE user_id IN (${some.map((_, i) => `$${i}`)})`, some)\n  const roles = await db.query('SELECT id FROM roles')\n  await db.query(`SELECT id FROM users WHERE role_id IN (${roles.rows.map((row) => row.id)})`)\n}",
    ),
    lines: [],
  },
  {
    claim: 'one array that is bound is one parameter',
    code: pg(
      "app.post('/', async (req, res) => res.json(await db.query('SELECT id FROM orders WHERE user_id = ANY($1)', [req.body.ids])))",
    ),
    lines: [],
  },
])
