// Runs a function as one transaction, and again from its start where the server says that this may help.

import { setTimeout as pause } from 'node:timers/promises'
import { ERROR_TYPES, type ErrorType } from '../../src/recovery/error-types.ts'
import type { TransactionRunner, TransactionSteps } from './driver.ts'
import type { FailureOutcome } from './failure-report.ts'
import { type FailureScope, type GuardCore, newScope } from './guard-core.ts'
import { type Behind, behindOf, wrapped } from './wrapped.ts'

/** Causes of an error that are looked at for the driver's. */
const CAUSES_MAX = 4

/** The type of connection a transaction's function is given: the pool's, or the connection itself. */
export type ConnectionOf<T> = T extends { getConnection(): Promise<infer C> }
  ? C
  : T extends { getConnection(callback: (error: infer _, connection: infer C) => unknown): unknown }
    ? NonNullable<C>
    : T extends PoolOfClients<infer C>
      ? NonNullable<C>
      : T extends { begin(options: string, fn: (inside: infer C) => unknown): unknown }
        ? C
        : T extends { startSession(): infer C; withSession: unknown }
          ? C
          : T extends PoolThatExecutes<infer C>
            ? C
            : T

/** A pool that tells how many wait, and gives a connection where others make one. */
interface PoolOfClients<C> {
  readonly waitingCount: number
  connect(callback: (error: Error | undefined, client: C, done: (release?: Error) => void) => void): void
}

/** A pool that runs functions with a connection. */
interface PoolThatExecutes<C> {
  readonly totalClients: number
  execute<R>(fn: (client: C) => R): Promise<Awaited<R>>
}

/** Connections a guarded transaction runs on. */
const busy = new WeakSet<object>()

/** Types of failure after which the connection is gone. */
const LOST: ReadonlySet<string> = new Set(['SERVER_GONE', 'CONNECTION_ERROR'])
/** A driver's own patience ended: of a COMMIT, nobody knows what becomes of it. */
const NOT_WAITED_FOR = 'PROTOCOL_SEQUENCE_TIMEOUT'

interface Done<R> {
  readonly isDone: true
  readonly value: R
}

/** How an attempt failed. */
interface Failed {
  readonly isDone: false
  readonly error: unknown
  /** The driver's error in it; null if it is none. */
  readonly decisive: unknown
  readonly mayRepeat: boolean
  /** COMMIT was sent and not answered. */
  readonly isUnknown: boolean
}

type Ending<R> = Done<R> | Failed

/**
 * Begins a transaction on `target` (a guarded pool or connection), runs `fn`, commits. A deadlock, a serialization failure, a lock
 * timeout, or a connection lost before COMMIT was sent rolls back, pauses and runs `fn` again from its start, within the
 * guard's attempts, budget and breaker: what `fn` does outside the database must bear that. A connection lost at COMMIT is never
 * repeated, because nobody knows whether it took effect. `fn` must not wait for anything but the database on SQLite.
 * @throws what `fn` or the driver throws, the same object; TypeError for a target that is not guarded or whose transaction is open
 */
export async function guardedTransaction<T extends object, R>(
  target: T,
  fn: (connection: ConnectionOf<T>) => R | Promise<R>,
): Promise<R> {
  const what = behindOf(target)
  if (what === undefined) throw new TypeError('guardedTransaction needs what guard() gave')
  const { core } = what
  const refusal = core.driver.transaction.refusal?.(what.target, what.kind) ?? null
  if (refusal !== null) throw new TypeError(refusal)
  core.statistics.calls += 1
  core.gate.begin()
  for (let attempt = 0; ; attempt++) {
    const scope = newScope()
    const ending = await onConnection({ ...what, scope }, fn as (connection: object) => R | Promise<R>)
    const wait = settled(core, { ending, scope, attempt })
    if (ending.isDone) return ending.value
    if (wait === null) throw ending.error
    await pause(wait)
  }
}

/** Counts and reports how an attempt ended; the pause before the next one, ms, or null where there is none. */
function settled<R>(
  core: GuardCore,
  { ending, scope, attempt }: { ending: Ending<R>; scope: FailureScope; attempt: number },
): number | null {
  const wait = ending.isDone || !ending.mayRepeat ? null : core.gate.pauseBefore(attempt)
  const { decisive, isUnknown } = ending.isDone ? { decisive: undefined, isUnknown: false } : ending
  const own: FailureOutcome = isUnknown ? 'unknown' : wait === null ? 'thrown' : 'retried'
  for (const { error, failure, outcome } of scope.failures)
    core.describe(failure, error === decisive ? own : outcome)
  if (ending.isDone) core.gate.succeeded(attempt)
  else if (isUnknown) core.statistics.unknownOutcomes += 1
  else if (ending.mayRepeat && wait === null) core.gate.failed()
  return wait
}

