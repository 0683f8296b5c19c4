/** A small repository whose files depend on one another in every way a scan follows, and edits of it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'

const DB = "import mysql from 'mysql2/promise'\nexport const db = mysql.createPool({})\n"
const TEXTS = [
  "export const byName = (v) => `SELECT id, mail FROM users WHERE name = '${v}'`\n",
  "export const byName = () => 'SELECT id, mail FROM users WHERE name = ?'\n",
  "export function byName(v) { return 'SELECT id FROM users WHERE id = ' + Number(v) }\n",
]
const CALLS = ['req.query.n', "'constant'", 'Number(req.query.n)', 'process.env.N', 'other(1)']
const query = (call: string): string =>
  `import { db } from './db.js'\nimport { byName } from './texts.js'\nexport const find = (req) => db.query(byName(${call}))\n`
const called = (call: string): string =>
  `import { byId } from './dao.js'\nexport const handler = (req, res) => byId(${call})\n`
const DAO =
  "import { db } from './db.js'\nexport async function byId(id) {\n  const [rows] = await db.query(`SELECT * FROM users WHERE id = ${id}`)\n  return rows[0].mail\n}\n"
const TYPED =
  "const { db } = require('./db')\nexports.load = (id) => db.query(`SELECT id FROM users WHERE id = ${id}`)\n"
const transaction = (first: string, second: string): string =>
  `import { db } from './db.js'\nexport async function pay() {\n  const c = await db.getConnection()\n  await c.beginTransaction()\n  await c.query("UPDATE ${first} SET name = 'a' WHERE id = 1")\n  await c.query("UPDATE ${second} SET name = 'b' WHERE id = 2")\n  await c.commit()\n}\n`

const deep = (name: string): string =>
  `import { db } from './mid.js'\nexport const ${name} = (req) => db.query(\`SELECT id FROM users WHERE name = '\${req.query.${name}}'\`)\n`

/** The files at first. */
const FIRST: Readonly<Record<string, string>> = {
  'package.json': '{"dependencies":{"mysql2":"*"},"private":true}',
  'migrations/001.sql':
    'CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20), mail VARCHAR(20));\nCREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(20));\n',
  'src/db.js': DB,
  'src/texts.js': TEXTS[0] ?? '',
  'src/find.js': query('req.query.n'),
  'src/dao.js': DAO,
  'src/handler.js': called('req.query.id'),
  'src/typed.js': TYPED,
  'src/pay.js': transaction('users', 'orders'),
  'src/bill.js': transaction('orders', 'users'),
  'src/deep/driver.js': DB,
  'src/deep/mid.js': "export * from './driver.js'\n",
  'src/deep/one.js': deep('one'),
  'src/deep/two.js': deep('two'),
  'src/again.js': "export * from './dao.js'\n",
  'src/plain.js': 'export const plain = 1\n',
  'lib/package.json': '{"dependencies":{"pg":"*"},"types":"types.d.ts"}',
  'lib/a.js': 'exports.a = (client, id) => client.query(`SELECT id FROM users WHERE id = ${id}`)\n',
  'queries/report.sql': 'SELECT id, mail FROM users ORDER BY RAND();\n',
}

type Edit = (tree: EditedTree) => void
const write =
  (file: string, text: string): Edit =>
  (tree) =>
    tree.write(file, text)
const remove =
  (file: string): Edit =>
  (tree) =>
    rmSync(tree.path(file), { force: true, recursive: true })
const append =
  (file: string, text: string): Edit =>
  (tree) => {
    if (existsSync(tree.path(file))) tree.write(file, readFileSync(tree.path(file), 'utf8') + text)
  }

