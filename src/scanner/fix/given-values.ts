/** The values a call gives its statement today, and how code is put among them. */
import type { CallExpression, Node } from 'oxc-parser'
import { bare, isFunction } from '../scopes.ts'
import type { CallForm } from './driver-calls.ts'
import type { Edit } from './edits.ts'
import type { Refused } from './refused.ts'

/** A list of values in the code, or the place where one would be written. */
export interface GivenValues {
  readonly nodes: readonly Node[]
  /** Offset after the list's opening mark; of the place for a new array where {@link isNew}. */
  readonly open: number
  /** Offset of the closing mark. */
  readonly close: number
  readonly isNew: boolean
}

/** Code to put before the value with this index among those given today, or after the last. */
export interface Addition {
  readonly index: number
  readonly code: string
}

/** The values of a call: `run` is the call that takes them where that is another one than `call`. */
export function givenValues(
  call: CallExpression,
  run: CallExpression,
  { form, source }: { readonly form: CallForm; readonly source: string },
): GivenValues | Refused {
  if (form.values === 'call') return inArguments(run, source)
  const [text, second, ...rest] = call.arguments as readonly Node[]
  if (text === undefined || [second, ...rest].some((each) => each?.type === 'SpreadElement'))
    return { refused: 'the call’s arguments are spread from a list' }
  const array = second === undefined ? null : bare(second)
  if (array === null || isFunction(array)) {
    const isPlain = /[^(\s]\s*\((?:\s|\/\*[^*]*\*\/)*$/.test(source.slice(call.start, text.start))
    return isPlain
      ? { nodes: [], open: text.end, close: text.end, isNew: true }
      : { refused: 'the text is written in parentheses' }
  }
  if (array.type !== 'ArrayExpression')
    return { refused: `the values are given as ${named(array, source)}, whose order is not in sight` }
  const plain = plainNodes(array.elements as readonly (Node | null)[])
  return 'refused' in plain ? plain : { ...plain, open: array.start + 1, close: array.end - 1, isNew: false }
}

function inArguments(run: CallExpression, source: string): GivenValues | Refused {
  const plain = plainNodes(run.arguments as readonly Node[])
  if ('refused' in plain) return plain
  const [first] = plain.nodes
  if (first !== undefined && /^(ObjectExpression|ArrayExpression)$/.test(bare(first).type))
    return { refused: 'the values are given as one object or array' }
  const from = (run.callee as Node).end
  const opened = /^\s*\(/.exec(source.slice(from, first?.start ?? run.end))
  return opened === null
    ? { refused: 'something stands between the call and its arguments' }
    : { ...plain, open: from + opened[0].length, close: run.end - 1, isNew: false }
}

function plainNodes(nodes: readonly (Node | null)[]): { readonly nodes: readonly Node[] } | Refused {
  const plain = nodes.filter((each): each is Node => each !== null && each.type !== 'SpreadElement')
  return plain.length === nodes.length ? { nodes: plain } : { refused: 'the values are spread from a list' }
}

const named = (node: Node, source: string): string => {
  const text = source.slice(node.start, node.end)
  return /^[\w.$]{1,60}$/.test(text) ? text : 'an expression'
}

/** The edits that put code among the values. */
export function addValues(
  { nodes, open, close, isNew }: GivenValues,
  additions: readonly Addition[],
  source: string,
): readonly Edit[] | Refused {
  if (isNew) return [insert(open, `, [${additions.map((each) => each.code).join(', ')}]`)]
  if (nodes.length === 0)
    return source.slice(open, close).trim() === ''
      ? [{ start: open, end: close, text: additions.map((each) => each.code).join(', ') }]
      : UNCLEAR
  const edits: Edit[] = []
  for (const { index, code } of additions) {
    const next = nodes[index]
    const last = nodes.at(-1)
    const at = next?.start ?? last?.end ?? open
    const isPlain = next === undefined ? followsWell(source, at, close) : beginsWell(source, at, open)
    if (!isPlain) return UNCLEAR
    edits.push(insert(at, next === undefined ? `, ${code}` : `${code}, `))
  }
  return edits
}

const UNCLEAR: Refused = { refused: 'a comment or parentheses stand among the values' }

const insert = (at: number, text: string): Edit => ({ start: at, end: at, text })

const beginsWell = (source: string, at: number, open: number): boolean =>
  /^$|,$/.test(source.slice(open, at).trimEnd())

const followsWell = (source: string, at: number, close: number): boolean =>
  /^(,?)$/.test(source.slice(at, close).trim())
