/** The stretches of a script that hold a connection or a transaction, and whether every path through them ends it. */
import type { CallExpression, Node } from 'oxc-parser'
import type { FileRole, OpenEnd, SourceStatement, UnitOfWork } from '../rules/index.ts'
import { RUN_METHODS, STATEMENT_METHODS } from './call-forms.ts'
import { DRIVERS } from './drivers.ts'
import type { Module, Modules } from './modules.ts'
import { type OpenExit, openExits } from './open-paths.ts'
import { afresh, behind, type Place } from './place.ts'
import { type Binding, bare, calleePath, isFunction, keyOf, propertyOf } from './scopes.ts'
import { isOrdering, isolationIn, isTriedAgain, stepsOf } from './unit-steps.ts'

/** What is known of the script. */
export interface UnitContext {
  /** Relative to the scanned folder. */
  readonly file: string
  readonly role: FileRole
  readonly modules: Modules
  /** Drivers the file uses; without any nothing is looked for. */
  readonly drivers: readonly string[]
  readonly lineOf: (offset: number) => number
  /** The script's statements. */
  readonly statements: readonly SourceStatement[]
}

/** The units of a script, in order of the text. */
export function unitsIn(module: Module, context: UnitContext): UnitOfWork[] {
  if (context.drivers.length === 0) return []
  const finder = new UnitFinder(module, context)
  return module.scopes.tree.senders.flatMap((sender) =>
    sender.type === 'CallExpression' ? (finder.at(sender) ?? []) : [],
  )
}

/** A call that opens something, and the name it is then known by. */
interface Opening {
  readonly kind: 'connection' | 'transaction'
  readonly call: CallExpression
  readonly name: string
  /** The declared name; null where it is a member or not declared in the function. */
  readonly binding: Binding | null
  /** What it is taken from: `pool`. */
  readonly owner: Node | null
}

/** Methods that take a connection from a pool; `connect` only of what is a pool by its name or by how it was made. */
const TAKES = /^(getConnection|connect|createQueryRunner|reserve)$/
const BEGINS = /^(beginTransaction|startTransaction)$/
const BEGIN_TEXT = /^\s*(begin|start\s+transaction)\b[^;]*;?\s*$/i
const END_TEXT = /^\s*(commit|rollback(?!\s+(work\s+|transaction\s+)?to\b)|end\b|abort)/i
/** Methods and functions that close something or give it back, and those that end a transaction. */
const CLOSES = /releas|destroy|dispose|close|cleanup|teardown|^(end|done|finish)$/i
const COMMITS = /commit|rollback|abort/i
const endsByText = (text: string): boolean => END_TEXT.test(text) || /;\s*(commit|rollback)\b/i.test(text)
/** Methods that keep what they are given for later. */
const KEEPS = /^(set|add|push|unshift|register|store|track|put|save|keep)([A-Z]|$)/
/** Functions that run their callback in a transaction. */
const MANAGES = /transaction|^(in|with|run|use|do)?_?tx$|withtrx|^tx$|^begin$/i
/** A connection that waits for what others tell it, or holds a lock for as long as it lives, is kept on purpose. */
const KEPT = /\b(listen|pg_(try_)?advisory_lock|get_lock)\b/i

class UnitFinder {
  readonly #module: Module
  readonly #context: UnitContext
  readonly #place: Place
  readonly #synchronous: boolean

