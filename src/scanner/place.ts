/** Where an expression is looked at: its module, and what the parameters of functions entered on the way stand for. */
import type { Node } from 'oxc-parser'
import { importOf, type Module, type Modules } from './modules.ts'
import { type Binding, bare, isFunction, keyOf, propertyOf } from './scopes.ts'

/** A place of evaluation. */
export interface Place {
  readonly modules: Modules
  readonly module: Module
  /** Arguments of the calls entered, by the parameter's binding. */
  readonly args: ReadonlyMap<Binding, At>
  /** How many steps lead here; bounded by {@link STEPS_MAX}. */
  readonly depth: number
  /** Steps left for all branches together: names that fan out would otherwise multiply. */
  readonly budget: Budget
}

/** What one question may cost, and how often an answer was cut short for it. */
export interface Budget {
  left: number
  cuts: number
}

/** An expression and where it is looked at. */
export interface At {
  readonly node: Node
  readonly place: Place
}

/** Longest chain of assignments, calls and imports followed. */
export const STEPS_MAX = 60
/** Steps for one question, all branches together. */
export const STEPS_TOTAL_MAX = 4_000

/** The same place one step on; null where the chain is too long. @throws TooLong where the file has cost all it may */
export function deeper(place: Place): Place | null {
  if (place.depth >= STEPS_MAX || place.budget.left <= 0) {
    place.budget.cuts++
    return null
  }
  place.budget.left--
  place.modules.effort.spend(1)
  return { ...place, depth: place.depth + 1 }
}

/** The same expression with steps of its own. */
export const afresh = ({ node, place }: At): At => ({
  node,
  place: { ...place, depth: 0, budget: { left: STEPS_TOTAL_MAX, cuts: 0 } },
})

/** The declaration an identifier means at a place. */
export const bindingOf = (name: string, at: At): Binding | undefined =>
  at.place.module.scopes.resolve(name, at.node)

/**
 * The expression behind a name or member that is written once: a constant, a property of a constant object, an import of
 * one, an argument of a call that was entered. Null where it is none of these; `node` itself is never given back.
 */
export function behind({ node, place }: At): At | null {
  const next = deeper(place)
  if (next === null) return null
  const inner = bare(node)
  if (inner.type === 'Identifier') return behindName(inner, next)
  if (inner.type === 'MemberExpression') return behindMember(inner, next)
  return null
}

function behindName(node: Extract<Node, { type: 'Identifier' }>, place: Place): At | null {
  const binding = place.module.scopes.resolve(node.name, node)
  if (binding === undefined) return null
  const argument = place.args.get(binding)
  if (argument !== undefined)
    return binding.path.reduce<At | null>(within, {
      ...argument,
      place: { ...argument.place, depth: place.depth },
    })
  const imported = importOf(binding, place.module.scopes)
  if (imported !== null && !isPlainRequirePath(binding)) return behindImport(imported, place)
  if (binding.kind === 'function' || binding.kind === 'class' || binding.kind === 'enum')
    return { node: binding.node, place }
  if (binding.kind !== 'variable' || binding.from === null || binding.writes.length > 0) return null
  return binding.path.reduce<At | null>(within, { node: binding.from, place })
}

const isPlainRequirePath = (binding: Binding): boolean => binding.kind !== 'import' && binding.path.length > 1

function behindImport(imported: { specifier: string; name: string }, place: Place): At | null {
  const module = place.modules.follow(imported.specifier, place.module.path)
  if (module === null) return null
  const found = place.modules.exported(module, imported.name)
  return found === null ? null : { node: found.node, place: { ...place, module: found.module } }
}

/** What `at` has under a property, where it is an object literal, a class with static members or an enum. */
export function within(at: At | null, property: string): At | null {
  if (at === null) return null
  const node = bare(at.node)
  if (isFrozen(node)) return within({ node: node.arguments[0] as Node, place: at.place }, property)
  const members = membersOf(node)
  if (members === null) {
    const further = behind({ node, place: at.place })
    return further === null ? null : within(further, property)
  }
  const own = members.find((each) => each.key === property)?.value
  return own == null ? null : { node: own, place: at.place }
}

