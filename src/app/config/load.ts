/**
 * Reads dbmedic.yaml: environment references filled in, every problem stated with line and column and the
 * nearest valid key. Nothing starts on a configuration that is not valid whole.
 */
import { dirname, resolve } from 'node:path'
import { type Document, isMap, isNode, isPair, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import { nearestWord } from './nearest-word.ts'
import { optionProblem } from './option-problem.ts'
import { readBounded } from './read-bounded.ts'
import { resolvePaths } from './resolve-paths.ts'
import { asTargets, type Config, configSchema, ENGINES } from './schema.ts'
import { unknownThreshold } from './unknown-threshold.ts'

/**
 * The configuration in `file`; its relative paths are made absolute, from its folder. @throws DbmedicError DBM_CONFIG_INVALID with the place of the first problem,
 * or DBM_CONFIG_UNREADABLE if the file cannot be read.
 */
export function loadConfig(file: string, environment: NodeJS.ProcessEnv = process.env): Config {
  let text: string
  try {
    text = readBounded(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new DbmedicError('DBM_CONFIG_UNREADABLE', { file, reason: code }, error)
  }
  return resolvePaths(parseConfig(text, file, environment), file)
}

/** The same for a text, with its paths as they are written; `file` only names it in messages. */
export function parseConfig(whole: string, file: string, environment: NodeJS.ProcessEnv = {}): Config {
  // A byte order mark is no column of the first line.
  const text = whole.replace(/^\ufeff/, '')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const broken = document.errors[0]
  if (broken !== undefined) {
    const problem = broken.code === 'MULTIPLE_DOCS' ? 'a second document begins here' : broken.message
    throw invalid({ file, ...lines.linePos(broken.pos[0]) }, problem, 'see https://yaml.org/spec/1.2.2/')
  }
  const strange = strangeText(text, document)
  if (strange !== null) throw invalid({ file, ...lines.linePos(strange.at) }, strange.problem, strange.next)
  fillIn(document, { file, lines, environment })
  const parsed = configSchema.safeParse(contentOf(document, { file, lines }) ?? {})
  if (parsed.success) return withKnownNames(parsed.data, document, { file, lines })
  // A misspelt key also leaves the right one missing: the misspelling is what to say first.
  const { issues } = parsed.error
  const issue = issues.find((i) => i.code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw invalid({ file, line: 1, col: 1 }, 'not a configuration', '')
  const { problem, suggestion, path } = explain(issue, document)
  throw invalid({ file, ...placeOf(document, lines, path) }, problem, suggestion)
}

/** Control characters YAML does not allow, and what stands where bytes were no UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/

/** What the parser lets pass and no value of ours can mean; null if there is none. */
function strangeText(
  text: string,
  document: Document,
): { readonly at: number; readonly problem: string; readonly next: string } | null {
  const at = text.search(NO_TEXT)
  if (at >= 0) {
    const problem =
      text[at] === '\ufffd' ? 'bytes that are no UTF-8' : 'a control character, which YAML does not allow'
    return { at, problem, next: 'write the file in UTF-8, without it' }
  }
  const [warning] = document.warnings
  return warning === undefined
    ? null
    : { at: warning.pos[0], problem: warning.message, next: 'see https://yaml.org/spec/1.2.2/' }
}

/** What the text says. An alias without an anchor, or one that would grow without bound, is an error at its place. */
function contentOf(document: Document, place: Place): unknown {
  try {
    return document.toJS()
  } catch (error) {
    let at = 0
    visit(document, {
      Alias(_key, node) {
        at = node.range?.[0] ?? 0
        if (node.resolve(document) === undefined) return visit.BREAK
      },
    })
    const problem = error instanceof Error ? error.message : 'it cannot be read'
    throw invalid({ file: place.file, ...place.lines.linePos(at) }, problem, 'write the value itself')
  }
}

interface Place {
  readonly file: string
  readonly lines: LineCounter
}

/**
 * Replaces ${NAME} in strings. An unset name is an error at its place, never an empty string. A value that is
 * not quoted and is one reference may also be a number or a flag.
 */
function fillIn(document: Document, at: Place & { readonly environment: NodeJS.ProcessEnv }): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return
      const before = node.value
      if (before.includes('\0')) {
        const place = { file: at.file, ...at.lines.linePos(node.range?.[0] ?? 0) }
        throw invalid(place, 'a NUL character, which no name or path has', 'write it without')
      }
      node.value = before.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
        const value = at.environment[name]
        if (value !== undefined) return value
        throw invalid(
          { file: at.file, ...at.lines.linePos(node.range?.[0] ?? 0) },
          `environment variable ${name} is not set`,
          'set it or write the value',
        )
      })
      if (node.type === 'PLAIN' && /^\$\{\w+\}$/.test(before)) node.value = plain(String(node.value))
    },
  })
}

