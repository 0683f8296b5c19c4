/** Whether a value was compared with an allow-list, a pattern or a type before it is used, in the same function. */
import type { Node } from 'oxc-parser'
import type { At } from './place.ts'
import { bare, calleePath } from './scopes.ts'
import { childrenOf } from './tree.ts'

const MEMBERSHIP =
  /^(includes|has|test|match|hasOwn|hasOwnProperty|isInteger|isSafeInteger|isFinite|isNaN|indexOf|isUUID|validate|isValid)$/

/** True for a name or member that a condition of the same function checks before this use, or around it. */
export function wasChecked({ node, place }: At): boolean {
  if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return false
  const { scopes } = place.module
  const { text } = scopes.tree
  const written = text.slice(node.start, node.end)
  const home = scopes.functionOf(node)
  const isBefore = (each: Node): boolean =>
    each.start <= node.start && each.start >= home.start && scopes.functionOf(each) === home
  return (
    scopes.tree.conditions.some((each) => isBefore(each) && decides(each, node, { written, text })) ||
    scopes.tree.senders.some((each) => isBefore(each) && refuses(each, node, { written, text }))
  )
}

const ASSERTION = /^(assert|ensure|validate|verify|invariant|require|check)(?=[A-Z_]|$)/

/** `assertName(x)`, `invariant(ALLOWED.includes(x))`: a statement of its own that throws where the value is not as it must be. */
function refuses(call: Node, use: Node, { written, text }: { written: string; text: string }): boolean {
  if (call.type !== 'CallExpression' || call.end >= use.start) return false
  const path = calleePath(call.callee as Node)
  if (![path.at(-1), path[0]].some((name) => ASSERTION.test(name ?? ''))) return false
  const isOwnStatement = /^\s*(await\s+)?$/.test(
    text.slice(
      Math.max(
        text.lastIndexOf('\n', call.start),
        text.lastIndexOf(';', call.start),
        text.lastIndexOf('{', call.start),
      ) + 1,
      call.start,
    ),
  )
  return (
    isOwnStatement &&
    (call.arguments as readonly Node[]).some(
      (each) => same(each, written, text) || checks(each, written, text),
    )
  )
}

function decides(condition: Node, use: Node, { written, text }: { written: string; text: string }): boolean {
  const isAround = condition.end >= use.end
  if (condition.type === 'SwitchStatement')
    return isAround && same(condition.discriminant as Node, written, text) && inCaseOf(condition, use)
  const test =
    condition.type === 'LogicalExpression'
      ? (condition.left as Node)
      : 'test' in condition
        ? (condition.test as Node)
        : null
  if (test === null || (use.start >= test.start && use.end <= test.end)) return false
  if (!checks(test, written, text)) return false
  if (isAround) return true
  return condition.type === 'IfStatement' && leaves(condition.consequent as Node)
}

const inCaseOf = (node: Extract<Node, { type: 'SwitchStatement' }>, use: Node): boolean =>
  node.cases.some((each) => each.test !== null && each.start <= use.start && each.end >= use.end)

const same = (node: Node, written: string, text: string): boolean =>
  text.slice(node.start, node.end) === written

/** Whether a test compares the value with something written out. */
function checks(test: Node, written: string, text: string): boolean {
  const node = bare(test)
  switch (node.type) {
    case 'LogicalExpression':
      return checks(node.left as Node, written, text) || checks(node.right as Node, written, text)
    case 'UnaryExpression':
      return node.operator === '!' && checks(node.argument as Node, written, text)
    case 'BinaryExpression':
      return comparison(node, written, text)
    case 'CallExpression': {
      if (!MEMBERSHIP.test(calleePath(node.callee as Node).at(-1) ?? '')) return false
      const subjects = [...(node.arguments as readonly Node[]), ...childrenOf(node.callee as Node)]
      return subjects.some((each) => same(each, written, text))
    }
    default:
      return false
  }
}

function comparison(
  node: Extract<Node, { type: 'BinaryExpression' }>,
  written: string,
  text: string,
): boolean {
  const sides = [bare(node.left as Node), bare(node.right as Node)]
  if (node.operator === 'in') return sides[0] !== undefined && same(sides[0], written, text)
  if (/^[!=]==?$/.test(node.operator)) {
    const isSelf = sides.some((each) => same(each, written, text))
    const isTypeof = sides.some(
      (each) =>
        each.type === 'UnaryExpression' &&
        each.operator === 'typeof' &&
        same(each.argument as Node, written, text),
    )
    const literal = sides.find((each) => each.type === 'Literal')
    if (isTypeof)
      return literal?.type === 'Literal' && /^(number|boolean|bigint)$/.test(String(literal.value))
    return isSelf && literal?.type === 'Literal' && typeof literal.value === 'string' && literal.value !== ''
  }
  return /^[<>]/.test(node.operator) && sides.some((each) => checks(each, written, text))
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
