/** One parsed file: its tree with parents, and the places in it that later steps start from. */
import type { CallExpression, Node, Program, ReturnStatement, TaggedTemplateExpression } from 'oxc-parser'
import { DbmedicError } from '../core/errors.ts'

/** Calls and tagged templates: where statements are sent from. */
export type Sender = CallExpression | TaggedTemplateExpression

/** A script: a whole file, or a script block of a component file; offsets are of the whole file. */
export interface Tree {
  readonly program: Program
  /** The whole file's text. */
  readonly text: string
  readonly parents: ReadonlyMap<Node, Node>
  readonly senders: readonly Sender[]
  readonly returns: readonly ReturnStatement[]
  /** Conditions: `if`, `?:`, `&&`, `||`, `switch`. */
  readonly conditions: readonly Node[]
  /** Every node that is or may be a declaration or a write, for scopes. */
  readonly nodes: readonly Node[]
}

type Parser = typeof import('oxc-parser')

let parser: Parser | null = null

/**
 * Loads the parser, a native addon with one package a platform.
 * @throws DbmedicError DBM_SCAN_PARSER_MISSING where it has none for this platform or it was not installed
 */
export async function loadParser(): Promise<void> {
  if (parser !== null) return
  try {
    parser = await import('oxc-parser')
    parser.parseSync('a.js', '0')
  } catch (error) {
    parser = null
    throw new DbmedicError(
      'DBM_SCAN_PARSER_MISSING',
      { platform: `${process.platform}-${process.arch}` },
      error,
    )
  }
}

/** What was read of a file, or why it could not be. */
export type ParsedFile = { readonly trees: readonly Tree[] } | { readonly broken: string }

/** Languages by extension. `.js` is read as JSX and Flow-free TypeScript is tried after it. */
const LANGUAGE: Readonly<Record<string, 'jsx' | 'ts' | 'tsx'>> = {
  js: 'jsx',
  jsx: 'jsx',
  mjs: 'jsx',
  cjs: 'jsx',
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
}

/** Extensions of scripts, and of components with script blocks. */
export const SCRIPT_EXTENSIONS = Object.keys(LANGUAGE)
export const COMPONENT_EXTENSIONS = ['vue', 'svelte']

/** Parses a file by its name. Never throws; a file with a syntax error is `broken`. */
export function parseFile(path: string, text: string): ParsedFile {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const blocks = COMPONENT_EXTENSIONS.includes(extension)
    ? scriptBlocks(text)
    : [{ text, language: LANGUAGE[extension] ?? 'jsx' }]
  const trees: Tree[] = []
  for (const block of blocks) {
    const tree = parseScript(block.text, block.language, text)
    if ('broken' in tree) return tree
    trees.push(tree)
  }
  return { trees }
}

/** Script blocks, each with everything before it blanked, so that offsets and lines are the file's. */
function scriptBlocks(text: string): { readonly text: string; readonly language: 'ts' | 'tsx' | 'jsx' }[] {
  return [...text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi)].map((found) => {
    const start = found.index + found[0].indexOf('>') + 1
    const inner = found[2] ?? ''
    const language = /lang\s*=\s*["'](tsx?|typescript)["']/i.exec(found[1] ?? '')?.[1]?.toLowerCase()
    return {
      text: text.slice(0, start).replace(/[^\n]/g, ' ') + inner,
      language: language === undefined ? 'jsx' : language === 'tsx' ? 'tsx' : 'ts',
    }
  })
}

function parseScript(
  script: string,
  lang: 'jsx' | 'ts' | 'tsx',
  whole: string,
): Tree | { readonly broken: string } {
  if (parser === null) throw new Error('loadParser() has not ended')
  try {
    const failures: string[] = []
    // A file may be a module, a CommonJS one with a `return` outside of functions, or TypeScript by another name.
    for (const [language, sourceType] of attempts(lang)) {
      const result = parser.parseSync('scanned', script, {
        lang: language,
        sourceType,
        preserveParens: false,
      })
      const error = result.errors.find((each) => each.severity === 'Error')
      if (error === undefined) return indexed(result.program, whole)
      failures.push(error.message)
    }
    return { broken: failures[0] ?? 'the parser failed' }
  } catch (error) {
    return { broken: error instanceof Error ? error.message : 'the parser failed' }
  }
}

type Attempt = readonly [lang: 'jsx' | 'ts' | 'tsx', sourceType: 'module' | 'commonjs']

const attempts = (lang: 'jsx' | 'ts' | 'tsx'): readonly Attempt[] =>
  lang === 'jsx'
    ? [
        ['jsx', 'module'],
        ['jsx', 'commonjs'],
        ['tsx', 'module'],
      ]
    : [
        [lang, 'module'],
        [lang, 'commonjs'],
      ]

const FOR_SCOPES = new Set([
  'VariableDeclarator',
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassDeclaration',
  'ImportDeclaration',
  'CatchClause',
  'AssignmentExpression',
  'UpdateExpression',
  'ForOfStatement',
  'ForInStatement',
  'TSEnumDeclaration',
  'TSTypeAliasDeclaration',
  'TSInterfaceDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
])

const CONDITIONS = new Set(['IfStatement', 'ConditionalExpression', 'LogicalExpression', 'SwitchStatement'])

function indexed(program: Program, text: string): Tree {
  const parents = new Map<Node, Node>()
  const senders: Sender[] = []
  const nodes: Node[] = []
  const returns: ReturnStatement[] = []
  const conditions: Node[] = []
  const stack: Node[] = [program]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === 'CallExpression' || node.type === 'TaggedTemplateExpression') senders.push(node)
    else if (node.type === 'ReturnStatement') returns.push(node)
    else if (CONDITIONS.has(node.type)) conditions.push(node)
    else if (FOR_SCOPES.has(node.type)) nodes.push(node)
    const children = childrenOf(node)
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at]
      if (child === undefined) continue
      parents.set(child, node)
      stack.push(child)
    }
  }
  return { program, text, parents, senders, returns, conditions, nodes }
}

/** The children of a node, in order of the text. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  const fields = node as unknown as Readonly<Record<string, unknown>>
  for (const key of parser?.visitorKeys[node.type] ?? []) {
    const value = fields[key]
    if (Array.isArray(value)) children.push(...value.filter(isNode))
    else if (isNode(value)) children.push(value)
  }
  return children
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
