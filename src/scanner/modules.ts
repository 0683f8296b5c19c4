/** The repository's own files as modules: what a relative import leads to, and what a file exports. Bounded in memory. */

import { dirname, join } from 'node:path'
import type { CallExpression, Node } from 'oxc-parser'
import { Effort } from './effort.ts'
import { bare, calleePath, keyOf, propertyOf, Scopes } from './scopes.ts'
import type { SourceFiles } from './source-files.ts'
import { parseFile, SCRIPT_EXTENSIONS, type Tree } from './tree.ts'
import { TreeIndex } from './tree-index.ts'
import { Within } from './within.ts'

/** One script and its names. */
export interface Module {
  /** Absolute path. */
  readonly path: string
  readonly scopes: Scopes
  readonly index: TreeIndex
}

/** A call and the module it stands in. */
export interface CallIn {
  readonly call: CallExpression
  readonly module: Module
}

/** Calls of a function, and whether they are all there can be. */
export interface Calls {
  readonly calls: readonly CallIn[]
  readonly complete: boolean
}

/** Trees kept at once; the least recently used is dropped and read again when asked for. */
const KEPT = 300
/** Largest file followed by an import, bytes. */
const BYTES_MAX = 512 * 1024

/** A module specifier and the name taken from it; `*` for the whole namespace, `default` for the default export. */
export interface ImportedName {
  readonly specifier: string
  readonly name: string
}

/** A module, and during the reading of which file it was last asked for. */
interface Kept {
  readonly module: Module | null
  readonly round: number
}

/** Reads modules by path. */
export class Modules {
  /** The work done on the file that is being read. */
  readonly effort: Effort
  /** Who imports what; null where the repository's files are not known. */
  importers: { begin(): void; callsOf(fn: Node, module: Module, name: string): Calls } | null = null
  readonly #kept = new Map<string, Kept>()
  #round = 0
  readonly #paths = new Map<string, string | null>()
  readonly #there = new Map<string, boolean>()

  /** What may be read at all. */
  readonly within: Within

  /** @param within - default: everything */
  constructor(effort = new Effort(), within = new Within(null)) {
    this.effort = effort
    this.within = within
  }

  /**
   * Another file is read. Trees stay, and nothing that was found out with them: each file asks for itself, so that it is seen what
   * its reading rests on, and that does not depend on which files were read before.
   */
  begin(): void {
    this.#round++
    this.#paths.clear()
    this.#there.clear()
    this.within.begin()
    this.importers?.begin()
    this.effort.begin()
  }

  /** Makes a module of a file that was parsed already. */
  add(path: string, tree: Tree): Module {
    const module = moduleOf(path, tree)
    this.#keep(path, module)
    return module
  }

  /** The module a specifier leads to from a file; null if it is a package, or not there, or broken. */
  follow(specifier: string, from: string): Module | null {
    const path = this.pathOf(specifier, from)
    return path === null ? null : this.at(path)
  }

  /** The file a specifier leads to from a file; null if it is a package or not there. */
  pathOf(specifier: string, from: string): string | null {
    if (!specifier.startsWith('.')) return null
    const wanted = join(dirname(from), specifier)
    // A declaration file means the declarations of what it names.
    return this.#fileOf(DECLARATIONS.test(from) ? `${wanted} types` : wanted)
  }

