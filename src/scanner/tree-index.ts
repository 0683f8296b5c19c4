/**
 * What later steps ask of a tree again and again, found in one walk each and only when first asked for: by function, by
 * name, by class. Without it every value of a file is looked for in the whole file, and a bundle takes minutes.
 */
import type { CallExpression, Node } from 'oxc-parser'
import { type Binding, isFunction, propertyOf, type Scopes } from './scopes.ts'
import type { Tree } from './tree.ts'

type Assignment = Extract<Node, { type: 'AssignmentExpression' }>

/** How a declared name is used. */
export interface Uses {
  /** Calls of it by its plain name, in order of the text. */
  readonly calls: readonly CallExpression[]
  /** `name.method(...)`, in order of the text. */
  readonly methodCalls: readonly CallExpression[]
  /** Members that are read and not called; '' for one whose name is not written out. */
  readonly reads: readonly string[]
  /** True if the file exports it. */
  readonly exported: boolean
  /** True if it is mentioned in any other way: assigned, given to something that may call it. */
  readonly escapes: boolean
}

interface UsesFound {
  readonly calls: CallExpression[]
  readonly methodCalls: CallExpression[]
  readonly reads: string[]
  exported: boolean
  escapes: boolean
}

const NO_USES: Uses = { calls: [], methodCalls: [], reads: [], exported: false, escapes: false }

/** Indexes of one tree. */
export class TreeIndex {
  readonly #scopes: Scopes
  #returns: ReadonlyMap<Node, readonly Node[]> | null = null
  #uses: ReadonlyMap<Binding, Uses> | null = null
  #fields: ReadonlyMap<Node, ReadonlyMap<string, readonly Assignment[]>> | null = null
  #types: ReadonlyMap<string, Node> | null = null
  #mentions: ReadonlyMap<Binding, readonly Node[]> | null = null
  #bindings: ReadonlyMap<Node, readonly Binding[]> | null = null
  #exports: readonly Node[] | null = null
  #own: ReadonlyMap<Node, ReadonlyMap<string, readonly (CallExpression | null)[]>> | null = null
  #declared: ReadonlyMap<string, readonly Node[]> | null = null

  constructor(scopes: Scopes) {
    this.#scopes = scopes
  }

  /** Expressions a function returns, in order of the text. */
  returnsOf(fn: Node): readonly Node[] {
    this.#returns ??= returnsIn(this.#scopes)
    return this.#returns.get(fn) ?? []
  }

  /** How a declared name is used in its file. */
  usesOf(binding: Binding): Uses {
    this.#uses ??= usesIn(this.#scopes)
    return this.#uses.get(binding) ?? NO_USES
  }

  /** Where a declared name stands for its value, in order of the text. */
  mentionsOf(binding: Binding): readonly Node[] {
    this.#mentions ??= mentionsIn(this.#scopes)
    return this.#mentions.get(binding) ?? []
  }

  /** The names a declarator, a function's parameters or a loop declare. */
  declaredBy(node: Node): readonly Binding[] {
    this.#bindings ??= Map.groupBy(this.#scopes.bindings(), (each) => each.node)
    return this.#bindings.get(node) ?? []
  }

  /** Assignments to `x.property` inside a class, also in functions of it. */
  assignedIn(owner: Node, property: string): readonly Assignment[] {
    this.#fields ??= fieldsIn(this.#scopes)
    return this.#fields.get(owner)?.get(property) ?? []
  }

  /** `this.name(…)` inside a class; null if the method is also read and not called, so that others may call it. */
  ownCalls(owner: Node, name: string): readonly CallExpression[] | null {
    this.#own ??= ownUsesIn(this.#scopes)
    const found = this.#own.get(owner)?.get(name) ?? []
    return found.includes(null) ? null : (found as readonly CallExpression[])
  }

  /** The declaration of a type, interface or enum by its name; null if there is none. */
  typeNamed(name: string): Node | null {
    this.#types ??= typesIn(this.#scopes.tree.nodes)
    return this.#types.get(name) ?? null
  }

