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
])
