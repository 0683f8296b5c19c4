// What drivers of MySQL and MariaDB have in common: names of methods, and two faces, one with promises and one with callbacks.

import { callMethod, memberOf, type TransactionSteps, textOf } from '../driver.ts'

/** Flag of the state a server tells that says a transaction is open (SERVER_STATUS_IN_TRANS of the protocol). */
export const IN_TRANSACTION = 1

/** Calls a method that answers by promise, or to a callback. */
export type Ask = (target: object, name: string, args?: readonly unknown[]) => Promise<unknown>

/** How to ask things of a driver, some of which answer by promise. */
export const asking =
  (isPromised: (target: object) => boolean): Ask =>
  (target, name, args = []) => {
    if (isPromised(target)) return Promise.resolve(callMethod(target, name, args))
    return new Promise((resolve, reject) => {
      callMethod(target, name, [
        ...args,
        (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)),
      ])
    })
  }

/** The SQL of a call: the first argument or a member of it, or what the method stands for. */
export function mysqlText(method: string, [first]: readonly unknown[]): string | undefined {
  if (method === 'beginTransaction') return 'START TRANSACTION'
  if (method === 'commit' || method === 'rollback') return method.toUpperCase()
  return textOf(first) ?? textOf(memberOf(first, 'sql'))
}

/** All of a transaction but whether one is open. */
export const mysqlSteps = (ask: Ask): Omit<TransactionSteps, 'isInside'> => ({
  // https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html: a deadlock rolls back the entire transaction.
  endedBy: new Set(['DEADLOCK', 'SERIALIZATION']),
  begin: (connection) => ask(connection, 'beginTransaction'),
  commit: (connection) => ask(connection, 'commit'),
  rollback: (connection) => ask(connection, 'rollback'),
  take: async (pool) => (await ask(pool, 'getConnection')) as object,
  give: (connection, isBroken) => void callMethod(connection, isBroken ? 'destroy' : 'release'),
})
