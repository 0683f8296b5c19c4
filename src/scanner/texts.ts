/**
 * What text an expression makes, as far as the code shows it: literals, templates, concatenation, `+=`, `.join`, constants
 * here and in other files, functions that return text. What is not text by construction is left as a hole.
 */
import type { CallExpression, Node, TemplateLiteral } from 'oxc-parser'
import { type At, behind, bindingOf, deeper, entered, type Place, returnsOf } from './place.ts'
import { type Binding, bare, calleePath, isFunction, propertyOf } from './scopes.ts'

/** A piece of a text: written out, or a hole that an expression fills. */
export type Piece =
  | {
      readonly kind: 'text'
      readonly text: string
      /** Offset in the file where the first character stands, if the piece stands there character by character; else -1. */
      readonly start: number
      readonly path: string
      /** The list it is written once for each element of; where it is written once, nothing. */
      readonly each?: At
    }
  | { readonly kind: 'hole'; readonly at: At }

/** Pieces at most; longer texts are cut, with a hole at the end. */
const PIECES_MAX = 400

/** The text an expression makes; null if it is not text by construction. */
export function textOf(at: At): readonly Piece[] | null {
  const next = deeper(at.place)
  if (next === null) return null
  const node = bare(at.node)
  const here = { node, place: next }
  const pieces = piecesOf(here)
  return pieces !== null && pieces.length > PIECES_MAX ? pieces.slice(0, PIECES_MAX) : pieces
}

function piecesOf(at: At): readonly Piece[] | null {
  const { node } = at
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [literal(at, node.value)] : null
    case 'TemplateLiteral':
      return template(node, at)
    case 'TaggedTemplateExpression':
      return isPlainTag(node.tag as Node) ? template(node.quasi, at) : null
    case 'BinaryExpression':
      return node.operator === '+' ? sum(at, node.left as Node, node.right as Node) : null
    case 'ConditionalExpression':
      return either(at, node.consequent as Node, node.alternate as Node)
    case 'Identifier':
      return named(node, at)
    case 'MemberExpression':
      return textBehind(at)
    case 'CallExpression':
      return called(node, at)
    default:
      return null
  }
}

function textBehind(at: At): readonly Piece[] | null {
  const further = behind(at)
  return further === null ? null : textOf(further)
}

/** A hole for what is not text; the text itself where it is. */
export function textOrHole(at: At): readonly Piece[] {
  const node = bare(at.node)
  if (node.type === 'Literal' && (typeof node.value === 'number' || typeof node.value === 'boolean'))
    return [{ kind: 'text', text: String(node.value), start: -1, path: at.place.module.path }]
  return textOf(at) ?? [{ kind: 'hole', at: { node, place: at.place } }]
}

function literal({ node, place }: At, value: string): Piece {
  const { text } = place.module.scopes.tree
  const exact = text.slice(node.start + 1, node.end - 1) === value
  return { kind: 'text', text: value, start: exact ? node.start + 1 : -1, path: place.module.path }
}

/** Tags that give their text back as it is, or without indentation. */
const isPlainTag = (tag: Node): boolean => {
  const path = calleePath(tag)
  return (
    path.join('.') === 'String.raw' ||
    /^(dedent|outdent|stripIndents?|codeBlock|oneLine|gql)$/.test(path[0] ?? '')
  )
}

/** Where the text of a template's part stands in the file; -1 if it does not stand there character by character. */
export function quasiStart(quasi: TemplateLiteral['quasis'][number], whole: string): number {
  const { raw, cooked } = quasi.value
  if (cooked !== raw) return -1
  // Parsers differ in whether the backtick or brace before it belongs to the part.
  return whole.startsWith(raw, quasi.start)
    ? quasi.start
    : whole.startsWith(raw, quasi.start + 1)
      ? quasi.start + 1
      : -1
}

function template(node: TemplateLiteral, at: At): readonly Piece[] {
  const pieces: Piece[] = []
  const whole = at.place.module.scopes.tree.text
  node.quasis.forEach((quasi, index) => {
    const cooked = quasi.value.cooked ?? quasi.value.raw
    if (cooked !== '') {
      const start = quasiStart(quasi, whole)
      pieces.push({ kind: 'text', text: cooked, start, path: at.place.module.path })
    }
    const expression = node.expressions[index]
    if (expression !== undefined) pieces.push(...textOrHole({ node: expression as Node, place: at.place }))
  })
  return pieces
}

