/** Where a value comes from, by following assignments, destructuring, parameters and returns inside one file. */
import { basename } from 'node:path'
import type { CallExpression, Node } from 'oxc-parser'
import type { Origin, OriginKind } from '../rules/index.ts'
import { callsOf } from './callers.ts'
import { wasChecked } from './checks.ts'
import { TO_NUMBER } from './coercions.ts'
import { harmlessType, isConstantName } from './declared-types.ts'
import { declaredMember, isDeclaredHarmless, isHarmlessField, isUntyped } from './declared-values.ts'
import { isConstantOfPackage, isEnumMember } from './enum-members.ts'
import { CHECKING, doublesQuotes, kindByName, QUOTING } from './known-calls.ts'
import { isCounter } from './loops.ts'
import { type CallIn, importOf, type Module } from './modules.ts'
import { type At, behind, bindingOf, deeper, type Place, returnedBy, returnsOf, within } from './place.ts'
import { answersRows, isRowSource, requestRoot } from './request-roots.ts'
import { isHarmlessBySchema } from './schemas-beside.ts'
import { type Binding, bare, calleePath, isFunction, propertyOf } from './scopes.ts'
import { isErased } from './sibling-types.ts'

/** From most dangerous to least: of several origins the first decides. */
const DANGER: readonly OriginKind[] = [
  'request',
  'parameter',
  'unknown',
  'row',
  'untyped',
  'defaulted',
  'environment',
  'unfollowed',
  'checked',
  'escaped',
  'number',
  'constant',
]

/** Answers by file and expression: where no call was entered an expression has one origin, whoever asks. */
const KNOWN = new WeakMap<Module, Map<Node, Origin>>()

/** The origin of an expression. */
export function originOf(at: At): Origin {
  const { place } = at
  const node = bare(at.node)
  if (place.args.size > 0) return followed({ node, place })
  const own = KNOWN.get(place.module) ?? new Map<Node, Origin>()
  KNOWN.set(place.module, own)
  const known = own.get(node)
  if (known !== undefined) return known
  const { cuts } = place.budget
  const origin = followed({ node, place })
  if (place.budget.cuts === cuts) own.set(node, origin)
  return origin
}

function followed(at: At): Origin {
  const place = deeper(at.place)
  if (place === null) return found('unfollowed', at)
  const here = { node: at.node, place }
  return wasChecked(here) ? found('checked', here) : byType(here)
}

const found = (kind: OriginKind, { node, place }: At): Origin => ({
  kind,
  source: sourceOf({ node, place }, 80),
  at: node.start,
})

/** The expression as written, on one line, cut at `most` characters. */
export function sourceOf({ node, place }: At, most: number): string {
  // Of a function or a long text only the beginning is looked at: indentation is what may be lost.
  const end = Math.min(node.end, node.start + most * 8)
  const text = place.module.scopes.tree.text.slice(node.start, end).replace(/\s+/g, ' ')
  return text.length <= most && end === node.end ? text : `${text.slice(0, most - 1)}…`
}

/** The most dangerous of some expressions' origins; constant if there are none. */
function worst(nodes: readonly (Node | null | undefined)[], at: At): Origin {
  const origins = nodes.flatMap((node) =>
    node == null
      ? []
      : originOf({ node: node.type === 'SpreadElement' ? (node.argument as Node) : node, place: at.place }),
  )
  return worstOf(origins, at)
}

const dangerOf = ({ kind }: Origin): number => DANGER.indexOf(kind)

function worstOf(origins: readonly Origin[], at: At): Origin {
  let result: Origin | undefined
  for (const origin of origins)
    if (origin.kind !== 'constant' && (result === undefined || dangerOf(origin) < dangerOf(result)))
      result = origin
  return result ?? found('constant', at)
}

const CONSTANT_TYPES = new Set([
  'Literal',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassExpression',
  'MetaProperty',
])
const NUMBER_OPERATORS = new Set(['-', '*', '/', '%', '**', '|', '&', '^', '<<', '>>', '>>>'])

function byType(at: At): Origin {
  const { node } = at
  if (CONSTANT_TYPES.has(node.type)) return found('constant', at)
  switch (node.type) {
    case 'TemplateLiteral':
      return worst(node.expressions as readonly Node[], at)
    case 'TaggedTemplateExpression':
      return worst(node.quasi.expressions as readonly Node[], at)
    case 'UnaryExpression':
      return found(/^(!|typeof)$/.test(node.operator) ? 'constant' : 'number', at)
    case 'UpdateExpression':
      return found('number', at)
    case 'BinaryExpression':
      return ofBinary(node.operator, [node.left as Node, node.right as Node], at)
    case 'LogicalExpression':
      return ofEither(node, at)
    case 'ConditionalExpression':
      return worst([node.consequent as Node, node.alternate as Node], at)
    default:
      return byName(at)
  }
}

