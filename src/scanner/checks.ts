/** Whether a value was compared with an allow-list, a pattern or a type before it is used, in the same function. */
import type { CallExpression, Node } from 'oxc-parser'
import type { At } from './place.ts'
import { bare, calleePath, type Scopes } from './scopes.ts'
import { childrenOf, type Tree } from './tree.ts'

const MEMBERSHIP =
  /^(includes|has|test|match|hasOwn|hasOwnProperty|isInteger|isSafeInteger|isFinite|isNaN|isNumber|isNumeric|isInt|isBoolean|isDate|indexOf|isUUID|validate|isValid)$/
/** Longest name or member that is followed, UTF-16 units. */
const WRITTEN_MAX = 200
/** Longest chain of `&&` and `||` that is read. */
const CHAIN_MAX = 40

/** True for a name or member that a condition of the same function checks before this use, or around it. */
export function wasChecked({ node, place }: At): boolean {
  if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return false
  const { scopes } = place.module
  const written = writtenAs(node, scopes.tree)
  const own = written === null ? undefined : checksOf(scopes).get(scopes.functionOf(node))
  if (own === undefined || written === null) return false
  if (own.get(`${NUMBER} ${written}`)?.some((each) => showsNumber(each, { node, written, scopes })))
    return true
  const checks = own.get(written)
  if (checks === undefined) return false
  return checks.some((each) => {
    place.modules.effort.spend(1)
    return (
      each.start <= node.start &&
      (each.type === 'CallExpression' ? each.end < node.start : decides(each, node))
    )
  })
}

/** By function: by what is checked, as written, the conditions and assertions that check it. */
type Checks = ReadonlyMap<Node, ReadonlyMap<string, readonly Node[]>>

const KNOWN = new WeakMap<Scopes, Checks>()

/** The checks of a file, found once. */
function checksOf(scopes: Scopes): Checks {
  const known = KNOWN.get(scopes)
  if (known !== undefined) return known
  const found = new Map<Node, Map<string, Node[]>>()
  const note = (check: Node, subjects: readonly string[]): void => {
    if (subjects.length === 0) return
    const home = scopes.functionOf(check)
    const own = found.get(home) ?? new Map<string, Node[]>()
    found.set(home, own)
    for (const subject of new Set(subjects)) {
      const list = own.get(subject)
      if (list === undefined) own.set(subject, [check])
      else list.push(check)
    }
  }
  for (const each of scopes.tree.conditions) {
    note(each, subjectsOf(each, scopes.tree))
    const test = testOf(each)
    if (test === null) continue
    for (const when of [true, false])
      note(
        each,
        numbersIn(test, when, { tree: scopes.tree, chain: CHAIN_MAX }).map((name) => `${NUMBER} ${name}`),
      )
  }
  for (const each of scopes.tree.senders)
    if (refuses(each, scopes.tree)) note(each, assertedBy(each, scopes.tree))
  KNOWN.set(scopes, found)
  return found
}

/** Before a name that a condition compares with a number; no name has it. */
const NUMBER = '#number'

/**
 * What is a number, or a text that is one, where a test has come out as `when`: comparing anything else by size with a number is false.
 * Nothing else can be `> 0`, whatever type it was declared with.
 */
function numbersIn(
  test: Node,
  when: boolean,
  { tree, chain }: { readonly tree: Tree; readonly chain: number },
): readonly string[] {
  const node = bare(test)
  if (chain === 0) return []
  const deeper = { tree, chain: chain - 1 }
  if (node.type === 'UnaryExpression' && node.operator === '!')
    return numbersIn(node.argument as Node, !when, deeper)
  // Both sides of && are true where it is, both of || false where it is.
  if (node.type === 'LogicalExpression' && node.operator === (when ? '&&' : '||'))
    return [...numbersIn(node.left as Node, when, deeper), ...numbersIn(node.right as Node, when, deeper)]
  if (!when || node.type !== 'BinaryExpression' || !/^[<>]=?$/.test(node.operator)) return []
  const sides = [bare(node.left as Node), bare(node.right as Node)]
  return sides.some(isNumeric) ? writtenIn(sides, tree) : []
}

