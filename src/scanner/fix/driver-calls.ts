/** Which driver a call is made on, and how that driver takes values beside the text. Only what is sure is answered. */
import type { CallExpression, Node } from 'oxc-parser'
import type { SqlDialect } from '../../sql/index.ts'
import { driverPackage } from '../drivers.ts'
import { importOf } from '../modules.ts'
import { type At, afresh, behind, bindingOf, deeper, entered, returnsOf } from '../place.ts'
import { type Binding, bare, isFunction, keyOf, propertyOf } from '../scopes.ts'
import type { Refused } from './refused.ts'

/** How one method of one driver is given values. */
export interface CallForm {
  /** As on npm. */
  readonly driver: string
  readonly method: string
  /** `numbered`: $1, $2, ...; `question`: ?. */
  readonly placeholder: 'question' | 'numbered'
  /** `array`: after the text; `call`: as arguments of the call that runs what `prepare` gave. */
  readonly values: 'array' | 'call'
  /**
   * True where the driver itself writes values into the text, arrays and objects as more than one value, and looks for its
   * placeholders without knowing the language well.
   */
  readonly writesText: boolean
  /** True where an array in place of `?` in `IN (?)` is written as a list of quoted values. */
  readonly expandsLists: boolean
  /** Whether LIMIT takes a placeholder: any value, numbers only, or none. */
  readonly limit: 'any' | 'numbers' | 'none'
}

type Form = Omit<CallForm, 'driver' | 'method'>

const TEXT: Form = {
  placeholder: 'question',
  values: 'array',
  writesText: true,
  expandsLists: false,
  limit: 'numbers',
}
const LISTS: Form = { ...TEXT, expandsLists: true }
// A number is sent as DOUBLE, which LIMIT refuses: https://dev.mysql.com/doc/refman/8.4/en/select.html and mysql2’s issue 1239.
const BINARY: Form = { ...TEXT, writesText: false, limit: 'none' }
const NUMBERED: Form = { ...TEXT, placeholder: 'numbered', writesText: false, limit: 'any' }
const BESIDE: Form = { ...TEXT, writesText: false, limit: 'any' }
const PREPARED: Form = { ...BESIDE, values: 'call' }

/** By driver and method. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  mysql: { query: LISTS },
  mysql2: { query: LISTS, execute: BINARY },
  mariadb: { query: TEXT, execute: BINARY },
  pg: { query: NUMBERED },
  'better-sqlite3': { prepare: PREPARED },
  'node:sqlite': { prepare: PREPARED },
  sqlite3: { all: BESIDE, get: BESIDE, run: BESIDE, each: BESIDE },
  knex: { raw: TEXT },
}

/** The form of a call whose first argument is a statement. */
export function callFormOf(call: CallExpression, at: At, dialect: SqlDialect): CallForm | Refused {
  const callee = bare(call.callee as Node)
  const method = callee.type === 'MemberExpression' ? propertyOf(callee) : null
  if (callee.type !== 'MemberExpression' || method === null)
    return { refused: 'the call is not one of a driver itself' }
  const own = behind(afresh({ node: callee, place: at.place }))
  if (own !== null && isFunction(bare(own.node)))
    return { refused: `${method} is a function of this repository, which may pass on no values` }
  const driver = driverOf(afresh({ node: callee.object as Node, place: at.place }))
  if (driver === null)
    return {
      refused: 'what the call is made on is not in sight (a parameter of a driver’s type would show it)',
    }
  const form = FORMS[driver]?.[method]
  if (form === undefined)
    return { refused: `${driver}’s ${method}() is not among the calls fixes are known for` }
  if (driver !== 'knex') return { ...form, driver, method }
  const isNumbered = dialect.name === 'postgresql'
  return { ...form, driver, method, limit: isNumbered ? 'any' : form.limit }
}

/** The driver an object comes from: an import of it, what its functions gave, a parameter of one of its types. */
function driverOf(at: At): string | null {
  const place = deeper(at.place)
  if (place === null) return null
  const node = bare(at.node)
  const here: At = { node, place }
  switch (node.type) {
    case 'Identifier':
      return ofName(node.name, here)
    case 'MemberExpression':
      return ofMember(node, here)
    case 'NewExpression':
    case 'CallExpression':
      return ofCall(node, here)
    default:
      return null
  }
}

const ofOther = (further: At | null): string | null => (further === null ? null : driverOf(further))

