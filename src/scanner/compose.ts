/** Makes one statement of the pieces of a text: markers for holes and placeholders, where each stands, what it names and does. */
import type { Node } from 'oxc-parser'
import {
  type CodeValue,
  type Hole,
  isDynamic,
  marker,
  type SourceSpan,
  type SourceStatement,
} from '../rules/index.ts'
import {
  fingerprintId,
  parseSql,
  readFacts,
  type SqlDialect,
  SqlLexer,
  type StatementFacts,
  TokenKind,
} from '../sql/index.ts'
import { coercionOf, typeOf } from './coercions.ts'
import { holePlace } from './hole-place.ts'
import { offsetReach } from './offset-reach.ts'
import { type ListPlace, openLists } from './open-lists.ts'
import { originOf, sourceOf } from './origins.ts'
import { type At, afresh, bindingOf } from './place.ts'
import type { Piece } from './texts.ts'
import { childrenOf } from './tree.ts'

/** What is given of a statement before its text is read. */
export interface Draft {
  readonly pieces: readonly Piece[]
  /** Absolute path of the file the statement is sent from. */
  readonly path: string
  readonly span: SourceSpan
  readonly dialect: SqlDialect
  /** Bound values: by position, or by name; null if they are not in sight. */
  readonly bound: BoundValues | null
  /** True where `?` is an operator of the server and no placeholder of the driver. */
  readonly questionIsOperator: boolean
  /** The call that sends it; null in a file of SQL. */
  readonly sender: Node | null
}

/** Values given beside the text. */
export interface BoundValues {
  readonly list: readonly At[]
  readonly named: ReadonlyMap<string, At>
}

/** What composing adds to a draft. */
export type Composed = Pick<
  SourceStatement,
  | 'text'
  | 'holes'
  | 'values'
  | 'openLists'
  | 'facts'
  | 'factsText'
  | 'factsPartial'
  | 'fingerprint'
  | 'locate'
>

/** A stretch of the composed text and where it stands in the file. */
export interface Segment {
  /** Offset in the composed text. */
  from: number
  readonly length: number
  /** Offset in the file; -1 if it stands elsewhere or not character by character. */
  readonly source: number
}

/** Composes a statement. Never throws. */
export function compose(draft: Draft): Composed {
  const assembled = assemble(draft)
  const placed = withValues(assembled, draft)
  const { text, segments } = placed
  const holes = assembled.holes.map((at, index): Hole => {
    const name = marker('hole', index)
    const start = text.indexOf(name)
    return {
      ...valueAt(at, draft, { text, name }),
      place: holePlace(text, start, { length: name.length, dialect: draft.dialect }),
      names: namesIn(at),
      before: text.slice(Math.max(0, start - 60), start),
    }
  })
  const values = placed.values.map((at, index) =>
    at === null ? null : valueAt(at, draft, { text, name: marker('value', index) }),
  )
  const read = readable(text, holes, draft.dialect)
  return {
    text,
    holes,
    values,
    openLists: openLists(listPlaces(text, assembled, placed.values), draft),
    ...read,
    fingerprint: holes.every((each) => each.place === 'value' || each.place === 'quoted')
      ? fingerprintId(text.replace(/dbm_(?:hole|value)_\d+_/g, '?'), draft.dialect)
      : null,
    locate: locator({ segments, whole: draft.span }),
  }
}

interface Assembled {
  readonly text: string
  readonly segments: readonly Segment[]
  readonly holes: readonly At[]
  /** Places that are written once for each element of a list, and that list. */
  readonly repeated: readonly ListPlace[]
}

function assemble({ pieces, path }: Draft): Assembled {
  let text = ''
  const segments: Segment[] = []
  const holes: At[] = []
  const repeated: ListPlace[] = []
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      if (piece.each !== undefined) repeated.push({ before: text.slice(-BEFORE_LIST_MAX), at: piece.each })
      const source = piece.path === path ? piece.start : -1
      segments.push({ from: text.length, length: piece.text.length, source })
      text += piece.text
    } else {
      text += marker('hole', holes.length)
      holes.push(piece.at)
    }
  }
  return { text, segments, holes, repeated }
}

/** Puts markers in place of placeholders and joins them with the values given. */
function withValues(
  { text, segments }: Assembled,
  draft: Draft,
): { text: string; segments: readonly Segment[]; values: readonly (At | null)[] } {
  const lexer = new SqlLexer(text, draft.dialect)
  const values: (At | null)[] = []
  const moved = segments.map((each) => ({ ...each }))
  let out = ''
  let from = 0
  let position = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const token = lexer.tokenText()
    if (kind !== TokenKind.placeholder || (token === '?' && draft.questionIsOperator)) continue
    const name = marker('value', values.length)
    values.push(boundTo(token, position, draft.bound))
    if (token === '?') position++
    out += text.slice(from, lexer.start)
    const shift = name.length - token.length
    splitAt(moved, { at: out.length, length: token.length, shift })
    out += name
    from = lexer.end
  }
  return { text: out + text.slice(from), segments: moved, values }
}

/** Splits the segment a placeholder stands in; what follows it moves by `shift`. */
function splitAt(
  segments: Segment[],
  { at, length, shift }: { at: number; length: number; shift: number },
): void {
  const index = segments.findIndex((each) => each.from <= at && at < each.from + each.length)
  const found = segments[index]
  for (const each of segments) if (each.from > at) each.from += shift
  if (found === undefined) return
  const before = at - found.from
  const after = found.length - before - length
  segments.splice(
    index,
    1,
    { from: found.from, length: before, source: found.source },
    { from: at, length: length + shift, source: -1 },
    {
      from: at + length + shift,
      length: Math.max(0, after),
      source: found.source < 0 ? -1 : found.source + before + length,
    },
  )
}

