/**
 * Types of code whose own were erased: a published package keeps them in declaration files (.d.ts) beside its code, or at the
 * file its manifest names. Matched by the names of functions, classes and methods; where that is not clear nothing is said.
 */

import { dirname, join } from 'node:path'
import type { Node } from 'oxc-parser'
import { importOf, type Module, type Modules } from './modules.ts'
import type { At, Place } from './place.ts'
import { type Binding, keyOf } from './scopes.ts'
import type { SourceFiles } from './source-files.ts'

/** A re-export is followed through at most this many files. */
const HOPS_MAX = 5

/** The annotation that a declaration file gives the parameter a name is, or is taken from; null if there is none. */
export function declaredElsewhere(binding: Binding, place: Place): At | null {
  if (binding.kind !== 'parameter' || binding.index < 0) return null
  const types = typesOf(place)
  const names = types === null ? null : namesOf(binding.node, place.module)
  if (types === null || names === null) return null
  const found = declarationOf(names[0], { module: types, modules: place.modules, hops: HOPS_MAX })
  if (found === null) return null
  const annotation = parameterType(found.node, names[1], binding.index)
  return annotation === null ? null : { node: annotation, place: { ...place, module: found.module } }
}

/** Whether a file's types were erased: it is JavaScript, and its package has declarations. */
export const isErased = (place: Place): boolean => typesOf(place) !== null

/** Whether a declaration file calls a method of a class private: of its type nothing is kept, and no other code may call it. */
export function isPrivateElsewhere(
  body: Node,
  method: string,
  place: Pick<Place, 'module' | 'modules'>,
): boolean {
  const found = classElsewhere(body, place)
  return (
    found?.node.type === 'ClassDeclaration' &&
    found.node.body.body.some(
      (each) =>
        'accessibility' in each &&
        each.accessibility === 'private' &&
        'key' in each &&
        keyOf(each) === method,
    )
  )
}

/** The annotation a declaration file gives `this.property` where it is used; null if there is none. */
export function fieldElsewhere(node: Node, property: string, place: Place): At | null {
  const body = place.module.scopes.around(node, (each) => each.type === 'ClassBody')
  const found = body === undefined ? null : classElsewhere(body, place)
  if (found?.node.type !== 'ClassDeclaration') return null
  const own = found.node.body.body.find(
    (each) => each.type === 'PropertyDefinition' && keyOf(each) === property,
  )
  const annotation = own?.type === 'PropertyDefinition' ? (own.typeAnnotation ?? null) : null
  return annotation === null ? null : { node: annotation as Node, place: { ...place, module: found.module } }
}

/** The declaration of the class a body belongs to; null if there is none. */
function classElsewhere(body: Node, { module, modules }: Pick<Place, 'module' | 'modules'>): Declared | null {
  const types = typesOf({ module, modules })
  const owner = module.scopes.tree.parents.get(body)
  return types === null || owner === undefined
    ? null
    : declarationOf(className(owner, module.scopes.nameOf(owner)), { module: types, modules, hops: HOPS_MAX })
}

/** A function's own name, or its class's and its own as a method; null for one that has none. */
function namesOf(fn: Node, { scopes }: Module): readonly [owner: string, method: string | null] | null {
  const holder = scopes.tree.parents.get(fn)
  if (holder?.type === 'MethodDefinition' || holder?.type === 'PropertyDefinition') {
    const owner = scopes.tree.parents.get(scopes.tree.parents.get(holder) ?? holder)
    const method = keyOf(holder)
    const name = owner === undefined ? '' : className(owner, scopes.nameOf(owner))
    return name === '' || method === null ? null : [name, method]
  }
  const name = scopes.nameOf(fn)
  return name === '' || holder?.type === 'Property' ? null : [name, null]
}

/** Bundlers name classes twice: `var Store = class _Store { … }`. */
const className = (owner: Node, name: string): string =>
  owner.type === 'ClassExpression' ? name.replace(/^_/, '') : name

/** Declarations by the module they describe. */
const TYPES = new WeakMap<Module, { readonly module: Module | null }>()

/** The declarations of a JavaScript file; null if it has none. */
function typesOf({ module, modules }: Pick<Place, 'module' | 'modules'>): Module | null {
  const known = TYPES.get(module)
  if (known !== undefined) return known.module
  const found = { module: declarationsFor(module.path, modules) }
  TYPES.set(module, found)
  return found.module
}

