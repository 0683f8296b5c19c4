// Transactions of MongoDB over a session, by the labels its errors carry:
// https://github.com/mongodb/specifications/blob/master/source/transactions-convenient-api/transactions-convenient-api.md

import { setTimeout as pause } from 'node:timers/promises'
import { callMethod, hasMethod, memberOf, type TransactionRunner } from '../driver.ts'
import { type Behind, behindOf, wrapped } from '../wrapped.ts'

/** The server aborted it, or it never got there: run again from its start it is another one. */
const TRANSIENT = 'TransientTransactionError'
/** Nobody knows whether the commit took effect. Asking for it again is safe: the server knows each transaction by its number. */
const UNKNOWN = 'UnknownTransactionCommitResult'
/** MaxTimeMSExpired: the time that the application gave the commit is over. */
const TIME_IS_OVER = 50

const isLabelled = (error: object, label: string): boolean =>
  hasMethod(error, 'hasErrorLabel') && callMethod(error, 'hasErrorLabel', [label]) === true

/** Runs them on sessions of its own; `fn` gets the session, and gives it to each call as the driver wants it. */
export const mongodbTransactions: TransactionRunner = {
  refusal: (target) =>
    hasMethod(target, 'startSession')
      ? null
      : 'guardedTransaction needs a MongoClient: it makes a session of its own',
  async run(guarded, inside) {
    const what = behindOf(guarded)
    if (what === undefined) throw new TypeError('this is not what guard() gave')
    const session = callMethod(what.target, 'startSession') as object
    const own: Behind = {
      core: what.core,
      scope: what.scope,
      target: session,
      kind: 'connection',
      sql: undefined,
    }
    try {
      callMethod(session, 'startTransaction')
      const value = await inside(wrapped(own))
      await commit(own)
      return value
    } catch (error) {
      await abort(session)
      throw error
    } finally {
      await callMethod(session, 'endSession')
    }
  },
  verdict(error, isCommitting) {
    if (isLabelled(error, TRANSIENT)) return 'again'
    return isCommitting && isLabelled(error, UNKNOWN) ? 'unknown' : 'final'
  },
}

/** Asks for the commit until it is known. The driver asks twice each time. @throws what the driver throws */
async function commit(own: Behind): Promise<void> {
  const { core, scope, target } = own
  const call = core.begin(own, '{ commitTransaction: 1 }', commit as (...a: never[]) => unknown)
  for (let attempt = 0; ; attempt++) {
    try {
      await callMethod(target, 'commitTransaction')
      return
    } catch (error) {
      const failed = Object(error) as object
      const mayRepeat = isLabelled(failed, UNKNOWN) && memberOf(failed, 'code') !== TIME_IS_OVER
      const wait = core.pauseAfter(call, error, { mayRepeat, attempt, scope })
      if (wait === null) throw error
      await pause(wait)
    }
  }
}

/** What the abort itself says tells nothing new: the server gives up a transaction of which it hears no more. */
async function abort(session: object): Promise<void> {
  if (callMethod(session, 'inTransaction') !== true) return
  try {
    await callMethod(session, 'abortTransaction')
  } catch {
    // The failure before it is the one to tell.
  }
}
