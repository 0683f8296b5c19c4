// Reading single expressions of the tree: what kind of operand one is, and where it stands in the text.

import type { NameRef, TextSpan } from './statement-facts.ts'
import { identifierText, items, member, type Node, unwrapped, variant } from './syntax.ts'

/** One side of a comparison. */
export type Operand =
  | { readonly kind: 'column'; readonly name: NameRef }
  | { readonly kind: 'number'; readonly text: string; readonly span: TextSpan | null }
  | { readonly kind: 'string'; readonly text: string; readonly span: TextSpan | null }
  | { readonly kind: 'null' }
  | { readonly kind: 'function'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'cast'; readonly inner: Node; readonly type: string }
  | { readonly kind: 'arithmetic'; readonly sides: readonly Node[] }
  | { readonly kind: 'other' }

/** Turns the grammar's lines and columns (from 1, code points) into UTF-16 offsets. */
export class Offsets {
  readonly #text: string
  readonly #lines: number[] = [0]

  constructor(text: string) {
    this.#text = text
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1)
  }

  /** The offset of a `{line, column}` node; -1 if it is none. */
  of(place: Node): number {
    const line = Number(member(place, 'line'))
    const column = Number(member(place, 'column'))
    const from = this.#lines[line - 1]
    if (from === undefined || !(column >= 1)) return -1
    let at = from
    for (let left = column - 1; left > 0 && at < this.#text.length; left--)
      at += (this.#text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
    return at
  }

  /** The span of a node that has one; null if it has none. */
  span(node: Node): TextSpan | null {
    const span = member(node, 'span')
    const start = this.of(member(span, 'start'))
    const end = this.of(member(span, 'end'))
    return start < 0 || end <= start ? null : { start, end }
  }

  /** A name of the tree's identifiers, or null if one of them is none. */
  name(identifiers: readonly Node[]): NameRef | null {
    const parts = identifiers.map(identifierText)
    const spans = identifiers.map((each) => this.span(each))
    const first = spans[0]
    const last = spans.at(-1)
    if (first === null || first === undefined || last === null || last === undefined) return null
    if (!parts.every((part) => part !== null)) return null
    const quote = member(identifiers.at(-1), 'quote_style')
    return {
      parts,
      quote: typeof quote === 'string' ? quote : null,
      span: { start: first.start, end: last.end },
    }
  }

  /** An object's name: `[{Identifier}, ...]`. */
  objectName(node: Node): NameRef | null {
    if (!Array.isArray(node) || node.length === 0) return null
    return this.name(node.map((part: Node) => member(part, 'Identifier')))
  }

  /** The column an expression is; null if it is none. `@v` is none. */
  column(node: Node): NameRef | null {
    const found = variant(unwrapped(node))
    if (found?.name === 'Identifier') return notVariable(this.name([found.payload]))
    if (found?.name !== 'CompoundIdentifier' || !Array.isArray(found.payload)) return null
    return found.payload.length > 3 ? null : this.name(found.payload)
  }

  /** What kind of operand an expression is. */
  operand(node: Node): Operand {
    const inner = unwrapped(node)
    const name = this.column(inner)
    if (name !== null) return { kind: 'column', name }
    const found = variant(inner)
    switch (found?.name) {
      case 'Value':
        return this.#literal(found.payload)
      case 'UnaryOp':
        return this.#signed(found.payload)
      case 'Function':
        return { kind: 'function', name: functionName(found.payload), args: argumentsOf(found.payload) }
      case 'Cast':
        return {
          kind: 'cast',
          inner: member(found.payload, 'expr'),
          type: typeText(member(found.payload, 'data_type')),
        }
      case 'BinaryOp':
        return arithmetic(found.payload)
      default:
        return keywordFunction(found)
    }
  }

  #literal(payload: Node): Operand {
    const value = member(payload, 'value')
    if (value === 'Null') return { kind: 'null' }
    const span = this.span(payload)
    const found = variant(value)
    if (found === null) return { kind: 'other' }
    if (found.name === 'Number') {
      const text: Node = Array.isArray(found.payload) ? found.payload[0] : null
      return typeof text === 'string' ? { kind: 'number', text, span } : { kind: 'other' }
    }
    const isText = /^(SingleQuoted|DoubleQuoted|EscapedString|National)/.test(found.name)
    return isText && typeof found.payload === 'string'
      ? { kind: 'string', text: found.payload, span }
      : { kind: 'other' }
  }

  #signed(payload: Node): Operand {
    const inner = this.operand(member(payload, 'expr'))
    const sign = member(payload, 'op')
    return inner.kind === 'number' && (sign === 'Minus' || sign === 'Plus') ? inner : { kind: 'other' }
  }
}

const notVariable = (name: NameRef | null): NameRef | null =>
  name?.parts[0]?.startsWith('@') === true ? null : name

/** `LOWER`, upper case; '' where it is qualified or dynamic. */
function functionName(payload: Node): string {
  const parts = items(payload, 'name')
  return parts.length === 1 ? (identifierText(member(parts[0], 'Identifier')) ?? '').toUpperCase() : ''
}

function argumentsOf(payload: Node): readonly Node[] {
  const list = member(member(payload, 'args'), 'List')
  return items(list, 'args').flatMap((arg) => {
    const expr = member(member(arg, 'Unnamed'), 'Expr')
    return expr === undefined ? [] : [expr]
  })
}

const ARITHMETIC = new Set(['Plus', 'Minus', 'Multiply', 'Divide', 'Modulo'])

function arithmetic(payload: Node): Operand {
  const op = member(payload, 'op')
  return typeof op === 'string' && ARITHMETIC.has(op)
    ? { kind: 'arithmetic', sides: [member(payload, 'left'), member(payload, 'right')] }
    : { kind: 'other' }
}

/** Functions that the grammar keeps as nodes of their own: EXTRACT, SUBSTRING, TRIM, CEIL, FLOOR, CONVERT. */
function keywordFunction(found: ReturnType<typeof variant>): Operand {
  if (found === null || !/^(Extract|Substring|Trim|Ceil|Floor|Convert)$/.test(found.name))
    return { kind: 'other' }
  return { kind: 'function', name: found.name.toUpperCase(), args: [member(found.payload, 'expr')] }
}

/** A data type as one lower-case word or two: `varchar`, `int unsigned`, `jsonb`, `my_enum`; '' if there is none. */
export function typeText(node: Node): string {
  if (typeof node === 'string') return node === 'Unspecified' ? '' : node.toLowerCase()
  const found = variant(node)
  if (found === null) return ''
  if (found.name === 'Custom') return customType(found.payload)
  if (found.name === 'Array') return 'array'
  return TYPE_WORDS[found.name] ?? found.name.toLowerCase()
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  CharacterVarying: 'varchar',
  CharVarying: 'varchar',
  Character: 'char',
  DoublePrecision: 'double',
  IntUnsigned: 'int unsigned',
  IntegerUnsigned: 'int unsigned',
  BigIntUnsigned: 'bigint unsigned',
  SmallIntUnsigned: 'smallint unsigned',
  TinyIntUnsigned: 'tinyint unsigned',
  MediumIntUnsigned: 'mediumint unsigned',
}

function customType(payload: Node): string {
  const parts: readonly Node[] = Array.isArray(payload) && Array.isArray(payload[0]) ? payload[0] : []
  return (identifierText(member(parts.at(-1), 'Identifier')) ?? '').toLowerCase()
}