/** A number or flag as YAML 1.2 writes it, else the text itself. */
function plain(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && text.length <= 15 ? Number(text) : text
}

interface Explained {
  readonly problem: string
  readonly suggestion: string
  readonly path: PropertyKey[]
}

function explain(issue: z.core.$ZodIssue, document: Document): Explained {
  if (issue.code === 'unrecognized_keys') {
    return unknownKey(issue.path, issue.keys[0] ?? '', keysAt(issue.path, document))
  }
  const misspelt = issue.code === 'invalid_union' ? misspeltAt(issue.path, document) : null
  if (misspelt !== null) return misspelt
  return {
    problem: `${issue.path.length === 0 ? 'the file' : issue.path.join('.')}: ${issue.message}`,
    suggestion: suggestionFor(issue, document) ?? 'see docs/configuration.md',
    path: [...issue.path],
  }
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): Explained {
  const near = nearestWord(key, known)
  return {
    problem: `unknown key “${key}”`,
    suggestion: near === null ? `known keys: ${known.join(', ')}` : `did you mean “${near}”?`,
    path: [...path, key],
  }
}

/** The key that was probably meant to be the one that says which schema an entry has; null where none was. */
function misspeltAt(path: readonly PropertyKey[], document: Document): Explained | null {
  const entry = path.slice(0, -1)
  const wanted = String(path.at(-1))
  const given = document.getIn([...entry])
  if (!isMap(given) || given.has(wanted)) return null
  const keys = given.items.map(({ key }) => String(key))
  const key = keys.find((each) => nearestWord(each, [wanted]) !== null)
  return key === undefined ? null : unknownKey(entry, key, [wanted])
}

/** What to write instead; null if nobody can say. What was written is only compared, never repeated. */
function suggestionFor(issue: z.core.$ZodIssue, document: Document): string | null {
  if (issue.code === 'custom' && typeof issue.params?.['next'] === 'string') return issue.params['next']
  const known = knownWords(issue)
  if (known.length === 0) return null
  const key = issue.code === 'invalid_key' ? issue.path.at(-1) : document.getIn([...issue.path])
  const near = typeof key === 'string' ? nearestWord(key, known) : null
  return near === null ? `known are: ${known.join(', ')}` : `did you mean “${near}”?`
}

function knownWords(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  // The one union there is: a target is read by its engine.
  if (issue.code === 'invalid_union') return [...ENGINES]
  if (issue.code !== 'invalid_key') return []
  return issue.issues.flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []))
}

/** Keys the schema has at a path, for suggestions. */
function keysAt(path: readonly PropertyKey[], document: Document): string[] {
  let schema: unknown = configSchema
  path.forEach((step, index) => {
    const below = path.slice(0, index + 1)
    schema = optionFor(child(schema, step), document.getIn([...below, 'engine']))
  })
  return Object.keys(shapeOf(schema))
}

/** Of a schema that has one option an engine, the one of this engine. */
function optionFor(schema: unknown, engine: unknown): unknown {
  const { options } = schema as { readonly options?: readonly unknown[] }
  return options?.find((each) => valuesOf(shapeOf(each)['engine']).includes(engine)) ?? schema
}

const valuesOf = (schema: unknown): readonly unknown[] => [
  ...((schema as { readonly values?: Iterable<unknown> } | undefined)?.values ?? []),
]

function shapeOf(schema: unknown): Record<string, unknown> {
  let at = schema as Described | undefined
  while (
    at !== undefined &&
    at.shape === undefined &&
    (typeof at.unwrap === 'function' || at.in !== undefined)
  )
    at = (at.in ?? at.unwrap?.()) as typeof at
  if (at?.shape !== undefined) return at.shape
  // A record of a fixed list of keys has the same shape under each of them.
  return Object.fromEntries((at?.keyType?.options ?? []).map((key) => [key, at?.valueType]))
}