  /** Functions and classes of a name at the top of the file; several where a function is overloaded. */
  declared(name: string): readonly Node[] {
    this.#declared ??= declaredIn(this.#scopes.tree.program.body as readonly Node[])
    return this.#declared.get(name) ?? []
  }

  /** Nodes that may export something, in order of the text. */
  exporting(): readonly Node[] {
    this.#exports ??= this.#scopes.tree.nodes.filter(
      (each) =>
        each.type.startsWith('Export') || (each.type === 'AssignmentExpression' && isCommonExport(each)),
    )
    return this.#exports
  }
}

function returnsIn(scopes: Scopes): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, Node[]>()
  for (const node of scopes.tree.returns) {
    const { argument } = node
    if (argument === null) continue
    const home = scopes.functionOf(node)
    add(found, home, argument as Node)
  }
  return found
}

/** `exports.x = …`, `module.exports = …`, `module.exports.x = …`. */
function isCommonExport({ left }: Assignment): boolean {
  let node = left as Node
  while (node.type === 'MemberExpression') node = node.object as Node
  return node.type === 'Identifier' && /^(module|exports)$/.test(node.name)
}

function declaredIn(body: readonly Node[]): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, Node[]>()
  for (const statement of body) {
    const isExport =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
    const node = isExport ? (statement.declaration as Node | null) : statement
    if (node === null || !/^(TSDeclareFunction|FunctionDeclaration|ClassDeclaration)$/.test(node.type))
      continue
    const name = 'id' in node && node.id !== null ? (node.id as { readonly name?: string }).name : undefined
    if (name === undefined) continue
    add(found, name, node)
  }
  return found
}

function typesIn(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>()
  for (const node of nodes) {
    const isType =
      node.type === 'TSTypeAliasDeclaration' ||
      node.type === 'TSInterfaceDeclaration' ||
      node.type === 'TSEnumDeclaration'
    if (!isType || found.has(node.id.name)) continue
    found.set(node.id.name, node.type === 'TSTypeAliasDeclaration' ? (node.typeAnnotation as Node) : node)
  }
  return found
}

function fieldsIn(scopes: Scopes): ReadonlyMap<Node, ReadonlyMap<string, readonly Assignment[]>> {
  const found = new Map<Node, Map<string, Assignment[]>>()
  for (const node of scopes.tree.nodes) {
    const property = node.type === 'AssignmentExpression' ? propertyOf(node.left as Node) : null
    if (property === null || node.type !== 'AssignmentExpression') continue
    for (let at = scopes.tree.parents.get(node); at !== undefined; at = scopes.tree.parents.get(at)) {
      if (at.type !== 'ClassBody') continue
      const own = found.get(at) ?? new Map<string, Assignment[]>()
      found.set(at, own)
      add(own, property, node)
    }
  }
  return found
}

/** By class and name: calls of `this.name`, and null for each time it is read and not called. */
function ownUsesIn({
  tree,
}: Scopes): ReadonlyMap<Node, ReadonlyMap<string, readonly (CallExpression | null)[]>> {
  const found = new Map<Node, Map<string, (CallExpression | null)[]>>()
  for (const [node, parent] of tree.parents) {
    if (node.type !== 'ThisExpression' || parent.type !== 'MemberExpression') continue
    const above = tree.parents.get(parent)
    const use = above?.type === 'CallExpression' && above.callee === parent ? above : null
    const owner = classAround(parent, tree)
    if (owner === undefined) continue
    const own = found.get(owner) ?? new Map<string, (CallExpression | null)[]>()
    found.set(owner, own)
    add(own, propertyOf(parent) ?? '', use)
  }
  return found
}

function classAround(node: Node, { parents }: Tree): Node | undefined {
  let owner: Node | undefined = node
  while (owner !== undefined && owner.type !== 'ClassBody') owner = parents.get(owner)
  return owner
}

/** Puts a value into the list of a key. */
function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

