/** What code does with the rows a call answers with: which columns it reads, or whether whole rows go on to somewhere else. */
import type { Node } from 'oxc-parser'
import type { RowUse } from '../rules/index.ts'
import type { Module } from './modules.ts'
import { type Binding, bare, calleePath, isFunction, keyOf, propertyOf } from './scopes.ts'

/** Places of a value that are looked at; beyond them nothing is said. */
const STEPS_MAX = 200

/** Nothing is known of what happens to the rows. */
export const ROWS_UNKNOWN: RowUse = { kind: 'unknown' }

/** What happens to the rows a statement's call answers with. */
export function rowUseOf(call: Node, module: Module): RowUse {
  const tracer = new Tracer(module)
  const callback = 'arguments' in call ? (call.arguments as readonly Node[]).at(-1) : undefined
  const inner = callback === undefined ? undefined : bare(callback)
  if ('arguments' in call && (call.arguments as readonly Node[]).some(isNested)) return { kind: 'nested' }
  if (inner === undefined || !isFunction(inner)) {
    tracer.value(call)
  } else {
    const index = rowsIndex(inner)
    if (index === null) return ROWS_UNKNOWN
    tracer.parameter(inner, index)
  }
  return tracer.answer()
}

/** Which parameter of a callback is the rows: the second after an error, the first where it stands alone; null if there is none. */
function rowsIndex(fn: Node): number | null {
  const params = 'params' in fn ? (fn.params as readonly Node[]) : []
  const [first] = params
  if (params.length !== 1 || first === undefined) return 1
  return first.type === 'Identifier' && /^_|^e$|^ex$|err/i.test(first.name) ? null : 0
}

/** `{ sql, nestTables: true }`, `rowMode: 'array'`: a row is no object of its columns. */
const isNested = (argument: Node): boolean => {
  const node = bare(argument)
  return (
    node.type === 'ObjectExpression' &&
    node.properties.some(
      (each) => each.type === 'Property' && /^(nestTables|rowMode|rowsAsArray)$/.test(keyOf(each) ?? ''),
    )
  )
}

/** Members that are a part of an answer, and not of a row. */
const CONTAINERS = /^(rows|results|recordset|recordsets|data|\d+)$/
/** Members that say how many rows there are, or what was changed. */
const COUNTS = /^(length|size|rowCount|affectedRows|changes|numAffectedRows|insertId|lastID|lastInsertRowid)$/
/** Methods whose answer is rows again: a prepared statement's, and those of lists that keep whole elements. */
const KEEPS =
  /^(all|get|first|iterate|query|execute|bind|raw|slice|reverse|at|pop|shift|concat|filter|find|findLast|sort|toSorted|values|finally|catch)$/
/** Methods that give each row to a function: the index of its parameter. */
const GIVES: ReadonlyMap<string, readonly number[]> = new Map([
  ...'map flatMap forEach filter find findLast findIndex some every then'
    .split(' ')
    .map((name): [string, readonly number[]] => [name, [0]]),
  ['reduce', [1]],
  ['sort', [0, 1]],
  ['toSorted', [0, 1]],
])
/** What stands around an expression without changing its value. */
const PASSED = new Set(
  'AwaitExpression ParenthesizedExpression ChainExpression TSAsExpression TSSatisfiesExpression TSNonNullExpression TSTypeAssertion'.split(
    ' ',
  ),
)
/** Calls that answer a request: whoever asks gets every column. */
const ANSWERS =
  /^(res|reply|response|ctx|c|h|Response|NextResponse)(\.\(\)|\.(status|code|type|header|set))*\.(json|send|end|body|response)$/

const ASSERTS = /^(assert|expect|should|check|ok|equal|strictEqual|deepEqual|t)$/

class Tracer {
  readonly #module: Module
  readonly #columns = new Set<string>()
  readonly #seen = new Set<Binding>()
  #steps = 0
  #whole: 'no' | 'kept' | 'sent' = 'no'

  constructor(module: Module) {
    this.#module = module
  }

