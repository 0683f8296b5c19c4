/**
 * What is declared of a value: by annotations beside the code, by a published package's declaration files, or by a function's
 * comment, in this order.
 */
import type { Node } from 'oxc-parser'
import { harmlessField, harmlessMember, textualMember } from './declared-types.ts'
import { type CommentedType, commentedType } from './doc-comment-types.ts'
import { type At, bindingOf } from './place.ts'
import { type Binding, calleePath } from './scopes.ts'
import { declaredElsewhere, fieldElsewhere, isErased } from './sibling-types.ts'

/** What the declarations say of what stands under a path of properties of a name: `[]` for the name itself. */
function declaredAs(binding: Binding, path: readonly string[], { place }: At): CommentedType {
  const { annotation, patternType } = binding
  const inside = [...binding.path, ...path]
  if (annotation !== null) return verdict({ node: annotation, place }, path)
  if (patternType !== null) return verdict({ node: patternType, place }, inside)
  const elsewhere = declaredElsewhere(binding, place)
  const found = elsewhere === null ? 'unknown' : verdict(elsewhere, inside)
  return found === 'unknown' ? commentedType(binding, path, place.module) : found
}

const verdict = (type: At, path: readonly string[]): CommentedType =>
  harmlessMember(type, path) ? 'harmless' : textualMember(type, path) ? 'text' : 'unknown'

/** Whether the type a name is declared with, or that of what it is taken from, lets no text of anyone's choosing pass. */
export const isDeclaredHarmless = (binding: Binding, at: At): boolean =>
  declaredAs(binding, [], at) === 'harmless' || isTakenHarmless(binding, at)

/** `const { limit } = options`: what the type of `options` says of its `limit`. */
function isTakenHarmless({ kind, from, path }: Binding, at: At): boolean {
  if (kind !== 'variable' || from === null || path.length === 0 || path.includes('*')) return false
  const [root = '', ...inside] = calleePath(from)
  if (inside.some((part) => part === '' || part === '()')) return false
  const source = at.place.module.scopes.resolve(root, from)
  return source?.kind === 'parameter' && declaredAs(source, [...inside, ...path], at) === 'harmless'
}

/** Whether a class declares its field harmless, beside the code or in a declaration file. */
export function isHarmlessField(node: Node, property: string, at: At): boolean {
  if (harmlessField(node, property, at)) return true
  const type = fieldElsewhere(node, property, at.place)
  return type !== null && harmlessMember(type, [])
}

/** What the type of the first name of a dotted path says of its end; null where the path is none of a declared name. */
export function declaredMember(
  node: Node,
  at: At,
): { readonly binding: Binding; readonly says: CommentedType } | null {
  const [root = '', ...path] = calleePath(node)
  if (path.length === 0 || path.some((part) => part === '' || part === '()')) return null
  const binding = bindingOf(root, at)
  return binding === undefined || at.place.args.has(binding)
    ? null
    : { binding, says: declaredAs(binding, path, at) }
}

/** Whether the type an argument was written with is lost, so that it may be a number as well as a text. */
export const isUntyped = (binding: Binding, at: At): boolean =>
  isErased(at.place) && declaredAs(binding, [], at) !== 'text'
