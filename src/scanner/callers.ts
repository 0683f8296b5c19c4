/** The calls of a function: those of its own file where only that can call it, and those of others where it is exported. */
import type { MethodDefinition, Node, PropertyDefinition } from 'oxc-parser'
import type { Calls, Module } from './modules.ts'
import type { Place } from './place.ts'
import { type Binding, isFunction, keyOf } from './scopes.ts'
import { isPrivateElsewhere } from './sibling-types.ts'

const NONE: Calls = { calls: [], complete: false }

/** The calls of a function that can be seen. */
export function callsOf(fn: Node, place: Place): Calls {
  const { module, modules } = place
  const holder = module.scopes.tree.parents.get(fn)
  if (holder?.type === 'MethodDefinition' || holder?.type === 'PropertyDefinition')
    return ofMethod(holder, place)
  const own = bindingOf(fn, module)
  if (own === null) return NONE
  const { calls, methodCalls, escapes, exported } = module.index.usesOf(own)
  modules.effort.spend(calls.length)
  const inside = calls.map((call) => ({ call, module }))
  // A mention that is no call (a callback, `f.call`) lets others call it.
  const isOpen = escapes || methodCalls.length > 0
  if (!exported && !isDeclaredExport(fn, module)) return { calls: inside, complete: !isOpen }
  const outside = modules.importers?.callsOf(fn, module, own.name) ?? NONE
  return { calls: [...inside, ...outside.calls], complete: outside.complete && !isOpen }
}

/** The name a function is declared under, or that is given it as its first value. */
function bindingOf(fn: Node, { scopes }: Module): Binding | null {
  const parent = scopes.tree.parents.get(fn)
  const id =
    fn.type === 'FunctionDeclaration'
      ? fn.id
      : parent?.type === 'VariableDeclarator'
        ? (parent.id as Node)
        : null
  return id?.type === 'Identifier' ? (scopes.resolve(id.name, parent ?? fn) ?? null) : null
}

/** `export function f`, `export const f = () => …`. */
function isDeclaredExport(fn: Node, { scopes }: Module): boolean {
  const around = scopes.around(fn, (each) => each.type.startsWith('Export') || isFunction(each))
  return around !== undefined && !isFunction(around)
}

/** Calls of a method by its own class; all there are if nobody else may call it. */
function ofMethod(method: MethodDefinition | PropertyDefinition, { module, modules }: Place): Calls {
  const owner = module.scopes.tree.parents.get(method)
  const name = keyOf(method)
  const calls = owner === undefined || name === null ? null : module.index.ownCalls(owner, name)
  if (owner === undefined || calls === null || name === null) return NONE
  modules.effort.spend(calls.length)
  const isPrivate =
    name.startsWith('#') ||
    method.accessibility === 'private' ||
    isPrivateElsewhere(owner, name, { module, modules })
  return { calls: calls.map((call) => ({ call, module })), complete: isPrivate }
}
