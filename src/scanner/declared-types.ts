/** What TypeScript's annotations say of a value: whether its type lets only numbers, booleans, dates or listed words pass. */
import type { Node } from 'oxc-parser'
import { importOf, type Module } from './modules.ts'
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
  const name = nameOf(type)
  if (name === 'Date') return true
  const parameters = (type.typeArguments?.params ?? []) as readonly Node[]
  const [first] = parameters
  if (WRAPPERS.test(name)) return first !== undefined && harmlessType({ node: first, place })
  const declared = parameters.length === 0 ? typeNamed(name, place) : null
  return declared !== null && harmlessType(declared)
}

/** Whether the type under a path of properties is written out and harmless. */
export function harmlessMember(at: At, path: readonly string[]): boolean {
  const type = memberType(at, path)
  return type !== null && harmlessType(type)
}

/** Whether the type under a path of properties is written out and lets any text pass. */
export function textualMember(at: At, path: readonly string[]): boolean {
  const type = memberType(at, path)
  return type !== null && textualType(type)
}

function textualType({ node, place: from }: At): boolean {
  const place = deeper(from)
  const type = unwrapped(node)
  if (place === null) return false
  switch (type.type) {
    case 'TSStringKeyword':
    case 'TSTemplateLiteralType':
      return true
    case 'TSUnionType':
      return type.types.some((each) => textualType({ node: each as Node, place }))
    case 'TSArrayType':
      return textualType({ node: type.elementType as Node, place })
    case 'TSTypeReference': {
      const [first] = (type.typeArguments?.params ?? []) as readonly Node[]
      const name = nameOf(type)
      if (first !== undefined) return WRAPPERS.test(name) && textualType({ node: first, place })
      const declared = typeNamed(name, place)
      return declared !== null && textualType(declared)
    }
    default:
      return false
  }
}

/** The type under a path of properties; null where it is not written out. */
function memberType(at: At, path: readonly string[]): At | null {
  const [property, ...rest] = path
  if (property === undefined) return at
  const place = deeper(at.place)
  if (place === null) return null
  const type = unwrapped(at.node)
  if (type.type === 'TSTypeReference') return memberOfReference(type, { path, place })
  if (type.type === 'TSIntersectionType') {
    for (const each of type.types) {
      const found = memberType({ node: each as Node, place }, path)
      if (found !== null) return found
    }
    return null
  }
  const own = membersOf(type).find((each) => each.type === 'TSPropertySignature' && keyOf(each) === property)
  return own?.type === 'TSPropertySignature' && own.typeAnnotation != null
    ? memberType({ node: own.typeAnnotation as Node, place }, rest)
    : inherited(type, { path, place })
}

/** A property of one of the interfaces an interface extends. */
function inherited(
  type: Node,
  { path, place }: { readonly path: readonly string[]; readonly place: Place },
): At | null {
  if (type.type !== 'TSInterfaceDeclaration') return null
  for (const { expression } of type.extends) {
    const declared = expression.type === 'Identifier' ? typeNamed(expression.name, place) : null
    const found = declared === null ? null : memberType(declared, path)
    if (found !== null) return found
  }
  return null
}

function membersOf(type: Node): readonly Node[] {
  if (type.type === 'TSTypeLiteral') return type.members as readonly Node[]
  return type.type === 'TSInterfaceDeclaration' ? (type.body.body as readonly Node[]) : []
}

function memberOfReference(
  type: Extract<Node, { type: 'TSTypeReference' }>,
  { path, place }: { readonly path: readonly string[]; readonly place: Place },
): At | null {
  const name = nameOf(type)
  const [first] = (type.typeArguments?.params ?? []) as readonly Node[]
  if (first !== undefined && (WRAPPERS.test(name) || /^(Pick|Omit)$/.test(name)))
    return memberType({ node: first, place }, path)
  // Of `Options<T>` what is written out is known; a parameter of the type stays a name that nothing declares.
  const declared = typeNamed(name, place)
  return declared === null ? null : memberType(declared, path)
}

const nameOf = ({ typeName }: Extract<Node, { type: 'TSTypeReference' }>): string =>
  typeName.type === 'Identifier' ? typeName.name : ''

function unwrapped(node: Node): Node {
  return node.type === 'TSTypeAnnotation' ? unwrapped(node.typeAnnotation as Node) : node
}

/** The declaration of a type's name in this file or the one it is imported from; null if there is none. */
function typeNamed(name: string, from: Place): At | null {
  const place = deeper(from)
  if (place === null || name === '') return null
  const own = place.module.index.typeNamed(name)
  if (own !== null) return { node: own, place }
  const binding = place.module.scopes.resolve(name, place.module.scopes.tree.program)
  const imported = binding === undefined ? null : importOf(binding, place.module.scopes)
  const module = imported === null ? null : place.modules.follow(imported.specifier, place.module.path)
  if (module === null || imported === null) return null
  return typeIn(module, imported.name, place)
}

/** A type a module declares, or passes on from another one. */
function typeIn(module: Module, name: string, place: Place): At | null {
  const there = module.index.typeNamed(name)
  if (there !== null) return { node: there, place: { ...place, module } }
  const passed = place.modules.exported(module, name)
  if (passed === null) return null
  const node =
    passed.node.type === 'TSTypeAliasDeclaration' ? (passed.node.typeAnnotation as Node) : passed.node
  return { node, place: { ...place, module: passed.module } }
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