  answer(): RowUse {
    if (this.#steps > STEPS_MAX) return ROWS_UNKNOWN
    if (this.#whole !== 'no') return { kind: this.#whole }
    return { kind: 'columns', names: this.#columns }
  }

  /** Looks at where the value of an expression goes. */
  value(node: Node): void {
    const parent = this.#module.scopes.tree.parents.get(node)
    if (parent === undefined || ++this.#steps > STEPS_MAX) return
    switch (parent.type) {
      case 'VariableDeclarator':
        this.#declared(parent)
        break
      case 'AssignmentExpression':
        this.#assigned(parent, node)
        break
      case 'MemberExpression':
        if (parent.object === node) this.#member(parent)
        else this.#keep()
        break
      case 'CallExpression':
        this.#argument(parent, node)
        break
      case 'ForOfStatement':
        this.#elements(parent)
        break
      default:
        if (PASSED.has(parent.type)) this.value(parent)
        else this.#condition(parent, node)
    }
  }

  /** Looks at what a function does with one of its parameters. */
  parameter(fn: Node, index: number): void {
    for (const binding of this.#module.index.declaredBy(fn)) if (binding.index === index) this.#taken(binding)
  }

  /** A value that is only asked for decides nothing of its columns. */
  #condition(parent: Node, node: Node): void {
    switch (parent.type) {
      case 'ExpressionStatement':
      case 'IfStatement':
      case 'WhileStatement':
      case 'UnaryExpression':
      case 'BinaryExpression':
        return
      case 'ConditionalExpression':
        if (parent.test !== node) this.value(parent)
        break
      case 'LogicalExpression':
        if (parent.operator !== '&&' || parent.left !== node) this.value(parent)
        break
      default:
        this.#keep()
    }
  }

  #keep(): void {
    if (this.#whole === 'no') this.#whole = 'kept'
  }

  #declared(declarator: Extract<Node, { type: 'VariableDeclarator' }>): void {
    for (const binding of this.#module.index.declaredBy(declarator)) this.#taken(binding)
  }

  #elements(loop: Extract<Node, { type: 'ForOfStatement' }>): void {
    for (const binding of this.#module.index.declaredBy(loop)) this.#taken(binding)
  }

  /** A name that stands for what is under its path of the value: a part of the answer, or a column. */
  #taken(binding: Binding): void {
    const [column] = binding.path.filter((each) => !CONTAINERS.test(each))
    if (column === '*') this.#keep()
    else if (column !== undefined) this.#column(column)
    else this.#named(binding)
  }

  #named(binding: Binding): void {
    if (this.#seen.has(binding)) return
    this.#seen.add(binding)
    const mentions = this.#module.index.mentionsOf(binding)
    // What nobody uses is another fault than this.
    if (mentions.length === 0) this.#keep()
    for (const each of mentions) this.value(each)
  }

  #assigned(assignment: Extract<Node, { type: 'AssignmentExpression' }>, node: Node): void {
    if (assignment.right !== node) return
    if (assignment.left.type !== 'Identifier') {
      this.#sendOrKeep(calleePath(assignment.left as Node).join('.'))
      return
    }
    const binding = this.#module.scopes.resolve(assignment.left.name, assignment.left as Node)
    if (binding === undefined) this.#keep()
    else this.#named(binding)
    this.value(assignment)
  }

  #member(member: Extract<Node, { type: 'MemberExpression' }>): void {
    const { parents } = this.#module.scopes.tree
    const name = propertyOf(member)
    const above = parents.get(member)
    if (above?.type === 'CallExpression' && above.callee === member) this.#method(above, name)
    else if (name === null) this.#computed(member)
    else if (CONTAINERS.test(name)) this.value(member)
    else if (this.#isAsserted(member)) this.#keep()
    else if (!COUNTS.test(name)) this.#column(name)
  }

  /** A check of what is there reads a few columns to see that all is as it should be. */
  #isAsserted(member: Node): boolean {
    const { parents } = this.#module.scopes.tree
    for (let node = parents.get(member); node !== undefined; node = parents.get(node)) {
      if (/Statement$|Declaration$/.test(node.type)) return false
      if (node.type === 'CallExpression' && ASSERTS.test(calleePath(node.callee as Node)[0] ?? ''))
        return true
    }
    return false
  }

  /** `rows[i]` is a row; `row[name]` may be any column. */
  #computed(member: Extract<Node, { type: 'MemberExpression' }>): void {
    const { property } = member
    const isIndex =
      (property.type === 'Identifier' && /^[ijkn]$|idx|index/i.test(property.name)) ||
      property.type === 'BinaryExpression'
    if (isIndex) this.value(member)
    else this.#keep()
  }

  #method(call: Extract<Node, { type: 'CallExpression' }>, name: string | null): void {
    const indexes = GIVES.get(name ?? '')
    const given = call.arguments[0] === undefined ? null : bare(call.arguments[0] as Node)
    if (indexes !== undefined && given !== null) {
      if (isFunction(given)) for (const index of indexes) this.parameter(given, index)
      else if (!(given.type === 'Identifier' && given.name === 'Boolean')) this.#keep()
    }
    if (name !== null && KEEPS.test(name)) this.value(call)
    else if (indexes === undefined) this.#keep()
  }

  #argument(call: Extract<Node, { type: 'CallExpression' }>, node: Node): void {
    const path = calleePath(call.callee as Node).join('.')
    if (call.callee === node) this.#keep()
    else if (path !== 'Array.isArray' && path !== 'Boolean') this.#sendOrKeep(path)
  }

  #sendOrKeep(path: string): void {
    if (ANSWERS.test(path)) this.#whole = 'sent'
    else this.#keep()
  }

  #column(name: string): void {
    this.#columns.add(name)
  }
}