function byName(at: At): Origin {
  const { node } = at
  switch (node.type) {
    case 'ArrayExpression':
      return worst(node.elements as readonly (Node | null)[], at)
    case 'ObjectExpression':
      return worst(
        node.properties.map((each) =>
          each.type === 'Property' ? (each.value as Node) : (each.argument as Node),
        ),
        at,
      )
    case 'SequenceExpression':
      return worst(node.expressions.slice(-1) as readonly Node[], at)
    case 'AssignmentExpression':
      return worst([node.right as Node], at)
    case 'Identifier':
      return ofIdentifier(node, at)
    case 'MemberExpression':
      return ofMember(node, at)
    case 'CallExpression':
      return ofCall(node, at)
    case 'NewExpression':
      return calleePath(node.callee as Node)[0] === 'Date'
        ? found('number', at)
        : worst(node.arguments as readonly Node[], at)
    default:
      return found('unknown', at)
  }
}

/** `limit ?? 50`: a number that stands in for what is missing says what is meant, as a default does. */
function ofEither(node: Extract<Node, { type: 'LogicalExpression' }>, at: At): Origin {
  const origin = worst([node.left as Node, node.right as Node], at)
  const right = bare(node.right as Node)
  const fallback = right.type === 'Literal' ? right : (behind({ node: right, place: at.place })?.node ?? null)
  return node.operator === '&&' ? origin : (byDefault({ fallback }, origin, at) ?? origin)
}

function ofBinary(operator: string, sides: readonly Node[], at: At): Origin {
  if (NUMBER_OPERATORS.has(operator)) return found('number', at)
  return operator === '+' ? worst(sides, at) : found('constant', at)
}

function ofIdentifier(node: Extract<Node, { type: 'Identifier' }>, at: At): Origin {
  const binding = bindingOf(node.name, at)
  const declared = binding !== undefined && isDeclaredHarmless(binding, at)
  return declared ? unlessRequest(ofBinding(node, binding, at), at) : ofBinding(node, binding, at)
}

/** A type is what the code believes: of what a client sent it proves nothing. */
const unlessRequest = (origin: Origin, at: At): Origin =>
  origin.kind === 'request' || origin.kind === 'constant' ? origin : found('number', at)

function ofBinding(
  node: Extract<Node, { type: 'Identifier' }>,
  binding: Binding | undefined,
  at: At,
): Origin {
  if (binding === undefined)
    return found(
      /^(undefined|NaN|Infinity|__dirname|__filename)$/.test(node.name) ? 'constant' : 'unknown',
      at,
    )
  const given = at.place.args.get(binding)
  if (given !== undefined)
    return originOf({ node: given.node, place: { ...given.place, depth: at.place.depth } })
  switch (binding.kind) {
    case 'variable':
      return ofVariable(binding, at)
    case 'element':
      return ofElement(binding, at)
    case 'parameter':
      return ofParameter(binding, at)
    case 'import':
      return ofImport(at)
    default:
      return found(binding.kind === 'caught' ? 'unknown' : 'constant', at)
  }
}

/** What a loop gives: an index is a number, anything else comes from what is looped over. */
function ofElement(binding: Binding, at: At): Origin {
  if (binding.from === null) return found('unknown', at)
  const over = bare(binding.from)
  const path = over.type === 'CallExpression' ? calleePath(over.callee as Node) : []
  const gives = path[0] === 'Object' ? '' : path.at(-1)
  const isIndex = (gives === 'entries' && binding.path[0] === '0') || (gives === 'keys' && !isMap(over, at))
  if (isIndex && !isMap(over, at)) return found('number', at)
  return keyOrValue(binding, { over, place: at.place })
}

/** What a part of `over` is: keys of an object are texts, whatever it holds. */
function keyOrValue(
  { path }: Binding,
  { over, place }: { readonly over: Node; readonly place: Place },
): Origin {
  const origin = originOf({ node: over, place })
  const node = bare(over)
  const [root, method] = node.type === 'CallExpression' ? calleePath(node.callee as Node) : []
  const isKey = root === 'Object' && (method === 'keys' || (method === 'entries' && path[0] === '0'))
  return isKey && origin.kind === 'untyped' ? { ...origin, kind: 'parameter' } : origin
}

