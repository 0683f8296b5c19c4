// Wraps a driver's object in a proxy that is used as the object is: same methods, same results, same errors.

import { errorMonitor } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type GuardedKind, hasMethod, type MethodRole, memberOf } from './driver.ts'
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
}

/** Makes of a method what the application calls instead. */
export type OwnMethod = (what: Behind, method: Method) => Method

/** A function of a driver or of the application. */
export type Method = (this: unknown, ...args: unknown[]) => unknown

/** What gives a connection back or closes it. */
const ENDS: ReadonlySet<string> = new Set([
  ...['release', 'destroy', 'end', 'close'],
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
  const { target, own } = what
  const called = typeof target === 'function' ? own?.['']?.(what, target as unknown as Method) : undefined
  const made = new Map<PropertyKey, { readonly from: unknown; readonly to: Method }>()
  const proxy: T = new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function' || key === 'constructor') return value
      const there = made.get(key)
      if (there !== undefined && there.from === value) return there.to
      const to = memberOfKind({ what, key, method: value as Method, proxy: () => proxy })
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

/** What is given instead of a method; null for the method itself, of a driver whose things are functions. */
function memberOfKind({ what, key, method, proxy }: MemberParts): Method | null {
  const { own, kind, core } = what
  const roles = core.driver.roles[kind]
  const name = String(key)
  const isNamed = typeof key === 'string'
  if (isNamed && own !== undefined && Object.hasOwn(own, key)) return own[key]?.(what, method) ?? null
  const role = isNamed && Object.hasOwn(roles, key) ? roles[key] : undefined
  return own !== undefined && role === undefined ? null : methodOf({ what, role, name, method, proxy })
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
  if (role !== undefined && role !== 'view') return guardedMethod(parts, role)
  return function passed(...args) {
    const result = Reflect.apply(method, target, args.map(bared))
    if (result === target) return proxy()
    return role === 'view' && typeof result === 'object' && result !== null
      ? wrapped({ ...what, target: result })
      : result
  }
}

/** A driver is given its own objects, never proxies. */
const bared = (value: unknown): unknown => behindOf(value)?.target ?? value

function guardedMethod(
  { what, name, method, proxy }: MethodParts,
  role: Exclude<MethodRole, 'view'>,
): Method {
  const { target, core, kind } = what
  const { driver, gate } = core
  // Calls of a connection may stand inside a transaction: only what a pool does for one call alone is repeated.
  const mayRepeat = kind === 'pool'
  return function guarded(...args) {
    const endedBy = what.scope?.endedBy ?? null
    if (endedBy !== null) return refused(args.at(-1), endedBy)
    const sql = what.sql ?? driver.sqlOf(name, args)
    const call = core.begin(target, sql, guarded as (...a: never[]) => unknown)
    if (mayRepeat) gate.begin()
    const last = args.at(-1)
    const run: Run = {
      what,
      call,
      invoke: (given) => Reflect.apply(method, target, given),
      result: (value) => (value === target ? proxy() : resultOf(what, role, { value, sql })),
      isPlain: role === 'statement',
      asksForConnection: role === 'connection',
    }
    if (typeof last === 'function' && !driver.isSynchronous)
      return withCallback(run, args.slice(0, -1), { callback: last as Method, mayRepeat })
    try {
      const value = run.invoke(args)
      if (value instanceof Promise || isThenable(value))
        return promised(run, args, { first: value, mayRepeat })
      if (!driver.isSynchronous) watchEvents(run, value)
      return run.result(value)
    } catch (error) {
      core.failed(call, error, { outcome: 'thrown', scope: what.scope })
      throw error
    }
  }
}

/** Sends nothing: the transaction it would be part of is over. */
function refused(last: unknown, endedBy: object): unknown {
  if (typeof last !== 'function') return Promise.reject(endedBy)
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
  return wrapped({ ...what, target: value, kind, sql: kind === 'statement' ? sql : undefined })
}

/** A promise of its own, not the driver's with a listener: that would count as handled though the application never looked. */
function promised(
  run: Run,
  args: readonly unknown[],
  { first, mayRepeat }: { first: Promise<unknown>; mayRepeat: boolean },
): Promise<unknown> {
  const { core, scope } = run.what
  if (mayRepeat) return repeated(run, args, first)
  return first.then(run.isPlain ? undefined : run.result, (error: unknown): never => {
    core.failed(run.call, error, { outcome: 'thrown', scope })
    throw error
  })
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
function pauseAfter({ what, call, asksForConnection }: Run, error: unknown, attempt: number): number | null {
  const { core, target, scope } = what
  const mayRepeat = core.wasNeverSent(error, target, asksForConnection)
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