function boundTo(token: string, position: number, bound: BoundValues | null): At | null {
  if (bound === null) return null
  if (token === '?') return bound.list[position] ?? null
  const digits = /^[$?:](\d+)$/.exec(token)
  if (digits !== null) return bound.list[Number(digits[1]) - 1] ?? null
  return bound.named.get(token.slice(1)) ?? null
}

/** Characters looked at for the column before a list. */
const BEFORE_LIST_MAX = 120

/** Everything that may stand for a list. */
const listPlaces = (
  text: string,
  { holes, repeated }: Assembled,
  values: readonly (At | null)[],
): readonly ListPlace[] => [
  ...repeated,
  ...holes.map((at, index) => ({ before: beforeMarker(text, marker('hole', index)), at })),
  ...values.flatMap((at, index) =>
    at === null ? [] : [{ before: beforeMarker(text, marker('value', index)), at }],
  ),
]

const beforeMarker = (text: string, name: string): string => {
  const at = text.indexOf(name)
  return text.slice(Math.max(0, at - BEFORE_LIST_MAX), Math.max(0, at))
}

/** `OFFSET 20`, and `LIMIT 20, 10` of the MySQL family and SQLite. */
const isOffset = (text: string, name: string): boolean => {
  const start = text.indexOf(name)
  const before = text.slice(Math.max(0, start - 20), start)
  if (/\boffset\s*$/i.test(before)) return true
  return /\blimit\s*$/i.test(before) && /^\s*,/.test(text.slice(start + name.length))
}

function valueAt(
  at: At,
  draft: Draft,
  { text, name }: { readonly text: string; readonly name: string },
): CodeValue {
  const isHere = at.place.module.path === draft.path
  return {
    expression: sourceOf(at, 120),
    span: isHere ? { start: at.node.start, end: at.node.end } : draft.span,
    origin: originOf(afresh(at)),
    coercion: coercionOf(afresh(at)),
    type: typeOf(afresh(at)),
    offset: isOffset(text, name) ? offsetReach(at, draft.sender) : null,
  }
}

/** Nodes looked at for the names of one value. */
const NAMES_NODES_MAX = 60

/** The names an expression is made of, those of entered functions' parameters replaced by what was given for them. */
function namesIn(at: At): readonly string[] {
  const names = new Set<string>()
  const stack: At[] = [at]
  for (let left = NAMES_NODES_MAX; left > 0; left--) {
    const next = stack.pop()
    if (next === undefined) break
    const { node, place } = next
    if (node.type !== 'Identifier') {
      stack.push(...childrenOf(node).map((each) => ({ node: each, place })))
      continue
    }
    const binding = bindingOf(node.name, next)
    const given = binding === undefined ? undefined : place.args.get(binding)
    if (given === undefined) names.add(node.name)
    else stack.push(given)
  }
  return [...names]
}

/** The facts of a text; where it cannot be read as it is, those of the text without its clause holes. */
function readable(
  text: string,
  holes: readonly Hole[],
  dialect: SqlDialect,
): { facts: StatementFacts | null; factsText: string; factsPartial: boolean } {
  const facts = factsOf(text, dialect)
  if (facts !== null || holes.length === 0)
    return { facts, factsText: text, factsPartial: facts !== null && hasHoleForClause(facts) }
  const without = holes.reduce((left, hole, index) => {
    const name = marker('hole', index)
    return hole.place === 'syntax' || hole.place === 'name'
      ? left.replace(name, ' '.repeat(name.length))
      : left
  }, text)
  return { facts: factsOf(without, dialect), factsText: without, factsPartial: true }
}

/** `DELETE FROM t ${where}` reads as if the clause were an alias. */
const hasHoleForClause = (facts: StatementFacts): boolean =>
  facts.tables.some(({ block }) => block.sources.some((source) => isDynamic(source.alias)))

function factsOf(text: string, dialect: SqlDialect): StatementFacts | null {
  const parsed = parseSql(text, dialect)
  if ('unparsed' in parsed || parsed.statements.length !== 1) return null
  return readFacts(parsed.statements[0], text)
}

/** Where the parts of a composed text stand, and where the whole of it does. */
export interface Places {
  readonly segments: readonly Segment[]
  readonly whole: SourceSpan
}

const PLACES = new WeakMap<SourceStatement['locate'], Places>()

/** The function that finds a range of a composed text in the file. */
export function locator(places: Places): SourceStatement['locate'] {
  const found: SourceStatement['locate'] = (start, end) =>
    locate(places.segments, { start, end }, places.whole)
  PLACES.set(found, places)
  return found
}

/** What such a function was made of; undefined for any other. */
export const placesOf = (locate: SourceStatement['locate']): Places | undefined => PLACES.get(locate)

function locate(segments: readonly Segment[], range: SourceSpan, whole: SourceSpan): SourceSpan {
  const found = segments.find((each) => each.from <= range.start && range.start < each.from + each.length)
  if (found === undefined || found.source < 0) return whole
  const start = found.source + range.start - found.from
  return { start, end: Math.min(start + range.end - range.start, found.source + found.length) }
}