/** What is asked of a schema: an object has a shape, a record its kinds of key and value, a wrapper what it wraps. */
interface Described {
  readonly shape?: Record<string, unknown>
  readonly keyType?: { readonly options?: readonly string[] }
  readonly valueType?: unknown
  readonly unwrap?: () => unknown
  /** What is read before it is made something else. */
  readonly in?: unknown
}

function child(schema: unknown, step: PropertyKey): unknown {
  if (typeof step === 'number') {
    let at = schema as { element?: unknown; unwrap?: () => unknown } | undefined
    while (at !== undefined && at.element === undefined && typeof at.unwrap === 'function')
      at = at.unwrap() as typeof at
    return at?.element
  }
  return shapeOf(schema)[String(step)]
}

function placeOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; col: number } {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = keyNode(document, path.slice(0, depth))
    if (node?.range) return lines.linePos(node.range[0])
  }
  return { line: 1, col: 1 }
}

/** The key's own node where the path ends at a key, else the value's. */
function keyNode(document: Document, path: readonly PropertyKey[]): Node | null {
  const parent = path.length === 0 ? null : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isPair(item) && isNode(item.key) && String(item.key) === String(last),
    )
    if (pair !== undefined && isNode(pair.key)) return pair.key
  }
  const value = path.length === 0 ? document.contents : document.getIn([...path], true)
  return isNode(value) ? value : null
}

/** What the schema alone cannot know: names that must differ, and names that must be there. */
function withKnownNames(config: Config, document: Document, place: Place): Config {
  const unknown = unknownThreshold(config.detection.thresholds)
  if (unknown !== null) {
    const path = ['detection', 'thresholds', ...unknown.path]
    const at = { file: place.file, ...placeOf(document, place.lines, path) }
    throw invalid(at, unknown.problem, unknown.suggestion)
  }
  const option = optionProblem(config.targets)
  if (option !== null) {
    const at = { file: place.file, ...placeOf(document, place.lines, option.path) }
    throw invalid(at, option.problem, option.suggestion)
  }
  const seen = new Set<string>()
  config.targets.forEach((target, i) => {
    const name = target.name.toLowerCase()
    if (seen.has(name)) {
      throw invalid(
        { file: place.file, ...placeOf(document, place.lines, ['targets', i, 'name']) },
        `target “${target.name}” is named twice`,
        'give each target a name of its own',
      )
    }
    seen.add(name)
  })
  config.targets.forEach(({ engine, dataPath }, i) => {
    if (engine !== 'sqlite' || dataPath === null || !isStore(config.store, dataPath, place.file)) return
    throw invalid(
      { file: place.file, ...placeOf(document, place.lines, ['targets', i, 'path']) },
      'this file is the store of dbmedic itself',
      'name the database of an application',
    )
  })
  config.repositories.forEach(({ name }, i) => {
    if (seen.has(name.toLowerCase())) {
      throw invalid(
        { file: place.file, ...placeOf(document, place.lines, ['repositories', i, 'name']) },
        `“${name}” is named twice`,
        'give each repository a name no target and no other repository has',
      )
    }
    seen.add(name.toLowerCase())
  })
  config.targets.forEach((target, i) => {
    const source = target.replicaOf?.toLowerCase()
    if (source === undefined || (seen.has(source) && source !== target.name.toLowerCase())) return
    throw invalid(
      { file: place.file, ...placeOf(document, place.lines, ['targets', i, 'replicaOf']) },
      `target “${target.name}” cannot be a replica of “${target.replicaOf}”`,
      'name another target of this file',
    )
  })
  return { ...config, targets: [...config.targets, ...asTargets(config)] }
}

const isStore = (store: string, path: string, file: string): boolean =>
  resolve(dirname(file), store) === resolve(dirname(file), path)

function invalid(
  at: { readonly file: string; readonly line: number; readonly col: number },
  problem: string,
  suggestion: string,
): DbmedicError {
  return new DbmedicError('DBM_CONFIG_INVALID', {
    file: at.file,
    line: at.line,
    column: at.col,
    problem,
    suggestion,
  })
}
