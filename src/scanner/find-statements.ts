/** Every SQL statement one script sends: which call, what text, which values. */
import type { CallExpression, Node, TaggedTemplateExpression } from 'oxc-parser'
import type { FileRole, SourceStatement } from '../rules/index.ts'
import { POSTGRESQL, type SqlDialect } from '../sql/index.ts'
import { isUndone, partNamesIn } from './builders.ts'
import {
  AMBIGUOUS_FRAGMENTS,
  beginsAsStatement,
  FRAGMENT_METHODS,
  hasSqlMarks,
  isForPeople,
  isWholeStatement,
  looksLikeCondition,
  RUN_METHODS,
  STATEMENT_METHODS,
} from './call-forms.ts'
import { type BoundValues, compose } from './compose.ts'
import { DRIVERS, dialectOfText } from './drivers.ts'
import { loopAround } from './loops.ts'
import type { Module, Modules } from './modules.ts'
import { originOf } from './origins.ts'
import { type At, afresh, behind, type Place } from './place.ts'
import { ROWS_UNKNOWN, rowUseOf } from './row-use.ts'
import { bare, calleePath, isFunction, keyOf, propertyOf } from './scopes.ts'
import { isSentTemplate, taggedPieces } from './tagged.ts'
import { type Piece, textOf } from './texts.ts'

/** What is known of the script's file. */
export interface FileContext {
  /** Relative to the scanned folder. */
  readonly file: string
  readonly role: FileRole
  readonly modules: Modules
  /** Drivers the file uses, its own imports first. */
  readonly drivers: readonly string[]
  /** The project's dialect where the file's drivers show none. */
  readonly dialect: SqlDialect | null
  /** Whether the project hands tools to people's assistants (Model Context Protocol). */
  readonly servesTools: boolean
  readonly lineOf: (offset: number) => number
}

/** The statements of a script, in order of the text. @throws TooLong where the file has cost all it may; what was given is whole */
export function* findStatements(module: Module, context: FileContext): Generator<SourceStatement, void> {
  const place: Place = {
    modules: context.modules,
    module,
    args: new Map(),
    depth: 0,
    budget: { left: 0, cuts: 0 },
  }
  const finder = new Finder(place, context)
  for (const sender of module.scopes.tree.senders) {
    context.modules.effort.at(sender.start)
    if (context.role === 'migration' && isUndone(sender, module)) continue
    const found = sender.type === 'CallExpression' ? finder.inCall(sender) : finder.inTemplate(sender)
    if (found !== null) yield found
  }
}

/** A text argument and what is known of the call around it. */
interface Sent {
  readonly pieces: readonly Piece[]
  readonly bound: BoundValues | null
  readonly node: Node
  readonly call: Node
  readonly form: string
  readonly isFragment: boolean
  /** Whether the code waits for what the server answers; a function that is none of a driver's may only add to the text. */
  readonly isWaitedFor: boolean
}

class Finder {
  readonly #place: Place
  readonly #context: FileContext
  readonly #partNames: ReadonlySet<string>
  #isOpen: boolean | undefined

  constructor(place: Place, context: FileContext) {
    this.#place = place
    this.#context = context
    this.#partNames = partNamesIn(place.module)
  }

  inCall(call: CallExpression): SourceStatement | null {
    const path = calleePath(call.callee as Node)
    const method = path.at(-1) ?? ''
    const prefix = FRAGMENT_METHODS.get(method)
    if (prefix !== undefined && path.length > 1) return this.#fragment(call, { method, prefix })
    if (STATEMENT_METHODS.has(method)) return this.#whole(call, method, true)
    return isForPeople(path) || !this.#usesSql() ? null : this.#whole(call, method, false)
  }

  inTemplate(tagged: TaggedTemplateExpression): SourceStatement | null {
    if (this.#isPart(tagged)) return null
    const sent = taggedPieces(tagged, afresh({ node: tagged, place: this.#place }).place)
    if (sent === null || !isWholeStatement(plain(sent.pieces))) return null
    const form = calleePath(tagged.tag as Node).at(-1) ?? ''
    return this.#statement({
      ...sent,
      node: tagged,
      call: tagged,
      form: form === '' || form === '()' ? 'tagged template' : form,
      isFragment: false,
      isWaitedFor: isSentTemplate(tagged, {
        form,
        drivers: this.#context.drivers,
        module: this.#place.module,
      }),
    })
  }

  /** A template inside another tagged one is part of that. */
  #isPart(tagged: TaggedTemplateExpression): boolean {
    const { scopes } = this.#place.module
    const parent = scopes.tree.parents.get(tagged)
    return parent?.type === 'TemplateLiteral'
  }

  #usesSql = (): boolean => this.#context.drivers.length > 0

  #whole(call: CallExpression, method: string, isKnown: boolean): SourceStatement | null {
    const given = this.#textArgument(call, isKnown)
    if (given === null) return null
    const text = plain(given.pieces)
    const fits = isKnown
      ? beginsAsStatement(text) && (isWholeStatement(text) || this.#usesSql())
      : isWholeStatement(text) && hasSqlMarks(text)
    if (!fits) return null
    return this.#statement({
      ...given,
      call,
      form: method === '' ? 'call' : method,
      isFragment: false,
      isWaitedFor: isKnown ? !isInProcess(call, method, this.#place) : isWaitedFor(call, this.#place),
    })
  }

