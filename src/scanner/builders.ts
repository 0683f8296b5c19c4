/**
 * Tables that scripts declare without SQL: calls of schema builders in migrations, and models. Their names are read where
 * they are written out; their columns are not.
 */
import type { CallExpression, Node } from 'oxc-parser'
import type { FileRole } from '../rules/index.ts'
import type { Lines } from './lines.ts'
import type { Module } from './modules.ts'
import type { Unread } from './replay.ts'
import { bare, calleePath, isFunction, keyOf } from './scopes.ts'

const CALLS: Readonly<Record<string, Unread['what']>> = {
  createTable: 'create',
  createTableIfNotExists: 'create',
  createTableLike: 'create',
  createView: 'create',
  createMaterializedView: 'create',
  dropTable: 'drop',
  dropTableIfExists: 'drop',
  renameTable: 'rename',
  alterTable: 'alter',
  table: 'alter',
  addColumn: 'alter',
  removeColumn: 'alter',
  changeColumn: 'alter',
  renameColumn: 'alter',
  addColumns: 'alter',
  dropColumn: 'alter',
}
const MODELS = /^(pgTable|mysqlTable|sqliteTable|define)$/

/** What a script declares without SQL. */
export function unreadBuilders(
  module: Module,
  { file, role, lines }: { readonly file: string; readonly role: FileRole; readonly lines: Lines },
): readonly Unread[] {
  return module.scopes.tree.senders.flatMap((call) => {
    if (call.type !== 'CallExpression') return []
    const method = calleePath(call.callee as Node).at(-1) ?? ''
    const what =
      role === 'migration' || /schema|queryInterface|pgm/i.test(pathText(call)) ? CALLS[method] : undefined
    const at = { file, line: lines.at(call.start).line }
    if (what !== undefined)
      return isUndone(call, module) || !isBuilder(call, method) ? [] : [named(call, what, at)]
    return MODELS.test(method) && (method !== 'define' || /sequelize|db/i.test(pathText(call)))
      ? [{ ...named(call, 'create', at) }]
      : []
  })
}

const pathText = (call: CallExpression): string => calleePath(call.callee as Node).join('.')

/** `table` is a common word: only a builder's takes a name and a function. */
function isBuilder(call: CallExpression, method: string): boolean {
  if (method !== 'table') return call.arguments.length > 0
  const second = call.arguments[1]
  return second !== undefined && isFunction(bare(second as Node))
}

function named(call: CallExpression, what: Unread['what'], at: Unread['at']): Unread {
  const [first, second] = call.arguments.map((each) => nameIn(each as Node))
  if (first === undefined || first === null)
    return { at, what: 'unknown', name: 'a table is declared under a name that is not written out', to: '' }
  return { at, what, name: first, to: second ?? '' }
}

/** `'users'`, `{ tableName: 'users' }`, `new Table({ name: 'users' })`. */
function nameIn(node: Node): string | null {
  const inner = bare(node)
  if (inner.type === 'Literal')
    return typeof inner.value === 'string' ? (inner.value.split('.').at(-1) ?? null) : null
  if (inner.type === 'NewExpression')
    return inner.arguments[0] === undefined ? null : nameIn(inner.arguments[0] as Node)
  if (inner.type !== 'ObjectExpression') return null
  const own = inner.properties.find(
    (each) => each.type === 'Property' && /^(tableName|name)$/.test(keyOf(each) ?? ''),
  )
  return own?.type === 'Property' ? nameIn(own.value as Node) : null
}

/** Whether a call stands in the part that takes a migration back. */
export function isUndone(at: Node, module: Module): boolean {
  const { scopes } = module
  for (let node: Node | undefined = at; node !== undefined; node = scopes.tree.parents.get(node)) {
    if (isFunction(node) && scopes.nameOf(node) === 'down') return true
  }
  return false
}