  constructor(module: Module, context: UnitContext) {
    this.#module = module
    this.#context = context
    this.#place = {
      modules: context.modules,
      module,
      args: new Map(),
      depth: 0,
      budget: { left: 0, cuts: 0 },
    }
    this.#synchronous = context.drivers.every((name) => DRIVERS.get(name)?.synchronous === true)
  }

  at(call: CallExpression): UnitOfWork | null {
    const managed = this.#managed(call)
    if (managed !== null) return managed
    const opening = this.#taken(call) ?? this.#begun(call)
    if (opening === null) return null
    const fn = this.#module.scopes.functionOf(call)
    // What a program does once, at its top, lives as long as it does.
    if (!isFunction(fn)) return null
    return this.#unit(opening, fn)
  }

  /** `db.transaction(async (tx) => { … })`. */
  #managed(call: CallExpression): UnitOfWork | null {
    const method = calleePath(call.callee as Node).at(-1) ?? ''
    if (!MANAGES.test(method)) return null
    const callback = (call.arguments as readonly Node[]).map(bare).find(isFunction)
    if (callback === undefined || !('params' in callback)) return null
    const [first] = callback.params as readonly Node[]
    const name = first?.type === 'Identifier' ? first.name : ''
    return {
      ...this.#common(call, name, callback),
      kind: 'managed',
      onPool: false,
      open: null,
      isEnded: true,
      ...this.#does(this.#sentOn(name, callback), call, callback),
    }
  }

  #common(
    call: CallExpression,
    name: string,
    around: Node,
  ): Pick<UnitOfWork, 'file' | 'role' | 'driver' | 'opens' | 'span' | 'line' | 'around' | 'name' | 'within'> {
    const { file, role, drivers } = this.#context
    return {
      file,
      role,
      driver: drivers[0] ?? null,
      opens: this.#written(call),
      span: { start: call.start, end: call.end },
      line: this.#context.lineOf(call.start),
      around: { start: around.start, end: around.end },
      name,
      within: this.#module.scopes.nameAround(call),
    }
  }

  #taken(call: CallExpression): Opening | null {
    const method = propertyOf(bare(call.callee as Node))
    const owner = ownerOf(call)
    if (method === null || owner === null || !TAKES.test(method) || call.arguments.length > 0) return null
    if (!this.#isAwaited(call) && method !== 'createQueryRunner') return null
    if (method !== 'getConnection' && method !== 'createQueryRunner' && !this.#isPool(owner)) return null
    const binding = this.#givenTo(call)
    return binding === null ? null : { kind: 'connection', call, name: binding.name, binding, owner }
  }

  #begun(call: CallExpression): Opening | null {
    const method = propertyOf(bare(call.callee as Node)) ?? ''
    const owner = ownerOf(call)
    if (owner === null || !(this.#isAwaited(call) || this.#synchronous)) return null
    if (method === 'transaction') return this.#begunObject(call, owner)
    const begins = BEGINS.test(method) || (STATEMENT_METHODS.has(method) && BEGIN_TEXT.test(textIn(call)))
    if (!begins) return null
    const root = bare(owner)
    const binding = root.type === 'Identifier' ? (this.#module.scopes.resolve(root.name, root) ?? null) : null
    return { kind: 'transaction', call, name: this.#name(owner), binding, owner }
  }

  /** `const trx = await knex.transaction()`. */
  #begunObject(call: CallExpression, owner: Node): Opening | null {
    if ((call.arguments as readonly Node[]).some((each) => bare(each).type !== 'ObjectExpression'))
      return null
    const binding = this.#isAwaited(call) ? this.#givenTo(call) : null
    return binding === null ? null : { kind: 'transaction', call, name: binding.name, binding, owner }
  }

  #isAwaited(call: Node): boolean {
    return this.#module.scopes.tree.parents.get(call)?.type === 'AwaitExpression'
  }

  /** The plain name of the same function that a call's answer is given to; `await using` ends by itself. */
  #givenTo(call: Node): Binding | null {
    const { scopes } = this.#module
    const holder = this.#holderOf(call)
    const target = holder === undefined ? null : targetOf(holder)
    if (target?.type !== 'Identifier' || holder === undefined) return null
    const declaration = scopes.tree.parents.get(holder)
    if (declaration?.type === 'VariableDeclaration' && /using/.test(declaration.kind)) return null
    const binding = scopes.resolve(target.name, target)
    if (binding?.kind !== 'variable') return null
    return scopes.functionOf(binding.node) === scopes.functionOf(call) ? binding : null
  }

  /** What stands around a call, past `await` and types. */
  #holderOf(call: Node): Node | undefined {
    const { parents } = this.#module.scopes.tree
    let holder = parents.get(call)
    while (holder !== undefined && /^(Await|TS\w+|Parenthesized)Expression$/.test(holder.type))
      holder = parents.get(holder)
    return holder
  }

  /** Whether something is a pool, by its name or by how it was made. */
  #isPool(owner: Node): boolean {
    return /pool$/i.test(calleePath(owner).at(-1) ?? '') || this.#poolMade(owner) !== null
  }

  /** The call that made a pool; null if none is in sight. */
  #poolMade(owner: Node): Extract<Node, { type: 'CallExpression' | 'NewExpression' }> | null {
    const made = behind(afresh({ node: owner, place: this.#place }))
    const node = made === null ? null : bare(made.node)
    if (node?.type !== 'CallExpression' && node?.type !== 'NewExpression') return null
    return /^(Pool|createPool)$/.test(calleePath(node.callee as Node).at(-1) ?? '') ? node : null
  }

  /** A pool of one connection is as good as a connection. */
  #isPoolOfSeveral(owner: Node): boolean {
    const made = this.#poolMade(owner)
    const [given] = made === null ? [] : (made.arguments as readonly Node[])
    const options = given === undefined ? null : bare(given)
    if (made === null || (options !== null && options.type !== 'ObjectExpression')) return false
    const sizes =
      options === null
        ? []
        : options.properties.filter(
            (each) => each.type !== 'Property' || /^(max|connectionLimit)$/.test(keyOf(each) ?? ''),
          )
    return sizes.every(
      (each) =>
        each.type === 'Property' &&
        (each.value as Node).type === 'Literal' &&
        Number((each.value as { readonly value?: unknown }).value) > 1,
    )
  }

  #unit(opening: Opening, fn: Node): UnitOfWork {
    const { call, name, kind, owner } = opening
    const onPool = kind === 'transaction' && owner !== null && this.#isPoolOfSeveral(owner)
    const ends = this.#endsOf(opening, fn)
    const judged = !onPool && this.#isJudged(opening, fn, ends)
    const exits = judged ? this.#exits(opening, fn, ends) : []
    return {
      ...this.#common(call, name, fn),
      kind,
      onPool,
      open: this.#openEnd(exits[0]),
      isEnded: ends.size > 0,
      ...this.#does(
        this.#sentOn(name, fn).filter((each) => each.span.start > call.end),
        call,
        fn,
      ),
    }
  }

  /** What a unit sends, and under which terms. */
  #does(
    statements: readonly SourceStatement[],
    call: CallExpression,
    fn: Node,
  ): Pick<UnitOfWork, 'statements' | 'steps' | 'isolation' | 'triedAgain' | 'ordering'> {
    const module = this.#module
    return {
      statements,
      steps: stepsOf(statements, { fn, from: call.start, module }),
      isolation: isolationIn(call, module),
      triedAgain: isTriedAgain(call, this.#place),
      ordering: isOrdering(fn, module),
    }
  }

  #exits(opening: Opening, fn: Node, ends: ReadonlySet<Node>): readonly OpenExit[] {
    const found = openExits(fn, { opens: opening.call, ends, fails: (node) => this.#fails(node) })
    // Who was given the connection may roll back what fails here.
    return this.#isOwn(opening) ? found : found.filter((each) => each.how !== 'throws')
  }

  /** Whether nobody who called this function can end what it leaves open: the connection is no argument of it. */
  #isOwn({ call, owner }: Opening): boolean {
    const root = this.#module.scopes.resolve(calleePath(owner ?? call)[0] ?? '', call)
    return root?.kind !== 'parameter'
  }

  #fails(node: Node): boolean {
    if (node.type === 'AwaitExpression') return bare(node.argument as Node).type !== 'Identifier'
    if (!this.#synchronous || node.type !== 'CallExpression') return false
    const method = propertyOf(bare(node.callee as Node)) ?? ''
    return STATEMENT_METHODS.has(method) || RUN_METHODS.has(method)
  }

  #openEnd(exit: OpenExit | undefined): OpenEnd | null {
    if (exit === undefined) return null
    const { node, how } = exit
    const inner = node.type === 'AwaitExpression' ? (node.argument as Node) : node
    const { lineOf } = this.#context
    return {
      how,
      line: lineOf(how === 'ends' ? node.end - 1 : node.start),
      source: how === 'throws' ? this.#written(inner) : '',
    }
  }

  /** Calls in the function that end what was opened, or may. */
  #endsOf(opening: Opening, fn: Node): ReadonlySet<Node> {
    const ends = new Set<Node>()
    this.#context.modules.effort.spend(1 + Math.floor(this.#module.scopes.tree.senders.length / 16))
    for (const sender of this.#module.scopes.tree.senders) {
      if (sender.start < fn.start || sender.end > fn.end || sender === opening.call) continue
      // What is ended before it is begun is another one: `COMMIT` and a new `BEGIN`.
      if (sender.end <= opening.call.start && opening.kind === 'transaction') continue
      if (sender.type === 'CallExpression' && this.#ends(sender, opening)) ends.add(sender)
    }
    return ends
  }

  #ends(call: CallExpression, opening: Opening): boolean {
    const path = calleePath(call.callee as Node)
    if (path.join('.') === 'process.exit') return true
    const method = path.at(-1) ?? ''
    const isTransaction = opening.kind === 'transaction'
    if (isTransaction && (endsByText(textIn(call)) || COMMITS.test(path.join(' ')))) return true
    if (CLOSES.test(method)) return this.#closes(call, method, opening)
    if (isTransaction) return false
    // A helper that ends the transaction may give the connection back with it.
    return COMMITS.test(method) && this.#takes(call, opening.name)
  }

  /** Whether a call is given a name. */
  #takes(call: CallExpression, name: string): boolean {
    return (call.arguments as readonly Node[]).some((each) => this.#name(each) === name)
  }

  /** Whether something that is closed or given back is the connection, or what it was taken from. */
  #closes(call: CallExpression, method: string, { kind, name, owner }: Opening): boolean {
    const on = ownerOf(call)
    const isOf = this.#takes(call, name) || (on !== null && this.#name(on) === name)
    if (kind === 'transaction') return isOf && this.#releaseEnds(call, method)
    return isOf || on === null || (owner !== null && this.#name(on) === this.#name(owner))
  }

  /** Whether giving a connection back ends its transaction: not where the pool gives it on as it is. */
  #releaseEnds(call: CallExpression, method: string): boolean {
    if (method !== 'release') return true
    return call.arguments.length > 0 || this.#context.drivers.some((name) => ROLLS_BACK.has(name))
  }

  /** Whether enough is in sight to say that a path leaves it open. */
  #isJudged({ kind, call, binding, owner }: Opening, fn: Node, ends: ReadonlySet<Node>): boolean {
    if (KEPT.test(this.#textOf(fn)) || (kind === 'transaction' && ends.size === 0)) return false
    if (owner !== null && this.#isGivenOn(owner, fn)) return false
    // Whoever is given the connection, or keeps it, may end what is open.
    if (
      binding?.kind === 'variable' &&
      this.#isLocal(binding, fn) &&
      !this.#staysHere(binding, ends.size === 0)
    )
      return false
    return !this.#isOptional(call, fn, ends) && !this.#endsInNamed(fn, ends)
  }

  /** `return new Transaction(this.db)`: who is given the object ends what it holds. */
  #isGivenOn(owner: Node, fn: Node): boolean {
    const name = this.#name(owner)
    return this.#module.index.returnsOf(fn).some((each) => {
      const node = bare(each)
      return (
        node.type === 'NewExpression' &&
        (node.arguments as readonly Node[]).some((argument) => this.#name(argument) === name)
      )
    })
  }

  #isLocal = (binding: Binding, fn: Node): boolean =>
    fn.start <= binding.node.start && binding.node.end <= fn.end

  /** Whether a name is only called, or given to calls; `strictly`: only called. */
  #staysHere(binding: Binding, strictly: boolean): boolean {
    const { parents } = this.#module.scopes.tree
    return this.#module.index.mentionsOf(binding).every((mention) => {
      const parent = parents.get(mention)
      if (parent === undefined || this.#isKept(mention, parent)) return false
      if (parent.type === 'MemberExpression' && parent.object === mention)
        return !/^(on|once|addListener)$/.test(propertyOf(parent) ?? '') || !strictly
      if (/^(If|While)Statement$|^(Unary|Binary)Expression$/.test(parent.type)) return true
      if (parent.type === 'AssignmentExpression') return parent.left === mention
      return !strictly && this.#isArgument(mention)
    })
  }

  /** `open.set(id, client)`, `transactions.add(id, client)`: another function ends it. */
  #isKept(mention: Node, parent: Node): boolean {
    if (parent.type !== 'CallExpression' || parent.callee === mention) return false
    return KEEPS.test(propertyOf(bare(parent.callee as Node)) ?? '')
  }

  /** `work(client)`, `find({ transaction: client })`. */
  #isArgument(mention: Node): boolean {
    const { parents } = this.#module.scopes.tree
    let node = mention
    for (let parent = parents.get(node); parent !== undefined; parent = parents.get(node)) {
      if (parent.type === 'CallExpression') return parent.callee !== node
      if (
        !/^(Property|ObjectExpression|ArrayExpression|TSAsExpression|TSNonNullExpression)$/.test(parent.type)
      )
        return /^(LogicalExpression|ConditionalExpression)$/.test(parent.type) && 'test' in parent
          ? parent.test === node
          : false
      node = parent
    }
    return false
  }

  /** Opened under a condition that does not also hold all ends: both may hang on the same condition. */
  #isOptional(call: Node, fn: Node, ends: ReadonlySet<Node>): boolean {
    const { parents } = this.#module.scopes.tree
    for (let node = parents.get(call); node !== undefined && node !== fn; node = parents.get(node)) {
      const holder = node
      const isBranch = parents.get(node)?.type === 'IfStatement' || node.type === 'SwitchCase'
      if (!isBranch && !/^(IfStatement|ConditionalExpression|LogicalExpression)$/.test(holder.type)) continue
      if (![...ends].every((end) => holder.start <= end.start && end.end <= holder.end)) return true
    }
    return false
  }

  /** An end inside a function with a name is reached by calls of it that are not followed. */
  #endsInNamed(fn: Node, ends: ReadonlySet<Node>): boolean {
    const { scopes } = this.#module
    return [...ends].some((end) => {
      const inner = scopes.functionOf(end)
      return inner !== fn && scopes.tree.parents.get(inner)?.type !== 'CallExpression'
    })
  }

  /** The statements sent on a connection in a function. */
  #sentOn(name: string, fn: Node): readonly SourceStatement[] {
    return this.#context.statements.filter(
      (each) =>
        each.span.start >= fn.start && each.span.end <= fn.end && (name === '' || each.sender === name),
    )
  }

  #name(node: Node): string {
    return calleePath(node).join('.')
  }

  #textOf(node: Node): string {
    return this.#module.scopes.tree.text.slice(node.start, node.end)
  }

  #written(node: Node): string {
    const text = this.#textOf(node).replace(/\s+/g, ' ')
    return text.length <= 60 ? text : `${text.slice(0, 59)}…`
  }
}

/** Drivers whose pool rolls back what a connection that is given back has open (https://mariadb.com/kb/en/nodejs-promise-api/). */
const ROLLS_BACK: ReadonlySet<string> = new Set(['mariadb'])

/** What a declaration or an assignment gives a value to; null for anything else. */
function targetOf(holder: Node): Node | null {
  if (holder.type === 'VariableDeclarator') return holder.id as Node
  return holder.type === 'AssignmentExpression' && holder.operator === '=' ? (holder.left as Node) : null
}

/** What a method is called on; null for a plain function. */
function ownerOf(call: CallExpression): Node | null {
  const callee = bare(call.callee as Node)
  return callee.type === 'MemberExpression' ? (callee.object as Node) : null
}

/** The first text written in a call's arguments; '' if there is none. */
function textIn(call: CallExpression): string {
  const [first] = call.arguments as readonly Node[]
  const node = first === undefined ? undefined : bare(first)
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type === 'TemplateLiteral') return node.quasis.map((each) => each.value.cooked ?? '').join(' ')
  return ''
}
