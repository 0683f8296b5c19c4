// pg (node-postgres): pools and clients, with promises or callbacks.

import { postgresErrors } from '../../../src/recovery/postgres/index.ts'
import { callMethod, codeOf, type Driver, hasMethod, memberOf, textOf } from '../driver.ts'

/**
 * What it says without a code, in the words of pg 8 and pg-pool 3, and the code that other drivers and Node give the same. Of its
 * pool, a wait that was too long for a connection; of a connection, its end; of the application, that it closed it itself.
 */
const UNCODED: ReadonlyMap<string, string> = new Map([
  ['timeout exceeded when trying to connect', 'POOL_ENQUEUELIMIT'],
  ['Connection terminated due to connection timeout', 'ETIMEDOUT'],
  ['timeout expired', 'ETIMEDOUT'],
  ['Connection terminated unexpectedly', 'PROTOCOL_CONNECTION_LOST'],
  ['Connection terminated', 'PROTOCOL_CONNECTION_LOST'],
  ['Client has encountered a connection error and is not queryable', 'PROTOCOL_CONNECTION_LOST'],
  ['Query read timeout', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['Client was closed and is not queryable', 'POOL_CLOSED'],
  ['Cannot use a pool after calling end on the pool', 'POOL_CLOSED'],
])

/**
 * States with which a server refuses a session: too many connections, starting up or shutting down. A statement that gets one
 * from a routine or from a foreign server gets the place with it.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const REFUSALS: ReadonlySet<string> = new Set(['53300', '57P03'])

/** What every statement gets after one has failed: it tells nothing of the failure itself. */
const IN_FAILED_TRANSACTION = '25P02'

/** No transaction is open, in the server's word that it takes the next statement (its protocol's ReadyForQuery). */
const IDLE = 'I'

/** A connection that is lost tells its client by an event, which ends the process where nobody listens; the call fails as well. */
const ignore = (): void => undefined

/** True for a server's error of a type that says nothing was run, unless the server said it instead of greeting. */
export function mayHaveRun(error: object): boolean {
  const { severity, code, where } = error as Readonly<Record<string, unknown>>
  const isServers = severity !== undefined
  return isServers && !(REFUSALS.has(textOf(code) ?? '') && where === undefined)
}

/** True for an error that only says that an earlier one ended the transaction. */
export const isAftermath = (error: object): boolean => memberOf(error, 'code') === IN_FAILED_TRANSACTION

async function run(connection: object, sql: string): Promise<unknown> {
  return await callMethod(connection, 'query', [sql])
}

/** pg 8. Not its native binding as a client of its own: it does not tell whether a transaction is open. */
export const pgDriver: Driver = {
  id: 'pg',
  isSynchronous: false,
  roles: {
    pool: { query: 'statement', connect: 'connection' },
    connection: { query: 'statement', connect: 'connection' },
    statement: {},
  },
  kindOf(target) {
    if (!hasMethod(target, 'query') || !hasMethod(target, 'connect') || !hasMethod(target, 'end')) return null
    if (typeof memberOf(target, 'waitingCount') === 'number') return 'pool'
    const isClient = hasMethod(target, 'escapeIdentifier') && hasMethod(target, 'setTypeParser')
    return isClient && hasMethod(Object(memberOf(target, 'connection')), 'sync') ? 'connection' : null
  },
  engineOf: () => postgresErrors,
  // Names without a schema are in a schema, which the database's name does not tell.
  databaseOf: () => undefined,
  readError(error) {
    const { message, schema, table, column, constraint } = error as Readonly<Record<string, unknown>>
    const text = textOf(message) ?? ''
    return {
      code: codeOf(error) ?? UNCODED.get(text),
      message: text,
      schema: textOf(schema),
      table: textOf(table),
      column: textOf(column),
      constraint: textOf(constraint),
    }
  },
  sqlOf(method, [first]) {
    if (method === 'connect') return undefined
    return textOf(first) ?? textOf(memberOf(first, 'text'))
  },
  mayHaveRun,
  transaction: {
    begin: (connection) => run(connection, 'BEGIN'),
    commit: (connection) => run(connection, 'COMMIT'),
    rollback: (connection) => run(connection, 'ROLLBACK'),
    isRollback: (answer) => memberOf(answer, 'command') === 'ROLLBACK',
    isAftermath,
    async isInside(connection) {
      const inner = Object(memberOf(connection, 'connection')) as object
      let status: unknown
      const note = (message: unknown): void => {
        status = memberOf(message, 'status')
      }
      callMethod(inner, 'on', ['readyForQuery', note])
      try {
        // Answered after everything that was asked for before it.
        await run(connection, '')
      } finally {
        callMethod(inner, 'off', ['readyForQuery', note])
      }
      return status !== IDLE
    },
    take: (pool) =>
      new Promise((resolve, reject) => {
        const taken = (error: unknown, client: object): void => {
          if (!error) callMethod(client, 'on', ['error', ignore])
          if (error) reject(error)
          else resolve(client)
        }
        callMethod(pool, 'connect', [taken])
      }),
    give(connection, isBroken) {
      callMethod(connection, 'release', [isBroken])
      callMethod(connection, 'off', ['error', ignore])
    },
  },
}