function declarationsFor(path: string, modules: Modules): Module | null {
  if (!/\.[cm]?js$/.test(path)) return null
  const beside = path.replace(/\.([cm]?)js$/, '.d.$1ts')
  const own = modules.at(beside) ?? modules.at(path.replace(/\.[cm]?js$/, '.d.ts'))
  if (own !== null) return own
  const entry = entryOf(dirname(path), modules)
  return entry === null ? null : modules.at(entry)
}

/** The declarations the nearest manifest names. */
function entryOf(folder: string, { within }: Pick<Modules, 'within'>): string | null {
  if (!within.holds(folder)) return null
  const own = manifestEntry(folder, within.files)
  const above = dirname(folder)
  return own === undefined ? (above === folder ? null : entryOf(above, { within })) : own
}

/** Undefined where the folder has no manifest, null where it names no declarations. */
function manifestEntry(folder: string, files: SourceFiles): string | null | undefined {
  const text = files.text(join(folder, 'package.json'))
  if (text === null) return undefined
  // `"types"` and `"typings"` also stand inside of `exports`: the first one is the main entry's.
  const entry = /"(?:types|typings)"\s*:\s*"([^"]+\.d\.[cm]?ts)"/.exec(text)?.[1]
  return entry === undefined ? null : join(folder, entry)
}

interface From {
  readonly module: Module
  readonly modules: Modules
  readonly hops: number
}

interface Declared {
  readonly node: Node
  readonly module: Module
}

/** What was looked up in a declaration file, by name. */
const LOOKED_UP = new WeakMap<Module, Map<string, Declared | null>>()

/** The function or class of a name that a declaration file declares or passes on; null if there is none, or several. */
function declarationOf(name: string, from: From): Declared | null {
  const own = LOOKED_UP.get(from.module) ?? new Map<string, Declared | null>()
  LOOKED_UP.set(from.module, own)
  const key = `${from.hops} ${name}`
  const known = own.get(key)
  if (known !== undefined) return known
  const found = lookUp(name, from)
  own.set(key, found)
  return found
}

function lookUp(name: string, { module, modules, hops }: From): Declared | null {
  const own = module.index.declared(name)
  if (own.length > 0) return own.length === 1 && own[0] !== undefined ? { node: own[0], module } : null
  if (hops === 0) return null
  for (const [specifier, there] of elsewhere(name, module)) {
    modules.effort.spend(1)
    const next = modules.follow(specifier, module.path)
    const found = next === null ? null : declarationOf(there, { module: next, modules, hops: hops - 1 })
    if (found !== null) return found
  }
  return null
}

/** Files a name may be taken from, and what it is called there: those passed on, then the one it is imported from. */
function elsewhere(name: string, { scopes, index }: Module): readonly (readonly [string, string])[] {
  const passed = index.exporting().flatMap((node) => {
    const [specifier, there] = passedOn(node, name)
    return specifier === null ? [] : [[specifier, there] as const]
  })
  const binding = scopes.resolve(name, scopes.tree.program)
  const imported = binding === undefined ? null : importOf(binding, scopes)
  return imported === null ? passed : [...passed, [imported.specifier, imported.name] as const]
}

/** Where `export … from` takes a name from, and what it is called there. */
function passedOn(node: Node, name: string): readonly [specifier: string | null, name: string] {
  if (node.type === 'ExportAllDeclaration') return [node.source.value, name]
  if (node.type !== 'ExportNamedDeclaration' || node.source === null) return [null, name]
  const own = node.specifiers.find(
    (each) => each.exported.type === 'Identifier' && each.exported.name === name,
  )
  return own?.local.type === 'Identifier' ? [node.source.value, own.local.name] : [null, name]
}

/** The annotation of a parameter of a declared function, or of a method of a declared class. */
function parameterType(node: Node, method: string | null, index: number): Node | null {
  if (method === null) return 'params' in node ? annotationOf((node.params as readonly Node[])[index]) : null
  if (node.type !== 'ClassDeclaration') return null
  const own = node.body.body.filter(
    (each) =>
      (each.type === 'MethodDefinition' || each.type === 'TSAbstractMethodDefinition') &&
      keyOf(each) === method,
  )
  const only = own[0]
  // Overloads differ in what they take.
  if (own.length !== 1 || only === undefined || !('value' in only)) return null
  const value = only.value as Node | null
  return value !== null && 'params' in value ? annotationOf((value.params as readonly Node[])[index]) : null
}

function annotationOf(parameter: Node | undefined): Node | null {
  const inner = parameter?.type === 'TSParameterProperty' ? (parameter.parameter as Node) : parameter
  return inner !== undefined && 'typeAnnotation' in inner
    ? ((inner.typeAnnotation as Node | null) ?? null)
    : null
}
