/** Which declaration a name means, by JavaScript's scoping rules, with every write to it. */
import type {
  ArrowFunctionExpression,
  BindingPattern,
  ForInStatement,
  ForOfStatement,
  Node,
  Function as PlainFunction,
} from 'oxc-parser'
import { childrenOf, type Tree } from './tree.ts'

/** How a name came to be. */
export type BindingKind =
  | 'variable'
  | 'parameter'
  | 'import'
  | 'function'
  | 'class'
  | 'enum'
  | 'element'
  | 'caught'

/** One declared name. */
export interface Binding {
  readonly name: string
  readonly kind: BindingKind
  /** The declarator, function, import specifier or loop. */
  readonly node: Node
  /** What is taken from: initialiser, or the looped-over expression for `element`; null if there is none. */
  readonly from: Node | null
  /** Property path of a destructuring inside {@link from}; `*` for a rest element. */
  readonly path: readonly string[]
  /** Index of the parameter, else -1. */
  readonly index: number
  /** The scope's node: function, block, program. */
  readonly scope: Node
  /** Assignments to it, in order of the text. */
  readonly writes: Node[]
  readonly constant: boolean
  /** What it is where nothing, or `undefined`, is given: `x = 3`; null if there is none. */
  readonly fallback: Node | null
  /** The type annotation's node of a parameter or variable, or null. */
  readonly annotation: Node | null
  /** The type annotation of the destructuring pattern it is in; null if there is none. */
  readonly patternType: Node | null
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const SCOPES = new Set([
  ...FUNCTIONS,
  'Program',
  'BlockStatement',
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'CatchClause',
  'SwitchStatement',
  'StaticBlock',
])

const isLoopOver = (node: Node | undefined): node is ForOfStatement | ForInStatement =>
  node?.type === 'ForOfStatement' || node?.type === 'ForInStatement'

/** Whether a node is a function of any form. */
export const isFunction = (node: Node): boolean => FUNCTIONS.has(node.type)

/** The names of one tree. */
export class Scopes {
  readonly tree: Tree
  readonly #scopes = new Map<Node, Map<string, Binding>>()
  readonly #resolved = new Map<Node, Binding>()

  constructor(tree: Tree) {
    this.tree = tree
    for (const node of tree.nodes) this.#declare(node)
    for (const node of tree.nodes) this.#write(node)
  }

  /** The declaration a name means at a node; undefined for globals. */
  resolve(name: string, at: Node): Binding | undefined {
    if (at.type !== 'Identifier' || at.name !== name) return this.#climb(name, at)
    const known = this.#resolved.get(at)
    if (known !== undefined) return known
    const found = this.#climb(name, at)
    if (found !== undefined) this.#resolved.set(at, found)
    return found
  }

  #climb(name: string, at: Node): Binding | undefined {
    for (let node: Node | undefined = at; node !== undefined; node = this.tree.parents.get(node)) {
      const found = this.#scopes.get(node)?.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Everything declared in the file. */
  *bindings(): Generator<Binding, void> {
    for (const names of this.#scopes.values()) yield* names.values()
  }

  /** The nearest node around `at` (not itself) that passes. */
  around(at: Node, test: (node: Node) => boolean): Node | undefined {
    let node = this.tree.parents.get(at)
    while (node !== undefined && !test(node)) node = this.tree.parents.get(node)
    return node
  }

  /** The function a node is in; the program if in none. */
  functionOf(at: Node): Node {
    return this.around(at, isFunction) ?? this.tree.program
  }

  /**
   * The names around a node, outermost last: of what its statement assigns or declares, and of the nearest function or method
   * that has one; '' if there are none.
   */
  nameAround(at: Node): string {
    const holder = this.around(at, (each) => isFunction(each) || this.nameOf(each) !== '')
    const names = holder === undefined || isFunction(holder) ? [] : [this.nameOf(holder)]
    for (let fn = this.functionOf(at); isFunction(fn); fn = this.functionOf(fn)) {
      const name = this.nameOf(fn)
      if (name === '') continue
      names.push(name)
      break
    }
    return names.join(' ')
  }

  /** The name a function is declared, assigned or defined under; '' if there is none. */
  nameOf(fn: Node): string {
    const own = 'id' in fn ? nameIn(fn.id as Node | null) : ''
    if (own !== '') return own
    const holder = this.tree.parents.get(fn)
    switch (holder?.type) {
      case 'VariableDeclarator':
        return nameIn(holder.id as Node)
      case 'MethodDefinition':
      case 'Property':
      case 'PropertyDefinition':
        return keyOf(holder) ?? ''
      case 'AssignmentExpression':
        return propertyOf(holder.left as Node) ?? ''
      default:
        return ''
    }
  }

  #declare(node: Node): void {
    switch (node.type) {
      case 'VariableDeclarator':
        this.#variable(node)
        break
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node as PlainFunction | ArrowFunctionExpression)
        break
      case 'ClassDeclaration':
        if (node.id !== null) this.#add(node.id.name, { kind: 'class', node, scope: this.#block(node) })
        break
      case 'TSEnumDeclaration':
        this.#add(node.id.name, { kind: 'enum', node, scope: this.#block(node) })
        break
      case 'ImportDeclaration':
        for (const specifier of node.specifiers)
          this.#add(specifier.local.name, { kind: 'import', node: specifier, scope: this.tree.program })
        break
      case 'CatchClause':
        if (node.param !== null) this.#pattern(node.param, { kind: 'caught', node, scope: node })
        break
      default:
    }
  }

