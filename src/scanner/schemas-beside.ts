/**
 * What a schema that stands beside a handler lets through: `server.tool('read', { limit: z.number() }, ({ limit }) => …)`,
 * `{ inputSchema: z.object({ … }), handler: (input) => … }`, `.input(z.object({ … })).query(({ input }) => …)`. The library that is given both
 * refuses what does not fit before it calls the handler.
 */
import type { Node } from 'oxc-parser'
import type { Module } from './modules.ts'
import { bare, calleePath, keyOf } from './scopes.ts'
import { childrenOf } from './tree.ts'

/** Nodes of one schema that are looked at. */
const NODES_MAX = 400

/** The first words of schema libraries, and what of them lets no text of anyone's choosing through. */
const LIBRARY = /^(z|zod|v|yup|joi|Joi|t|Type|s|S)$/
const HARMLESS =
  /^(number|int|integer|bigint|boolean|date|enum|nativeEnum|literal|picklist|Number|Integer|Boolean)$/
/** Methods that make something else of what passed, or let more through. */
const CHANGES = /^(transform|pipe|or|catch|preprocess)$/

/** Whether a schema beside the function lets only numbers, booleans, dates and listed words through under a property's name. */
export function isHarmlessBySchema(fn: Node, property: string, { scopes }: Module): boolean {
  const { parents } = scopes.tree
  const holder = parents.get(fn)
  if (holder === undefined) return false
  let found: boolean | null = null
  const stack = schemasBeside(fn, holder, parents)
  for (let left = NODES_MAX; left > 0; left--) {
    const node = stack.pop()
    if (node === undefined) break
    if (node.type === 'Property' && keyOf(node) === property) {
      const says = letsThrough(node.value as Node)
      if (says === false) return false
      found ??= says
    } else if (!/Function/.test(node.type)) stack.push(...childrenOf(node))
  }
  return found === true
}

/** What stands beside a handler: the other arguments of its call and what that is called on, or the other properties of its object. */
function schemasBeside(fn: Node, holder: Node, parents: ReadonlyMap<Node, Node>): Node[] {
  if (holder.type === 'CallExpression' && holder.callee !== fn)
    return [holder.callee as Node, ...(holder.arguments as readonly Node[]).filter((each) => each !== fn)]
  const object = holder.type === 'Property' ? parents.get(holder) : undefined
  if (object?.type !== 'ObjectExpression') return []
  return (object.properties as readonly Node[]).filter(
    (each) =>
      each.type === 'Property' &&
      /schema|^(input|parameters|params|args|body|query)$/i.test(keyOf(each) ?? ''),
  )
}

/** True for a schema of what can carry no text of anyone's choosing, false for any other schema; null for what is none. */
function letsThrough(value: Node): boolean | null {
  const node = bare(value)
  if (node.type !== 'CallExpression') return null
  const words = calleePath(node.callee as Node)
  if (!LIBRARY.test(words[0] ?? '')) return null
  return words.some((word) => HARMLESS.test(word)) && !words.some((word) => CHANGES.test(word))
}
