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
  {
    claim: 'an argument whose callers are not in sight is high, not critical',
    code: "import db from 'mysql2'\nexport const f = (name) => db.query(`SELECT id FROM t WHERE a = '${name}'`)\n",
    lines: [2],
    says: /^high: /,
  },
  {
    claim:
      'what nothing is known of is medium inside quotes where it meets a declared column of texts, and left alone where it may be a placeholder',
    schema: 'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(80) NOT NULL);',
    code: "import db from 'mysql2'\nimport { make } from 'other'\nconst a = make()\ndb.query(`SELECT id FROM t WHERE a = '${a}'`)\ndb.query(`SELECT id FROM t WHERE a = ${a}`)\n",
    lines: [4],
    says: /^medium: /,
  },
  {
    claim: 'arguments of types that can carry no text are left alone',
    code: [
      "import db from 'mysql2'",
      "type Direction = 'asc' | 'desc'",
      'type Id = number | bigint',
      'interface Page { readonly limit: number; readonly by: { deep: boolean } }',
      'enum State { on, off }',
      'export const f = (id: Id, on: boolean, dir: Direction, p: Page, ids: readonly number[], at: Date, s: State) => {',
      "  db.query(`SELECT id FROM t WHERE a = ${id} AND b = ${on} AND c = '${dir}' LIMIT ${p.limit}`)",
      "  db.query(`SELECT id FROM t WHERE a IN (${ids.join(',')}) AND b = '${at.toString()}' AND c = ${s} AND d = ${p.by.deep}`)",
      '}',
      'export const g = ({ limit, by: { deep } }: Page) => db.query(`SELECT id FROM t WHERE a = ${deep} LIMIT ${limit}`)',
      'export class H { constructor(private readonly most: number) {} f() { return db.query(`SELECT id FROM t LIMIT ${this.most}`) } }',
    ].join('\n'),
    lines: [],
  },
  {
    claim: 'a type of another file is followed; a string type is none of these',
    code: {
      'src/types.ts': 'export type Id = number\nexport interface Q { name: string; id: Id }\n',
      'src/app.ts':
        "import db from 'mysql2'\nimport type { Id, Q } from './types.ts'\nexport const f = (id: Id, q: Q) => db.query(`SELECT id FROM t WHERE a = ${id} AND b = ${q.id} AND c = '${q.name}'`)\n",
    },
    lines: [3],
    says: /q\.name/,
  },
  {
    claim: 'a type proves nothing of what a request sent',
    code: handler(
      'const id: number = req.body.id\nawait db.query(`SELECT id FROM t WHERE a = ${id}`)\nawait db.query(`SELECT id FROM t WHERE a = ${req.body.b as number}`)',
    ),
    lines: [5, 6],
    says: /^critical: /,
  },
  {
    claim: 'an argument declared a number is followed to a call that gives it a request’s value',
    code: "import db from 'mysql2'\nconst f = (id: number) => db.query(`SELECT id FROM t WHERE a = ${id}`)\nexport const h = (req, res) => f(req.body.id)\n",
    lines: [2],
    says: /^critical: /,
  },
  {
    claim: 'indexes and counters of arrays are numbers',
    code: [
      "import db from 'mysql2'",
      'export const f = async (names, n) => {',
      '  const marks = Array.from({ length: n }, (_, i) => `$${i + 1}`)',
      '  await db.query(`SELECT id FROM t WHERE a IN (${marks})`, names)',
      '  for (let i = 0; i < names.length; i++) await db.query(`SELECT id FROM t WHERE a = ${i}`)',
      '  for (const [i, name] of names.entries()) await db.query(`SELECT id FROM t WHERE a = ${i} AND b = ?`, [name])',
      '  names.forEach((name, i) => db.query(`SELECT id FROM t WHERE a = ${i}`))',
      '  await db.query(`SELECT id FROM t LIMIT ${names.length}`)',
      '}',
    ].join('\n'),
    lines: [],
  },
  {
    claim: 'the keys of a Map are whatever was put in',
    code: "import db from 'mysql2'\nexport const f = (req, res) => {\nconst m = new Map(req.body.pairs)\nm.forEach((v, k) => db.query(`SELECT id FROM t WHERE a = ${k}`))\n}\n",
    lines: [4],
  },
  {
    claim: 'results of conversions are numbers, also through functions of the repository and validators',
    code: handler(
      'const n = (v) => Number(v)\nconst a = n(req.query.a), b = Math.trunc(req.query.b), c = +req.query.c, d = ~~req.query.d\nconst e = z.coerce.number().parse(req.query.e)\nawait db.query(`SELECT id FROM t WHERE a = ${a} AND b = ${b} AND c = ${c} AND d = ${d} AND e = ${e}`)',
    ),
    lines: [],
  },
  {
    claim: 'members of enums and constants across imports are text of the code',
    code: {
      'src/state.ts':
        "export enum State { on = 'on', off = 'off' }\nexport enum Level { low, high }\nexport const T = { A: 'a' } as const\n",
      'src/app.ts':
        "import db from 'mysql2'\nimport { Kind, MAX_ROWS } from 'other'\nimport { Level, State, T } from './state.ts'\nexport const f = () => db.query(`SELECT id FROM t WHERE a = '${State.on}' AND b = '${Level.low}' AND c = '${T.A}' AND d = '${Kind.First}' LIMIT ${MAX_ROWS}`)\n",
    },
    lines: [],
  },
  {
    claim: 'a default that is a number decides the type in TypeScript, and in JavaScript leaves little doubt',
    code: {
      'src/a.ts':
        "import db from 'mysql2'\nexport const f = (most = 10) => db.query(`SELECT id FROM t LIMIT ${most}`)\n",
      'src/b.js':
        "import db from 'mysql2'\nexport const f = (most = 10) => db.query(`SELECT id FROM t LIMIT ${most}`)\n",
    },
    lines: [2],
    says: /^low to review: /,
  },
  {
    claim: 'a decorated parameter is a request’s value, unless a pipe refuses what has not its form',
    code: [
      "import db from 'mysql2'",
      'export class C {',
      '  a(@Param("id", ParseIntPipe) id: number) { return db.query(`SELECT id FROM t WHERE a = ${id}`) }',
      '  b(@Param("id") id: number) { return db.query(`SELECT id FROM t WHERE a = ${id}`) }',
      '}',
    ].join('\n'),
    lines: [4],
    says: /^critical: /,
  },
  {
    claim: 'a value an assertion has let pass is left alone',
    code: handler(
      'const { name } = req.query\nassertName(name)\nawait db.query(`SELECT id FROM t ORDER BY ${name}`)',
    ),
    lines: [],
  },
  {
    claim: 'a quote that is doubled cannot end the string',
    code: "import db from 'mysql2'\nexport const f = (a) => db.query(`SELECT id FROM t WHERE a = '${a.replace(/'/g, \"''\")}'`)\n",
    lines: [],
  },
  {
    claim: 'questions about the server’s own tables with names of the program’s models are left alone',
    code: "import db from 'mysql2'\nexport const f = (model) => db.query(`SELECT 1 FROM information_schema.tables WHERE table_name = '${model.table}'`)\n",
    lines: [],
  },
  {
    claim: 'a default that is a number says what is meant, also of a property, and in TypeScript decides it',
    code: {
      'src/a.js':
        "const db = require('mysql2').createPool({})\nexports.next = ({ count = 3, size }) => db.query(`SELECT id FROM t LIMIT ${count}`)\n",
    },
    lines: [2],
    says: /^low to review: /,
  },
  {
    claim:
      'a list whose first element is asked for its type, and a number by lodash’s word for it, carry no text',
    code: handler(
      "export const f = (ids, n) => {\nif (!_.isNumber(n)) throw new Error('n')\nif (typeof ids[0] === 'number') return db.query(`SELECT id FROM t WHERE id IN (${ids.join(',')}) LIMIT ${n}`)\n}",
    ),
    lines: [],
  },
  {
    claim: 'a class’s own function that only answers constants is followed',
    code: handler(
      "class T { static kind(x) { return x ? 'uuid' : 'int' } }\nawait db.query(`SELECT id FROM t WHERE kind = '${T.kind(req.query.x)}'`)",
    ),
    lines: [],
  },
  {
    claim:
      'a list of which every element is asked for its type, and keys of an object that was validated, carry no text',
    code: handler(
      "export function f(vector, filter) {\nif (!vector.every((x) => typeof x === 'number' && Number.isFinite(x))) throw new Error('v')\nthis.validateKeys(filter?.metadata)\nconst where = []\nfor (const [key, value] of Object.entries(filter.metadata)) where.push(`d->>'$.${key}' = ?`)\nreturn db.query(`SELECT id FROM t WHERE v = '[${vector.join(',')}]' AND ${where.join(' AND ')}`)\n}",
    ),
    lines: [],
  },
  {
    claim:
      'members of what a compiler made of enums, and of objects it announces before, are text of the code',
    code: {
      'src/state.js':
        "exports.Kind = exports.Mode = exports.State = void 0\nexports.State = { on: 'on', OFF: 'off' }\nvar Mode\n;(function (Mode) {\n  Mode['Fast'] = 'fast'\n})(Mode || (exports.Mode = Mode = {}))\n",
      'src/app.js':
        "const db = require('mysql2').createPool({})\nconst state_1 = require('./state.js')\nvar Level\n;(function (Level) {\n  Level['Low'] = 'low'\n})(Level || (Level = {}))\nexports.f = () => db.query(`SELECT id FROM t WHERE a IN ('${state_1.State.OFF}', '${state_1.State.on}', '${state_1.Mode.Fast}', '${Level.Low}')`)\n",
    },
    lines: [],
  },
  {
    claim: 'what is taken from an argument has the type that the argument’s own says',
    code: [
      "import db from 'mysql2'",
      'interface Page { readonly size?: number; readonly name: string }',
      'export function f(page: Page) {',
      '  const { size = 100, name } = page',
      "  return db.query(`SELECT id FROM t WHERE a = '${name}' LIMIT ${size}`)",
      '}',
    ].join('\n'),
    lines: [5],
    says: /`name`/,
  },
  {
    claim:
      'a default that is a number decides the type of what was TypeScript, also where another function passes it on',
    code: {
      'src/a.js':
        "const db = require('mysql2').createPool({})\nconst purge = (days = 30) => db.query(`DELETE FROM t WHERE at < NOW() - INTERVAL '${days} days'`)\nexports.open = () => ({ purge: (days) => purge(days) })\n",
      'src/a.d.ts': 'export declare const open: () => { purge: (days?: number) => void }\n',
    },
    lines: [],
  },
  {
    claim:
      'what the operator configured is left alone; variables of the process are low, a word that is looked for high',
    code: {
      'src/a.js':
        "const db = require('mysql2').createPool({})\nexports.f = (config, query) => {\n  db.query(`SELECT id FROM t WHERE a LIKE '%${query}%'`)\n  db.query(`SELECT id FROM t WHERE a = '${config.graph}'`)\n  db.query(`SELECT id FROM t WHERE a = '${process.env.GRAPH}'`)\n}\n",
      'src/a.demo.js':
        "const db = require('mysql2').createPool({})\ndb.query(`DELETE FROM t WHERE a = '${process.env.A}'`)\n",
    },
    lines: [3, 5],
    says: /^high: /,
  },
  {
    claim: 'a constant of another package, a name in quotes and the key of a row are left alone',
    schema: 'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(80) NOT NULL);',
    code: [
      "import db from 'mysql2'",
      "import * as checkpoint from 'checkpoint'",
      "const last = db.execute('INSERT INTO t VALUES (1)')",
      "db.query(`SELECT id FROM t WHERE a = '${checkpoint.TASKS}'`)",
      "db.query(`SELECT id FROM t WHERE a = '${checkpoint.tasks}'`)",
      'export class Box {',
      '  #name',
      "  size() { return db.query(`SELECT COUNT(*) FROM '${this.#name}' WHERE ROWID = '${last.lastRowid}'`) }",
      '}',
    ].join('\n'),
    lines: [5],
  },
  {
    claim:
      'a number that stands in for what is missing says what is meant, and decides the type of what was TypeScript',
    code: {
      'src/a.js':
        "const db = require('mysql2').createPool({})\nconst MOST = 40\nexports.f = (size) => db.query(`SELECT id FROM t LIMIT ${size ?? MOST}`)\n",
      'src/b.js':
        "const db = require('mysql2').createPool({})\nexports.f = (q) => {\n  const max = q.top || 2\n  return db.query(`SELECT id FROM t LIMIT ${max}`)\n}\n",
      'src/b.d.ts': "import type { Query } from 'other'\nexport declare const f: (q: Query) => void\n",
    },
    lines: [3],
    says: /^low to review: /,
  },
  {
    claim: 'what a type with parameters writes out is known; what stands for a parameter is not',
    code: [
      "import db from 'mysql2'",
      'interface Options<T> { readonly limit?: number; readonly after?: T }',
      'export function f<T>(options: Options<T>) {',
      '  db.query(`SELECT id FROM t LIMIT ${options.limit}`)',
      '  db.query(`SELECT id FROM t WHERE id > ${options.after}`)',
      '}',
    ].join('\n'),
    lines: [5],
  },
  {
    claim: 'a program of another language that a statement hands on is composed',
    driver: 'pg',
    code: "import pg from 'pg'\nconst db = new pg.Pool()\nexport const f = (query) => db.query(`SELECT x FROM cypher('g', $$${query}$$) AS (x agtype)`)\n",
    lines: [],
  },
  {
    claim: 'a key that a statement’s callback is given, and statements that bind nothing, are left alone',
    code: [
      "const db = require('mysql2').createPool({})",
      'exports.f = (tx, done) =>',
      "  tx.query('SELECT MAX(id) AS top_id FROM t', (error, rows) => {",
      '    const rowId = rows[0].top_id',
      '    tx.query(`INSERT INTO u (id) SELECT ${rowId} + n FROM v`, done)',
      "    tx.query(`COMMIT PREPARED '${tx.name}'`)",
      '  })',
    ].join('\n'),
    lines: [],
  },
  {
    claim: 'a key that the database gave is no text of anyone’s choosing; a name is',
    code: handler(
      "const [rows] = await db.query('SELECT id, name FROM t')\nawait db.query(`DELETE FROM u WHERE id = '${rows[0].id}' AND name = '${rows[0].name}'`)",
    ),
    lines: [5],
    says: /^medium: `rows\[0\]\.name`/,
  },
])
