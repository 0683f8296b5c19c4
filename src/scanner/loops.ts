/** The loop a call is in, if each round waits for it. */
import type { CallExpression, Node } from 'oxc-parser'
import type { LoopContext } from '../rules/index.ts'
import { STATEMENT_METHODS } from './call-forms.ts'
import type { Module } from './modules.ts'
import { afresh, behind, type Place } from './place.ts'
import { type Binding, bare, calleePath, isFunction, propertyOf, type Scopes } from './scopes.ts'
import { childrenOf } from './tree.ts'

/** Statements that repeat what is in them. */
export const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
])
const CALLBACK_LOOPS = new Set(['map', 'forEach', 'flatMap'])

/** The nearest loop around a call that runs it each round; null if there is none. */
export function loopAround(call: Node, place: Place, lineOf: (offset: number) => number): LoopContext | null {
  const { scopes } = place.module
  let inner = call
  for (let node = scopes.tree.parents.get(call); node !== undefined; node = scopes.tree.parents.get(node)) {
    if (isFunction(node)) return callbackLoop(node, call, { place, lineOf })
    // What is sent after a failure is no part of the usual round.
    if (node.type === 'CatchClause') return null
    if (LOOPS.has(node.type) && 'body' in node && node.body === inner) {
      if (leavesAfter(inner, call, scopes)) return null
      return statementLoop(node, call, { place, lineOf })
    }
    inner = node
  }
  return null
}

/**
 * `for (let i = steps; i >= 1; i--)`: in the loop it is a number, as a comparison with a number lets through nothing else that counting
 * would leave a text.
 */
export function isCounter({ node, from, writes }: Binding, { scopes }: Module): boolean {
  const loop = scopes.tree.parents.get(scopes.tree.parents.get(node) ?? node)
  const test = loop?.type === 'ForStatement' && loop.test ? bare(loop.test as Node) : null
  if (test?.type !== 'BinaryExpression' || !/^[<>]=?$/.test(test.operator)) return false
  const isNumber = (each: Node | null): boolean => each?.type === 'Literal' && typeof each.value === 'number'
  return (
    writes.length > 0 &&
    writes.every((each) => each.type === 'UpdateExpression') &&
    [from, test.left as Node, test.right as Node].some(isNumber)
  )
}

interface Context {
  readonly place: Place
  readonly lineOf: (offset: number) => number
}

function statementLoop(loop: Node, call: Node, { place, lineOf }: Context): LoopContext {
  const { scopes } = place.module
  const over =
    loop.type === 'ForOfStatement' || loop.type === 'ForInStatement' ? (loop.right as Node) : testOf(loop)
  return {
    kind: KINDS[loop.type] ?? 'loop',
    line: lineOf(loop.start),
    over: over === null ? '' : written(over, scopes),
    names: loopNames(call, loop, scopes),
    bounded:
      isBounded(loop, over, place) ||
      isSentByElement(call, loop, scopes) ||
      needsLastRound(call, loop, scopes),
    ...withinRound(call, loop, scopes),
  }
}

const KINDS: Readonly<Record<string, string>> = {
  ForStatement: 'for',
  ForOfStatement: 'for...of',
  ForInStatement: 'for...in',
  WhileStatement: 'while',
  DoWhileStatement: 'do...while',
}

const testOf = (loop: Node): Node | null => ('test' in loop && loop.test ? (loop.test as Node) : null)

const written = (node: Node, scopes: Scopes): string => {
  const text = scopes.tree.text.slice(node.start, node.end).replace(/\s+/g, ' ')
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}

/** `items.map(async (item) => ...)`: a round trip an element. */
function callbackLoop(fn: Node, call: Node, { place, lineOf }: Context): LoopContext | null {
  const { scopes } = place.module
  const parent = scopes.tree.parents.get(fn)
  if (parent?.type !== 'CallExpression' || parent.callee === fn) return null
  const method = propertyOf(parent.callee as Node)
  if (method === null || !CALLBACK_LOOPS.has(method)) return null
  const over = loopedOver(parent)
  return {
    kind: method,
    line: lineOf(parent.start),
    over: over === null ? '' : written(over, scopes),
    names: loopNames(call, fn, scopes),
    bounded: (over !== null && isWrittenOut(over, place)) || isSentByElement(call, fn, scopes),
    ...withinRound(call, fn, scopes),
  }
}

/** What `map` and its like go over: what they are called on, or for lodash and its like their first argument. */
function loopedOver({ callee, arguments: given }: CallExpression): Node | null {
  const inner = bare(callee as Node)
  if (inner.type !== 'MemberExpression') return null
  const object = bare(inner.object as Node)
  const isLibrary = object.type === 'Identifier' && /^(_|lodash|R|async)$/.test(object.name)
  return isLibrary && given.length > 1 ? (given[0] as Node) : (inner.object as Node)
}