const isNumeric = (node: Node): boolean =>
  (node.type === 'Literal' && typeof node.value === 'number') ||
  (node.type === 'UnaryExpression' && node.operator === '-' && isNumeric(bare(node.argument as Node)))

/** Whether a use is reached only where a condition has shown its value to be a number. */
function showsNumber(
  condition: Node,
  { node, written, scopes }: { readonly node: Node; readonly written: string; readonly scopes: Scopes },
): boolean {
  const test = testOf(condition)
  if (test === null || node.start < test.end) return false
  const shows = (when: boolean): boolean =>
    numbersIn(test, when, { tree: scopes.tree, chain: CHAIN_MAX }).includes(written)
  const holds = (part: Node | null | undefined): boolean =>
    part != null && part.start <= node.start && node.end <= part.end
  if (condition.type === 'LogicalExpression')
    return holds(condition.right as Node) && shows(condition.operator === '&&')
  if (condition.type !== 'IfStatement' && condition.type !== 'ConditionalExpression') return false
  if (holds(condition.consequent as Node)) return shows(true)
  if (holds(condition.alternate as Node | null)) return shows(false)
  if (condition.type !== 'IfStatement' || condition.end > node.start) return false
  return leaves(condition.consequent as Node) && shows(false)
}

const ASSERTION = /^(assert|ensure|validate|verify|invariant|require|check)(?=[A-Z_]|$)/

/** `assertName(x)`, `invariant(ALLOWED.includes(x))`: a statement of its own that throws where the value is not as it must be. */
function refuses(call: Node, { parents }: Tree): boolean {
  if (call.type !== 'CallExpression') return false
  const parent = parents.get(call)
  const holder = parent?.type === 'AwaitExpression' ? parents.get(parent) : parent
  if (holder?.type !== 'ExpressionStatement') return false
  const path = calleePath(call.callee as Node)
  return [path.at(-1), path[0]].some((name) => ASSERTION.test(name ?? ''))
}

const assertedBy = (call: Node, tree: Tree): readonly string[] =>
  call.type !== 'CallExpression'
    ? []
    : (call.arguments as readonly Node[]).flatMap((each) => [
        ...writtenIn([each], tree),
        ...checkedBy(each, tree, CHAIN_MAX),
      ])

/** What a condition checks, as written. */
function subjectsOf(condition: Node, tree: Tree): readonly string[] {
  if (condition.type === 'SwitchStatement') return writtenIn([condition.discriminant as Node], tree)
  const test = testOf(condition)
  return test === null ? [] : checkedBy(test, tree, CHAIN_MAX)
}

const testOf = (condition: Node): Node | null =>
  condition.type === 'LogicalExpression'
    ? (condition.left as Node)
    : 'test' in condition
      ? (condition.test as Node)
      : null

/** Whether a condition that checks a value decides whether this use of it runs. */
function decides(condition: Node, use: Node): boolean {
  const isAround = condition.end >= use.end
  if (condition.type === 'SwitchStatement') return isAround && inCaseOf(condition, use)
  const test = testOf(condition)
  if (test === null || (use.start >= test.start && use.end <= test.end)) return false
  return isAround || (condition.type === 'IfStatement' && leaves(condition.consequent as Node))
}

const inCaseOf = (node: Extract<Node, { type: 'SwitchStatement' }>, use: Node): boolean =>
  node.cases.some((each) => each.test !== null && each.start <= use.start && each.end >= use.end)

/** A name or member as it stands in the file; null for anything else, or longer than is followed. */
function writtenAs(node: Node, { text }: Tree): string | null {
  if (node.type !== 'Identifier' && node.type !== 'MemberExpression' && node.type !== 'ChainExpression')
    return null
  return node.end - node.start > WRITTEN_MAX ? null : text.slice(node.start, node.end).replaceAll('?.', '.')
}

