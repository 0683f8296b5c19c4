/** Types that a function's comment gives its parameters: `@param {number} limit`, as JSDoc and TypeScript read them. */
import type { Node } from 'oxc-parser'
import type { Module } from './modules.ts'
import type { Binding } from './scopes.ts'

/** Longest comment that is read, UTF-16 units. */
const COMMENT_MAX = 6_000

/** What a comment says a parameter, or a property of one, is. */
export type CommentedType = 'harmless' | 'text' | 'unknown'

/** The type a comment gives to what a name takes from a parameter; `path` leads further inside. Unknown where it says nothing. */
export function commentedType(binding: Binding, path: readonly string[], module: Module): CommentedType {
  if (binding.kind !== 'parameter') return 'unknown'
  const comment = commentOf(binding.node, module)
  if (comment === '') return 'unknown'
  const inside = [...binding.path, ...path]
  const wanted = inside.length === 0 ? binding.name : `.${inside.join('.')}`
  const own = binding.path.length === 0 && inside.length > 0 ? `${binding.name}${wanted}` : wanted
  for (const [, type = '', name = ''] of comment.matchAll(PARAMETER))
    if (name === own || (binding.path.length > 0 && name.endsWith(own))) return typeOf(type)
  return 'unknown'
}

const PARAMETER = /@param\s+\{([^{}]{1,200})\}\s+\[?([\w$.]+)/g

/** The comment right before a function, or before the statement, member or assignment that gives it its name; '' if there is none. */
function commentOf(fn: Node, { scopes }: Module): string {
  const { text, parents } = scopes.tree
  let { start } = fn
  for (let node = parents.get(fn); node !== undefined && !HOLDERS.test(node.type); node = parents.get(node))
    start = node.start
  const before = text.slice(Math.max(0, start - COMMENT_MAX), start).trimEnd()
  const from = before.endsWith('*/') ? before.lastIndexOf('/**') : -1
  return from < 0 ? '' : before.slice(from)
}

const HOLDERS =
  /^(Program|BlockStatement|StaticBlock|ClassBody|ObjectExpression|SwitchCase|CallExpression|FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

const HARMLESS =
  /^(number|boolean|bool|bigint|int|integer|float|date|null|undefined|void|-?\d+|'[^']*'|"[^"]*")$/i

function typeOf(written: string): CommentedType {
  const parts = written.replace(/^[?!=]|=$/g, '').split('|')
  const bare = parts.map((each) =>
    each
      .trim()
      .replace(/^\(|\)$|(\[\])+$/g, '')
      .replace(/^Array\.?<(.*)>$/i, '$1'),
  )
  if (bare.every((each) => HARMLESS.test(each))) return 'harmless'
  return bare.some((each) => /^string$/i.test(each)) ? 'text' : 'unknown'
}