function sum({ place }: At, left: Node, right: Node): readonly Piece[] | null {
  const before = textOf({ node: left, place })
  const after = textOf({ node: right, place })
  if (before === null && after === null) return null
  return [...(before ?? textOrHole({ node: left, place })), ...(after ?? textOrHole({ node: right, place }))]
}

/** The longer of two constant texts stands for both; if one of them has holes, that one. */
function either({ place }: At, one: Node, other: Node): readonly Piece[] | null {
  const a = textOf({ node: one, place })
  const b = textOf({ node: other, place })
  if (a === null || b === null) return null
  if (holes(a) !== holes(b)) return holes(a) > holes(b) ? a : b
  return lengthOf(a) >= lengthOf(b) ? a : b
}

const holes = (pieces: readonly Piece[]): number => pieces.filter((each) => each.kind === 'hole').length
const lengthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((total, each) => total + (each.kind === 'text' ? each.text.length : 0), 0)

function named(node: Extract<Node, { type: 'Identifier' }>, at: At): readonly Piece[] | null {
  const binding = bindingOf(node.name, at)
  if (binding === undefined) return null
  if (binding.writes.length === 0 || at.place.args.has(binding)) {
    return textBehind(at)
  }
  return binding.kind === 'variable' && binding.path.length === 0 ? built(binding, at) : null
}

/** A text built step by step: the last plain assignment before the use, and every `+=` after it. */
function built(binding: Binding, at: At): readonly Piece[] | null {
  const { scopes } = at.place.module
  const home = scopes.functionOf(at.node)
  const steps = binding.writes.filter((write) => write.start < at.node.start)
  if (binding.writes.some((write) => scopes.functionOf(write) !== home)) return null
  let pieces: readonly Piece[] | null =
    binding.from === null ? [] : textOf({ node: binding.from, place: at.place })
  for (const step of steps) {
    if (step.type !== 'AssignmentExpression' || isAlternative(step, steps, at)) continue
    pieces = stepped(pieces, step, at)
  }
  return pieces === null || pieces.length === 0 ? null : pieces
}

function stepped(
  pieces: readonly Piece[] | null,
  step: Extract<Node, { type: 'AssignmentExpression' }>,
  at: At,
): readonly Piece[] | null {
  const right = { node: step.right as Node, place: at.place }
  if (step.operator === '+=') return pieces === null ? null : [...pieces, ...textOrHole(right)]
  if (step.operator !== '=') return null
  // `sql = sql + x` reads the variable itself: its text so far comes first.
  const own = bare(right.node)
  if (own.type === 'BinaryExpression' && own.operator === '+') {
    const rest = restOfSum(own, step.left as Node, at)
    if (rest !== null) return pieces === null ? null : [...pieces, ...rest]
  }
  return textOf(right)
}

/** `x + a + b` without its leading `x`; null if it does not begin with `x`. */
function restOfSum(node: Node, variable: Node, at: At): readonly Piece[] | null {
  const inner = bare(node)
  if (inner.type !== 'BinaryExpression' || inner.operator !== '+') return null
  const right = textOrHole({ node: inner.right as Node, place: at.place })
  const left = bare(inner.left as Node)
  if (left.type === 'Identifier' && variable.type === 'Identifier' && left.name === variable.name)
    return right
  const rest = restOfSum(left, variable, at)
  return rest === null ? null : [...rest, ...right]
}

/** Whether a step is in the `else` of an `if` whose other branch has a step too: only one of them runs. */
function isAlternative(step: Node, steps: readonly Node[], at: At): boolean {
  const { scopes } = at.place.module
  let inner = step
  for (let node = scopes.tree.parents.get(step); node !== undefined; node = scopes.tree.parents.get(node)) {
    if (node.type === 'IfStatement' && node.alternate === inner) {
      const { start, end } = node.consequent as Node
      const usedInside = at.node.start >= inner.start && at.node.end <= inner.end
      if (!usedInside && steps.some((each) => each.start >= start && each.end <= end)) return true
    }
    inner = node
  }
  return false
}

function called(node: CallExpression, at: At): readonly Piece[] | null {
  const method = propertyOf(node.callee as Node)
  const owner = bare(node.callee as Node)
  if (method !== null && owner.type === 'MemberExpression') {
    const object = { node: owner.object as Node, place: at.place }
    const known = METHODS.get(method)
    if (known !== undefined) return known(object, node, at)
  }
  return returned(node, at)
}

type TextMethod = (object: At, call: CallExpression, at: At) => readonly Piece[] | null

const same: TextMethod = (object) => textOf(object)

