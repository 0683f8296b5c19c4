// Queries of postgres.js: made where they are written, begun when they are waited for, if at all, and settled by functions they carry.

import { foreignFrames, holdStack } from '../call-site.ts'
import { memberOf, textOf } from '../driver.ts'
import type { GuardCore, RunningCall } from '../guard-core.ts'
import type { Behind, Method } from '../wrapped.ts'

/**
 * The members of its Query that are used here, since postgres 3.0. It is a promise, and is left one: the functions it carries are the
 * only way to see it begin and end that neither begins it nor counts as somebody who looked at its failure.
 */
interface PendingQuery extends Promise<unknown> {
  /** Sends it, to a connection of its choice. */
  handler: Handler
  resolve: Settle
  reject: Settle
  /** Null until a connection has taken it, to put it together and send it. */
  readonly state: unknown
  readonly cancelled: unknown
  /** Set for a cursor, which sets `resolve` and `reject` anew for each of its parts. */
  readonly cursorFn?: unknown
  /** Its text, once it is put together. */
  readonly string?: string
  readonly strings: readonly string[]
  /** True for one that was written as a template. */
  readonly tagged: boolean
}

type Settle = (value: unknown) => unknown
type Handler = ((query: PendingQuery) => unknown) & { debug?: unknown }

/** What `end` says to queries that wait when its patience is over. */
const ENDED = 'CONNECTION_DESTROYED'
const GONE: ReadonlySet<string> = new Set(['SERVER_GONE', 'CONNECTION_ERROR'])

/** True for a query, which may be a fragment of another one. */
export const isQuery = (value: unknown): value is PendingQuery =>
  value instanceof Promise &&
  typeof memberOf(value, 'handler') === 'function' &&
  typeof memberOf(value, 'reject') === 'function'

/** Templates whose query was seen. */
const templates = new WeakSet<object>()

/**
 * The driver puts the place that wrote a template into the stacks of its errors, the fourth frame of an error it makes once for each
 * template: the caller of `top` is put there, which would be this package otherwise.
 */
export function keepOrigin(query: PendingQuery, top: Method): void {
  if (!query.tagged || templates.has(query.strings)) return
  templates.add(query.strings)
  const symbol = Object.getOwnPropertySymbols(query).find(({ description }) => description === 'OriginError')
  const origin: unknown = symbol === undefined ? undefined : Reflect.get(query, symbol)
  const { stack } = holdStack(top as (...args: never[]) => unknown)
  if (!(origin instanceof Error) || stack === undefined) return
  const [place] = foreignFrames(stack)
  if (place !== undefined)
    origin.stack = [origin.message, ...foreignFrames(origin.stack ?? ''), place].join('\n')
}

/** Watches what becomes of a query, if it is ever begun; `top` is the wrapper whose caller wrote it. */
export function watchQuery(what: Behind, query: PendingQuery, top: Method): void {
  const { handler } = query
  const stack = what.core.placeOf(top as (...args: never[]) => unknown)
  const begin: Handler = (begun) => {
    const endedBy = what.scope?.endedBy ?? null
    // Its connection may serve somebody else by now.
    if (endedBy !== null) return begun.reject(endedBy)
    const call = what.core.beginAt(what, undefined, stack)
    if (what.kind === 'pool') what.core.gate.begin()
    watchEnd(what, { query: begun, call, again: () => handler(begun) })
    return handler(begun)
  }
  // The driver asks its handler whether to keep a stack of its own.
  begin.debug = handler.debug
  query.handler = begin
}

interface Begun {
  readonly query: PendingQuery
  readonly call: RunningCall
  readonly again: () => unknown
}

function watchEnd({ core, kind, scope }: Behind, { query, call, again }: Begun): void {
  let attempt = 0
  intercept(query, 'resolve', (settle) => (value) => {
    if (kind === 'pool') core.gate.succeeded(attempt)
    return settle(value)
  })
  intercept(query, 'reject', (settle) => (error) => {
    const mayRepeat = kind === 'pool' && wasNeverSent(query, error) && core.wasNeverSent(error, call, true)
    const failed = { ...call, sql: sqlOf(query) }
    const wait = core.pauseAfter(failed, error, { mayRepeat, attempt, scope, foreign: !isDrivers(error) })
    if (scope !== null && seemsGone(core, { query, error })) scope.endedBy ??= Object(error)
    if (wait === null) return settle(error)
    attempt += 1
    // One that was cancelled meanwhile is settled.
    setTimeout(() => (query.cancelled === null ? again() : undefined), wait)
    return undefined
  })
}

/** Puts `through` before what settles the query, also where a cursor sets that anew. */
function intercept(
  query: PendingQuery,
  name: 'resolve' | 'reject',
  through: (settle: Settle) => Settle,
): void {
  let inner = query[name]
  const outer = through((value) => inner(value))
  if (query.cursorFn === undefined) query[name] = outer
  else
    void Object.defineProperty(query, name, {
      configurable: true,
      enumerable: true,
      get: () => outer,
      set: (value: Settle) => {
        inner = value
      },
    })
}

const wasNeverSent = (query: PendingQuery, error: unknown): boolean =>
  query.state === null && query.cancelled === null && memberOf(error, 'code') !== ENDED

/** Its text; before it is put together only where nothing is put into it. */
const sqlOf = ({ string, strings }: PendingQuery): string | undefined =>
  textOf(string) ?? (strings.length === 1 ? textOf(strings[0]) : undefined)

/** False for what the application's own functions threw: those for rows, for cursors, for types. */
export const isDrivers = (error: unknown): error is object =>
  typeof error === 'object' && error !== null && typeof memberOf(error, 'code') === 'string'

/** True where the connection is gone, but for one thing: a function for rows may have thrown what it had from another one. */
function seemsGone(core: GuardCore, { query, error }: { query: PendingQuery; error: unknown }): boolean {
  // The server's errors, whatever they say, come over a connection that is there.
  return (
    query.state !== null && memberOf(error, 'severity') === undefined && GONE.has(core.typeOf(error, query))
  )
}
