// Wraps a driver's object in a proxy that is used as the object is: same methods, same results, same errors.

import { errorMonitor } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Driver, type GuardedKind, hasMethod, type MethodRole, memberOf } from './driver.ts'
import type { FailureScope, GuardCore, RunningCall } from './guard-core.ts'

/** What stands behind a proxy. */
export interface Behind {
  readonly target: object
  readonly kind: GuardedKind
  readonly core: GuardCore
  /** The SQL of a prepared statement. */
  readonly sql: string | undefined
  /** Where failures go while a transaction runs on it; null: they are reported. */
  readonly scope: FailureScope | null
  /** Ways to wrap that no role names, by method; the one without a name is for the target itself, called as a function. */
  readonly own?: Readonly<Record<string, OwnMethod>> | undefined
  /** Commands that were put into it, to be run together. */
  readonly queued?: (string | undefined)[] | undefined
  /** Set of a part of another guarded object, as the commands of a module are: that object, and the part's name. */
  readonly partOf?:
    | { readonly target: object; readonly proxy: () => object; readonly name: string }
    | undefined
}

/** Makes of a method what the application calls instead. */
export type OwnMethod = (what: Behind, method: Method) => Method

/** A function of a driver or of the application. */
export type Method = (this: unknown, ...args: unknown[]) => unknown

/** What gives a connection back or closes it. */
const ENDS: ReadonlySet<string> = new Set([
  ...['release', 'destroy', 'end', 'close', 'quit', 'QUIT', 'disconnect'],
  ...['endSession', 'startTransaction', 'commitTransaction', 'abortTransaction', 'withTransaction'],
  String(Symbol.asyncDispose),
])

const behind = new WeakMap<object, Behind>()

/** What stands behind a guarded object; undefined for any other. */
export const behindOf = (object: unknown): Behind | undefined =>
  (typeof object === 'object' && object !== null) || typeof object === 'function'
    ? behind.get(object)
    : undefined

/** The guarded object. */
export function wrapped<T extends object>(what: Behind & { readonly target: T }): T {
  const { target, own, core } = what
  const called = typeof target === 'function' ? own?.['']?.(what, target as unknown as Method) : undefined
  const made = new Map<PropertyKey, { readonly from: unknown; readonly to: Method | object }>()
  const proxy: T = new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (!isMember(core.driver, target, value) || key === 'constructor') return value
      const there = made.get(key)
      if (there !== undefined && there.from === value) return there.to
      const to =
        typeof value === 'function'
          ? memberOfKind({ what, key, method: value as Method, proxy: () => proxy })
          : wrapped({ ...what, target: value, partOf: { target, proxy: () => proxy, name: String(key) } })
      // Functions on a function need no object to be called on, and may be classes or have members.
      if (to === null) return value
      made.set(key, { from: value, to })
      return to
    },
    set: (_, key, value) => Reflect.set(target, key, value, target),
    ...(called === undefined ? {} : { apply: (_, self, args) => Reflect.apply(called, self, args) }),
  })
  behind.set(proxy, what)
  return proxy
}

/** True for a method, and for what holds methods of `target`. */
function isMember(driver: Driver, target: object, value: unknown): value is object {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && driver.isPart?.(target, value) === true
}

/** What is given instead of a method; null for the method itself, of a driver whose things are functions. */
function memberOfKind({ what, key, method, proxy }: MemberParts): Method | null {
  const { own } = what
  const name = String(key)
  if (typeof key === 'string' && own !== undefined && Object.hasOwn(own, key))
    return own[key]?.(what, method) ?? null
  const role = typeof key === 'string' || key === Symbol.asyncIterator ? roleOf(what, name) : undefined
  return own !== undefined && role === undefined ? null : methodOf({ what, role, name, method, proxy })
}

function roleOf({ core, kind, target, partOf }: Behind, name: string): MethodRole | undefined {
  const roles = core.driver.roles[kind]
  return partOf === undefined && Object.hasOwn(roles, name)
    ? roles[name]
    : core.driver.roleOf?.(target, kind, name)
}

interface MemberParts {
  readonly what: Behind
  readonly key: PropertyKey
  readonly method: Method
  readonly proxy: () => object
}

interface MethodParts {
  readonly what: Behind
  readonly role: MethodRole | undefined
  readonly name: string
  readonly method: Method
  readonly proxy: () => object
}

