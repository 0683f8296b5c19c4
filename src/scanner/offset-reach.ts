/** How far an OFFSET may reach: whether a client decides it, or a loop goes on with it. In doubt neither is so. */
import type { Node } from 'oxc-parser'
import type { OffsetReach } from '../rules/index.ts'
import { LOOPS } from './loops.ts'
import { type At, afresh, bindingOf } from './place.ts'
import { madeOf } from './reached-values.ts'
import { requestRoot } from './request-roots.ts'
import { type Binding, bare, calleePath, isFunction } from './scopes.ts'

/** Expressions looked at for one value. */
const STEPS_MAX = 80

/** How far a value that stands after OFFSET reaches; `sender` is the call that sends it. Null where it is limited or not known. */
export function offsetReach(at: At, sender: Node | null): OffsetReach | null {
  if (sender !== null && isWalked(at, sender)) return 'walk'
  return isRequested(at) ? 'request' : null
}

/** Functions that keep a value within bounds: `Math.min(offset, 1000)`, `clamp(offset)`. */
const LIMITS = /^min$|clamp|limit|bound/i

/** Whether a value is made of what a client sent, through conversions and arithmetic; not where something limits it. */
function isRequested(at: At): boolean {
  const stack: At[] = [afresh(at)]
  let found = false
  for (let left = STEPS_MAX; left > 0; left--) {
    const next = stack.pop()
    if (next === undefined) break
    const here = { node: bare(next.node), place: next.place }
    if (isKeptWithin(here)) return false
    if (isFunction(here.node)) continue
    if (requestRoot(here)) found = true
    else stack.push(...madeOf(here))
  }
  return found
}

/** Whether something on the way refuses or cuts what is too large. */
function isKeptWithin({ node, place }: At): boolean {
  if (node.type === 'CallExpression') return LIMITS.test(calleePath(node.callee as Node).at(-1) ?? '')
  if (node.type !== 'Identifier') return false
  const { scopes } = place.module
  const fn = scopes.functionOf(node)
  const text = scopes.tree.text.slice(fn.start, fn.end)
  // `if (page > 100)`, `page >= PAGES_MAX`; that it is more than nothing limits nothing.
  return new RegExp(`(?<![\\w$.])${node.name.replace(/\$/g, '\\$')}\\s*>=?\\s*(?![01]\\b)[\\w$]`).test(text)
}

/** Whether the loop around the call counts the value up: all rows before each page are passed over again. */
function isWalked(at: At, sender: Node): boolean {
  const { scopes } = at.place.module
  for (let node = scopes.tree.parents.get(sender); node !== undefined; node = scopes.tree.parents.get(node)) {
    if (isFunction(node)) return false
    if (LOOPS.has(node.type)) return isCountedIn(node, at)
  }
  return false
}

/** Whether the names a value is made of are counted up in a loop: `offset += size`, `page++`, `offset = offset + rows.length`. */
function isCountedIn(loop: Node, at: At): boolean {
  const stack: At[] = [at]
  for (let left = STEPS_MAX; left > 0; left--) {
    const next = stack.pop()
    if (next === undefined) return false
    const { node, place } = { node: bare(next.node), place: next.place }
    const binding = node.type === 'Identifier' ? bindingOf(node.name, { node, place }) : undefined
    if (binding !== undefined && isCountedUp(binding, loop)) return true
    stack.push(...partsIn(loop, node, binding).map((each) => ({ node: each, place })))
  }
  return false
}

/** What a value is made of in the loop: both sides of a sum, and what a name of the loop's own is given. */
function partsIn(loop: Node, node: Node, binding: Binding | undefined): readonly Node[] {
  if (node.type === 'BinaryExpression') return [node.left as Node, node.right as Node]
  if (binding?.kind !== 'variable' || binding.from === null) return []
  return binding.node.start > loop.start && binding.node.end < loop.end ? [binding.from] : []
}

const isCountedUp = ({ writes, name }: Binding, loop: Node): boolean =>
  writes.some((each) => {
    if (each.start < loop.start || each.end > loop.end) return false
    if (each.type === 'UpdateExpression') return each.operator === '++'
    if (each.type !== 'AssignmentExpression') return false
    if (each.operator === '+=') return true
    const right = bare(each.right as Node)
    return (
      each.operator === '=' &&
      right.type === 'BinaryExpression' &&
      right.operator === '+' &&
      [right.left as Node, right.right as Node].some(
        (side) => bare(side).type === 'Identifier' && (bare(side) as { name: string }).name === name,
      )
    )
  })
