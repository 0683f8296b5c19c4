/** Values put into a text of which too little is known to report them. */
import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql } from '../../test/support/rule-schema.ts'

ruleCases('SQL_INJECTION', [
  {
    claim:
      'what nothing is known of is left alone in a list, a function, or where no declaration shows what it meets',
    schema: "CREATE TABLE t (id INT PRIMARY KEY, state ENUM('a', 'b'));",
    code: [
      "import db from 'mysql2'",
      "import { make } from 'other'",
      'const a = make()',
      "db.query(`SELECT id FROM elsewhere WHERE name = '${a}'`)",
      "db.query(`SELECT id FROM t WHERE state = '${a}'`)",
      "db.query(`SELECT nextval('${a}')`)",
      "db.query(`SELECT id FROM elsewhere WHERE name IN (${a.map((each) => `'${each}'`).join(',')})`)",
    ].join('\n'),
    lines: [],
  },
  {
    claim: 'a function that is asked without a table is given names, and a replication command binds nothing',
    driver: 'pg',
    code: [
      "import db from 'pg'",
      "export const next = (name) => db.query(`SELECT nextval('${name}')`)",
      'export const slot = (name) => db.query(`CREATE_REPLICATION_SLOT "${name}" LOGICAL pgoutput`)',
      "export const of = (req) => db.query(`SELECT nextval('${req.query.name}')`)",
    ].join('\n'),
    lines: [4],
  },
  {
    claim: 'the counter of a loop is a number, whatever it begins with; what is only compared is none',
    code: mysql(
      'export async function f(steps: string, names: string[]) {\n  for (let i = steps; i >= 1; i--) await db.query(`SELECT id FROM t WHERE a = ${i}`)\n  for (let i = 0; i < names.length; i++) await db.query(`SELECT id FROM t WHERE a = ${i}`)\n  for (let name = steps; name < names; name = next(name)) await db.query(`SELECT id FROM t WHERE a = ${name}`)\n}',
    ),
    lines: [6],
  },
  {
    claim:
      'a list that a named function of the repository quotes is quoted; one that it only passes on is not',
    code: mysql(
      'const quoted = (value: string) => `${db.escape(value)}`\nconst same = (value: string) => value.trim()\nexport async function f(req) {\n  const { names } = req.body\n  await db.query(`SELECT id FROM t WHERE name IN (${names.map(quoted)})`)\n  await db.query(`SELECT id FROM t WHERE id = 1 ORDER BY ${names.map(same)}`)\n}',
    ),
    lines: [8],
  },
  {
    claim: 'of what a function of the repository returns only the part that is taken counts',
    code: mysql(
      "function filterOf(scope: string) {\n  if (!scope) return { clause: '', params: [] }\n  return { clause: ' AND scope = ?', params: [scope] }\n}\nconst rawOf = (scope: string) => ({ clause: ` AND scope = ${scope}`, params: [] })\nexport async function f(req) {\n  const { clause, params } = filterOf(req.query.scope)\n  await db.query(`SELECT id FROM t WHERE id = 1${clause}`, params)\n  const { clause: raw } = rawOf(req.query.scope)\n  await db.query(`SELECT id FROM t WHERE id = 1${raw}`)\n}",
    ),
    lines: [12],
  },
  {
    claim: 'what is compared by size with a number is one where the comparison holds, and nowhere else',
    code: mysql(
      "export async function f(a: string, b: string, c: string, d: string, e: string) {\n  if (a > 0) await db.query(`SELECT id FROM t WHERE a = ${a}`)\n  else await db.query(`SELECT id FROM t WHERE a = ${a}`)\n  const where = b >= 1 && e ? `a = ${b}` : 'a = 1'\n  await db.query(`SELECT id FROM t WHERE ${where}`)\n  if (!(c > -1)) return\n  await db.query(`SELECT id FROM t WHERE a = ${c}`)\n  if (d > 100) return\n  await db.query(`SELECT id FROM t WHERE a = ${d}`)\n  if (e > 0 || a) await db.query(`SELECT id FROM t WHERE a = ${e}`)\n}",
    ),
    lines: [5, 11, 12],
  },
  {
    claim:
      'what a function gives back that checks it is checked; a request’s value is not, nor is what another one passes on',
    code: mysql(
      "import { checkArgs, takeArgs } from 'elsewhere'\nexport async function f(args: Args, req) {\n  const { name } = checkArgs(args)\n  await db.query(`SELECT id FROM t WHERE a = '${name}'`)\n  const other = String(args.name)\n  await db.query(`SELECT id FROM t WHERE a = '${other}'`)\n  const asked = checkArgs(req.body.name)\n  await db.query(`SELECT id FROM t WHERE a = '${asked.trim()}'`)\n}",
    ),
    lines: [8],
  },
  {
    claim:
      'a sequence’s name that is given to a function is a name, also beside a table; another text is not',
    driver: 'pg',
    code: [
      "import db from 'pg'",
      "export const next = (name) => db.query(`SELECT setval('${name}', MAX(id)) FROM t`)",
      "export const like = (name) => db.query(`SELECT upper('${name}') FROM t`)",
    ].join('\n'),
    lines: [3],
  },
  {
    claim:
      'what a schema beside a handler lets through as a number is one; a text, or what is made of it later, is not',
    driver: 'better-sqlite3',
    code: [
      "import Database from 'better-sqlite3'",
      "import { z } from 'zod'",
      "const db = new Database('x')",
      'server.tool(',
      "  'read',",
      '  { limit: z.number().optional(), name: z.string(), odd: z.number().transform(String) },',
      '  async ({ limit, name, odd }) => {',
      '    db.prepare(`SELECT id FROM t LIMIT ${limit}`).all()',
      "    db.prepare(`SELECT id FROM t WHERE a = '${name}'`).all()",
      '    db.prepare(`SELECT id FROM t LIMIT ${odd}`).all()',
      '  },',
      ')',
      'export const route = procedure',
      '  .input(z.object({ first: z.coerce.number(), text: z.string() }))',
      '  .query(({ input }) => db.prepare(`SELECT id FROM t WHERE a = ${input.first} AND b = ${input.text}`).all())',
      'tools.add({ name: "x", inputSchema: z.object({ top: z.number().int() }), run: async (args) => db.prepare(`SELECT id FROM t LIMIT ${args.top}`).all() })',
      'tools.add({ name: "x", run: async (args) => db.prepare(`SELECT id FROM t LIMIT ${args.top}`).all() })',
    ].join('\n'),
    lines: [9, 10, 15, 17],
  },
  {
    claim:
      'whoever is given a tool that sends whole statements gains nothing by a part of one; who is not, does',
    code: {
      'package.json': JSON.stringify({ dependencies: { '@modelcontextprotocol/sdk': '*', pg: '*' } }),
      'src/any.js':
        "import pg from 'pg'\nconst db = new pg.Pool()\nexport const any = (request) => {\n  const { sql } = request.params.arguments\n  return db.query(sql)\n}\nexport const one = (request) => db.query(`SELECT id FROM t WHERE a = '${request.params.arguments.name}'`)\n",
      'src/app.js':
        "import pg from 'pg'\nconst db = new pg.Pool()\nexport const one = (request) => db.query(`SELECT id FROM t WHERE a = '${request.params.arguments.name}'`)\n",
    },
    lines: [3],
  },
  {
    claim: 'what a web application sends as a whole excuses nothing beside it',
    code: mysql(
      "export const any = (req, res) => db.query(req.body.sql)\nexport const one = (req, res) => db.query(`SELECT id FROM t WHERE a = '${req.body.name}'`)",
    ),
    lines: [4],
  },
  {
    claim: 'what stands in quotes among the columns of an INSERT is a name; among its values it is a text',
    driver: 'sqlite3',
    code: [
      "import db from 'sqlite3'",
      "export const put = (columns, b) => db.run(`INSERT INTO t (a, '${columns}') VALUES (1, '${b}')`)",
      "export const like = (b) => db.all(`SELECT id FROM t WHERE a IN ('x', '${b}')`)",
    ].join('\n'),
    lines: [2, 3],
    says: /`b` becomes part/,
  },
])