function ofName(name: string, at: At): string | null {
  const binding = bindingOf(name, at)
  if (binding === undefined) return null
  const imported = importOf(binding, at.place.module.scopes)
  if (imported !== null) return driverPackage(imported.specifier) ?? ofOther(behind(at))
  if (at.place.args.has(binding)) return ofOther(behind(at))
  if (binding.annotation !== null) return ofAnnotation(binding.annotation, at)
  const only = onlyValue(binding)
  return only === null ? ofOther(behind(at)) : driverOf({ node: only, place: at.place })
}

function ofMember(node: Extract<Node, { type: 'MemberExpression' }>, at: At): string | null {
  const known = ofOther(behind(at))
  if (known !== null || bare(node.object as Node).type !== 'ThisExpression')
    return known ?? driverOf({ node: node.object as Node, place: at.place })
  const annotation = fieldType(at, propertyOf(node) ?? '')
  return annotation === null ? null : ofAnnotation(annotation, at)
}

/** The type a class declares for a field, or for the parameter of its constructor that makes one. */
function fieldType({ node, place }: At, name: string): Node | null {
  const owner = place.module.scopes.around(node, (each) => each.type === 'ClassBody')
  if (owner?.type !== 'ClassBody') return null
  for (const member of owner.body) {
    if (member.type === 'PropertyDefinition' && keyOf(member) === name) return member.typeAnnotation ?? null
    if (member.type !== 'MethodDefinition' || member.kind !== 'constructor') continue
    const own = (member.value.params as readonly Node[]).flatMap((each) => parameterType(each, name) ?? [])
    if (own[0] !== undefined) return own[0]
  }
  return null
}

/** `private readonly pool: Pool` of a constructor. */
function parameterType(parameter: Node, name: string): Node | null {
  const field = parameter.type === 'TSParameterProperty' ? (parameter.parameter as Node) : null
  return field?.type === 'Identifier' && field.name === name ? (field.typeAnnotation ?? null) : null
}

/** What a plain variable is given, once. */
function onlyValue(binding: Binding): Node | null {
  if (binding.kind !== 'variable' || binding.path.length > 0) return null
  if (binding.writes.length === 0) return binding.from
  const [write] = binding.writes
  const isOnly = binding.from === null && binding.writes.length === 1
  return isOnly && write?.type === 'AssignmentExpression' && write.operator === '='
    ? (write.right as Node)
    : null
}

/** `pool: Pool`, `db: mysql.Connection`, `db: Database.Database`. */
function ofAnnotation(annotation: Node, at: At): string | null {
  const type = annotation.type === 'TSTypeAnnotation' ? (annotation.typeAnnotation as Node) : annotation
  if (type.type !== 'TSTypeReference') return null
  let name: Node = type.typeName as Node
  while (name.type === 'TSQualifiedName') name = name.left as Node
  if (name.type !== 'Identifier') return null
  const binding = bindingOf(name.name, { node: at.node, place: at.place })
  const imported = binding === undefined ? null : importOf(binding, at.place.module.scopes)
  return imported === null ? null : driverPackage(imported.specifier)
}

/** `mysql.createPool()`, `new Pool()`, `connect()` of this repository with one return. */
function ofCall(node: Extract<Node, { type: 'CallExpression' | 'NewExpression' }>, at: At): string | null {
  const callee = bare(node.callee as Node)
  const own = behind({ node: callee, place: at.place })
  const fn = own === null ? null : bare(own.node)
  if (own === null || fn === null || !isFunction(fn)) return driverOf({ node: callee, place: at.place })
  const place = entered(fn, node.arguments as readonly Node[], { fn: own.place, call: at.place })
  if (place === null) return null
  const [only, ...others] = returnsOf(fn, place)
  return only === undefined || others.length > 0 ? null : driverOf({ node: only, place })
}

const STATEMENT_METHODS = /^(pluck|raw|expand|safeIntegers)$/
const RUN = /^(all|get|run|iterate)$/

/** The call that runs what `prepare(text)` gave, in the same expression. */
export function runOf(call: CallExpression, { place }: At): CallExpression | Refused {
  const { parents } = place.module.scopes.tree
  let node: Node = call
  for (let step = 0; step < 8; step++) {
    const member = parents.get(node)
    const next = member === undefined ? undefined : parents.get(member)
    if (member?.type !== 'MemberExpression' || member.object !== node || next?.type !== 'CallExpression')
      break
    const method = propertyOf(member) ?? ''
    if (RUN.test(method)) return next
    if (!STATEMENT_METHODS.test(method)) break
    node = next
  }
  return { refused: 'the prepared statement is run elsewhere, where the values would have to be given' }
}