  #variable(node: Extract<Node, { type: 'VariableDeclarator' }>): void {
    const declaration = this.tree.parents.get(node)
    if (declaration?.type !== 'VariableDeclaration') return
    const loop = this.tree.parents.get(declaration)
    const element = isLoopOver(loop) && loop.left === declaration ? loop : null
    this.#pattern(node.id, {
      kind: element === null ? 'variable' : 'element',
      node: element ?? node,
      from: (element === null ? node.init : element.right) as Node | null,
      scope: declaration.kind === 'var' ? this.functionOf(node) : (element ?? this.#block(declaration)),
      constant: declaration.kind === 'const',
    })
  }

  #function(node: PlainFunction | ArrowFunctionExpression): void {
    if (node.type !== 'ArrowFunctionExpression' && node.id !== null) {
      const scope = node.type === 'FunctionDeclaration' ? this.#block(node) : node
      this.#add(node.id.name, { kind: 'function', node, scope })
    }
    node.params.forEach((parameter, index) => {
      const pattern = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter
      this.#pattern(pattern as Node, { kind: 'parameter', node, scope: node, index })
    })
  }

  #pattern(pattern: Node, given: Given, path: readonly string[] = []): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#add(pattern.name, {
          ...given,
          path,
          annotation: pattern.typeAnnotation ?? given.annotation ?? null,
        })
        break
      case 'AssignmentPattern':
        this.#pattern(pattern.left as Node, { ...given, fallback: pattern.right as Node }, path)
        break
      case 'RestElement':
        this.#pattern(pattern.argument as Node, given, [...path, '*'])
        break
      case 'ArrayPattern':
        pattern.elements.forEach((element: BindingPattern | null | Node, index: number) => {
          if (element !== null)
            this.#pattern(element as Node, { ...given, fallback: null }, [...path, String(index)])
        })
        break
      case 'ObjectPattern':
        for (const property of pattern.properties)
          this.#property(property as Node, { ...given, fallback: null, ...typed(pattern) }, path)
        break
      default:
    }
  }

  #property(property: Node, given: Given, path: readonly string[]): void {
    if (property.type === 'RestElement') this.#pattern(property.argument as Node, given, [...path, '*'])
    else if (property.type === 'Property')
      this.#pattern(property.value as Node, given, [...path, keyOf(property) ?? '*'])
  }

  #add(name: string, given: Given): void {
    const names = this.#scopes.get(given.scope) ?? new Map<string, Binding>()
    this.#scopes.set(given.scope, names)
    const before = names.get(name)
    if (before !== undefined) {
      // `var` twice, or a function over it: the later declaration is one more write.
      before.writes.push(given.node)
      return
    }
    names.set(name, {
      from: null,
      path: [],
      index: -1,
      constant: false,
      annotation: null,
      patternType: null,
      fallback: null,
      ...given,
      name,
      writes: [],
    })
  }

  #block(node: Node): Node {
    return this.around(node, (each) => SCOPES.has(each.type)) ?? this.tree.program
  }

  #write(node: Node): void {
    if (node.type === 'AssignmentExpression') {
      if (node.left.type === 'Identifier') this.resolve(node.left.name, node)?.writes.push(node)
      else if (node.left.type === 'ArrayPattern' || node.left.type === 'ObjectPattern')
        for (const name of namesIn(node.left as Node)) this.resolve(name, node)?.writes.push(node)
    } else if (node.type === 'UpdateExpression' && node.argument.type === 'Identifier')
      this.resolve(node.argument.name, node)?.writes.push(node)
  }
}

const typed = (pattern: Extract<Node, { type: 'ObjectPattern' }>): Partial<Binding> =>
  pattern.typeAnnotation == null ? {} : { patternType: pattern.typeAnnotation as Node }

const nameIn = (node: Node | null): string => (node?.type === 'Identifier' ? node.name : '')

type Given = Pick<Binding, 'kind' | 'node' | 'scope'> & Partial<Binding>

function namesIn(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  return childrenOf(pattern).flatMap(namesIn)
}

/** The name of a property, method or member where it is written out; null for computed ones. */
export function keyOf(node: { readonly key: Node | unknown; readonly computed?: boolean }): string | null {
  const key = node.key as Node
  if (key.type === 'Identifier' && node.computed !== true) return key.name
  if (key.type === 'PrivateIdentifier') return `#${key.name}`
  return key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')
    ? String(key.value)
    : null
}

/** The property a member expression names, where it is written out. */
export function propertyOf(node: Node): string | null {
  if (node.type !== 'MemberExpression') return null
  return keyOf({ key: node.property, computed: node.computed })
}

/** An expression without what does not change its value: parentheses, `await`, `as T`, `!`, `satisfies T`. */
export function bare(node: Node): Node {
  let inner = node
  for (;;) {
    switch (inner.type) {
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSSatisfiesExpression':
      case 'TSNonNullExpression':
      case 'TSTypeAssertion':
      case 'ChainExpression':
      case 'TSInstantiationExpression':
        inner = inner.expression
        break
      case 'AwaitExpression':
        inner = inner.argument
        break
      default:
        return inner
    }
  }
}

/** What is called, as dotted words: `db.pool.query`; parts that are no names become ''. */
export function calleePath(node: Node): string[] {
  const words: string[] = []
  for (let inner = bare(node); ; ) {
    if (inner.type === 'MemberExpression') {
      words.push(propertyOf(inner) ?? '')
      inner = bare(inner.object as Node)
    } else if (inner.type === 'CallExpression') {
      words.push('()')
      inner = bare(inner.callee as Node)
    } else {
      words.push(rootWord(inner))
      return words.reverse()
    }
  }
}

const rootWord = (node: Node): string =>
  node.type === 'Identifier' ? node.name : node.type === 'ThisExpression' ? 'this' : ''