function methodOf(parts: MethodParts): Method {
  const { what, role, name, method, proxy } = parts
  const { target, kind, scope } = what
  // What would follow, COMMIT too, would meet whoever the connection is given to next.
  if (scope !== null && kind === 'connection' && ENDS.has(name))
    return () => {
      throw new TypeError(
        `${name}() belongs after the transaction: guardedTransaction gives its connection back`,
      )
    }
  if (role === 'scoped') return scopedMethod(parts)
  if (role === 'prepared' && what.core.driver.hasCallbacks === false) return lazyMethod(parts)
  if (role !== undefined && !isPassed(role)) return guardedMethod(parts, role)
  return function passed(...args) {
    if (role === 'queued') what.queued?.push(what.core.driver.sqlOf(nameOf(parts), args, target))
    const result = Reflect.apply(method, target, args.map(bared))
    if (result === target) return proxy()
    if (result === what.partOf?.target) return what.partOf?.proxy()
    if ((role !== 'view' && role !== 'pool') || typeof result !== 'object' || result === null) return result
    return wrapped({ ...what, target: result, kind: role === 'pool' ? 'pool' : kind })
  }
}

/** Roles of methods that send nothing. */
type PassedRole = 'view' | 'queued' | 'pool'

const isPassed = (role: MethodRole): role is PassedRole =>
  role === 'view' || role === 'queued' || role === 'pool'

/** A method's name, with that of the part it is in. */
const nameOf = ({ what, name }: MethodParts): string =>
  what.partOf === undefined ? name : `${what.partOf.name}.${name}`

/** A driver is given its own objects, never proxies. */
const bared = (value: unknown): unknown => behindOf(value)?.target ?? value

/** The guarded session among a call's options; undefined where there is none. */
const sessionIn = (options: unknown): Behind | undefined =>
  typeof options === 'object' && options !== null
    ? behindOf(Object.getOwnPropertyDescriptor(options, 'session')?.value)
    : undefined

/** A call belongs to the guarded transaction whose session it is given. */
function inSession(parts: MethodParts, options: unknown): MethodParts {
  const scope = sessionIn(options)?.scope ?? null
  return scope === null ? parts : { ...parts, what: { ...parts.what, scope } }
}

/** Gives at once what is used later: only that sends anything. */
function lazyMethod(parts: MethodParts): Method {
  const { what, method, proxy } = parts
  const { core, target } = what
  return function made(...args) {
    const sql = what.sql ?? core.driver.sqlOf(nameOf(parts), args, target)
    const value = Reflect.apply(method, target, args.map(plain))
    return value === target
      ? proxy()
      : resultOf(inSession(parts, args.at(-1)).what, 'prepared', { value, sql })
  }
}

/** The driver is given its own session. */
function plain(argument: unknown): unknown {
  const session = sessionIn(argument)
  return session === undefined ? bared(argument) : { ...(argument as object), session: session.target }
}

type GuardedRole = Exclude<MethodRole, PassedRole | 'scoped'>

function guardedMethod(parts: MethodParts, role: GuardedRole): Method {
  const { what } = parts
  const { driver, gate } = what.core
  const name = nameOf(parts)
  // Calls of a connection may stand inside a transaction: only what a pool does for one call alone is repeated.
  const mayRepeat = what.kind === 'pool'
  const takesCallbacks = !driver.isSynchronous && driver.hasCallbacks !== false
  return function guarded(...args) {
    const sql = what.sql ?? driver.sqlOf(name, args, what.target)
    const call = what.core.begin(what, sql, guarded as (...a: never[]) => unknown)
    const last = args.at(-1)
    const on = driver.hasSessions === true ? inSession(parts, last) : parts
    if (on.what.scope?.endedBy) return refused(on.what, call, last)
    if (mayRepeat) gate.begin()
    const run = runOf(on, role, { call, args })
    if (typeof last === 'function' && takesCallbacks)
      return withCallback(run, args.slice(0, -1), { callback: last as Method, mayRepeat })
    return answered(run, args, mayRepeat)
  }
}

function runOf(
  { what, name, method, proxy }: MethodParts,
  role: GuardedRole,
  { call, args }: { call: RunningCall; args: readonly unknown[] },
): Run {
  const { core, target, scope } = what
  const send: Run['invoke'] = (given) =>
    Reflect.apply(method, target, core.driver.hasSessions === true ? given.map(plain) : given)
  const waits = scope !== null && core.driver.answersLater?.(target, name) === true
  return {
    what,
    call,
    invoke: waits ? (given) => inTurn(scope, () => send(given)) : send,
    result: (value) => (value === target ? proxy() : resultOf(what, role, { value, sql: call.sql })),
    isPlain: role === 'statement',
    asksForConnection: role === 'connection',
    commits: scope === null ? null : (core.driver.transaction.commitOf?.(name, args) ?? null),
  }
}