/** Whether the object a method is called on is a Map, whose keys are whatever was put in. */
function isMap(call: Node, at: At): boolean {
  if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') return false
  const object = { node: call.callee.object as Node, place: at.place }
  const made = bare((behind(object) ?? object).node)
  if (made.type === 'NewExpression') return !/^(Array|Set)$/.test(calleePath(made.callee as Node)[0] ?? '')
  return made.type !== 'ArrayExpression' && /(map|headers|params|formdata)$/i.test(sourceOf(object, 80))
}

function ofImport(at: At): Origin {
  const further = behind(at)
  if (further === null)
    return found(at.node.type === 'Identifier' && isConstantName(at.node.name) ? 'constant' : 'unknown', at)
  const origin = originOf(further)
  // An offset of another file would mislead.
  return origin.kind === 'constant' || origin.kind === 'number' ? { ...origin, at: -1 } : found('unknown', at)
}

function ofVariable(binding: Binding, at: At): Origin {
  const request = requestRoot(at)
  if (request) return found('request', at)
  if (isCounter(binding, at.place.module)) return found('number', at)
  const precise = binding.writes.length === 0 ? behind(at) : null
  if (precise !== null && binding.path.length > 0 && !isFromRequest(binding, at)) return originOf(precise)
  const imported = importOf(binding, at.place.module.scopes)
  if (imported !== null) return ofImport(at)
  return ofReturnedPart(binding, at) ?? ofGiven(binding, at)
}

/** All a variable is given. */
function ofGiven(binding: Binding, at: At): Origin {
  const sources = [binding.from, ...assignedTo(binding)]
  const origin = worst(sources, at)
  if (origin.kind === 'constant' && sources.every((each) => each === null)) return found('unknown', at)
  if (binding.path.includes('length')) return found('number', at)
  return byDefault(binding, origin, at) ?? origin
}

const assignedTo = ({ writes }: Binding): readonly Node[] =>
  writes.flatMap((each) => (each.type === 'AssignmentExpression' ? [each.right as Node] : []))

function ofParameter(binding: Binding, at: At): Origin {
  if (isHarmlessPart(binding, [], at)) return found('number', at)
  if (requestRoot(at)) return found('request', at)
  const fn = binding.node
  const parent = at.place.module.scopes.tree.parents.get(fn)
  if (parent?.type === 'CallExpression' && parent.callee !== fn) return ofCallback(binding, parent, at)
  const { calls, complete } = callsOf(fn, at.place)
  const next = deeper(at.place)
  if (next === null || binding.index < 0 || calls.length === 0) return ofUnseen(binding, at)
  const origin = worstOf(
    calls.map((each) => ofArgument(each, binding, { node: at.node, place: next })),
    at,
  )
  return complete || origin.kind === 'request'
    ? (byDefault(binding, origin, at) ?? origin)
    : ofUnseen(binding, at)
}

/** What a call gives for a parameter. An offset of another file would mislead: its name is said. */
function ofArgument({ call, module }: CallIn, { index, path }: Binding, at: At): Origin {
  const given = call.arguments.slice(0, index + 1) as readonly Node[]
  const spread = given.find((each) => each.type === 'SpreadElement')
  const isHere = module === at.place.module
  const place = isHere ? at.place : { ...at.place, module, args: new Map() }
  const argument = spread ?? given[index]
  if (argument === undefined) return found('constant', at)
  const part = spread === undefined ? path.reduce<At | null>(within, { node: argument, place }) : null
  const origin = part === null ? worst([argument], { node: call, place }) : originOf(part)
  return isHere ? origin : { ...origin, source: `${origin.source} in ${basename(module.path)}`, at: -1 }
}

/** Whether a schema beside the function of a parameter shows a part of it to carry no text of anyone's choosing. */
function isHarmlessPart({ kind, node, path }: Binding, inside: readonly string[], at: At): boolean {
  const property = [...path, ...inside].at(-1)
  return kind === 'parameter' && property !== undefined && isHarmlessBySchema(node, property, at.place.module)
}

/** An argument whose callers are not in sight. */
function ofUnseen(binding: Binding, at: At): Origin {
  const origin = found(isUntyped(binding, at) ? 'untyped' : 'parameter', at)
  return byDefault(binding, origin, at) ?? origin
}

/**
 * What a default that is a number makes of an argument of unknown type: it says what is meant, and in TypeScript, also where it was
 * compiled since, decides the type. Null where there is none, or more is known.
 */
