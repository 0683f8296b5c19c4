import { ruleCases } from '../../test/support/rule-cases.ts'

const handler = (body: string): string =>
  `import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})\napp.get('/', async (req, res) => {\n${body}\n})\n`

ruleCases('SQL_INJECTION', [
  {
    claim: 'a value of a request inside quotes is critical, and its source is named',
    code: handler("await db.query(`SELECT id FROM users WHERE name = '${req.query.name}'`)"),
    lines: [4],
    says: /^critical: `req\.query\.name` .* comes from a request/,
  },
  {
    claim: 'a value is followed through destructuring, assignment and a method that keeps it',
    code: handler(
      'const { q } = req.query\nconst text = q.trim()\nawait db.query("SELECT id FROM t WHERE a = " + text)',
    ),
    lines: [6],
    says: /text.* \(q/,
  },
  {
    claim: 'a text built with += is judged at the hole it got, not at the call',
    code: handler(
      "let sql = 'SELECT id FROM t WHERE 1 = 1'\nif (req.body.a) sql += ' AND a = ' + req.body.a\nawait db.execute(sql)",
    ),
    lines: [5],
  },
  {
    claim: 'a name from a request is critical, too: it can name anything',
    code: handler('await db.query(`SELECT id FROM t ORDER BY ${req.query.sort}`)'),
    lines: [4],
    says: /list written in the code/,
  },
  {
    claim: 'a function that only passes its text on is a sender itself',
    code: "import db from 'mysql2'\nconst run = (sql) => db.query(sql)\nexport const find = (name) => run(`SELECT id FROM users WHERE name = '${name}'`)\n",
    lines: [3],
    says: /argument of this function/,
  },
  {
    claim: 'conditions collected in an array and joined are part of the text',
    code: handler(
      "const where = []\nwhere.push(`a = '${req.query.a}'`)\nawait db.query('SELECT id FROM t WHERE ' + where.join(' AND '))",
    ),
    lines: [5],
  },
  {
    claim: 'a part of a statement given to a builder is judged like a whole one',
    driver: 'knex',
    code: "import knex from 'knex'\nexport const f = (name) => knex('users').whereRaw(`name = '${name}'`)\n",
    lines: [2],
  },
  {
    claim: 'an unsafe raw call inside a safe template is found',
    driver: 'postgres',
    code: "import postgres from 'postgres'\nconst sql = postgres()\nexport const f = (req, res) => sql`SELECT id FROM t WHERE a = ${sql.unsafe(req.query.a)}`\n",
    lines: [3],
  },
  {
    claim: 'a bound value is safe',
    code: handler("await db.query('SELECT id FROM users WHERE name = ?', [req.query.name])"),
    lines: [],
  },
  {
    claim: 'a template that parameterises is safe',
    driver: 'postgres',
    code: "import postgres from 'postgres'\nconst sql = postgres()\nexport const f = (req, res) => sql`SELECT id FROM t WHERE a = ${req.query.a}`\n",
    lines: [],
  },
  {
    claim: 'a number by construction cannot carry SQL',
    code: handler(
      'const id = parseInt(req.query.id, 10)\nawait db.query(`SELECT id FROM t WHERE id = ${id} LIMIT ${(id - 1) * 20}`)',
    ),
    lines: [],
  },
  {
    claim: 'a value compared with a list or a pattern before is left alone',
    code: handler(
      "const { sort } = req.query\nif (!['a', 'b'].includes(sort)) return res.status(400).end()\nawait db.query(`SELECT id FROM t ORDER BY ${sort}`)",
    ),
    lines: [],
  },
  {
    claim: 'a value looked up in a table of the code is one of that table',
    code: handler(
      "const COLUMNS = { a: 'a', b: 'b DESC' }\nconst by = COLUMNS[req.query.sort] ?? 'id'\nawait db.query(`SELECT id FROM t ORDER BY ${by}`)",
    ),
    lines: [],
  },
  {
    claim: 'an escaped value is left alone',
    code: handler('await db.query(`SELECT id FROM t WHERE a = ${db.escape(req.query.a)}`)'),
    lines: [],
  },
  {
    claim: 'placeholders made by map and join are no values',
    code: handler(
      "const ids = req.body.ids\nawait db.query(`SELECT id FROM t WHERE id IN (${ids.map(() => '?').join(', ')})`, ids)",
    ),
    lines: [],
  },
  {
    claim: 'constants of this and other files are text of the code',
    code: {
      'src/tables.ts': "export const USERS = 'users'\nexport const C = { active: \"state = 'on'\" }\n",
      'src/app.ts':
        "import db from 'mysql2'\nimport { USERS, C } from './tables.js'\ndb.query(`SELECT id FROM ${USERS} WHERE ${C.active} AND k = '${USERS}'`)\n",
    },
    lines: [],
  },
  {
    claim: 'prose that begins like a statement is none',
    code: handler(
      'console.log(`Update the set of ${req.query.a}`)\nres.send(`Select one from ${req.query.b}`)\nthrow new Error(`delete from ${req.query.c}`)',
    ),
    lines: [],
  },
])