  /** The module of a file; null if it is not there, too large or broken. */
  at(path: string): Module | null {
    const kept = this.#kept.get(path)
    if (kept?.round === this.#round) {
      this.#keep(path, kept.module)
      return kept.module
    }
    const { files } = this.within
    if (!this.#isThere(path) || files.digest(path, BYTES_MAX) === null) return null
    // What is known by a module is known for one file's reading: another one gets its own, with the same tree.
    const module = kept === undefined ? read(path, files) : kept.module === null ? null : { ...kept.module }
    this.#keep(path, module)
    return module
  }

  /** The expression, function or class a module exports under a name, with the module it is written in. */
  exported(module: Module, name: string, depth = 0): { readonly node: Node; readonly module: Module } | null {
    if (depth > 4) return null
    for (const node of module.index.exporting()) {
      this.effort.spend(1)
      const found = this.#exportedBy(node, name, { module, depth })
      if (found !== null) return found
    }
    return null
  }

  #exportedBy(
    node: Node,
    name: string,
    { module, depth }: { module: Module; depth: number },
  ): { readonly node: Node; readonly module: Module } | null {
    if (node.type === 'AssignmentExpression') return commonExport(node, name, module)
    if (node.type === 'ExportDefaultDeclaration')
      return name === 'default' ? { node: node.declaration as Node, module } : null
    if (node.type === 'ExportAllDeclaration') {
      const next = this.follow(node.source.value, module.path)
      return next === null ? null : this.exported(next, name, depth + 1)
    }
    if (node.type !== 'ExportNamedDeclaration') return null
    const declared = node.declaration === null ? null : declaredAs(node.declaration as Node, name)
    if (declared !== null) return { node: declared, module }
    const specifier = node.specifiers.find((each) => wordOf(each.exported as Node) === name)
    if (specifier === undefined) return null
    const local = wordOf(specifier.local as Node)
    if (node.source === null) return localExport(local, specifier as Node, module)
    const next = this.follow(node.source.value, module.path)
    return next === null ? null : this.exported(next, local, depth + 1)
  }