function byDefault({ fallback }: Pick<Binding, 'fallback'>, { kind }: Origin, at: At): Origin | null {
  const given = fallback === null ? undefined : bare(fallback)
  const isNumber = given?.type === 'Literal' && /^(number|boolean|bigint)$/.test(typeof given.value)
  if (!isNumber || !/^(parameter|untyped|unknown)$/.test(kind)) return null
  const wasTyped = /\.[cm]?tsx?$/.test(at.place.module.path) || isErased(at.place)
  return found(wasTyped ? 'number' : 'defaulted', at)
}

const ELEMENT_METHODS = new Set(['map', 'forEach', 'filter', 'flatMap', 'some', 'every', 'find', 'reduce'])

/** A callback's parameter: an element of what it is called on, or what the database answered. */
function ofCallback(binding: Binding, call: CallExpression, at: At): Origin {
  const callee = bare(call.callee as Node)
  const method = propertyOf(callee)
  if (method === null || callee.type !== 'MemberExpression') return found('parameter', at)
  const object = { node: callee.object as Node, place: at.place }
  if (ELEMENT_METHODS.has(method)) {
    const indexAt = method === 'reduce' ? 2 : 1
    return binding.index === indexAt && !isMapLoop(method, call, at)
      ? found('number', at)
      : keyOrValue(binding, { over: object.node, place: at.place })
  }
  if (method === 'from' && calleePath(callee)[0] === 'Array') return ofMade(binding, call, at)
  if (isRowSource(calleePath(callee)) || answersRows(call, binding.index)) return found('row', at)
  return method === 'then' ? originOf(object) : found('parameter', at)
}

const isMapLoop = (method: string, call: CallExpression, at: At): boolean =>
  method === 'forEach' && isMap(call, at)

/** A parameter of `Array.from(x, callback)`: an element of `x`, or its index. */
const ofMade = (binding: Binding, call: CallExpression, at: At): Origin =>
  binding.index === 1 ? found('number', at) : originOf({ node: call.arguments[0] as Node, place: at.place })

function ofMember(node: Extract<Node, { type: 'MemberExpression' }>, at: At): Origin {
  if (/^(process\.(env|argv)|import\.meta\.env)\b/.test(sourceOf(at, 80))) return found('environment', at)
  const path = calleePath(node)
  const root = bindingOf(path[0] ?? '', at)
  if (root !== undefined && isHarmlessPart(root, path.slice(1), at)) return found('number', at)
  if (requestRoot(at)) return found('request', at)
  if (path.some((part) => CONFIGURATION.test(part))) return found('environment', at)
  const property = propertyOf(node)
  if (property === 'length' || property === 'size' || isDeclaredMember(node, at)) return found('number', at)
  const further = behind(at)
  return further === null ? ofProperty(node, property, at) : originOf(further)
}

/** `options.limit` and `this.limit` where the type of `options`, or the class, says what `limit` is. */
function isDeclaredMember(node: Extract<Node, { type: 'MemberExpression' }>, at: At): boolean {
  const path = calleePath(node)
  if (path[0] === 'this') return path.length === 2 && isHarmlessField(node, path[1] ?? '', at)
  const declared = declaredMember(node, at)
  return declared?.says === 'harmless' && !isFromRequest(declared.binding, at)
}

const isFromRequest = (binding: Binding, at: At): boolean =>
  binding.from !== null && originOf({ node: binding.from, place: at.place }).kind === 'request'

/** Names under which programs keep what their operator sets. */
const CONFIGURATION = /^(_?config(uration)?|\w+Config|settings|conf|argv|env)$/

function ofProperty(
  node: Extract<Node, { type: 'MemberExpression' }>,
  property: string | null,
  at: At,
): Origin {
  const object = { node: node.object as Node, place: at.place }
  if (bare(object.node).type === 'ThisExpression') return found('unknown', at)
  if (isConstantOfPackage(node, property, at)) return found('constant', at)
  if (isEnumMember(node, property, at)) return found('constant', at)
  // A computed member of a constant table has one of the table's values.
  if (property === null) return originOf(behind(object) ?? object)
  const origin = originOf(object)
  if (origin.kind === 'untyped' && declaredMember(node, at)?.says === 'text')
    return { ...origin, kind: 'parameter' }
  return origin.kind === 'constant' || origin.kind === 'number'
    ? found('unknown', at)
    : { ...origin, ...narrowed(origin, at) }
}

/** A member of a request or a row is named in full; of anything else the object decides. */
const narrowed = (origin: Origin, at: At): Partial<Origin> =>
  origin.kind === 'request' || origin.kind === 'row' ? { source: sourceOf(at, 80), at: at.node.start } : {}

