/**
 * A text as the code writes it in one place: literals, templates and what is put between them, with the offset in the file of
 * every character. Unlike what texts.ts gives, nothing is followed or guessed: this is what an edit may be made of.
 */
import type { Node, TemplateLiteral } from 'oxc-parser'
import { marker, type SourceSpan } from '../../rules/index.ts'
import { type At, afresh, behind } from '../place.ts'
import { bare } from '../scopes.ts'

/** A piece of a written text. */
export type WrittenPart = WrittenChars | WrittenHole | KnownPart

/** Characters written out. */
export interface WrittenChars {
  readonly kind: 'chars'
  readonly text: string
  /** Offset of each character, and of the end of the last; null where an escape hides them. */
  readonly offsets: readonly number[] | null
  /** The whole operand from the end of the one before, to take it out of a sum; null for the first and inside templates. */
  readonly lead: SourceSpan | null
  /** The quote the literal is written in; '`' for templates. */
  readonly mark: string
}

/** An expression whose value becomes part of the text. */
export interface WrittenHole {
  readonly kind: 'hole'
  readonly node: Node
  /** What to take out to be rid of it; null if something else stands in there, such as a comment. */
  readonly region: SourceSpan | null
  readonly inTemplate: boolean
}

/** A constant that is written elsewhere. */
interface KnownPart {
  readonly kind: 'known'
  readonly text: string
}

/** Operands of a sum at most. */
const OPERANDS_MAX = 400

/** The parts of a literal, template or sum that begins with text; null for any other expression. */
export function writtenText(at: At): readonly WrittenPart[] | null {
  const operands = operandsOf(at.node)
  const [first] = operands
  if (first === undefined || operands.length > OPERANDS_MAX) return null
  const { text: source } = at.place.module.scopes.tree
  const parts: WrittenPart[] = []
  let end = first.start
  for (const [index, node] of operands.entries()) {
    const lead = index === 0 ? null : leadOf(source, end, node)
    const own = partsOf({ node, place: at.place }, lead)
    if (index === 0 && own[0]?.kind === 'hole') return null
    parts.push(...own)
    end = lead?.end ?? node.end
  }
  return parts
}

/** `a + b + c` from left to right; a sum in parentheses on the right is one operand. */
function operandsOf(node: Node): readonly Node[] {
  const operands: Node[] = []
  let inner = node
  while (inner.type === 'BinaryExpression' && inner.operator === '+') {
    operands.push(inner.right as Node)
    inner = inner.left as Node
  }
  return [inner, ...operands.reverse()]
}

function partsOf({ node, place }: At, lead: SourceSpan | null): readonly WrittenPart[] {
  const { text: source } = place.module.scopes.tree
  if (node.type === 'Literal' && typeof node.value === 'string') {
    const offsets = offsetsOf(source, { start: node.start + 1, end: node.end - 1 }, node.value)
    return [{ kind: 'chars', text: node.value, offsets, lead, mark: source.charAt(node.start) }]
  }
  if (node.type === 'TemplateLiteral') return ofTemplate(node, { source, lead })
  const known = node.type === 'Identifier' ? constantText({ node, place }) : null
  if (known !== null) return [{ kind: 'known', text: known }]
  return [{ kind: 'hole', node, region: lead, inTemplate: false }]
}

/** A constant name for a text that is written out. */
function constantText(at: At): string | null {
  const further = behind(afresh(at))
  const node = further === null ? null : bare(further.node)
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return null
  return node.quasis[0]?.value.cooked ?? null
}