const METHODS: ReadonlyMap<string, TextMethod> = new Map<string, TextMethod>(
  Object.entries({
    trim: same,
    trimEnd: same,
    trimStart: same,
    toString: same,
    concat: (object: At, call: CallExpression, at: At) => {
      const first = textOf(object)
      if (first === null) return null
      return [
        ...first,
        ...call.arguments.flatMap((each) => textOrHole({ node: each as Node, place: at.place })),
      ]
    },
    join: joined,
    repeat: (object: At, call: CallExpression, at: At) => {
      const times = call.arguments[0]
      const pieces = textOf(object)
      return pieces === null || times === undefined
        ? pieces
        : repeated(pieces, { node: times as Node, place: at.place })
    },
    replace: (object: At, call: CallExpression) =>
      call.arguments[0]?.type === 'Literal' && 'regex' in call.arguments[0] ? textOf(object) : null,
  }),
)

/** `[...].join(' ')`, also of an array that `push` filled, and of `map(() => '?')`. */
function joined(object: At, call: CallExpression, at: At): readonly Piece[] | null {
  const between = call.arguments[0]
  const separator =
    between === undefined
      ? ','
      : between.type === 'Literal' && typeof between.value === 'string'
        ? between.value
        : null
  if (separator === null) return null
  const items = elementsOf(object)
  if (items === null) return null
  const glue: Piece = { kind: 'text', text: separator, start: -1, path: at.place.module.path }
  const pieces = items.flatMap((item, index) => [...(index === 0 ? [] : [glue]), ...textOrHole(item)])
  const list = bare(object.node).type === 'Identifier' ? behind(object) : object
  return list !== null && bare(list.node).type === 'CallExpression' ? repeated(pieces, list) : pieces
}

/** Pieces that are written once for each element of a list. */
const repeated = (pieces: readonly Piece[], list: At): readonly Piece[] =>
  pieces.map((each) => (each.kind === 'text' ? { ...each, each: list } : each))

/** The elements an array has by construction; null if they are not in sight. */
function elementsOf({ node, place }: At): readonly At[] | null {
  const inner = bare(node)
  if (inner.type === 'ArrayExpression') {
    if (inner.elements.some((each) => each === null || each.type === 'SpreadElement')) return null
    return inner.elements.map((each) => ({ node: each as Node, place }))
  }
  if (inner.type === 'CallExpression') return elementsOfCall(inner, place)
  if (inner.type !== 'Identifier') return null
  const binding = bindingOf(inner.name, { node: inner, place })
  if (binding?.kind !== 'variable' || binding.from === null || binding.writes.length > 0) return null
  const first = bare(binding.from)
  const start = elementsOf({ node: first, place })
  if (start === null) return null
  return [...start, ...pushedTo(binding, inner, place)]
}

function elementsOfCall(call: CallExpression, place: Place): readonly At[] | null {
  const method = propertyOf(call.callee as Node)
  const argument = call.arguments[0]
  if (argument === undefined) return null
  if (method === 'fill') return [{ node: argument as Node, place }]
  if (method !== 'map' && method !== 'from') return null
  const given = method === 'from' ? call.arguments[1] : argument
  const fn = given === undefined ? null : bare(given as Node)
  if (fn === null || !isFunction(fn)) return null
  const results = returnsOf(fn, place)
  const only = results[0]
  if (results.length !== 1 || only === undefined) return null
  const text = textOf({ node: only, place })
  return text === null ? null : [{ node: only, place }]
}

/** What `array.push(x)` adds before the use, in order of the text. */
function pushedTo(binding: Binding, use: Node, place: Place): readonly At[] {
  const calls = place.module.index.usesOf(binding).methodCalls
  place.modules.effort.spend(calls.length)
  return calls.flatMap((call) =>
    call.start > use.start || propertyOf(call.callee as Node) !== 'push'
      ? []
      : call.arguments.map((each) => ({ node: each as Node, place })),
  )
}

/** The text a function of the repository returns, with the arguments in place of its parameters. */
function returned(call: CallExpression, at: At): readonly Piece[] | null {
  const callee = bare(call.callee as Node)
  if (callee.type !== 'Identifier' && callee.type !== 'MemberExpression') return null
  const fn = behind({ node: callee, place: at.place })
  const inner = fn === null ? null : bare(fn.node)
  if (fn === null || inner === null || !isFunction(inner)) return null
  const place = entered(inner, call.arguments as readonly Node[], { fn: fn.place, call: at.place })
  if (place === null) return null
  const results = returnsOf(inner, place)
  const only = results[0]
  return results.length === 1 && only !== undefined ? textOf({ node: only, place }) : null
}
