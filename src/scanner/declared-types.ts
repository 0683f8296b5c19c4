/** What TypeScript's annotations say of a value: whether its type lets only numbers, booleans, dates or listed words pass. */
import type { Node } from 'oxc-parser'
import { importOf } from './modules.ts'
import { type At, deeper, type Place } from './place.ts'
import { keyOf } from './scopes.ts'

const HARMLESS = new Set([
  'TSNumberKeyword',
  'TSBooleanKeyword',
  'TSBigIntKeyword',
  'TSLiteralType',
  'TSNullKeyword',
  'TSUndefinedKeyword',
  'TSVoidKeyword',
  'TSNeverKeyword',
])
/** Types of the language, of which only the first parameter counts. */
const WRAPPERS =
  /^(Array|ReadonlyArray|Set|ReadonlySet|Promise|Readonly|NonNullable|Partial|Required|Awaited|Iterable)$/

/** Whether an annotation's type can carry no text of anyone's choosing; names are followed through the repository. */
export function harmlessType({ node, place }: At): boolean {
  const type = unwrapped(node)
  if (HARMLESS.has(type.type)) return true
  switch (type.type) {
    case 'TSUnionType':
      return type.types.every((each) => harmlessType({ node: each as Node, place }))
    case 'TSArrayType':
      return harmlessType({ node: type.elementType as Node, place })
    case 'TSTypeOperator':
      return type.operator === 'readonly' && harmlessType({ node: type.typeAnnotation as Node, place })
    case 'TSTupleType':
      return type.elementTypes.every((each) => harmlessType({ node: each as Node, place }))
    case 'TSEnumDeclaration':
      return true
    case 'TSTypeReference':
      return harmlessReference(type, place)
    default:
      return false
  }
}

function harmlessReference(type: Extract<Node, { type: 'TSTypeReference' }>, place: Place): boolean {
  const name = type.typeName.type === 'Identifier' ? type.typeName.name : ''
  if (name === 'Date') return true
  const parameters = (type.typeArguments?.params ?? []) as readonly Node[]
  const [first] = parameters
  if (WRAPPERS.test(name)) return first !== undefined && harmlessType({ node: first, place })
  const declared = parameters.length === 0 ? typeNamed(name, place) : null
  return declared !== null && harmlessType(declared)
}

/** The type under a path of properties, where it is written out; false where it is not. */
export function harmlessMember(at: At, path: readonly string[]): boolean {
  const [property, ...rest] = path
  if (property === undefined) return harmlessType(at)
  const place = deeper(at.place)
  if (place === null) return false
  const type = unwrapped(at.node)
  if (type.type === 'TSTypeReference') return harmlessInReference(type, { path, place })
  if (type.type === 'TSIntersectionType')
    return type.types.some((each) => harmlessMember({ node: each as Node, place }, path))
  const own = membersOf(type).find((each) => each.type === 'TSPropertySignature' && keyOf(each) === property)
  return own?.type === 'TSPropertySignature' && own.typeAnnotation != null
    ? harmlessMember({ node: own.typeAnnotation as Node, place }, rest)
    : false
}

function membersOf(type: Node): readonly Node[] {
  if (type.type === 'TSTypeLiteral') return type.members as readonly Node[]
  return type.type === 'TSInterfaceDeclaration' ? (type.body.body as readonly Node[]) : []
}

function harmlessInReference(
  type: Extract<Node, { type: 'TSTypeReference' }>,
  { path, place }: { readonly path: readonly string[]; readonly place: Place },
): boolean {
  const name = type.typeName.type === 'Identifier' ? type.typeName.name : ''
  const [first] = (type.typeArguments?.params ?? []) as readonly Node[]
  if (first !== undefined) return WRAPPERS.test(name) && harmlessMember({ node: first, place }, path)
  const declared = typeNamed(name, place)
  return declared !== null && harmlessMember(declared, path)
}

function unwrapped(node: Node): Node {
  return node.type === 'TSTypeAnnotation' ? unwrapped(node.typeAnnotation as Node) : node
}

/** The declaration of a type's name in this file or the one it is imported from; null if there is none. */
function typeNamed(name: string, from: Place): At | null {
  const place = deeper(from)
  if (place === null || name === '') return null
  const own = declarationIn(place.module.scopes.tree.nodes, name)
  if (own !== null) return { node: own, place }
  const binding = place.module.scopes.resolve(name, place.module.scopes.tree.program)
  const imported = binding === undefined ? null : importOf(binding, place.module.scopes)
  const module = imported === null ? null : place.modules.follow(imported.specifier, place.module.path)
  if (module === null || imported === null) return null
  const there = declarationIn(module.scopes.tree.nodes, imported.name)
  return there === null ? null : { node: there, place: { ...place, module } }
}

function declarationIn(nodes: readonly Node[], name: string): Node | null {
  for (const node of nodes) {
    if (node.type === 'TSTypeAliasDeclaration' && node.id.name === name) return node.typeAnnotation as Node
    if (
      (node.type === 'TSInterfaceDeclaration' || node.type === 'TSEnumDeclaration') &&
      node.id.name === name
    )
      return node
  }
  return null
}

/** `this.limit` where the class declares its type, as a field or as a parameter of its constructor. */
export function harmlessField(node: Node, property: string, { place }: At): boolean {
  const { scopes } = place.module
  const owner = scopes.around(node, (each) => each.type === 'ClassBody')
  if (owner?.type !== 'ClassBody') return false
  return owner.body.some((member) => {
    if (member.type === 'PropertyDefinition')
      return (
        keyOf(member) === property &&
        member.typeAnnotation != null &&
        harmlessType({ node: member.typeAnnotation as Node, place })
      )
    if (member.type !== 'MethodDefinition' || member.kind !== 'constructor') return false
    return (member.value.params as readonly Node[]).some((each) => isField(each, property, place))
  })
}

/** `private readonly limit: number` of a constructor. */
function isField(parameter: Node, property: string, place: Place): boolean {
  if (parameter.type !== 'TSParameterProperty') return false
  const inner = parameter.parameter as Node
  const name = inner.type === 'AssignmentPattern' ? (inner.left as Node) : inner
  return (
    name.type === 'Identifier' &&
    name.name === property &&
    name.typeAnnotation != null &&
    harmlessType({ node: name.typeAnnotation as Node, place })
  )
}

/** `MAX_ROWS`: a name that by convention is written once. */
export const isConstantName = (name: string): boolean =>
  /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name) && name.length > 2
