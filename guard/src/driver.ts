// What a guard needs to know of a driver. A driver is told by its shape: none is imported.

import type { ErrorEngine } from '../../src/recovery/error-engine.ts'
import type { ErrorReport } from '../../src/recovery/error-report.ts'

/**
 * What a method does. `statement` runs a statement or command; `connection` gives a connection; `prepared` gives a statement that is
 * run later, `queued` puts a command into one; `view` gives the same thing with another face, `pool` gives a pool; `scoped` runs a
 * function of the application with a connection. Results may come as a value, a promise, or to a callback.
 */
export type MethodRole = 'statement' | 'connection' | 'prepared' | 'queued' | 'view' | 'pool' | 'scoped'

/** A thing of the driver. */
export type GuardedKind = 'pool' | 'connection' | 'statement'

/** Names and numbers of an error, in the fields of a report. */
export type ErrorFields = Omit<ErrorReport, 'engine' | 'statement' | 'database'>

/** One of several errors that a driver throws as one, and which of the queued commands it is the answer to. */
export interface InnerError {
  readonly error: object
  readonly index: number
}

/** What failures mean inside a transaction. */
export interface TransactionTraits {
  /** Why no transaction can be run on it; null where one can. Left out: always. */
  refusal?(target: object, kind: GuardedKind): string | null
  /**
   * Where the function commits by itself, by running what it queued: whether this call does so, as a whole or, if it fails, perhaps in
   * parts. Left out: `commit` does.
   */
  commitOf?(method: string, args: readonly unknown[]): 'whole' | 'parts' | null
  /** Types of failure with which the server ends the whole transaction, so that a statement after it would stand alone. Left out: none. */
  readonly endedBy?: ReadonlySet<string>
  /** True for an error that only says that an earlier one ended the transaction. Left out where a server has none. */
  isAftermath?(error: object): boolean
}

/** A driver that begins, commits and rolls back by itself. */
export interface TransactionRunner extends TransactionTraits {
  /**
   * Calls `inside` with the transaction's connection. Settles as the driver's own way does, or rejects with the failure that cut the
   * connection; what `inside` gives is then left alone.
   */
  run(guarded: object, inside: (connection: object) => Promise<unknown>): Promise<unknown>
  /** What the error tells of the transaction: run it again, nobody knows what became of it, or neither. Left out: its type tells. */
  verdict?(error: object, isCommitting: boolean): 'again' | 'unknown' | 'final'
}

/** Runs transactions on a connection of the driver. */
export interface TransactionSteps extends TransactionTraits {
  begin(connection: object): unknown
  commit(connection: object): unknown
  rollback(connection: object): unknown
  /** True for an answer to COMMIT that says the server rolled back. Left out where a server answers with an error. */
  isRollback?(answer: unknown): boolean
  /**
   * Calls `lost` where the connection is lost, until what it gives is called; where a driver connects anew by itself, so that what
   * follows would stand alone. Left out: it does not.
   */
  onLoss?(connection: object, lost: (error: object) => void): () => void
  /** Whether somebody's transaction is open on it. */
  isInside(connection: object): boolean | Promise<boolean>
  /** A connection of a pool. */
  take(pool: object): Promise<object>
  /** Gives it back; `isBroken` ones are closed instead. */
  give(connection: object, isBroken: boolean): void
}

/** One driver. */
export interface Driver {
  readonly id: string
  /** What `target` is of this driver; null if it is none of its. */
  kindOf(target: object): GuardedKind | null
  /** Called once, when `target` is guarded: what it would not tell later is noted from now on. Left out: nothing. */
  attach?(target: object): void
  readonly roles: Readonly<Record<GuardedKind, Readonly<Record<string, MethodRole>>>>
  /** The role of a method that `roles` does not name. Left out: none. */
  roleOf?(target: object, kind: GuardedKind, name: string): MethodRole | undefined
  /** True for a member that is no method and holds methods of `target`, as those of a module. Left out: none is. */
  isPart?(target: object, member: object): boolean
  /** True where the driver itself repeats what may be repeated. Left out: the guard does. */
  readonly repeatsItself?: true
  /** False for what a function is run with that is no connection (`scoped`). Left out: it always is one. */
  isConnection?(given: object): boolean
  /** True where calls take part in a session by their options (`session`). Left out: they do not. */
  readonly hasSessions?: true
  /** False where no method takes a callback as Node's do: functions among the arguments are something else. Default: true. */
  readonly hasCallbacks?: false
  /** The engine behind it; `wanted` wins. */
  engineOf(target: object, wanted: string | undefined): ErrorEngine
  databaseOf(target: object): string | undefined
  readError(error: object): ErrorFields
  /** The errors of single commands inside one that only says there are some. Left out: there are none such. */
  errorsIn?(error: object): readonly InnerError[]
  /** True for an error of a type that says nothing was run, which may come from within a statement all the same. Default: none. */
  mayHaveRun?(error: object, sql: string | undefined): boolean
  /** True for an error with which nothing of the commit is kept, whatever its type. Only where `commitOf` is. */
  isRefused?(error: object): boolean
  /**
   * True where a call answers by a promise, so that in a guarded transaction it can wait for the one before. Needed where a server ends
   * transactions and takes what was sent behind the failure for itself. Left out: none waits.
   */
  answersLater?(target: object, method: string): boolean
  /** The SQL of a call of `method`; of engines without SQL the command and its object, never an argument. */
  sqlOf(method: string, args: readonly unknown[], target: object): string | undefined
  readonly transaction: TransactionSteps | TransactionRunner
  /** True where calls answer at once, and a transaction's function may not wait. */
  readonly isSynchronous: boolean
}

/** A member of an object of which nothing is known. */
export function memberOf(object: unknown, name: string): unknown {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) return undefined
  return Reflect.get(object, name)
}

/** True where the member is a function. */
export const hasMethod = (object: object, name: string): boolean =>
  typeof memberOf(object, name) === 'function'

/** Calls a method. @throws what it throws */
export function callMethod(object: object, name: string, args: readonly unknown[] = []): unknown {
  const method = memberOf(object, name)
  if (typeof method !== 'function') throw new TypeError(`there is no method ${name}`)
  return Reflect.apply(method, object, args)
}

/** The text, or undefined for what is none. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** An error's code. A socket file that is not there is a server that is not there. */
export function codeOf(error: object): string | undefined {
  const code = textOf(memberOf(error, 'code'))
  return code === 'ENOENT' && memberOf(error, 'syscall') === 'connect' ? 'ECONNREFUSED' : code
}
