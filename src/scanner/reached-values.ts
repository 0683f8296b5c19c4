/** The expressions a value is made of: what its name is given, by callers too. A part that cannot be followed is left out. */
import type { Node } from 'oxc-parser'
import { callsOf } from './callers.ts'
import { type At, afresh, behind, bindingOf, within } from './place.ts'
import { type Binding, bare, keyOf } from './scopes.ts'
import { childrenOf } from './tree.ts'

/** Callers of a function that are looked at. */
const CALLERS_MAX = 8

/** What an expression is made of. */
export function madeOf(at: At): readonly At[] {
  const { node, place } = at
  if (node.type === 'Identifier') return givenTo(node.name, at)
  if (node.type !== 'MemberExpression') return childrenOf(node).map((each) => ({ node: each, place }))
  return [behind(afresh(at)) ?? { node: node.object as Node, place }]
}

/** What a name is given, everywhere it is. */
export function givenTo(name: string, at: At): readonly At[] {
  const binding = bindingOf(name, at)
  if (binding === undefined) return []
  const given = at.place.args.get(binding)
  if (given !== undefined) return [given]
  if (binding.kind === 'parameter') return ofCallers(binding, at)
  if (binding.kind === 'import') return [behind(afresh(at)) ?? []].flat()
  const first = binding.from === null ? null : partOf(binding, { node: binding.from, place: at.place })
  const written = binding.writes.flatMap((each) =>
    each.type === 'AssignmentExpression' ? [{ node: each.right as Node, place: at.place }] : [],
  )
  return [...(first === null ? [] : [first]), ...written]
}

/** What the callers in sight give for a parameter. */
const ofCallers = (binding: Binding, at: At): readonly At[] =>
  callsOf(binding.node, at.place)
    .calls.slice(0, CALLERS_MAX)
    .flatMap(({ call, module }) => {
      const argument = call.arguments[binding.index] as Node | undefined
      if (argument === undefined || argument.type === 'SpreadElement') return []
      const place = { ...at.place, module, args: new Map() }
      return [partOf(binding, { node: argument, place }) ?? []].flat()
    })

/** The part of a value that a destructuring takes; null where it takes another one. */
function partOf({ path }: Binding, at: At): At | null {
  const node = bare(at.node)
  const part = path.length === 0 ? at : path.reduce<At | null>(within, afresh(at))
  if (part !== null) return part
  const hasIt =
    node.type !== 'ObjectExpression' ||
    node.properties.some((each) => each.type !== 'Property' || keyOf(each) === path[0])
  return hasIt ? at : null
}
