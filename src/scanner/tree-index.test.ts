import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { scanCode } from '../../test/support/scan-code.ts'
import { MYSQL } from '../sql/index.ts'
import { Effort } from './effort.ts'
import { findStatements } from './find-statements.ts'
import { Modules } from './modules.ts'
import { loadParser, parseFile, type Tree } from './tree.ts'

/** One class of a bundle: fields, a private table name, checks, helpers, arrays that `push` fills, statements with values. */
const part = (index: number): string => `
const TABLE_${index} = "items_${index}";
function columns_${index}(prefix) { return prefix + ".id, " + prefix + ".name"; }
function limited_${index}(value) { if (typeof value !== "number") throw new Error("no"); return value; }
class Store_${index} { constructor(db, schema) { this.db = db; this.schema = schema; this.table = TABLE_${index}; }
async find(id, status, options) { const where = []; if (!id) return null; assertId_${index}(id);
if (options && options.name) where.push(\`name = '\${options.name}'\`); where.push("status = " + status);
const sql = "SELECT " + columns_${index}("t") + \` FROM \${this.schema}.\${this.table} t WHERE \${where.join(" AND ")} LIMIT \${limited_${index}(options.limit)}\`;
return this.db.query(sql, [id]); }
async remove(id) { switch (id) { case "all": return 0; } return this.db.query(\`DELETE FROM \${TABLE_${index}} WHERE id = '\${id}' AND kind = \${escape_${index}(id)}\`); } }
exports.Store_${index} = Store_${index};`

const bundle = (parts: number): string =>
  `const mysql = require("mysql2");${Array.from({ length: parts }, (_, index) => part(index)).join('')}`

class CountingMap<K, V> extends Map<K, V> {
  looks = 0

  override get(key: K): V | undefined {
    this.looks++
    return super.get(key)
  }

  override *[Symbol.iterator](): MapIterator<[K, V]> {
    for (const entry of super.entries()) {
      this.looks++
      yield entry
    }
  }
}

/** What finding the statements of a bundle looks at: every entry of every list of its tree, and every step to a parent. */
function looksAt(parts: number): { readonly looks: number; readonly statements: number } {
  const parsed = parseFile('bundle.js', bundle(parts).replaceAll('\n', ' '))
  assert.ok('trees' in parsed)
  const [tree] = parsed.trees
  assert.ok(tree)
  let listed = 0
  const counted = <T extends object>(list: T): T =>
    new Proxy(list, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) listed++
        return Reflect.get(target, key)
      },
    })
  const parents = new CountingMap(tree.parents)
  parents.looks = 0
  const counting: Tree = {
    ...tree,
    parents,
    senders: counted(tree.senders),
    returns: counted(tree.returns),
    conditions: counted(tree.conditions),
    nodes: counted(tree.nodes),
  }
  const modules = new Modules(new Effort(600_000))
  modules.effort.begin()
  const module = modules.add('/bundle.js', counting)
  const found = [
    ...findStatements(module, {
      file: 'bundle.js',
      role: 'code',
      servesTools: false,
      modules,
      drivers: ['mysql2'],
      dialect: MYSQL,
      lineOf: () => 1,
    }),
  ]
  return { looks: listed + parents.looks + modules.effort.steps, statements: found.length }
}

describe('a bundle', () => {
  before(loadParser)

  test('of four times the size costs four times the looks at its tree, not sixteen', () => {
    const small = looksAt(25)
    const large = looksAt(100)
    assert.equal(small.statements, 50)
    assert.equal(large.statements, 200)
    const growth = large.looks / small.looks
    assert.ok(
      growth < 4.4,
      `${small.looks} looks at 25 classes, ${large.looks} at 100: ${growth.toFixed(2)} times`,
    )
  })
})

describe('a file that takes too long', () => {
  test('is named with the line it was left at, and what was found before stays', async () => {
    const first = "const mysql = require('mysql2')\nconst db = mysql.createPool({})\n"
    const early = 'exports.a = (req) => db.query(`SELECT id FROM t WHERE a = ${req.query.a}`)\n'
    const files = { 'src/app.js': first + early + bundle(40) }
    const whole = await scanCode(files, 'SQL_INJECTION')
    assert.deepEqual(whole.skipped, [])
    const cut = await scanCode(files, 'SQL_INJECTION', { fileTimeMaxMs: 0 })
    assert.equal(cut.skipped.length, 1)
    assert.match(cut.skipped[0]?.because ?? '', /^skipped from line \d+ on, it took too long$/)
    assert.equal(cut.findings[0]?.line, 3)
    assert.ok(cut.findings.length < whole.findings.length)
    assert.equal(cut.files, 1)
  })
})