async function onConnection<R>(what: Behind, fn: (connection: object) => R | Promise<R>): Promise<Ending<R>> {
  const { core, kind, target } = what
  const steps = core.driver.transaction
  if ('run' in steps) return await throughDriver(what, steps, fn)
  if (kind !== 'pool') return await alone(what, steps, fn)
  let taken: object
  try {
    taken = await steps.take(wrapped(what))
  } catch (error) {
    // The pool repeated this already, within the same budget.
    return {
      isDone: false,
      error,
      decisive: driverError(core, target, error),
      mayRepeat: false,
      isUnknown: false,
    }
  }
  const raw = behindOf(taken)?.target ?? taken
  const { scope } = what
  const attempt: Attempt = { core, steps, connection: taken, raw, scope, isBroken: false }
  const forget = steps.onLoss?.(raw, (error) => {
    if (scope?.commit === 'none') scope.endedBy ??= error
  })
  try {
    return await beginToCommit(attempt, fn)
  } finally {
    forget?.()
    steps.give(attempt.raw, attempt.isBroken)
  }
}

/** On the application's own connection. @throws TypeError where a transaction is open: beginning one would commit or nest it */
async function alone<R>(
  what: Behind,
  steps: TransactionSteps,
  fn: (connection: object) => R | Promise<R>,
): Promise<Ending<R>> {
  const { core, target, scope } = what
  const open = (): TypeError => new TypeError('a transaction is open on this connection already')
  if (busy.has(target)) throw open()
  busy.add(target)
  try {
    if (await steps.isInside(target)) throw open()
    const attempt = { core, steps, connection: wrapped(what), raw: target, scope, isBroken: false }
    return await beginToCommit(attempt, fn)
  } finally {
    busy.delete(target)
  }
}

/** Where the driver begins and ends transactions. @throws TypeError inside one: a savepoint is not what was asked for */
async function throughDriver<R>(
  what: Behind,
  steps: TransactionRunner,
  fn: (connection: object) => R | Promise<R>,
): Promise<Ending<R>> {
  const { core, kind, target, scope } = what
  if (kind !== 'pool') throw new TypeError('guardedTransaction needs what gives connections, not one of them')
  const progress: Progress = { hasBegun: false, isCommitting: false }
  const inside = async (connection: object): Promise<R> => {
    progress.hasBegun = true
    const given: unknown = fn(connection)
    // As the driver does itself: queries that were not begun yet may be what is given.
    const value = (await (Array.isArray(given) ? Promise.all(given) : given)) as R
    progress.isCommitting = (scope?.endedBy ?? null) === null
    return value
  }
  try {
    return { isDone: true, value: (await steps.run(wrapped(what), inside)) as R }
  } catch (error) {
    const decisive = decisiveIn({ core, raw: target, scope }, error)
    const type = core.typeOf(decisive, target)
    // What else the function calls may fail for want of a connection too.
    const isLost = LOST.has(type) && scope?.failures.some((each) => each.error === decisive) === true
    const { hasBegun, isCommitting } = progress
    const told = steps.verdict?.(Object(decisive) as object, isCommitting)
    if (told !== undefined)
      return { isDone: false, error, decisive, mayRepeat: told === 'again', isUnknown: told === 'unknown' }
    // One that was not begun was repeated already, within the same budget.
    const mayRepeat = hasBegun && (isLost ? !isCommitting : helpsToRepeat(type))
    return { isDone: false, error, decisive, mayRepeat, isUnknown: isCommitting && isLost }
  }
}

interface Attempt {
  readonly core: GuardCore
  readonly steps: TransactionSteps
  /** The guarded connection, and the driver's own. */
  readonly connection: object
  readonly raw: object
  /** Failures of its statements, those that `fn` caught too. */
  readonly scope: FailureScope | null
  /** Set where the connection cannot be used again. */
  isBroken: boolean
}

/** How far an attempt came. */
interface Progress {
  hasBegun: boolean
  isCommitting: boolean
}