function usesIn(scopes: Scopes): ReadonlyMap<Binding, Uses> {
  const found = new Map<Binding, UsesFound>()
  for (const [node, parent] of scopes.tree.parents) {
    if (node.type !== 'Identifier' || !isReference(node, parent, scopes.tree)) continue
    const binding = scopes.resolve(node.name, node)
    if (binding === undefined) continue
    const uses = found.get(binding) ?? {
      calls: [],
      methodCalls: [],
      reads: [],
      exported: false,
      escapes: false,
    }
    found.set(binding, uses)
    note(uses, { node, parent, scopes })
  }
  for (const { calls, methodCalls } of found.values()) {
    calls.sort(byStart)
    methodCalls.sort(byStart)
  }
  return found
}

function mentionsIn(scopes: Scopes): ReadonlyMap<Binding, readonly Node[]> {
  const found = new Map<Binding, Node[]>()
  for (const [node, parent] of scopes.tree.parents) {
    if (node.type !== 'Identifier' || !isReference(node, parent, scopes.tree)) continue
    const binding = isOfPattern(node, parent, scopes.tree) ? undefined : scopes.resolve(node.name, node)
    if (binding !== undefined) add(found, binding, node)
  }
  for (const list of found.values()) list.sort(byStart)
  return found
}

const byStart = (a: Node, b: Node): number => a.start - b.start

function note(
  uses: UsesFound,
  { node, parent, scopes }: { readonly node: Node; readonly parent: Node; readonly scopes: Scopes },
): void {
  if (parent.type === 'CallExpression' && parent.callee === node) {
    uses.calls.push(parent)
    return
  }
  const above = scopes.tree.parents.get(parent)
  if (parent.type === 'MemberExpression' && parent.object === node) {
    if (above?.type === 'CallExpression' && above.callee === parent) uses.methodCalls.push(above)
    else uses.reads.push(propertyOf(parent) ?? '')
    return
  }
  if (isExport(node, parent, scopes)) uses.exported = true
  else uses.escapes = true
}

/** `export { f }`, `export default f`, `exports.f = f`, `module.exports = f`, `module.exports = { f }`. */
function isExport(node: Node, parent: Node, { tree }: Scopes): boolean {
  if (parent.type === 'ExportSpecifier' || parent.type === 'ExportDefaultDeclaration') return true
  const holder = parent.type === 'Property' ? tree.parents.get(parent) : node
  const assignment = holder === undefined ? undefined : tree.parents.get(holder)
  return (
    assignment?.type === 'AssignmentExpression' && assignment.right === holder && isCommonExport(assignment)
  )
}

/** By what an identifier stands in: where there it names a property, or declares something. */
const NO_REFERENCE: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
  VariableDeclarator: 'id',
  FunctionDeclaration: 'id',
  FunctionExpression: 'id',
  ClassDeclaration: 'id',
  LabeledStatement: 'label',
  BreakStatement: 'label',
  ContinueStatement: 'label',
}

/** Whether an identifier stands for a value, and neither names a property nor declares a function or variable. */
function isReference(node: Node, parent: Node, { parents }: Tree): boolean {
  if (/^Import\w*Specifier$/.test(parent.type) || isParameter(node, parent)) return false
  // `{ name }` is the property and the value at once; in a pattern it declares.
  if (parent.type === 'Property' && parent.shorthand) return parents.get(parent)?.type === 'ObjectExpression'
  const part = NO_REFERENCE[parent.type]
  if (part === undefined) return true
  const isComputed = 'computed' in parent && parent.computed
  return isComputed || (parent as unknown as Readonly<Record<string, unknown>>)[part] !== node
}

/** Whether an identifier is a part of a destructuring pattern, which is given a value. */
const isOfPattern = (node: Node, parent: Node, { parents }: Tree): boolean =>
  parent.type === 'ArrayPattern' ||
  parent.type === 'RestElement' ||
  (parent.type === 'AssignmentPattern' && parent.left === node) ||
  (parent.type === 'Property' && parents.get(parent)?.type === 'ObjectPattern')

const isParameter = (node: Node, parent: Node): boolean =>
  isFunction(parent) && 'params' in parent && (parent.params as readonly Node[]).includes(node)