/** What may happen to it: texts, names, declarations, settings, what shadows what, and what is left out. */
const EDITS: readonly Edit[] = [
  ...TEXTS.map((text) => write('src/texts.js', text)),
  ...CALLS.flatMap((call) => [write('src/find.js', query(call)), write('src/handler.js', called(call))]),
  ...Object.entries(FIRST).flatMap(([file, text]) => [
    write(file, text),
    remove(file),
    append(file, '\n'),
    append(file, file.endsWith('.sql') ? '-- note\n' : ' '),
  ]),
  write('src/texts.ts', TEXTS[1] ?? ''),
  write('src/texts.js/index.js', TEXTS[2] ?? ''),
  remove('src/texts.ts'),
  write('src/second.js', called('req.body.id').replace('./dao.js', './again.js')),
  write('src/second.js', called('7').replace('./dao', './dao')),
  remove('src/second.js'),
  write('src/typed.d.ts', 'export declare function load(id: number): Promise<unknown>\n'),
  write('src/typed.d.ts', 'export declare function load(id: string): Promise<unknown>\n'),
  remove('src/typed.d.ts'),
  write('lib/types.d.ts', "export * from './a-types'\n"),
  write('lib/a-types.d.ts', 'export declare function a(client: unknown, id: number): void\n'),
  remove('lib/a-types.d.ts'),
  write('migrations/002.sql', 'ALTER TABLE users DROP COLUMN mail;\n'),
  write('migrations/002.sql', 'ALTER TABLE users ADD COLUMN more TEXT;\n'),
  write('migrations/010.sql', 'DROP TABLE orders;\n'),
  remove('migrations/002.sql'),
  remove('migrations/010.sql'),
  write('src/package.json', '{"dependencies":{"better-sqlite3":"*"}}'),
  write('src/package.json', '{"dependencies":{"@modelcontextprotocol/sdk":"*","pg":"*"}}'),
  write('src/package.json', 'broken'),
  remove('src/package.json'),
  write('knexfile.js', "module.exports = { client: 'pg' }\n"),
  remove('knexfile.js'),
  write('.gitignore', 'src/dao.js\n'),
  write('src/.gitignore', 'handler.js\n*.ts\n'),
  remove('.gitignore'),
  remove('src/.gitignore'),
  write('src/broken.js', "const x = 'SELECT id FROM users' +\n"),
  write('src/db.js', `${DB}//${'x'.repeat(600_000).replace(/.{80}/g, '$&\n//')}\n`),
  write('src/db.js', DB.replace('mysql2/promise', 'pg')),
  write('src/deep/driver.js', DB.replace('mysql2/promise', 'pg')),
  write('src/deep/driver.js', DB.replace('mysql2/promise', 'left-pad')),
  write(
    'src/outside.js',
    "import { x } from '../../elsewhere.js'\nexport const f = (db) => db.query(x(1))\n",
  ),
  remove('src/outside.js'),
  write('../elsewhere.js', 'export const x = () => 1\n'),
  (tree) => {
    if (!existsSync(tree.path('src/linked.js')) && existsSync(tree.path('src')))
      symlinkSync('dao.js', tree.path('src/linked.js'))
  },
  write('src/uses-link.js', called('req.body.id').replace('./dao.js', './linked.js')),
  remove('src/linked.js'),
  (tree) => {
    const [from, to] = [tree.path('src/dao.js'), tree.path('src/moved.js')]
    if (existsSync(from)) renameSync(from, to)
  },
  (tree) => {
    const [from, to] = [tree.path('lib'), tree.path('src/lib')]
    if (existsSync(from) && !existsSync(to) && existsSync(tree.path('src'))) renameSync(from, to)
  },
]

/** Rounds of edits, as numbers; each round is followed by a look at the tree. */
export const editRounds = (rounds: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(fc.nat(EDITS.length - 1), { minLength: 1, maxLength: 3 }), {
    minLength: rounds,
    maxLength: rounds,
  })

/** The tree, in a folder of its own. */
export class EditedTree {
  readonly root: string
  readonly #base: string

  constructor() {
    this.#base = realpathSync(mkdtempSync(join(tmpdir(), 'dbmedic-edited-')))
    this.root = join(this.#base, 'app')
    for (const [file, text] of Object.entries(FIRST)) this.write(file, text)
  }

  path(file: string): string {
    return join(this.root, file)
  }

  /** Writes a file; nothing where something else stands in its way. */
  write(file: string, text: string): void {
    try {
      mkdirSync(dirname(this.path(file)), { recursive: true })
      writeFileSync(this.path(file), text)
    } catch (error) {
      if (!/^(EISDIR|ENOTDIR|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }

  edit(which: number): void {
    EDITS[which]?.(this)
  }

  remove(): void {
    rmSync(this.#base, { recursive: true, force: true })
  }
}