/** Names and values of an object literal, a class's own properties or an enum; null for anything else. */
function membersOf(
  node: Node,
): readonly { readonly key: string | null; readonly value: Node | null }[] | null {
  switch (node.type) {
    case 'ObjectExpression':
      return node.properties.flatMap((each) =>
        each.type === 'Property' ? [{ key: keyOf(each), value: each.value as Node }] : [],
      )
    case 'ClassDeclaration':
    case 'ClassExpression':
      return node.body.body.flatMap((each) =>
        each.type === 'PropertyDefinition' || (each.type === 'MethodDefinition' && each.static)
          ? [{ key: keyOf(each), value: each.value as Node | null }]
          : [],
      )
    case 'TSEnumDeclaration':
      return node.body.members.map((each) => ({
        key: keyOf({ key: each.id }),
        value: each.initializer as Node | null,
      }))
    default:
      return null
  }
}

const isFrozen = (node: Node): node is Extract<Node, { type: 'CallExpression' }> =>
  node.type === 'CallExpression' &&
  propertyOf(node.callee as Node) === 'freeze' &&
  node.arguments.length === 1

function behindMember(node: Extract<Node, { type: 'MemberExpression' }>, place: Place): At | null {
  const property = propertyOf(node)
  if (property === null) return null
  const object = bare(node.object as Node)
  if (object.type === 'ThisExpression') return behindThis(node, property, place)
  if (object.type === 'Identifier') {
    const binding = place.module.scopes.resolve(object.name, object)
    const imported = binding === undefined ? null : importOf(binding, place.module.scopes)
    if (imported?.name === '*') {
      const own = behindImport({ ...imported, name: property }, place)
      return own ?? within(behindImport({ ...imported, name: 'default' }, place), property)
    }
  }
  const next = deeper(place)
  return next === null ? null : within({ node: object, place: next }, property)
}

/** `this.x` where the class gives x a value once and nothing else in the class assigns it. */
function behindThis(node: Node, property: string, place: Place): At | null {
  const { scopes } = place.module
  const owner = scopes.around(node, (each) => each.type === 'ClassBody')
  const holder = owner === undefined ? undefined : scopes.tree.parents.get(owner)
  if (holder === undefined) return null
  const assigned = place.module.index.assignedIn(owner as Node, property)
  const defined = within({ node: holder, place }, property)
  const only = assigned[0]
  if (assigned.length === 0) return defined
  return assigned.length === 1 && defined === null && only?.operator === '='
    ? { node: only.right as Node, place }
    : null
}

/** A function's returned expressions. */
export function returnsOf(node: Node, place: Place): readonly Node[] {
  if (node.type === 'ArrowFunctionExpression' && node.body.type !== 'BlockStatement')
    return [node.body as Node]
  return place.module.index.returnsOf(node)
}

/** The place inside a function called with these arguments; null where the chain is too long. */
export function entered(fn: Node, args: readonly Node[], from: { fn: Place; call: Place }): Place | null {
  const next = deeper({ ...from.fn, depth: Math.max(from.fn.depth, from.call.depth) })
  if (
    next === null ||
    (fn.type !== 'FunctionDeclaration' &&
      fn.type !== 'FunctionExpression' &&
      fn.type !== 'ArrowFunctionExpression')
  )
    return null
  const given = new Map(next.args)
  const names = fn.params as readonly Node[]
  names.forEach((parameter, index) => {
    const pattern = parameter.type === 'AssignmentPattern' ? (parameter.left as Node) : parameter
    const argument =
      args[index] ?? (parameter.type === 'AssignmentPattern' ? (parameter.right as Node) : undefined)
    if (pattern.type !== 'Identifier' || argument === undefined || argument.type === 'SpreadElement') return
    const binding = next.module.scopes.resolve(pattern.name, fn.body as Node)
    const place = args[index] === undefined ? next : from.call
    if (binding !== undefined) given.set(binding, { node: argument, place })
  })
  return { ...next, args: given }
}

/** What a call of a function of the repository gives, and where that is looked at. */
export interface Returned {
  readonly fn: Node
  readonly results: readonly Node[]
  /** Inside of the function. */
  readonly place: Place
}

/** What calling a name or member with these arguments gives; null where it is no function in sight, or the chain is too long. */
export function returnedBy(callee: Node, args: readonly Node[], place: Place): Returned | null {
  const named = bare(callee)
  if (named.type !== 'Identifier' && named.type !== 'MemberExpression') return null
  const found = behind({ node: named, place })
  const fn = found === null ? null : bare(found.node)
  if (found === null || fn === null || !isFunction(fn)) return null
  const inside = entered(fn, args, { fn: found.place, call: place })
  if (inside === null) return null
  const results = returnsOf(fn, inside)
  return results.length === 0 ? null : { fn, results, place: inside }
}
