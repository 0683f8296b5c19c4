import { ruleCases } from '../../test/support/rule-cases.ts'

const APP = JSON.stringify({ private: true, dependencies: { mysql2: '*' } })
const dao = (code: string): string => `import mysql from 'mysql2'\nconst db = mysql.createPool({})\n${code}\n`

const FIND = "export const find = (name) => db.query(`SELECT id FROM t WHERE name = '${name}'`)"

ruleCases('SQL_INJECTION', [
  {
    claim: 'an argument that another file takes from a request is critical, and that file is named',
    code: {
      'package.json': APP,
      'src/dao.ts': dao(FIND),
      'src/routes.ts':
        "import { find } from './dao'\nexport const get = (req, res) => find(req.query.name)\n",
    },
    lines: [3],
    says: /^critical: .*req\.query\.name in routes\.ts/,
  },
  {
    claim: 'an argument that every caller in the repository writes out is none',
    code: {
      'package.json': APP,
      'src/dao.ts': dao(FIND),
      'src/index.ts': "export * from './dao'\n",
      'src/a.ts': "import { find } from './index'\nexport const a = () => find('a')\n",
      'src/b.js': "const dao = require('./dao')\nmodule.exports = () => dao.find('b')\n",
    },
    lines: [],
  },
  {
    claim: 'a function that is given on as a value may be called by anyone',
    code: {
      'package.json': APP,
      'src/dao.ts': dao(FIND),
      'src/a.ts': "import { find } from './dao'\nfind('a')\nexport const all = (names) => names.map(find)\n",
    },
    lines: [3],
    says: /^high: .*argument of this function/,
  },
  {
    claim: 'what a package’s entry exports is called by those who install it',
    code: {
      'package.json': JSON.stringify({ main: 'src/dao.js', dependencies: { mysql2: '*' } }),
      'src/dao.js': dao(FIND),
      'src/a.js': "import { find } from './dao.js'\nfind('a')\n",
    },
    lines: [3],
    says: /^high: /,
  },
  {
    claim: 'a private method is called by its class alone',
    code: {
      'package.json': APP,
      'src/store.ts': dao(
        "export class Store {\n  all() { return this.#by('name') }\n  #by(column: string) { return db.query(`SELECT id FROM t WHERE a = '${column}'`) }\n  one(id: string) { return this.#get(id) }\n  #get(id: string) { return db.query(`SELECT id FROM t WHERE id = '${id}'`) }\n}",
      ),
    },
    lines: [7],
  },
  {
    claim: 'a CommonJS list of exports is no other way to be called',
    code: {
      'package.json': APP,
      'src/dao.js':
        "const db = require('mysql2').createPool({})\nfunction find(name) { return db.query(`SELECT id FROM t WHERE name = '${name}'`) }\nmodule.exports = { find }\n",
      'src/a.js': "const { find } = require('./dao')\nfind('a')\n",
    },
    lines: [],
  },
])
