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

const CALLS: ReadonlyMap<string, Unread['what']> = new Map<string, Unread['what']>(
  Object.entries({
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
  } as const),
)
const MODELS = /^(pgTable|mysqlTable|sqliteTable|define)$/

/** What a script declares without SQL. */
export function unreadBuilders(
  module: Module,
  { file, role, lines }: { readonly file: string; readonly role: FileRole; readonly lines: Lines },
): readonly Unread[] {
  return module.scopes.tree.senders.flatMap((call) => {
    if (call.type !== 'CallExpression' || isUndone(call, module)) return []
    const found = builderCall(call, role)
    const at = { file, line: lines.at(call.start).line }
    if (found !== null)
      return isBuilder(call, found.method) ? [named(call, found.what, { ...at, skip: found.skip })] : []
    return isModel(call) ? [named(call, 'create', at)] : []
  })
}

/** What a call of a schema builder does, and where its arguments begin; null if it is none. */
function builderCall(
  call: CallExpression,
  role: FileRole,
): { readonly method: string; readonly what: Unread['what']; readonly skip: number } | null {
  if (role !== 'migration' && !/schema|queryInterface|pgm/i.test(pathText(call))) return null
  const path = calleePath(call.callee as Node)
  // `db.createTable.bind(db, 'users', …)` is called later by what runs the steps.
  const isBound = path.at(-1) === 'bind' && path.length > 1
  const method = path.at(isBound ? -2 : -1) ?? ''
  const what = CALLS.get(method)
  return what === undefined ? null : { method, what, skip: isBound ? 1 : 0 }
}

function isModel(call: CallExpression): boolean {
  const method = calleePath(call.callee as Node).at(-1) ?? ''
  return MODELS.test(method) && (method !== 'define' || /sequelize|db/i.test(pathText(call)))
}

const NAMING = /^(with|withRecursive|withMaterialized|withNotMaterialized|withWrapped|as|alias|with_)$/

/** Names that builders give to parts of queries, in lower case; they are no tables of the database. */
export function partNamesIn(module: Module): ReadonlySet<string> {
  const names = new Set<string>()
  for (const call of module.scopes.tree.senders) {
    if (call.type !== 'CallExpression' || !NAMING.test(calleePath(call.callee as Node).at(-1) ?? '')) continue
    const [first] = call.arguments
    if (first?.type === 'Literal' && typeof first.value === 'string')
      names.add(first.value.replace(/\s*\(.*$/s, '').toLowerCase())
  }
  return names
}

const pathText = (call: CallExpression): string => calleePath(call.callee as Node).join('.')

/** `table` is a common word: only a builder's takes a name and a function. */
function isBuilder(call: CallExpression, method: string): boolean {
  if (method !== 'table') return call.arguments.length > 0
  const second = call.arguments[1]
  return second !== undefined && isFunction(bare(second as Node))
}

function named(
  call: CallExpression,
  what: Unread['what'],
  { file, line, skip = 0 }: Unread['at'] & { readonly skip?: number },
): Unread {
  const at = { file, line }
  const [first, second] = call.arguments.slice(skip).map((each) => nameIn(each as Node))
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