/** How a call stands in its round. */
function withinRound(
  call: Node,
  loop: Node,
  scopes: Scopes,
): Pick<LoopContext, 'failsAlone' | 'decidedInRound'> {
  let failsAlone = hasOwnTransaction(loop, scopes)
  let decidedInRound = false
  let inner = call
  for (
    let node = scopes.tree.parents.get(call);
    node !== undefined && node !== loop;
    node = scopes.tree.parents.get(node)
  ) {
    if (node.type === 'TryStatement' && node.block === inner) failsAlone ||= isHandled(node)
    for (const test of testsBefore(node, inner)) decidedInRound ||= isOfAnswer(test, loop, scopes)
    inner = node
  }
  return { failsAlone, decidedInRound }
}

/** Whether each round begins a transaction: what it writes is kept or taken back by itself. */
const hasOwnTransaction = (loop: Node, scopes: Scopes): boolean =>
  scopes.tree.senders.some(
    (each) =>
      each.type === 'CallExpression' &&
      each.start > loop.start &&
      each.end < loop.end &&
      begins(each) &&
      scopes.around(each, (node) => node === loop || LOOPS.has(node.type) || isFunction(node)) === loop,
  )

const begins = ({ callee, arguments: given }: CallExpression): boolean => {
  const [first] = given
  const text = first?.type === 'Literal' ? String(first.value) : ''
  return (
    /^(begin|beginTransaction|startTransaction|transaction)$/.test(calleePath(callee as Node).at(-1) ?? '') ||
    /^\s*(begin|start\s+transaction)\b/i.test(text)
  )
}

/** Whether a failure inside of `try` ends there: its handler neither throws nor leaves. */
const isHandled = ({ handler }: Extract<Node, { type: 'TryStatement' }>): boolean => {
  const last = handler?.body.body.at(-1)
  return handler != null && (last === undefined || !/^(Throw|Return|Break)Statement$/.test(last.type))
}

/** Conditions that decide whether a part of a node is reached: that around it, and those before it that leave the round. */
function testsBefore(node: Node, part: Node): readonly Node[] {
  if ((node.type === 'IfStatement' || node.type === 'ConditionalExpression') && node.test !== part)
    return [node.test as Node]
  if (node.type !== 'BlockStatement') return []
  return node.body.flatMap((each) =>
    each.type === 'IfStatement' && each.end <= part.start && leavesRound(each.consequent as Node)
      ? [each.test as Node]
      : [],
  )
}

const leavesRound = (branch: Node): boolean => {
  const last = branch.type === 'BlockStatement' ? branch.body.at(-1) : branch
  return last != null && /^(Continue|Return|Throw|Break)Statement$/.test(last.type)
}

/** Nodes of one condition that are looked at. */
const TEST_NODES_MAX = 60

/** Whether a condition is about what a statement answered in the round. */
function isOfAnswer(test: Node, loop: Node, scopes: Scopes): boolean {
  const stack = [test]
  const seen = new Set<Binding>()
  for (let left = TEST_NODES_MAX; left > 0; left--) {
    const node = stack.pop()
    if (node === undefined) return false
    if (node.type === 'AwaitExpression' && isQuery(bare(node))) return true
    if (node.type !== 'Identifier') {
      if (!isFunction(node)) stack.push(...childrenOf(node))
      continue
    }
    const binding = scopes.resolve(node.name, node)
    if (binding === undefined || binding.node.start < loop.start || seen.has(binding)) continue
    seen.add(binding)
    if (binding.from !== null) stack.push(binding.from)
  }
  return false
}

const isQuery = (node: Node): boolean =>
  node.type === 'CallExpression'
    ? STATEMENT_METHODS.has(propertyOf(node.callee as Node) ?? '')
    : node.type === 'TaggedTemplateExpression'

/** The names in the call's arguments that the loop declares, or that are declared inside it, and those they are made of. */
function loopNames(call: Node, loop: Node, scopes: Scopes): readonly string[] {
  const outer = 'arguments' in call ? (call as CallExpression) : null
  const stack: Node[] = outer === null ? childrenOf(call) : [...(outer.arguments as readonly Node[])]
  const names = new Set<string>()
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === 'Identifier') {
      const binding = scopes.resolve(node.name, node)
      if (binding === undefined || binding.node.start < loop.start || binding.node.end > loop.end) continue
      // What the loop's own names are made of is of the loop, too.
      if (!names.has(node.name) && binding.kind === 'variable' && binding.from !== null)
        stack.push(binding.from)
      names.add(node.name)
    } else stack.push(...childrenOf(node))
  }
  return [...names]
}

/** Each round uses what an earlier one answered: `last = await send(last)`. */
function needsLastRound(call: Node, loop: Node, scopes: Scopes): boolean {
  const stack: Node[] = 'arguments' in call ? [...(call as CallExpression).arguments] : childrenOf(call)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (isFunction(node)) continue
    if (node.type !== 'Identifier') stack.push(...childrenOf(node))
    else if (isCarried(scopes.resolve(node.name, node), call, loop)) return true
  }
  return false
}