function ofCall(node: CallExpression, at: At): Origin {
  const path = calleePath(node.callee as Node)
  const method = path.at(-1) ?? ''
  const byName = kindByName(path)
  if (byName !== null) return found(byName, at)
  if (requestRoot(at)) return found('request', at)
  if (isRowSource(path)) return found('row', at)
  // Of a request's value the name of what checks it proves nothing.
  const isChecked = CHECKING.test(method) && worst(node.arguments as readonly Node[], at).kind !== 'request'
  return isChecked ? found('checked', at) : (ofOwnCall(node, at) ?? ofTransformed(node, path, at))
}

/** A function of the repository: what it returns. */
function ofOwnCall(node: CallExpression, at: At): Origin | null {
  const own = returnedBy(node.callee as Node, node.arguments as readonly Node[], at.place)
  if (own === null) return null
  const { fn, results, place } = own
  const answer = worst(results, { node, place })
  const origin = declaresHarmless({ node: fn, place }) ? unlessRequest(answer, at) : answer
  return place.module === at.place.module ? origin : { ...origin, source: sourceOf(at, 80), at: node.start }
}

/** `const { clause } = filterOf(scope)`: that part of what a function of the repository returns; null where it is not in sight. */
function ofReturnedPart({ from, path, writes }: Binding, at: At): Origin | null {
  const call = from === null ? null : bare(from)
  if (call?.type !== 'CallExpression' || path.length === 0 || writes.length > 0) return null
  const own = returnedBy(call.callee as Node, call.arguments as readonly Node[], at.place)
  if (own === null) return null
  const parts = own.results.map((each) => path.reduce<At | null>(within, { node: each, place: own.place }))
  const seen = parts.flatMap((each) => (each === null ? [] : [originOf(each)]))
  return seen.length === parts.length ? worstOf(seen, at) : null
}

const declaresHarmless = ({ node, place }: At): boolean =>
  'returnType' in node && node.returnType != null && harmlessType({ node: node.returnType as Node, place })

/** Methods and functions that give their input back in another form. */
const TRANSFORMS =
  /^(toString|trim|trimStart|trimEnd|toLowerCase|toUpperCase|slice|substring|substr|replace|replaceAll|split|join|concat|padStart|padEnd|map|filter|flat|flatMap|reverse|sort|keys|values|entries|pop|shift|at|get|parse|stringify|String|repeat|normalize|find|reduce|from|assign|all|encodeURIComponent|decodeURIComponent)$/

function ofTransformed(node: CallExpression, path: readonly string[], at: At): Origin {
  const method = path.at(-1) ?? ''
  if (doublesQuotes(node, method)) return found('escaped', at)
  if (!TRANSFORMS.test(method)) return found('unknown', at)
  const callee = bare(node.callee as Node)
  const object = callee.type === 'MemberExpression' ? bare(callee.object as Node) : null
  const isStatic = object?.type === 'Identifier' && /^(Object|Array|JSON|Promise|String)$/.test(object.name)
  return isStatic || object === null ? ofStatic(node, method, at) : ofMethod(node, { object, method }, at)
}

/** `Array.from(x, callback)`, `String(x)`, `Object.keys(x)`. */
function ofStatic({ arguments: given }: CallExpression, method: string, at: At): Origin {
  const inputs = given as readonly Node[]
  const callback = method === 'from' ? inputs[1] : undefined
  return callback === undefined ? worst(inputs, at) : ofMapped(bare(callback), inputs[0] ?? null, at)
}

function ofMethod(
  { arguments: given }: CallExpression,
  { object, method }: { readonly object: Node; readonly method: string },
  at: At,
): Origin {
  const inputs = given as readonly Node[]
  if (method === 'map' && inputs[0] !== undefined) return ofMapped(bare(inputs[0]), object, at)
  return worst([object, ...(method === 'concat' ? inputs : [])], at)
}

/** `list.map(callback)`: what the callback gives. */
function ofMapped(callback: Node, object: Node | null, at: At): Origin {
  if (isFunction(callback)) return worst(returnsOf(callback, at.place), at)
  const name = calleePath(callback).at(-1) ?? ''
  if (QUOTING.test(name)) return found('escaped', at)
  if (TO_NUMBER.test(name)) return found('number', at)
  const own = returnedBy(callback, object === null ? [] : [object], at.place)
  return own === null ? originOfObject(object, at) : worst(own.results, { node: callback, place: own.place })
}

const originOfObject = (object: Node | null, at: At): Origin =>
  object === null ? found('unknown', at) : originOf({ node: object, place: at.place })