  #fragment(
    call: CallExpression,
    { method, prefix }: { method: string; prefix: string },
  ): SourceStatement | null {
    const given = this.#textArgument(call, true)
    if (given === null) return null
    const text = plain(given.pieces)
    if (AMBIGUOUS_FRAGMENTS.has(method) && !(this.#usesSql() && looksLikeCondition(text))) return null
    const before: Piece = { kind: 'text', text: prefix, start: -1, path: '' }
    return this.#statement({
      ...given,
      pieces: [before, ...given.pieces],
      call,
      form: method,
      isFragment: true,
      isWaitedFor: true,
    })
  }

  /** The argument that is a text, with the values beside it; of unknown functions only what is written in the call. */
  #textArgument(call: CallExpression, isKnown: boolean): Pick<Sent, 'pieces' | 'bound' | 'node'> | null {
    const args = call.arguments as readonly Node[]
    for (const [index, argument] of args.slice(0, isKnown ? 1 : 2).entries()) {
      const node = bare(argument)
      const inObject = objectText(node)
      const target = inObject?.text ?? node
      if (!isKnown && !isWritten(bare(target))) continue
      const pieces = textOf(afresh({ node: target, place: this.#place }))
      if (pieces === null) continue
      const rest = inObject === null ? args.slice(index + 1) : inObject.values
      return { pieces, node: target, bound: this.#bound(rest, call) }
    }
    return null
  }

  #bound(rest: readonly Node[], call: CallExpression): BoundValues | null {
    const values = rest.filter((each) => !/Function/.test(each.type))
    if (values.length === 0) return this.#boundLater(call)
    return boundBy(values, this.#place)
  }

  /** `prepare(text).get(a, b)`: the values are in the next call. */
  #boundLater(call: CallExpression): BoundValues | null {
    const { parents } = this.#place.module.scopes.tree
    const member = parents.get(call)
    const next = member === undefined ? undefined : parents.get(member)
    if (member?.type !== 'MemberExpression' || next?.type !== 'CallExpression') return null
    return RUN_METHODS.has(propertyOf(member) ?? '')
      ? boundBy(next.arguments as readonly Node[], this.#place)
      : null
  }

  #statement(sent: Sent): SourceStatement {
    const { file, role, drivers, lineOf } = this.#context
    const driver = drivers[0] ?? null
    const { dialect, dialectKnown } = this.#dialect(plain(sent.pieces))
    const span = { start: sent.node.start, end: sent.node.end }
    const composed = compose({
      pieces: sent.pieces,
      path: this.#place.module.path,
      span,
      dialect,
      bound: sent.bound,
      sender: sent.call,
      questionIsOperator: sent.call.type === 'CallExpression' && (driver === 'pg' || driver === 'postgres'),
    })
    const synchronous = driver !== null && DRIVERS.get(driver)?.synchronous === true
    return {
      ...composed,
      file,
      role,
      span,
      dialect,
      dialectKnown,
      driver,
      callForm: sent.form,
      sender: senderOf(sent.call),
      isFragment: sent.isFragment,
      awaited: !synchronous && sent.isWaitedFor,
      loop: loopAround(sent.call, this.#place, lineOf),
      mayFail: isTried(sent.call, this.#place),
      sendsAnything: this.#sendsAnything(),
      within: this.#place.module.scopes.nameAround(sent.call),
      partNames: this.#partNames,
      rowUse: STAR.test(composed.text) ? rowUseOf(sent.call, this.#place.module) : ROWS_UNKNOWN,
    }
  }

  /** Whether a call of the file sends as a whole what a request holds. */
  #sendsAnything(): boolean {
    this.#isOpen ??=
      this.#context.servesTools &&
      this.#place.module.scopes.tree.senders.some((each) => {
        const [text] = each.type === 'CallExpression' ? each.arguments : []
        if (each.type !== 'CallExpression' || text === undefined) return false
        const at = afresh({ node: text as Node, place: this.#place })
        return (
          STATEMENT_METHODS.has(propertyOf(each.callee as Node) ?? '') &&
          /^(Identifier|MemberExpression)$/.test(bare(at.node).type) &&
          textOf(at) === null &&
          originOf(at).kind === 'request'
        )
      })
    return this.#isOpen
  }

  #dialect(text: string): { dialect: SqlDialect; dialectKnown: boolean } {
    const own = new Set(this.#context.drivers.flatMap((name) => DRIVERS.get(name)?.dialect ?? []))
    const only = own.size === 1 ? ([...own][0] ?? null) : null
    const known = only ?? this.#context.dialect
    if (known !== null) return { dialect: known, dialectKnown: true }
    const shown = dialectOfText(text)
    return { dialect: shown ?? POSTGRESQL, dialectKnown: false }
  }
}

/** What a call is made on, as dotted words. */
const senderOf = (call: Node): string =>
  call.type === 'CallExpression'
    ? calleePath(call.callee as Node)
        .slice(0, -1)
        .join('.')
    : call.type === 'TaggedTemplateExpression'
      ? calleePath(call.tag as Node).join('.')
      : ''

const STAR = /\bselect\b[^;]*\*/i

/** Whether the code waits for a call, or hands on what it gives: `await f()`, `return f()`, `() => f()`, `jobs.push(f())`. */
function isWaitedFor(call: Node, { module }: Place): boolean {
  const parent = module.scopes.tree.parents.get(call)
  return (
    parent !== undefined && /^(Await|Yield|ArrowFunction|Call)Expression$|^ReturnStatement$/.test(parent.type)
  )
}

/** Whether a `try` around a call, in the same function, has a handler that does nothing. */
function isTried(call: Node, { module }: Place): boolean {
  const { parents } = module.scopes.tree
  let inner = call
  for (let node = parents.get(call); node !== undefined && !isFunction(node); node = parents.get(node)) {
    if (node.type === 'TryStatement' && node.block === inner && node.handler?.body.body.length === 0)
      return true
    inner = node
  }
  return false
}

/** Whether a call answers without a round trip: what it gives is used at once, or it is one of WebSQL's, which none waits for. */
function isInProcess(call: Node, method: string, { module }: Place): boolean {
  const { parents } = module.scopes.tree
  const parent = parents.get(call)
  if (parent?.type === 'ExpressionStatement') return method === 'executeSql'
  if (parent?.type !== 'VariableDeclarator' || parent.id.type !== 'Identifier') return false
  const binding = module.scopes.resolve(parent.id.name, parent)
  const uses = binding === undefined ? [] : module.index.mentionsOf(binding)
  return uses.some((each) => {
    const above = parents.get(each)
    return (
      above?.type === 'MemberExpression' && above.object === each && AT_ONCE.test(propertyOf(above) ?? '')
    )
  })
}

/** Members of an answer that no promise, query object or stream has. */
const AT_ONCE = /^(changes|lastInsertRowid|length|rowCount|affectedRows|insertId|rows)$/

const plain = (pieces: readonly Piece[]): string =>
  pieces.map((each) => (each.kind === 'text' ? each.text : 'dbm_hole_0_')).join('')

const isWritten = (node: Node): boolean =>
  node.type === 'TemplateLiteral' ||
  node.type === 'BinaryExpression' ||
  (node.type === 'Literal' && typeof node.value === 'string')

/** `{ sql: '...', values: [...] }` and its relatives. */
function objectText(node: Node): { readonly text: Node; readonly values: readonly Node[] } | null {
  if (node.type !== 'ObjectExpression') return null
  const named = (pattern: RegExp): Node | undefined => {
    const own = node.properties.find((each) => each.type === 'Property' && pattern.test(keyOf(each) ?? ''))
    return own?.type === 'Property' ? (own.value as Node) : undefined
  }
  const text = named(/^(sql|text|query|statement)$/)
  const values = named(/^(values|params|args|parameters|bind|replacements)$/)
  return text === undefined ? null : { text, values: values === undefined ? [] : [values] }
}

/** Values given as an array, an object (`replacements` and `bind` inside it too) or one by one. */
function boundBy(values: readonly Node[], place: Place): BoundValues | null {
  const first = values[0]
  if (first === undefined) return null
  const at: At = { node: bare(first), place }
  const inner = at.node.type === 'Identifier' ? (behind(afresh(at)) ?? at) : at
  const node = bare(inner.node)
  if (node.type === 'ArrayExpression') return listed(node, inner.place)
  if (node.type === 'ObjectExpression') {
    const inside = node.properties.find(
      (each) => each.type === 'Property' && /^(replacements|bind)$/.test(keyOf(each) ?? ''),
    )
    if (inside?.type === 'Property') return boundBy([inside.value as Node], inner.place)
    return { list: [], named: namedValues(node, inner.place) }
  }
  // A single name may be the list of all values.
  const isList = values.length === 1 && node.type !== 'Literal' && at.node.type === 'Identifier'
  return isList ? null : oneByOne(values, place)
}

function listed(node: Extract<Node, { type: 'ArrayExpression' }>, place: Place): BoundValues | null {
  if (node.elements.some((each) => each === null || each.type === 'SpreadElement')) return null
  return { list: (node.elements as readonly Node[]).map((each) => ({ node: each, place })), named: new Map() }
}

const oneByOne = (values: readonly Node[], place: Place): BoundValues | null =>
  values.some((each) => each.type === 'SpreadElement')
    ? null
    : { list: values.map((node) => ({ node, place })), named: new Map() }

function namedValues(
  node: Extract<Node, { type: 'ObjectExpression' }>,
  place: Place,
): ReadonlyMap<string, At> {
  const named = new Map<string, At>()
  for (const each of node.properties) {
    const key = each.type === 'Property' ? keyOf(each) : null
    if (key !== null && each.type === 'Property')
      named.set(key.replace(/^[:@$]/, ''), { node: each.value as Node, place })
  }
  return named
}
