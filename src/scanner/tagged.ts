/** The text of a tagged template that parameterises: its holes are bound values, except those that say they are raw. */
import type { Node, TaggedTemplateExpression } from 'oxc-parser'
import { STATEMENT_METHODS } from './call-forms.ts'
import type { BoundValues } from './compose.ts'
import type { Module } from './modules.ts'
import { type At, behind, deeper, type Place } from './place.ts'
import { bare, calleePath, propertyOf } from './scopes.ts'
import { type Piece, quasiStart, textOrHole } from './texts.ts'

/** Tags that only give their text back: what is in their holes is in the text. */
const PLAIN = /^(raw|dedent|outdent|stripIndents?|codeBlock|oneLine|gql|html|css|markdown)$/
/** Calls inside a template that put text in as it is. */
const RAW = /^(raw|unsafe|lit|literal|rawSql|__dangerouslyRawSql)$/

/** Pieces of a parameterising template: `?` stands for each bound value. Null for other tags. */
export function taggedPieces(
  tagged: TaggedTemplateExpression,
  place: Place,
): { readonly pieces: readonly Piece[]; readonly bound: BoundValues | null } | null {
  const path = calleePath(tagged.tag as Node)
  if (PLAIN.test(path.at(-1) ?? '')) return null
  const list: At[] = []
  const pieces = piecesOf(tagged, place, list)
  return { pieces, bound: { list, named: new Map() } }
}

function piecesOf(tagged: TaggedTemplateExpression, place: Place, list: At[]): Piece[] {
  const pieces: Piece[] = []
  const { text: whole } = place.module.scopes.tree
  tagged.quasi.quasis.forEach((quasi, index) => {
    const cooked = quasi.value.cooked ?? quasi.value.raw
    pieces.push({ kind: 'text', text: cooked, start: quasiStart(quasi, whole), path: place.module.path })
    const expression = tagged.quasi.expressions[index]
    if (expression !== undefined) pieces.push(...inHole({ node: expression as Node, place }, list))
  })
  return pieces
}

function inHole(at: At, list: At[]): readonly Piece[] {
  const node = bare(at.node)
  const next = deeper(at.place)
  if (next === null) return [bound({ node, place: at.place }, list)]
  if (node.type === 'TaggedTemplateExpression') return piecesOf(node, next, list)
  if (node.type === 'CallExpression' && RAW.test(calleePath(node.callee as Node).at(-1) ?? '')) {
    const argument = node.arguments[0]
    return argument === undefined ? [] : textOrHole({ node: argument as Node, place: next })
  }
  const part = node.type === 'Identifier' ? partBehind({ node, place: next }) : null
  return part === null ? [bound({ node, place: at.place }, list)] : piecesOf(part.node, part.place, list)
}

/** The tagged template a name stands for; null if it is none. */
function partBehind(at: At): { readonly node: TaggedTemplateExpression; readonly place: Place } | null {
  const further = behind(at)
  const node = further === null ? null : bare(further.node)
  return further !== null && node?.type === 'TaggedTemplateExpression' ? { node, place: further.place } : null
}

/** A bound value, in the order of the list. */
function bound(at: At, list: At[]): Piece {
  list.push(at)
  return { kind: 'text', text: ' ? ', start: -1, path: '' }
}

/** Drivers whose tag sends what it is given; those of builders only make a part, to be put into something or sent later. */
const SENDING = new Set(['postgres', '@neondatabase/serverless', '@vercel/postgres', '@planetscale/database'])

/** Whether the code sends a template and waits for it. */
export function isSentTemplate(
  tagged: TaggedTemplateExpression,
  {
    form,
    drivers,
    module,
  }: { readonly form: string; readonly drivers: readonly string[]; readonly module: Module },
): boolean {
  const { parents } = module.scopes.tree
  let node: Node = tagged
  let parent = parents.get(node)
  while (parent !== undefined && /^(TS\w+|Parenthesized|Chain)Expression$/.test(parent.type)) {
    node = parent
    parent = parents.get(node)
  }
  if (parent === undefined) return false
  if (parent.type === 'AwaitExpression') return true
  // `sql`…`.execute(db)`, `db.execute(sql`…`)`.
  if (parent.type === 'MemberExpression') return STATEMENT_METHODS.has(propertyOf(parent) ?? '')
  if (parent.type === 'CallExpression' && STATEMENT_METHODS.has(propertyOf(parent.callee as Node) ?? ''))
    return true
  // Beside a builder the tag may be the builder's.
  const sends = /^\$(query|execute)Raw/.test(form) || drivers.every((each) => SENDING.has(each))
  return sends && /^(Yield|ArrowFunction|Call)Expression$|^ReturnStatement$/.test(parent.type)
}
