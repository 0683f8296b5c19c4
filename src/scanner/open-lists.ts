/** How long the lists in a statement's `IN (…)` may become: a client's, and those made of another statement's rows. In doubt none is open. */
import type { CallExpression, Node } from 'oxc-parser'
import type { OpenList, SourceSpan } from '../rules/index.ts'
import { type At, afresh, behind, bindingOf } from './place.ts'
import { givenTo } from './reached-values.ts'
import { isRowSource, requestRoot } from './request-roots.ts'
import { bare, calleePath, isFunction, propertyOf } from './scopes.ts'
import { textOf } from './texts.ts'

/** A place in a text that stands for a list. */
export interface ListPlace {
  /** The text before it. */
  readonly before: string
  readonly at: At
}

/** What a list's length comes from. */
type Length = Pick<OpenList, 'from' | 'name' | 'query'>

/** `a.id IN (`; the column is missing where IN follows an expression. */
const IN = /(?:([\w.]+)["`\]]?\s+)?(not\s+)?in\s*\(\s*$/i

/** The lists that may have any length, of some places of a statement that is sent from `path` and stands at `span`. */
export function openLists(
  places: readonly ListPlace[],
  { path, span }: { readonly path: string; readonly span: SourceSpan },
): readonly OpenList[] {
  return places.flatMap(({ before, at }) => {
    const found = IN.exec(before)
    const length = found === null ? null : lengthOf(at)
    if (found === null || length === null) return []
    const column = /^not$/i.test(found[1] ?? '') ? '' : (found[1] ?? '')
    const isHere = at.place.module.path === path
    return [
      {
        ...length,
        column,
        negated: /\bnot\s+in\s*\(\s*$/i.test(before),
        span: isHere ? { start: at.node.start, end: at.node.end } : span,
      },
    ]
  })
}

/** Expressions looked at for one list. */
const STEPS_MAX = 40

/** Methods and functions that give as many elements as they are given, or as many placeholders. */
const KEEPS_LENGTH =
  /^(map|join|fill|sort|toSorted|reverse|concat|keys|values|from|Array|Set|slice|filter|flat)$/

/** Where a list's length comes from, followed through names, copies and conversions; null where something limits it or it is not known. */
function lengthOf(at: At): Length | null {
  let next: At | null = afresh(at)
  let name = ''
  let isFiltered = false
  for (let left = STEPS_MAX; left > 0 && next !== null; left--) {
    const here: At = { node: bare(next.node), place: next.place }
    if (isLimited(here)) return null
    name = nameAt(here, name)
    isFiltered ||= here.node.type === 'CallExpression' && methodOf(here.node) === 'filter'
    const source = sourceAt(here)
    if (source !== null)
      return source === '' || (isFiltered && source !== REQUEST) ? null : lengthFrom(source, name, here)
    next = listBehind(here)
  }
  return null
}

/** In place of a statement: a client. */
const REQUEST = 'a client'

/** What decides a length: {@link REQUEST}, the statement whose rows they are, '' for what is limited; null where it must be followed on. */
function sourceAt(here: At): string | null {
  if (requestRoot(here)) return isOfBody(here) ? REQUEST : ''
  return queryOf(here)
}

const lengthFrom = (source: string, name: string, here: At): Length =>
  source === REQUEST
    ? { from: 'request', name: name === '' ? written(here) : name, query: '' }
    : { from: 'rows', name, query: source }

/** What the reader calls a list: `body.ids`, not `body`. */
function nameAt({ node, place }: At, name: string): string {
  if (node.type === 'Identifier') return name.startsWith(`${node.name}.`) ? name : node.name
  return node.type === 'MemberExpression' && propertyOf(node) !== 'length' ? written({ node, place }) : name
}

const methodOf = (call: CallExpression): string => calleePath(call.callee as Node).at(-1) ?? ''

/** Whether a client's value is of a body: addresses and headers are too short for a list that does harm. */
function isOfBody(at: At): boolean {
  if (/\b(body|payload)\b/i.test(written(at))) return true
  const binding = at.node.type === 'Identifier' ? bindingOf(at.node.name, at) : undefined
  if (binding === undefined) return false
  const from = binding.from === null ? '' : written({ node: binding.from, place: at.place })
  return /^(body|payload)$/.test(binding.path[0] ?? '') || /\b(body|payload)\b/i.test(from)
}

/** The list that a text of placeholders, or another list, is made of. */
function listBehind(at: At): At | null {
  const { node, place } = at
  switch (node.type) {
    case 'Identifier':
      return ofName(node.name, at)
    case 'MemberExpression':
      return behind(afresh(at)) ?? { node: node.object as Node, place }
    case 'NewExpression':
    case 'CallExpression':
      return ofCall(node as CallExpression, place)
    case 'ArrayExpression':
      return ofSpread(node.elements as readonly (Node | null)[], place)
    default:
      return null
  }
}

/** What is filled, or comes from several places, is not followed; nor is a part of a loop's batches. */
function ofName(name: string, at: At): At | null {
  const [only, ...more] = givenTo(name, at)
  return bindingOf(name, at)?.kind === 'element' || more.length > 0 ? null : (only ?? null)
}

/** `[...new Set(ids)]`. */
function ofSpread(elements: readonly (Node | null)[], place: At['place']): At | null {
  const [only, ...more] = elements
  return only?.type === 'SpreadElement' && more.length === 0 ? { node: only.argument as Node, place } : null
}

/** What a call gives as many elements as: `ids.map(f)`, `Array.from(ids, f)`, `Prisma.join(ids)`. */
function ofCall(node: CallExpression, place: At['place']): At | null {
  const callee = bare(node.callee as Node)
  const path = calleePath(callee)
  const method = path.at(-1) ?? ''
  // `ids.slice(0, 100)` has a length that is written in the code.
  if (!KEEPS_LENGTH.test(method) || (method === 'slice' && node.arguments.length > 1)) return null
  const first = node.arguments[0] as Node | undefined
  const isStatic =
    callee.type !== 'MemberExpression' ||
    (path.length === 2 && /^(Array|Object|Set|Prisma|sql|SQL)$/.test(path[0] ?? ''))
  if (isStatic) return first === undefined || isFunction(first) ? null : { node: first, place }
  return callee.type === 'MemberExpression' ? { node: callee.object as Node, place } : null
}

/** Whether the function compares the list's length, cuts it, or the file says how long lists may be: somebody thought of it. */
function isLimited({ node, place }: At): boolean {
  if (node.type !== 'Identifier') return false
  const { scopes } = place.module
  const fn = scopes.functionOf(node)
  const text = scopes.tree.text.slice(fn.start, fn.end)
  const escaped = node.name.replace(/\$/g, '\\$')
  return (
    new RegExp(
      `(?<![\\w$])${escaped}\\.length\\s*(?:>=?|<=?)\\s*(?![01]\\b)[\\w.$]|(?<![\\w$])${escaped}\\.(?:slice|splice)\\(|(?:chunk|batch)\\w*\\([^)]*\\b${escaped}\\b`,
      'i',
    ).test(text) || /\b(maxItems|ArrayMaxSize)\b/.test(scopes.tree.text)
  )
}

/** The statement whose rows an expression is; '' where their number is limited or not in sight, null if it is none. */
function queryOf({ node, place }: At): string | null {
  if (node.type !== 'CallExpression') return null
  const path = calleePath(node.callee as Node)
  if (!isRowSource(path)) return null
  const callee = bare(node.callee as Node)
  const owner = callee.type === 'MemberExpression' ? bare(callee.object as Node) : null
  const isPrepared = owner?.type === 'CallExpression' && methodOf(owner) === 'prepare'
  const [first] = (isPrepared ? owner.arguments : node.arguments) as readonly Node[]
  const pieces = first === undefined ? null : textOf(afresh({ node: first, place }))
  if (pieces === null || pieces.some((each) => each.kind === 'hole')) return ''
  const text = pieces.map((each) => (each.kind === 'text' ? each.text : '')).join('')
  return NARROWED.test(text) || !/^\s*select\b/i.test(text) ? '' : text.replace(/\s+/g, ' ').trim()
}

/** A statement with a limit, a condition or a grouping has as many rows as nobody can tell here. */
const NARROWED = /\blimit\b|\bfetch\s+first\b|\bwhere\b|\bgroup\s+by\b|\bdistinct\b|\bhaving\b|\bjoin\b/i

const written = ({ node, place }: At): string =>
  place.module.scopes.tree.text.slice(node.start, node.end).replace(/\s+/g, ' ').slice(0, 60)