async function beginToCommit<R>(
  attempt: Attempt,
  fn: (connection: object) => R | Promise<R>,
): Promise<Ending<R>> {
  const { core, raw, scope } = attempt
  const progress: Progress = { hasBegun: false, isCommitting: false }
  try {
    const value = core.driver.isSynchronous
      ? atOnce(attempt, fn, progress)
      : await inTurn(attempt, fn, progress)
    return { isDone: true, value }
  } catch (error) {
    const decisive = decisiveIn(attempt, error)
    const isAbandoned = isNotWaitedFor(core, decisive)
    // A transaction that was not begun here is not rolled back here: it would be somebody else's.
    const isClean = !progress.hasBegun || (await isRolledBack(attempt, isAbandoned))
    const type = core.typeOf(decisive, raw)
    // An answer of the server to COMMIT says that nothing was kept; no answer says nothing.
    const isLost = LOST.has(type)
    const isCommitting = progress.isCommitting || scope?.commit === 'sent'
    attempt.isBroken = isLost || !isClean
    return {
      isDone: false,
      error,
      decisive,
      mayRepeat: scope?.commit !== 'done' && (isLost ? !isCommitting : helpsToRepeat(type)),
      isUnknown: isCommitting && (isLost || isAbandoned),
    }
  }
}

/** Where only another server could take it, the same pool would give the same answer. */
function helpsToRepeat(type: ErrorType): boolean {
  const { retry, condition } = ERROR_TYPES[type]
  return retry === 'transaction' && condition !== 'other-server'
}

async function inTurn<R>(
  { core, steps: transaction, connection, scope }: Attempt,
  fn: (connection: object) => R | Promise<R>,
  progress: Progress,
): Promise<R> {
  await transaction.begin(connection)
  progress.hasBegun = true
  const value = await fn(connection)
  if (scope?.endedBy) throw rolledBack(scope.endedBy)
  progress.isCommitting = true
  const answer = await transaction.commit(connection)
  if (transaction.isRollback?.(answer) === true) throw rolledBack(lastFailure(core, scope))
  return value
}

/** The function caught a failure and went on, as if something could still be kept. */
const rolledBack = (cause: unknown): Error =>
  new Error('the server rolled the transaction back: a statement in it had failed', { cause })

/** Without a pause from BEGIN to COMMIT: whatever ran in one would run inside this transaction. */
function atOnce<R>(
  { steps: transaction, connection }: Attempt,
  fn: (connection: object) => R | Promise<R>,
  progress: Progress,
): R {
  transaction.begin(connection)
  progress.hasBegun = true
  const value = fn(connection)
  if (value instanceof Promise) {
    value.catch(() => undefined)
    throw new TypeError('on SQLite the function of a transaction must not wait: it answers at once')
  }
  progress.isCommitting = true
  transaction.commit(connection)
  return value
}

/** Behind a statement that the driver no longer waits for ROLLBACK is sent and not waited for either. */
async function isRolledBack({ steps, raw }: Attempt, isAbandoned: boolean): Promise<boolean> {
  const rollback = async (): Promise<boolean> => {
    try {
      await steps.rollback(raw)
      return true
    } catch {
      return false
    }
  }
  if (!isAbandoned) return await rollback()
  void rollback()
  return false
}

/** The driver's error that decides: where it only tells of an earlier one, which the function may have caught, that one. */
function decisiveIn({ core, raw, scope }: Pick<Attempt, 'core' | 'raw' | 'scope'>, thrown: unknown): unknown {
  const found = driverError(core, raw, thrown)
  return isAftermath(core, found) ? (lastFailure(core, scope) ?? found) : found
}

/** The failure of a statement that came last and tells of itself; undefined if none was seen. */
const lastFailure = (core: GuardCore, scope: FailureScope | null): object | undefined =>
  scope?.failures.findLast(({ error }) => !isAftermath(core, error))?.error

const isAftermath = (core: GuardCore, error: unknown): boolean =>
  typeof error === 'object' && error !== null && core.driver.transaction.isAftermath?.(error) === true

function isNotWaitedFor(core: GuardCore, error: unknown): boolean {
  return typeof error === 'object' && error !== null && core.driver.readError(error).code === NOT_WAITED_FOR
}

/** The driver's error inside what was thrown: itself, or one of its causes. */
function driverError(core: GuardCore, target: object, thrown: unknown): unknown {
  let error = thrown
  for (let depth = 0; depth < CAUSES_MAX; depth++) {
    if (core.typeOf(error, target) !== 'UNCLASSIFIED') return error
    if (typeof error !== 'object' || error === null || !('cause' in error)) break
    error = error.cause
  }
  return thrown
}