/** A call that answers at once or by promise. */
function answered(run: Run, args: readonly unknown[], mayRepeat: boolean): unknown {
  const { core, scope } = run.what
  try {
    const value = run.invoke(args)
    if (value instanceof Promise || isThenable(value)) return promised(run, args, { first: value, mayRepeat })
    if (!core.driver.isSynchronous && core.driver.hasCallbacks !== false) watchEvents(run, value)
    return run.result(value)
  } catch (error) {
    core.failed(run.call, error, { outcome: 'thrown', scope })
    throw error
  }
}

/** Behind a failure that ended the transaction nothing is sent; it would be on its way already if it had not waited. */
function inTurn(scope: FailureScope, send: () => unknown): unknown {
  const value = scope.tail === null ? send() : scope.tail.then(() => orEnded(scope, send))
  if (!(value instanceof Promise)) return value
  const end = value.then(ignore, ignore)
  scope.tail = end
  void end.then(() => {
    if (scope.tail === end) scope.tail = null
  })
  return value
}

const ignore = (): void => undefined

function orEnded({ endedBy }: FailureScope, send: () => unknown): unknown {
  if (endedBy !== null) throw endedBy
  return send()
}

/** Sends nothing: the transaction it would be part of is over. */
function refused({ core, scope }: Behind, call: RunningCall, last: unknown): unknown {
  const endedBy = scope?.endedBy
  core.failed(call, endedBy, { outcome: 'thrown', scope })
  if (typeof last !== 'function' || core.driver.hasCallbacks === false) return Promise.reject(endedBy)
  process.nextTick(last as Method, endedBy)
  return undefined
}

interface Run {
  readonly what: Behind
  readonly call: RunningCall
  readonly invoke: (args: readonly unknown[]) => unknown
  readonly result: (value: unknown) => unknown
  /** True where `result` gives its value on as it is. */
  readonly isPlain: boolean
  readonly asksForConnection: boolean
  /** Whether it ends a guarded transaction, whose function commits by itself. */
  readonly commits: 'whole' | 'parts' | null
}

const isThenable = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && hasMethod(value, 'then') && !hasMethod(value, 'on')

/** What a method gives, guarded in its turn where it is a connection or a statement. */
function resultOf(
  what: Behind,
  role: MethodRole,
  { value, sql }: { value: unknown; sql: string | undefined },
): unknown {
  const isThing = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isThing || role === 'statement') return value
  const kind = role === 'connection' ? 'connection' : 'statement'
  const isStatement = kind === 'statement'
  return wrapped({
    ...{ core: what.core, own: what.own, scope: what.scope, target: value, kind },
    sql: isStatement ? sql : undefined,
    queued: isStatement && what.core.driver.errorsIn !== undefined ? [] : undefined,
  })
}

/** A promise of its own, not the driver's with a listener: that would count as handled though the application never looked. */
function promised(
  run: Run,
  args: readonly unknown[],
  { first, mayRepeat }: { first: Promise<unknown>; mayRepeat: boolean },
): Promise<unknown> {
  const { core, scope } = run.what
  if (mayRepeat) return repeated(run, args, first)
  if (run.commits !== null && scope !== null) return committed(run, first, scope)
  return first.then(run.isPlain ? undefined : run.result, (error: unknown): never => {
    core.failed(run.call, error, { outcome: 'thrown', scope })
    throw error
  })
}

/** What the function of a transaction commits with: its failure is noted with whether anything of it may have been kept. */
async function committed(run: Run, first: Promise<unknown>, scope: FailureScope): Promise<unknown> {
  const { core } = run.what
  const before = scope.commit
  scope.commit = 'sent'
  try {
    const value = await first
    scope.commit = 'done'
    return run.result(value)
  } catch (error) {
    const isRefused = run.commits === 'whole' && core.driver.isRefused?.(Object(error) as object) === true
    if (before === 'done') scope.commit = 'done'
    else if (isRefused) scope.commit = 'none'
    core.failed(run.call, error, { outcome: 'thrown', scope })
    throw error
  }
}

