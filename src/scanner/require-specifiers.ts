/** Every module a tree names, by import, re-export or require. */
import type { Node } from 'oxc-parser'
import type { Tree } from './tree.ts'

/** Specifiers in order of the text. */
export function requireSpecifiers(tree: Tree): readonly string[] {
  const found: string[] = []
  for (const node of tree.nodes)
    if (node.type === 'ImportDeclaration' && node.importKind !== 'type') found.push(node.source.value)
  for (const call of tree.senders) {
    if (call.type !== 'CallExpression' || !isRequire(call.callee as Node)) continue
    const argument = call.arguments[0]
    if (argument?.type === 'Literal' && typeof argument.value === 'string') found.push(argument.value)
  }
  return found
}

const isRequire = (node: Node): boolean => node.type === 'Identifier' && node.name === 'require'