function ofTemplate(
  node: TemplateLiteral,
  { source, lead }: { readonly source: string; readonly lead: SourceSpan | null },
): readonly WrittenPart[] {
  // In TypeScript’s trees the marks around a piece belong to it, in JavaScript’s they do not.
  const wide = node.quasis[0]?.start === node.start ? 1 : 0
  const spans = node.quasis.map(({ start, end, tail }) => ({
    start: start + wide,
    end: end - wide * (tail ? 1 : 2),
  }))
  return node.quasis.flatMap((quasi, index): WrittenPart[] => {
    const span = spans[index] ?? { start: 0, end: 0 }
    const text = quasi.value.cooked ?? ''
    const own = node.quasis.length === 1 ? lead : null
    const chars: WrittenPart = {
      kind: 'chars',
      text,
      offsets: quasi.value.cooked === null ? null : offsetsOf(source, span, text),
      lead: own,
      mark: '`',
    }
    const expression = node.expressions[index] as Node | undefined
    const next = spans[index + 1]
    if (expression === undefined || next === undefined) return [chars]
    const region = { start: span.end, end: next.start }
    const isPlain = isAround(source, region, { node: expression, open: '${', close: '}' })
    return [chars, { kind: 'hole', node: expression, region: isPlain ? region : null, inTemplate: true }]
  })
}

/** Whether a region holds the expression, parentheses and white space around it, and nothing else. */
function isAround(
  source: string,
  region: SourceSpan,
  { node, open, close }: { readonly node: Node; readonly open: string; readonly close: string },
): boolean {
  const before = source.slice(region.start, node.start).replace(/\s/g, '')
  const after = source.slice(node.end, region.end).replace(/\s/g, '')
  const parentheses = before.length - open.length
  return (
    parentheses >= 0 && before === open + '('.repeat(parentheses) && after === ')'.repeat(parentheses) + close
  )
}

/** ` + (x)` from the end of the operand before; null where something else stands there. */
function leadOf(source: string, from: number, node: Node): SourceSpan | null {
  const opened = /^\s*\+\s*((?:\(\s*)*)$/.exec(source.slice(from, node.start))?.[1]
  if (opened === undefined) return null
  const depth = opened.replace(/\s/g, '').length
  const closed = new RegExp(`^(?:\\s*\\)){${depth}}`).exec(source.slice(node.end, node.end + 200))
  return closed === null ? null : { start: from, end: node.end + closed[0].length }
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' }

/** Where each character of `cooked` is written; null for escapes by number, of which nothing is changed. */
function offsetsOf(source: string, { start, end }: SourceSpan, cooked: string): readonly number[] | null {
  const offsets: number[] = []
  let read = ''
  for (let at = start; at < end; ) {
    const unit = unitAt(source, at)
    if (unit === null) return null
    for (let index = 0; index < unit.text.length; index++) offsets.push(at)
    read += unit.text
    at += unit.length
  }
  return read === cooked ? [...offsets, end] : null
}

function unitAt(source: string, at: number): { readonly text: string; readonly length: number } | null {
  const char = source.charAt(at)
  const isWindowsEnd = (from: number): boolean => source.startsWith('\r\n', from)
  // A template's line ends are line feeds, whatever the file has.
  if (char === '\r') return { text: '\n', length: isWindowsEnd(at) ? 2 : 1 }
  if (char !== '\\') return { text: char, length: 1 }
  const next = source.charAt(at + 1)
  if (/[\dux]/.test(next)) return null
  if (/[\r\n\u2028\u2029]/.test(next)) return { text: '', length: isWindowsEnd(at + 1) ? 3 : 2 }
  return { text: ESCAPED[next] ?? next, length: 2 }
}

/** A written text as one, with a marker for each hole. */
export interface JoinedText {
  readonly text: string
  /** Where each part begins in it. */
  readonly starts: readonly number[]
}

/** Joins parts; `fill` says what stands in place of the hole with this index among the parts. */
export function joined(
  parts: readonly WrittenPart[],
  fill: (index: number) => string = (index) => marker('hole', index),
): JoinedText {
  let text = ''
  const starts: number[] = []
  for (const [index, part] of parts.entries()) {
    starts.push(text.length)
    text += part.kind === 'hole' ? fill(index) : part.text
  }
  return { text, starts }
}