const writtenIn = (nodes: readonly Node[], tree: Tree): string[] =>
  nodes.flatMap((each) => writtenAs(bare(each), tree) ?? [])

/** What a test compares with something written out; of the sides of `&&` and `||` either. */
function checkedBy(test: Node, tree: Tree, chain: number): readonly string[] {
  const node = bare(test)
  if (chain === 0) return []
  switch (node.type) {
    case 'LogicalExpression':
      return [
        ...checkedBy(node.left as Node, tree, chain - 1),
        ...checkedBy(node.right as Node, tree, chain - 1),
      ]
    case 'UnaryExpression':
      return node.operator === '!' ? checkedBy(node.argument as Node, tree, chain - 1) : []
    case 'BinaryExpression':
      return compared(node, tree, chain)
    case 'CallExpression':
      return askedOf(node, tree, chain)
    default:
      return []
  }
}

/** `ALLOWED.includes(x)`, `/^\\d+$/.test(x)`; of `list.every((x) => typeof x === 'number')` the list. */
function askedOf(node: CallExpression, tree: Tree, chain: number): readonly string[] {
  const callee = bare(node.callee as Node)
  const method = calleePath(callee).at(-1) ?? ''
  const given = node.arguments as readonly Node[]
  if (MEMBERSHIP.test(method)) return writtenIn([...given, ...childrenOf(callee)], tree)
  const asks = given[0] === undefined ? null : bare(given[0])
  if (method !== 'every' || callee.type !== 'MemberExpression' || asks === null) return []
  const isChecked =
    asks.type === 'ArrowFunctionExpression'
      ? checkedBy(asks.body as Node, tree, chain - 1).some(
          (each) => each === writtenIn(asks.params as Node[], tree)[0],
        )
      : MEMBERSHIP.test(calleePath(asks).at(-1) ?? '')
  return isChecked ? writtenIn([callee.object as Node], tree) : []
}

function compared(
  node: Extract<Node, { type: 'BinaryExpression' }>,
  tree: Tree,
  chain: number,
): readonly string[] {
  const sides = [bare(node.left as Node), bare(node.right as Node)]
  if (node.operator === 'in') return writtenIn(sides.slice(0, 1), tree)
  if (/^[<>]/.test(node.operator)) return sides.flatMap((each) => checkedBy(each, tree, chain - 1))
  if (!/^[!=]==?$/.test(node.operator)) return []
  const literal = sides.find((each) => each.type === 'Literal')
  if (literal?.type !== 'Literal' || typeof literal.value !== 'string' || literal.value === '') return []
  const typed = /^(number|boolean|bigint)$/.test(literal.value) ? sides.flatMap(typeofArgument) : []
  return writtenIn([...sides, ...typed], tree)
}

/** `typeof x`; of `typeof list[0]` the list, too: whoever asks that has lists of one type. */
function typeofArgument(node: Node): readonly Node[] {
  if (node.type !== 'UnaryExpression' || node.operator !== 'typeof') return []
  const argument = bare(node.argument as Node)
  const isFirst =
    argument.type === 'MemberExpression' && argument.computed && argument.property.type === 'Literal'
  return isFirst ? [argument, argument.object as Node] : [argument]
}

/** Whether a branch ends by leaving the function or the round. */
function leaves(branch: Node): boolean {
  if (/^(Return|Throw|Continue|Break)Statement$/.test(branch.type)) return true
  if (branch.type !== 'BlockStatement') {
    return branch.type === 'ExpressionStatement' && isFatal(branch.expression as Node)
  }
  const last = branch.body.at(-1)
  return last !== undefined && leaves(last as Node)
}

const isFatal = (node: Node): boolean => {
  const inner = bare(node)
  return (
    inner.type === 'CallExpression' &&
    /^(process\.exit|ctx\.throw|next|fail|abort)$/.test(calleePath(inner.callee as Node).join('.'))
  )
}