  #isThere(path: string): boolean {
    const known = this.#there.get(path)
    if (known !== undefined) return known
    const found = isScript(path, this.within.files) && this.within.follows(path)
    this.#there.set(path, found)
    return found
  }

  #fileOf(wanted: string): string | null {
    const known = this.#paths.get(wanted)
    if (known !== undefined) return known
    const { files } = this.within
    const path = wanted.endsWith(' types')
      ? declarationsOf(wanted.slice(0, -6), files)
      : fileOf(wanted, files)
    const inside = path !== null && this.within.follows(path) ? path : null
    this.#paths.set(wanted, inside)
    return inside
  }

  #keep(path: string, module: Module | null): void {
    this.#kept.delete(path)
    this.#kept.set(path, { module, round: this.#round })
    if (this.#kept.size <= KEPT) return
    const oldest = this.#kept.keys().next().value
    if (oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** What a binding imports, by `import` or by `require`; null if it is neither. */
export function importOf(
  binding: {
    readonly kind: string
    readonly node: Node
    readonly from: Node | null
    readonly path: readonly string[]
  },
  scopes: Scopes,
): ImportedName | null {
  if (binding.kind === 'import') {
    const declaration = scopes.tree.parents.get(binding.node)
    if (declaration?.type !== 'ImportDeclaration') return null
    const specifier = declaration.source.value
    if (binding.node.type === 'ImportNamespaceSpecifier') return { specifier, name: '*' }
    if (binding.node.type === 'ImportDefaultSpecifier') return { specifier, name: 'default' }
    return binding.node.type === 'ImportSpecifier'
      ? { specifier, name: wordOf(binding.node.imported as Node) }
      : null
  }
  return binding.from === null ? null : requiredBy(bare(binding.from), binding.path)
}

/** What compilers put around `require`. */
const INTEROP = /^(__importDefault|__importStar|_?interopRequireDefault|_?interopRequireWildcard|__toESM)$/

/** `require('x')`, `require('x').y`, `require('x')(...)`. */
function requiredBy(node: Node, path: readonly string[]): ImportedName | null {
  if (node.type === 'MemberExpression') {
    const name = propertyOf(node)
    return name === null ? null : requiredBy(bare(node.object as Node), [name, ...path])
  }
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return null
  const argument = node.arguments[0]
  if (INTEROP.test(node.callee.name) && argument !== undefined)
    return requiredBy(bare(argument as Node), path)
  if (node.callee.name !== 'require') return null
  return argument?.type === 'Literal' && typeof argument.value === 'string'
    ? { specifier: argument.value, name: path[0] ?? '*' }
    : null
}

function moduleOf(path: string, tree: Tree): Module {
  const scopes = new Scopes(tree)
  return { path, scopes, index: new TreeIndex(scopes) }
}

function read(path: string, files: SourceFiles): Module | null {
  try {
    const text = files.text(path, BYTES_MAX)
    if (text === null) return null
    const parsed = parseFile(path, text)
    const tree = 'trees' in parsed ? parsed.trees[0] : undefined
    return tree === undefined ? null : moduleOf(path, tree)
  } catch {
    return null
  }
}

/** The file a path without certainty means, as bundlers and Node find it. */
function fileOf(path: string, files: SourceFiles): string | null {
  const stem = path.replace(/\.[cm]?jsx?$/, '')
  const candidates = [
    path,
    ...SCRIPT_EXTENSIONS.map((each) => `${path}.${each}`),
    ...(stem === path ? [] : ['ts', 'tsx', 'mts', 'cts'].map((each) => `${stem}.${each}`)),
    ...SCRIPT_EXTENSIONS.map((each) => join(path, `index.${each}`)),
    `${path}.d.ts`,
  ]
  return candidates.find((each) => isScript(each, files)) ?? null
}

const DECLARATIONS = /\.d\.[cm]?ts$/

/** The declaration file that an import of another one leads to. */
function declarationsOf(path: string, files: SourceFiles): string | null {
  const stem = path.replace(/\.[cm]?js$/, '')
  const candidates = [stem, join(path, 'index')].flatMap((each) =>
    ['d.ts', 'd.mts', 'd.cts'].map((extension) => `${each}.${extension}`),
  )
  return candidates.find((each) => isScript(each, files)) ?? null
}

function isScript(path: string, files: SourceFiles): boolean {
  const extension = path.slice(path.lastIndexOf('.') + 1)
  return SCRIPT_EXTENSIONS.includes(extension) && files.isFile(path)
}

const wordOf = (node: Node): string =>
  node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : ''

function declaredAs(declaration: Node, name: string): Node | null {
  if (declaration.type === 'VariableDeclaration') {
    const own = declaration.declarations.find(
      (each) => each.id.type === 'Identifier' && each.id.name === name,
    )
    return own === undefined ? null : (own.init as Node | null)
  }
  const id = 'id' in declaration ? (declaration.id as Node | null) : null
  return id !== null && id.type === 'Identifier' && id.name === name ? declaration : null
}

function localExport(name: string, at: Node, module: Module): { node: Node; module: Module } | null {
  const binding = module.scopes.resolve(name, at)
  if (binding === undefined || binding.path.length > 0) return null
  if (binding.kind === 'variable') return binding.from === null ? null : { node: binding.from, module }
  return binding.kind === 'import' || binding.kind === 'parameter' ? null : { node: binding.node, module }
}

/** `module.exports = x`, `module.exports.name = x`, `exports.name = x`, `module.exports = { name }`. */
function commonExport(
  node: Extract<Node, { type: 'AssignmentExpression' }>,
  name: string,
  module: Module,
): { node: Node; module: Module } | null {
  const left = node.left as Node
  if (left.type !== 'MemberExpression') return null
  const path = calleePath(left)
  const isOwn = path[0] === 'exports' || (path[0] === 'module' && path[1] === 'exports')
  if (isOwn && path.length > 1 && path.at(-1) === name)
    return isAnnounced(node.right as Node) ? null : { node: node.right as Node, module }
  return path.join('.') === 'module.exports' ? fromWhole(bare(node.right as Node), name, module) : null
}

/** `exports.a = exports.b = void 0`: compilers name what a file will export before they give it a value. */
function isAnnounced(right: Node): boolean {
  const node = bare(right)
  if (node.type === 'AssignmentExpression') return isAnnounced(node.right as Node)
  return node.type === 'UnaryExpression' && node.operator === 'void'
}

function fromWhole(right: Node, name: string, module: Module): { node: Node; module: Module } | null {
  if (name === 'default' || name === '*') return { node: right, module }
  if (right.type !== 'ObjectExpression') return null
  const own = right.properties.find((each) => each.type === 'Property' && keyOf(each) === name)
  return own?.type === 'Property' ? { node: own.value as Node, module } : null
}
