/** Members of enums, also of what compilers make of them: text of the code, whoever names them. */
import type { Node } from 'oxc-parser'
import { isConstantName } from './declared-types.ts'
import { importOf } from './modules.ts'
import { type At, behind, bindingOf } from './place.ts'
import { type Binding, bare, calleePath } from './scopes.ts'

type Member = Extract<Node, { type: 'MemberExpression' }>

/** A member of an enum: one that is declared, or one of another package, which is told by its capital letters. */
export function isEnumMember(node: Member, property: string | null, at: At): boolean {
  const object = bare(node.object as Node)
  const holder = behind({ node: object, place: at.place })
  const there = holder === null ? null : bare(holder.node)
  if (there?.type === 'TSEnumDeclaration') return true
  const path = calleePath(node)
  const binding = bindingOf(path[0] ?? '', { node: object, place: at.place })
  if (binding === undefined || !isCapital(property) || !isCapital(path.at(-2))) return false
  // `(function (State) { … })(State || (exports.State = State = {}))` is what a compiler makes of an enum.
  const mayBeCompiled = there === null || there.type === 'AssignmentExpression'
  return mayBeCompiled && isFilledElsewhere(binding, at)
}

/** Whether a name is imported, or declared without a value and given one later. */
const isFilledElsewhere = (binding: Binding, at: At): boolean =>
  importOf(binding, at.place.module.scopes) !== null ||
  (binding.kind === 'variable' && binding.from === null && binding.writes.length > 0)

const isCapital = (name: string | null | undefined): boolean => /^[A-Z]/.test(name ?? '')

/** `names.TASKS`, where `names` is another package as a whole. */
export function isConstantOfPackage(node: Member, property: string | null, at: At): boolean {
  const object = bare(node.object as Node)
  if (property === null || !isConstantName(property) || object.type !== 'Identifier') return false
  const binding = bindingOf(object.name, at)
  const imported = binding === undefined ? null : importOf(binding, at.place.module.scopes)
  return imported !== null && /^(\*|default)$/.test(imported.name)
}
