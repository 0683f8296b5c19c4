import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, SHOP } from '../../test/support/rule-schema.ts'

ruleCases('SELECT_STAR', [
  {
    claim:
      'columns that the code does not read are found where the rows go no further, and those it reads are named',
    code: mysql(
      "export const f = async (code) => {\n  const [rows] = await db.query('SELECT * FROM users WHERE code = ?', [code])\n  if (rows.length === 0) return null\n  return rows[0].email.toLowerCase()\n}\nexport const g = async (id) => {\n  const [[user]] = await db.query('SELECT * FROM users WHERE id = ?', [id])\n  const { code, email } = user\n  return code + email\n}",
    ),
    schema: SHOP,
    lines: [4, 9],
    says: /^low: \* is every column users has or will have, and the code reads 1 of 5\. .*SELECT email$/,
  },
  {
    claim: 'rows that are looked through, and given to callbacks, are followed',
    code: {
      'src/app.ts':
        "import Database from 'better-sqlite3'\nconst db = new Database('x')\nexport const a = () => db.prepare('SELECT * FROM users').all().map((u) => u.email)\nexport const b = (cb) => db.all('SELECT * FROM users WHERE id = 1', (error, rows) => cb(rows[0].email))\nexport function c() {\n  for (const { code } of db.prepare('SELECT * FROM users WHERE id > 1').iterate()) console.log(code)\n}\nexport const has = (id) => db.prepare('SELECT * FROM users WHERE id = ?').get(id) !== undefined\n",
    },
    driver: 'better-sqlite3',
    schema: SHOP,
    lines: [3, 4, 6, 8],
  },
  {
    claim:
      'of a table nothing declares two columns may be all; a statement that is prepared and kept is not seen to be used',
    code: {
      'src/app.ts':
        "import Database from 'better-sqlite3'\nconst db = new Database('x')\nconst kept = new Map()\nkept.set('all', db.prepare('SELECT * FROM nodes'))\nconst unused = db.prepare('SELECT * FROM nodes WHERE id = ?')\nexport const pairs = () => db.prepare('SELECT * FROM entries WHERE id > 1').all().map((e) => [e.key, e.value])\nexport const value = (k) => db.prepare('SELECT * FROM entries WHERE key = ?').get(k).value\n",
    },
    driver: 'better-sqlite3',
    lines: [7],
    says: /SELECT value$/,
  },
  {
    claim: 'whole rows that are returned, stored or given to something are what is wanted',
    code: mysql(
      "export const one = async (id) => {\n  const [rows] = await db.query('SELECT * FROM orders WHERE id = ?', [id])\n  return rows[0]\n}\nexport const two = async (id) => (await db.query('SELECT * FROM orders WHERE id = ?', [id]))[0].map(toOrder)\nexport const three = async (id, box) => {\n  const [[row]] = await db.query('SELECT * FROM orders WHERE id = ?', [id])\n  box.push({ ...row })\n}",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a client that is sent whole rows sees columns that are added later',
    code: mysql(
      "app.get('/users/:id', async (req, res) => {\n  const [rows] = await db.query('SELECT * FROM users WHERE id = ?', [req.params.id])\n  if (!rows[0]) return res.status(404).end()\n  res.status(200).json(rows[0])\n})",
    ),
    schema: SHOP,
    lines: [4],
    says: /^low: .*whoever asks is sent all of them/,
  },
  {
    claim: 'nearly all columns are read, or a small table: a list of names would say nothing more',
    code: mysql(
      "export const f = async (id) => {\n  const [[o]] = await db.query('SELECT * FROM orders WHERE id = ?', [id])\n  return o.id + o.total + o.user_id\n}\nexport const g = async () => (await db.query('SELECT * FROM settings'))[0]\nexport const exportOrders = async () => (await db.query('SELECT * FROM orders'))[0]",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'an INSERT from one table made at run time into another, which is made like it, is none',
    code: mysql('export const f = (t) => db.query(`INSERT INTO ${t}_new SELECT * FROM ${t}_old`)'),
    lines: [],
  },
  {
    claim: 'a star is low, and the columns are named where they are known',
    code: mysql("await db.query('SELECT * FROM orders WHERE id = 1')"),
    schema: SHOP,
    lines: [3],
    says: /^low: .*SELECT id, user_code, user_id, total FROM orders/,
  },
  {
    claim: 'a star over tables that share a column name loses values',
    code: mysql("await db.query('SELECT * FROM users u JOIN orders o ON o.user_id = u.id')"),
    schema: SHOP,
    lines: [3],
    says: /^medium: .*several columns called id/,
  },
  {
    claim: 'an INSERT from a star depends on the order of columns',
    code: mysql("await db.query('INSERT INTO archive SELECT * FROM orders')"),
    lines: [3],
    says: /^medium: an INSERT takes its rows/,
  },
  {
    claim: 'COUNT(*), EXISTS and a star over named columns are none',
    code: mysql(
      "await db.query('SELECT COUNT(*) FROM orders')\nawait db.query('SELECT id FROM users WHERE EXISTS (SELECT * FROM orders)')\nawait db.query('SELECT * FROM (SELECT id, total FROM orders) d')",
    ),
    lines: [],
  },
  {
    claim: 'a star of one alias is that table’s columns, and no other source matters',
    code: mysql(
      "await db.query('SELECT op.*, (SELECT 1) AS n FROM orders op JOIN (SELECT id FROM users) u ON u.id = op.user_id')",
    ),
    schema: SHOP,
    lines: [3],
    says: /^low: \* is every column orders has.*SELECT id, user_code, user_id, total FROM orders/,
  },
  {
    claim: 'a star of a derived table’s alias, and of the server’s own tables, is none',
    code: mysql(
      "await db.query('SELECT d.* FROM (SELECT id, total FROM orders) d JOIN users u ON u.id = d.id')\nawait db.query('SELECT * FROM information_schema.columns WHERE table_name = ?', [t])\nawait db.query('SELECT * FROM pg_stat_activity')",
    ),
    lines: [],
  },
  {
    claim: 'code that reads any table it is told cannot name columns',
    code: mysql(
      "export const all = (table) => db.query(`SELECT * FROM ${table}`)\nexport const any = (t) => db.query('SELECT * FROM ??', [t])\nexport const other = (s, t) => db.query(`SELECT * FROM \\`${s}\\`.\\`${t}\\``)",
    ),
    lines: [],
  },
  {
    claim: 'a table whose name the code makes is named as the code writes it',
    code: mysql('export const f = (year) => db.query(`SELECT * FROM orders_${year.name}`)'),
    lines: [3],
    says: /^low to review: \* is every column orders_\$\{year\.name\} has/,
  },
  {
    claim: 'the rows of a callback are its second parameter after an error, its first where it stands alone',
    driver: 'pg-promise',
    code: {
      'src/app.ts':
        "import pgp from 'pg-promise'\nconst db = pgp()('x')\nexport const a = () => db.map('SELECT * FROM users WHERE id > 1', null, (row) => ({ code: row.code, ...row.rest }))\nexport const b = () => db.map('SELECT * FROM users WHERE id > 1', null, (row) => row.code)\nexport const c = () => db.query('SELECT * FROM users WHERE id > 1', (err) => log(err))\n",
    },
    schema: SHOP,
    lines: [4],
  },
  {
    claim: 'rows that are nested by table, and those a check looks at, say nothing of columns',
    code: mysql(
      "export const f = async (id) => {\n  const [r] = await db.query({ sql: 'SELECT * FROM users u, orders o WHERE u.id = o.user_id AND o.id = ?', nestTables: true }, [id])\n  return r[0].u\n}\nexport const g = async (id) => {\n  const [[user]] = await db.query('SELECT * FROM users WHERE id = ?', [id])\n  assert(user.code === 1, 'no code')\n}\nexport const h = async (id) => {\n  const [[user]] = await db.query('SELECT * FROM users WHERE id = ?', [id])\n  return user.code === 1\n}",
    ),
    schema: SHOP,
    lines: [12],
  },
])
