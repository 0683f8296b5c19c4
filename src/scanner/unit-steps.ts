/** What a unit of work does for sure, and whether anything would try it again: facts of units beside where they begin and end. */
import type { CallExpression, Node } from 'oxc-parser'
import type { SourceStatement, UnitOfWork, UnitStep } from '../rules/index.ts'
import { callsOf } from './callers.ts'
import { LOOPS } from './loops.ts'
import type { Module } from './modules.ts'
import { afresh, behind, type Place } from './place.ts'
import { bare, isFunction, propertyOf } from './scopes.ts'

/** Callers of a unit's function whose files are looked at. */
const CALLERS_MAX = 8

/** Words of code that tries things again, or knows the errors after which that is due. */
const TRIES_AGAIN =
  /retr(y|ies)|\battempts?\b|deadlock|40001|40P01|ER_LOCK_|\b1213\b|serialization.?failure|could not serialize/i

/** Whether the file of a unit, of one of its callers or of what runs it speaks of trying again. In doubt it does. */
export function isTriedAgain(call: CallExpression, place: Place): boolean {
  const { module } = place
  const callee = behind(afresh({ node: call.callee as Node, place }))
  const fn = module.scopes.functionOf(call)
  const callers = isFunction(fn) ? callsOf(fn, place).calls.slice(0, CALLERS_MAX) : []
  const modules: readonly (Module | undefined)[] = [
    module,
    callee?.place.module,
    ...callers.map((each) => each.module),
  ]
  return modules.some((each) => each !== undefined && TRIES_AGAIN.test(each.scopes.tree.text))
}

/** The isolation level a call asks for beside the code it runs; null if it asks for none that makes transactions fail. */
export function isolationIn(call: CallExpression, module: Module): UnitOfWork['isolation'] {
  const { text } = module.scopes.tree
  const asked = (call.arguments as readonly Node[])
    .filter((each) => !isFunction(bare(each)))
    .map((each) => text.slice(each.start, each.end))
    .join(' ')
  return isolationNamed(asked)
}

/** The level a text names: `ISOLATION LEVEL SERIALIZABLE`, `isolationLevel: 'RepeatableRead'`. */
export function isolationNamed(text: string): UnitOfWork['isolation'] {
  if (/\bread[\s_]?only\b/i.test(text)) return null
  if (/\bserializable\b/i.test(text)) return 'serializable'
  return /\brepeatable[\s_]?read\b/i.test(text) ? 'repeatable read' : null
}

/** Whether a stretch of code puts something in order. */
export const isOrdering = (fn: Node, { scopes }: Module): boolean =>
  /\b(sort|toSorted|sortBy|orderBy)\b|\border\s+by\b/i.test(scopes.tree.text.slice(fn.start, fn.end))

/** The statements of a unit that no condition stands before; `from` is where the unit begins. */
export function stepsOf(
  statements: readonly SourceStatement[],
  { fn, from, module }: { readonly fn: Node; readonly from: number; readonly module: Module },
): readonly UnitStep[] {
  return statements.flatMap((statement) => {
    const sender = senderOf(statement, module)
    const repeated = sender === null ? null : isRepeated(sender, { fn, from, module })
    return repeated === null ? [] : [{ statement, repeated }]
  })
}

/** The innermost call that holds a statement's text. */
function senderOf({ span }: SourceStatement, { scopes }: Module): Node | null {
  let found: Node | null = null
  for (const each of scopes.tree.senders)
    if (each.start <= span.start && span.end <= each.end && (found === null || each.start >= found.start))
      found = each
  return found
}

/** Functions that run a callback once for each element. */
const EACH = /^(map|forEach|flatMap)$/

/** Whether a call is in a loop of the unit; null if a condition decides whether it is sent at all. */
function isRepeated(
  call: Node,
  { fn, from, module }: { readonly fn: Node; readonly from: number; readonly module: Module },
): boolean | null {
  const { parents } = module.scopes.tree
  let isLooped = false
  let inner = call
  for (let node = parents.get(call); node !== undefined && node !== fn; node = parents.get(node)) {
    if (isConditional(node, inner)) return null
    if (LOOPS.has(node.type) && node.start > from) isLooped = true
    if (isFunction(node)) {
      const around = parents.get(node)
      const method = around?.type === 'CallExpression' ? propertyOf(around.callee as Node) : null
      if (method === null || !EACH.test(method)) return null
      isLooped = true
    }
    inner = node
  }
  return isLooped
}

const isConditional = (node: Node, inner: Node): boolean =>
  node.type === 'CatchClause' ||
  node.type === 'SwitchCase' ||
  ((node.type === 'IfStatement' || node.type === 'ConditionalExpression') && node.test !== inner) ||
  (node.type === 'LogicalExpression' && node.right === inner)