/**
 * A function of the application that is run with a connection, or several times with something else; the call is made again only if it
 * never began. What the function throws is its own, or was seen where it arose.
 */
function scopedMethod({ what, method }: MethodParts): Method {
  const { core, target } = what
  return async function guarded(...args) {
    const call = core.begin(what, what.sql, guarded as (...a: never[]) => unknown)
    core.gate.begin()
    const seen: Seen = { hasBegun: false, thrown: undefined }
    const given = args.map((each) => (typeof each === 'function' ? within(what, each as Method, seen) : each))
    for (let attempt = 0; ; attempt++) {
      try {
        const value = await Reflect.apply(method, target, given)
        core.gate.succeeded(attempt)
        return value
      } catch (error) {
        const wait = pauseOutside({ what, call, asksForConnection: true }, { error, seen, attempt })
        if (wait === null) throw error
        await pause(wait)
      }
    }
  }
}

/** What was seen of a function of the application. */
interface Seen {
  hasBegun: boolean
  thrown: unknown
}

function within({ core, scope }: Behind, fn: Method, seen: Seen): Method {
  const note = (error: unknown): never => {
    seen.thrown = error
    throw error
  }
  return function inside(given, ...more) {
    seen.hasBegun = true
    const isThing = typeof given === 'object' && given !== null && core.driver.isConnection?.(given) !== false
    const first = isThing
      ? wrapped({ core, scope, target: given, kind: 'connection', sql: undefined })
      : given
    try {
      const result = fn(first, ...more)
      return isThenable(result) ? result.then(undefined, note) : result
    } catch (error) {
      return note(error)
    }
  }
}

function pauseOutside(
  asked: Pick<Run, 'what' | 'call' | 'asksForConnection'>,
  { error, seen, attempt }: { error: unknown; seen: Seen; attempt: number },
): number | null {
  const { core, scope } = asked.what
  if (!seen.hasBegun) return pauseAfter(asked, error, attempt)
  if (error !== seen.thrown) core.failed(asked.call, error, { outcome: 'thrown', scope })
  return null
}

async function repeated(run: Run, args: readonly unknown[], first: Promise<unknown>): Promise<unknown> {
  const { core } = run.what
  for (let attempt = 0, answer = first; ; attempt++) {
    try {
      const value = await answer
      core.gate.succeeded(attempt)
      return run.result(value)
    } catch (error) {
      const wait = pauseAfter(run, error, attempt)
      if (wait === null) throw error
      await pause(wait)
      answer = Promise.resolve(run.invoke(args))
    }
  }
}

/** Notes a failure; the pause before the next attempt, ms, or null where there is none. */
function pauseAfter(
  { what, call, asksForConnection }: Pick<Run, 'what' | 'call' | 'asksForConnection'>,
  error: unknown,
  attempt: number,
): number | null {
  const { core, scope } = what
  const mayRepeat = core.driver.repeatsItself !== true && core.wasNeverSent(error, call, asksForConnection)
  return core.pauseAfter(call, error, { mayRepeat, attempt, scope })
}

function withCallback(
  run: Run,
  args: readonly unknown[],
  { callback, mayRepeat }: { callback: Method; mayRepeat: boolean },
): unknown {
  const { core, scope } = run.what
  let attempt = 0
  const done: Method = function (this: unknown, ...answer) {
    const [error, value, ...rest] = answer
    if (!error) {
      if (mayRepeat) core.gate.succeeded(attempt)
      return Reflect.apply(callback, this, [error, run.result(value), ...rest])
    }
    if (!mayRepeat) core.failed(run.call, error, { outcome: 'thrown', scope })
    const wait = mayRepeat ? pauseAfter(run, error, attempt) : null
    if (wait === null) return Reflect.apply(callback, this, answer)
    attempt += 1
    setTimeout(() => run.invoke([...args, done]), wait)
    return undefined
  }
  return run.invoke([...args, done])
}

/** A call without callback tells its error by an event; watching it does not count as handling it. */
function watchEvents({ what, call }: Run, value: unknown): void {
  if (
    typeof value !== 'object' ||
    value === null ||
    !hasMethod(value, 'on') ||
    memberOf(value, 'emit') === undefined
  )
    return
  const emitter = value as { once(event: symbol, listener: (error: unknown) => void): unknown }
  emitter.once(errorMonitor, (error) =>
    what.core.failed(call, error, { outcome: 'thrown', scope: what.scope }),
  )
}
