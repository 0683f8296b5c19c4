import { ruleCases } from '../../test/support/rule-cases.ts'

const PUBLISHED = JSON.stringify({ name: 'p', types: 'lib/index.d.ts', dependencies: { mysql2: '*' } })
const open = "const mysql = require('mysql2')\nconst db = mysql.createPool({})\n"

/** A published package: JavaScript whose types stand in declaration files. */
const published = (code: string, types: string, more: Readonly<Record<string, string>> = {}) => ({
  'package.json': PUBLISHED,
  'lib/index.js': open + code,
  'lib/index.d.ts': types,
  ...more,
})

ruleCases('SQL_INJECTION', [
  {
    claim: 'an argument that the declarations beside the code call a number cannot carry text',
    code: published(
      "function page(limit) {\n  return db.query('SELECT id FROM t LIMIT ' + limit)\n}\nexports.page = page\n",
      'export declare function page(limit: number): Promise<unknown>\n',
    ),
    lines: [],
  },
  {
    claim:
      'a property of an argument is looked up in an interface of another declaration file, of a class that is passed on',
    code: published(
      "var Store = class _Store {\n  list({ perPage, name }) {\n    return db.query(`SELECT id FROM t WHERE name = '${name}' LIMIT ${perPage}`)\n  }\n}\nexports.Store = Store\n",
      "export * from './store'\n",
      {
        'lib/store.d.ts':
          "import type { Paging } from './paging'\nexport declare class Store {\n  list(args: Paging & { name: string }): unknown\n}\n",
        'lib/paging.d.ts':
          'interface Base { perPage: number }\nexport interface Paging extends Base { page: number }\n',
      },
    ),
    lines: [5],
    says: /^high: `name` .* is an argument of this function/,
  },
  {
    claim: 'an argument of whose type the published code says nothing is for people to look at',
    code: published(
      "exports.find = (args) => db.query('SELECT id FROM t WHERE a = ' + args.id)\n",
      "import type { Args } from 'elsewhere'\nexport declare const find: (args: Args) => unknown\n",
    ),
    lines: [3],
    says: /^low to review: .*type is not known here/,
  },
  {
    claim: 'quotes around it show that it is a text',
    code: published(
      "exports.find = (args) => db.query(`SELECT id FROM t WHERE a = '${args.name}'`)\n",
      "import type { Args } from 'elsewhere'\nexport declare const find: (args: Args) => unknown\n",
    ),
    lines: [3],
    says: /^low: .*type is not known here/,
  },
  {
    claim: 'JavaScript without declarations has no types to lose',
    code: {
      'package.json': JSON.stringify({ dependencies: { mysql2: '*' } }),
      'src/app.js': `${open}exports.find = (id) => db.query('SELECT id FROM t WHERE a = ' + id)\n`,
    },
    lines: [3],
    says: /^high: /,
  },
  {
    claim: 'a request’s value is critical whatever the declarations say',
    code: published(
      "exports.find = (req, res) => db.query('SELECT id FROM t WHERE a = ' + req.query.id)\n",
      'export declare const find: (req: { query: { id: number } }, res: unknown) => unknown\n',
    ),
    lines: [3],
    says: /^critical: /,
  },
  {
    claim: 'the keys of an object are texts whatever its type was',
    code: published(
      "exports.find = (filter) => Object.entries(filter).map(([key, value]) => db.query(`SELECT id FROM t WHERE d->>'${key}' = ${value}`))\n",
      "import type { Filter } from 'elsewhere'\nexport declare const find: (filter: Filter) => unknown\n",
    ),
    lines: [3, 3],
    says: /^high: `key`/,
  },
  {
    claim:
      'a field that the declarations of its class call a number cannot carry text, nor what a comment calls one',
    code: published(
      "class Store {\n  list() { return db.query(`SELECT id FROM t LIMIT ${this.limit}`) }\n  /**\n   * @param {string} name - whose\n   * @param {number} hours - how far back\n   */\n  since(name, hours) { return db.query(`SELECT id FROM t WHERE at > NOW() - INTERVAL ${hours} HOUR AND a = '${name}'`) }\n}\nexports.Store = Store\n",
      'export declare class Store {\n  limit: number\n  list(): unknown\n  since(name: any, hours: any): unknown\n}\n',
    ),
    lines: [9],
    says: /^high: `name`/,
  },
])