/** Whether a name from outside a loop is given another value in it after, or by, a call that uses it. */
const isCarried = (binding: Binding | undefined, call: Node, loop: Node): boolean =>
  binding !== undefined &&
  binding.node.start < loop.start &&
  binding.writes.some(
    (each) =>
      each.type === 'AssignmentExpression' &&
      each.operator === '=' &&
      each.end < loop.end &&
      (each.start > call.end ||
        (each.start > loop.start && each.start < call.start && each.end >= call.end)) &&
      bare(each.right as Node).type !== 'Literal',
  )

/** Each round asks another database: what the loop goes over is what sends. */
function isSentByElement(call: Node, loop: Node, scopes: Scopes): boolean {
  if (call.type !== 'CallExpression') return false
  const root = calleePath(call.callee as Node)[0] ?? ''
  const binding = scopes.resolve(root, call)
  return (binding?.kind === 'element' || binding?.kind === 'parameter') && binding.node === loop
}

/** A loop that ends after the call: it looks for one answer or tries again. */
function leavesAfter(body: Node, call: Node, scopes: Scopes): boolean {
  const statement = scopes.around(call, (each) => /Statement$|Declaration$/.test(each.type))
  if (statement?.type === 'ReturnStatement') return true
  const holder = statement === undefined ? undefined : scopes.tree.parents.get(statement)
  const list =
    holder !== undefined && 'body' in holder && Array.isArray(holder.body) ? (holder.body as Node[]) : []
  const isTried = holder !== undefined && scopes.tree.parents.get(holder)?.type === 'TryStatement'
  const after = list.slice(list.indexOf(statement as Node) + 1)
  const last = after.at(-1)
  return last !== undefined && /^(Return|Break)Statement$/.test(last.type) && (isTried || holder === body)
}

/** Rounds that are few and written in the code, and loops that work on batches or pages. */
function isBounded(loop: Node, over: Node | null, place: Place): boolean {
  if (loop.type === 'WhileStatement' || loop.type === 'DoWhileStatement') return true
  if (over === null) return true
  return loop.type === 'ForStatement' ? isFewCounted(loop, over, place) : isWrittenOut(over, place)
}

/** `for (let i = 0; i < 3; i++)`, one of tries or pages, and one through migrations, tables or batches. */
function isFewCounted(loop: Node, over: Node, place: Place): boolean {
  const { text } = place.module.scopes.tree
  if (loop.type === 'ForStatement' && stepsFar(loop)) return true
  if (/\b(retr|attempt|tries|batch|chunk|page|offset)/i.test(text.slice(loop.start, over.end + 60)))
    return true
  const right = over.type === 'BinaryExpression' ? bare(over.right as Node) : null
  if (right?.type === 'MemberExpression' && BATCHES.test(text.slice(right.object.start, right.object.end)))
    return true
  return right?.type === 'Literal' && Number(right.value) <= 20
}

/** `i += 500`, `start = end`: a round takes many at once. */
function stepsFar({ update }: Extract<Node, { type: 'ForStatement' }>): boolean {
  if (update?.type !== 'AssignmentExpression') return false
  const by = bare(update.right as Node)
  return (
    !(update.operator === '+=' && by.type === 'Literal' && by.value === 1) && by.type !== 'BinaryExpression'
  )
}

const BATCHES =
  /batch|chunk|page|migration|statement|quer(y|ies)|sqls?$|tables?(names?)?$|schemas?$|databases?$|columns?$|indexes|shard/i

/** An array or object written in the code, or one of batches, statements or tables. */
function isWrittenOut(over: Node, place: Place): boolean {
  const { text } = place.module.scopes.tree
  if (BATCHES.test(text.slice(over.start, over.end))) return true
  const node = bare(over)
  if (node.type === 'ArrayExpression') return !node.elements.some((each) => each?.type === 'SpreadElement')
  if (
    node.type === 'CallExpression' &&
    /^(keys|values|entries)$/.test(propertyOf(node.callee as Node) ?? '')
  ) {
    const argument = node.arguments[0]
    return argument !== undefined && isLiteralTable(argument as Node, place)
  }
  return isLiteralTable(node, place)
}

function isLiteralTable(node: Node, place: Place): boolean {
  const further = behind(afresh({ node, place }))
  const inner = further === null ? bare(node) : bare(further.node)
  return inner.type === 'ArrayExpression' || inner.type === 'ObjectExpression'
    ? !hasSpread(inner) && isFilled(inner)
    : false
}

const hasSpread = (node: Node): boolean => childrenOf(node).some((each) => each.type === 'SpreadElement')
/** `const rows = []` is filled later; only what is written out is bounded. */
const isFilled = (node: Node): boolean => childrenOf(node).length > 0
