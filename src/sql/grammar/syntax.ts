/**
 * Reading the parser's tree. Its nodes are plain JSON of an enum: `{Variant: payload}` or a bare word. Nothing is
 * assumed to be there: a newer parser may name things otherwise, and then nothing is found rather than mistaken.
 */

/** A node of the tree. */
export type Node = unknown

/** The payload's member; undefined if it is no object or has none. */
export function member(node: Node, name: string): Node {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, name)
    ? (node as { readonly [key: string]: Node })[name]
    : undefined
}

/** A list member; empty if it is none. */
export function items(node: Node, name: string): readonly Node[] {
  const found = member(node, name)
  return Array.isArray(found) ? found : []
}

/** The variant's name and payload of a one-member node. */
export function variant(node: Node): { readonly name: string; readonly payload: Node } | null {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return null
  const names = Object.keys(node)
  const name = names[0]
  return names.length === 1 && name !== undefined ? { name, payload: member(node, name) } : null
}

/** An identifier's text: `{value: 'x'}`. */
export function identifierText(node: Node): string | null {
  const value = member(node, 'value')
  return typeof value === 'string' ? value : null
}

/** The parts of an object's name: `[{Identifier: {value}}, …]`. */
export function nameParts(node: Node): readonly string[] | null {
  if (!Array.isArray(node) || node.length === 0) return null
  const parts = node.map((part) => identifierText(member(part, 'Identifier')))
  return parts.every((part) => part !== null) ? parts : null
}

/** Parentheses around an expression removed. */
export function unwrapped(node: Node): Node {
  let inner = node
  for (let found = variant(inner); found?.name === 'Nested'; found = variant(inner)) inner = found.payload
  return inner
}

/** The parts of a column's name (`c`, `t.c` or `s.t.c`), or null if it is no column. `@v` is none. */
export function columnParts(node: Node): readonly string[] | null {
  const found = variant(unwrapped(node))
  if (found?.name === 'Identifier') {
    const text = identifierText(found.payload)
    return text === null || text.startsWith('@') ? null : [text]
  }
  if (found?.name !== 'CompoundIdentifier' || !Array.isArray(found.payload)) return null
  const parts = found.payload.map(identifierText)
  return parts.every((part) => part !== null) && parts.length <= 3 ? parts : null
}

/** Whether a node is a whole query: a subselect's payload. */
export function isQuery(node: Node): boolean {
  return member(node, 'body') !== undefined && member(node, 'pipe_operators') !== undefined
}

/** What a walk finds: column names, and subselects, which it does not enter. */
export interface Found {
  readonly columns: (readonly string[])[]
  readonly queries: Node[]
}

/** Members that hold names or types, never expressions. */
const NOT_EXPRESSIONS = new Set([
  'name',
  'collation',
  'data_type',
  'alias',
  'prefix',
  'window_name',
  'field',
  'span',
  'target',
  'column_keyword',
])
const DEPTH_MAX = 2_000

/** Every column named and every subselect in an expression. */
export function findIn(node: Node): Found {
  const found: Found = { columns: [], queries: [] }
  collect(node, found, 0)
  return found
}

function collect(node: Node, found: Found, depth: number): void {
  if (depth > DEPTH_MAX || typeof node !== 'object' || node === null) return
  const parts = variant(node)?.name === 'Nested' ? null : columnParts(node)
  if (Array.isArray(node)) {
    for (const item of node) collect(item, found, depth + 1)
  } else if (isQuery(node)) {
    found.queries.push(node)
  } else if (parts !== null) {
    found.columns.push(parts)
  } else {
    for (const [name, value] of Object.entries(node)) {
      if (!NOT_EXPRESSIONS.has(name)) collect(value, found, depth + 1)
    }
  }
}

/** The number of a literal, e.g. of LIMIT; null if it is none. */
export function literalNumber(node: Node): number | null {
  const value = member(member(member(node, 'Value'), 'value'), 'Number')
  const text: Node = Array.isArray(value) ? value[0] : null
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : null
}
