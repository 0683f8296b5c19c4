// postgres.js (the package `postgres`): its `sql`, and those of transactions and reserved connections.

import { setTimeout as pause } from 'node:timers/promises'
import { postgresErrors } from '../../../src/recovery/postgres/index.ts'
import { callMethod, codeOf, type Driver, hasMethod, memberOf, textOf } from '../driver.ts'
import type { FailureScope, RunningCall } from '../guard-core.ts'
import { type Behind, type Method, type OwnMethod, wrapped } from '../wrapped.ts'
import { isAftermath, mayHaveRun } from './pg.ts'
import { isDrivers, isQuery, keepOrigin, watchQuery } from './postgres-js-query.ts'

/** Its own codes, and what other drivers and Node call the same. */
const CODES: ReadonlyMap<string | undefined, string> = new Map([
  ['CONNECT_TIMEOUT', 'ETIMEDOUT'],
  ['CONNECTION_CLOSED', 'PROTOCOL_CONNECTION_LOST'],
  ['CONNECTION_DESTROYED', 'PROTOCOL_CONNECTION_LOST'],
  ['CONNECTION_ENDED', 'POOL_CLOSED'],
])

const isFunction = (value: unknown): value is Method => typeof value === 'function'

/** postgres 3. */
export const postgresJsDriver: Driver = {
  id: 'postgres.js',
  isSynchronous: false,
  roles: {
    pool: { notify: 'statement', reserve: 'connection' },
    connection: { notify: 'statement' },
    statement: {},
  },
  kindOf(target) {
    if (!isFunction(target) || !hasMethod(target, 'unsafe') || !hasMethod(target, 'typed')) return null
    return hasMethod(target, 'begin') ? 'pool' : 'connection'
  },
  engineOf: () => postgresErrors,
  // As for pg: names without a schema are in one that the database's name does not tell.
  databaseOf: () => undefined,
  readError(error) {
    const fields = error as Readonly<Record<string, unknown>>
    const code = codeOf(error)
    return {
      code: CODES.get(code) ?? code,
      message: textOf(fields.message) ?? '',
      schema: textOf(fields.schema_name),
      table: textOf(fields.table_name),
      column: textOf(fields.column_name),
      constraint: textOf(fields.constraint_name),
    }
  },
  mayHaveRun,
  sqlOf: (method) => (method === 'notify' ? 'select pg_notify($1, $2)' : undefined),
  transaction: {
    isAftermath,
    async run(guarded, inside) {
      return await callMethod(guarded, 'begin', [inside])
    },
  },
}

/** Makes queries, begins them only when they are waited for. */
const lazy: OwnMethod = (what, method) =>
  function made(this: unknown, ...args) {
    const result = Reflect.apply(method, what.target, args)
    if (isQuery(result)) {
      keepOrigin(result, made)
      watchQuery(what, result, made)
    }
    return result
  }

/** `begin` and `savepoint`: the function among the arguments gets a guarded `sql`, and is run by the driver. */
const nested: OwnMethod = (what, method) =>
  function begun(...args) {
    const stack = what.core.placeOf(begun as (...a: never[]) => unknown)
    const call = what.core.beginAt(what, undefined, stack)
    if (what.kind === 'pool') what.core.gate.begin()
    return settled({ what, method, call }, args)
  }

/** What `wrapped` is told besides the roles. */
export const POSTGRES_JS_OWN: Readonly<Record<string, OwnMethod>> = {
  '': lazy,
  unsafe: lazy,
  file: lazy,
  begin: nested,
  savepoint: nested,
}

interface NestedCall {
  readonly what: Behind
  readonly method: Method
  readonly call: RunningCall
}

/** What the application's function did. */
interface Watched {
  hasRun: boolean
  thrown: unknown
}

/** Where the function has not been called nothing was sent that could have had an effect. */
async function settled({ what, method, call }: NestedCall, args: readonly unknown[]): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    const watched: Watched = { hasRun: false, thrown: undefined }
    const given = args.map((each) => (isFunction(each) ? watchedFunction(what, each, watched) : each))
    try {
      const value = await Reflect.apply(method, what.target, given)
      if (what.kind === 'pool') what.core.gate.succeeded(attempt)
      closeScope(what)
      return value
    } catch (thrown) {
      // The driver says only that the connection is gone; what was seen first tells more.
      const error: unknown = what.scope?.endedBy ?? thrown
      if (watched.hasRun) closeScope(what)
      const wait = pauseAfter({ what, method, call }, { error, watched, attempt })
      if (wait === null) throw error
      await pause(wait)
    }
  }
}

function pauseAfter(
  { what, call }: NestedCall,
  { error, watched, attempt }: { error: unknown; watched: Watched; attempt: number },
): number | null {
  const { core, kind, scope } = what
  const mayRepeat = kind === 'pool' && !watched.hasRun && core.wasNeverSent(error, call, true)
  const failed = { ...call, sql: textOf(memberOf(error, 'query')) }
  // What the function threw is the application's, or the failure of a query that was seen.
  const foreign = !isDrivers(error) || error === watched.thrown
  return core.pauseAfter(failed, error, { mayRepeat, attempt, scope, foreign })
}

function watchedFunction(what: Behind, fn: Method, watched: Watched): Method {
  const note = (error: unknown): never => {
    watched.thrown = error
    throw error
  }
  return function inside(this: unknown, given, ...rest) {
    watched.hasRun = true
    const sql = wrapped({ ...what, target: given as object, kind: 'connection' })
    try {
      const result = Reflect.apply(fn, this, [sql, ...rest])
      const noted = result instanceof Promise && !isQuery(result) ? result.then(undefined, note) : result
      return what.scope === null ? noted : whileConnected(what, noted)
    } catch (error) {
      return note(error)
    }
  }
}

/** How long a connection that seems gone has to be, ms; the driver says so at once. */
const GONE_MS = 1000
const LOOK_MS = 10

/**
 * In a guarded transaction: once the connection is gone, the driver is given no answer, because it would send ROLLBACK over the
 * connection that is not there, which ends the process with a TypeError that nothing can catch (3.4), or by then is somebody else's.
 */
async function whileConnected({ scope }: Behind, result: unknown): Promise<unknown> {
  try {
    const value = await (Array.isArray(result) ? Promise.all(result) : result)
    await untilCertain(scope)
    return value
  } catch (error) {
    await untilCertain(scope)
    throw error
  }
}

async function untilCertain(scope: FailureScope | null): Promise<void> {
  if (scope === null || scope.endedBy === null) return
  for (let waited = 0; waited < GONE_MS && !scope.isOver; waited += LOOK_MS) await pause(LOOK_MS)
  if (scope.isOver) await new Promise<never>(() => undefined)
}

/** What a function sends after its transaction is over would meet whoever has the connection next. */
function closeScope({ scope, kind }: Behind): void {
  if (scope === null || kind !== 'pool') return
  scope.isOver = true
  scope.endedBy ??= new TypeError('the transaction is over')
}
