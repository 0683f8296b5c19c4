// mariadb (MariaDB Connector/Node.js): pools and connections with promises, or with callbacks (`mariadb/callback`).

import type { ErrorEngine } from '../../../src/recovery/error-engine.ts'
import { mariadbErrors, mysqlErrors } from '../../../src/recovery/mysql/index.ts'
import { callMethod, codeOf, type Driver, type ErrorFields, hasMethod, memberOf, textOf } from '../driver.ts'
import { asking, IN_TRANSACTION, mysqlSteps, mysqlText } from './mysql-family.ts'

const STATEMENTS = {
  query: 'statement',
  execute: 'statement',
  batch: 'statement',
  importFile: 'statement',
} as const

/** A wait for a connection of the pool that was too long. What went wrong meanwhile is its cause. */
const NO_CONNECTION = 45028

/**
 * Its own errors by number, in the words of mariadb 3, and the code that other drivers and Node give the same. The words count
 * too: a trigger or routine may raise any number with `SIGNAL … SET MYSQL_ERRNO`.
 * https://github.com/mariadb-corporation/mariadb-connector-nodejs/blob/main/lib/misc/errors.js
 */
const OWN: ReadonlyMap<number, readonly [words: RegExp, code: string]> = new Map([
  [45001, [/^Connection closed/, 'PROTOCOL_CONNECTION_LOST']],
  [45004, [/^Connection destroyed, command was killed/, 'PROTOCOL_CONNECTION_LOST']],
  [45009, [/^socket has unexpectedly been closed/, 'PROTOCOL_CONNECTION_LOST']],
  [45012, [/^Connection timeout: failed to create socket/, 'ETIMEDOUT']],
  [45013, [/^Cannot execute new commands: connection closed/, 'PROTOCOL_CONNECTION_LOST']],
  [45026, [/^socket timeout/, 'PROTOCOL_SEQUENCE_TIMEOUT']],
  [45027, [/pool is (?:already )?closed/, 'POOL_CLOSED']],
  [45037, [/^pool is ending/, 'POOL_CLOSED']],
  [45042, [/^Ping timeout/, 'PROTOCOL_SEQUENCE_TIMEOUT']],
])

/** CR_SERVER_HANDSHAKE_ERR: the server went away while it greeted, so that there was no connection. */
const NOT_GREETED = 2012
const LOST: ReadonlySet<string | undefined> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

/** Callbacks are the older face; only the one with promises can be disposed of. */
const isPromised = (target: object): boolean => Symbol.asyncDispose in target

const ask = asking(isPromised)

/** What a connection was told of its server, on it or on the one inside it; undefined before it greeted. */
const informationOf = (target: object): unknown => infoOfPool.get(target) ?? memberOf(target, 'info')

/** Of the first connection a pool took: it keeps its connections to itself. */
const infoOfPool = new WeakMap<object, unknown>()

/** mariadb 3. */
export const mariadbDriver: Driver = {
  id: 'mariadb',
  isSynchronous: false,
  roles: {
    pool: { ...STATEMENTS, getConnection: 'connection' },
    connection: {
      ...STATEMENTS,
      ...{ queryStream: 'statement', prepare: 'prepared', connect: 'statement', ping: 'statement' },
      ...{ beginTransaction: 'statement', commit: 'statement', rollback: 'statement' },
      ...{ changeUser: 'statement', reset: 'statement' },
    },
    statement: { execute: 'statement', executeStream: 'statement' },
  },
  kindOf(target) {
    if (!hasMethod(target, 'batch') || !hasMethod(target, 'importFile') || !hasMethod(target, 'escapeId'))
      return null
    if (hasMethod(target, 'getConnection')) return 'pool'
    return hasMethod(target, 'queryStream') ? 'connection' : null
  },
  attach(pool) {
    if (!hasMethod(pool, 'getConnection')) return
    const note = (connection: unknown): void => void infoOfPool.set(pool, memberOf(connection, 'info'))
    callMethod(pool, 'once', ['acquire', note])
  },
  engineOf(target, wanted): ErrorEngine {
    if (wanted !== undefined) return wanted === 'mysql' ? mysqlErrors : mariadbErrors
    return memberOf(memberOf(informationOf(target), 'serverVersion'), 'mariaDb') === false
      ? mysqlErrors
      : mariadbErrors
  },
  databaseOf: (target) => textOf(memberOf(informationOf(target), 'database')),
  readError: (error) => fieldsOf(error),
  // Of what a pool throws, only its own word that it had no connection says so: a connection is greeted behind its back.
  mayHaveRun: (error) => !isWithoutConnection(error),
  answersLater: (target, method) =>
    !method.endsWith('Stream') && (isPromised(target) || hasMethod(target, 'executeStream')),
  sqlOf: (method, args) => (method === 'importFile' ? undefined : mysqlText(method, args)),
  transaction: {
    ...mysqlSteps(ask),
    async isInside(connection) {
      // After a failure the driver assumes one until the server says otherwise.
      await ask(connection, 'query', ['DO 0'])
      return (Number(memberOf(informationOf(connection), 'status') ?? 0) & IN_TRANSACTION) !== 0
    },
  },
}

function fieldsOf(error: object): ErrorFields {
  const { errno, sqlState, sqlMessage, message, cause } = error as Readonly<Record<string, unknown>>
  const number = typeof errno === 'number' ? errno : undefined
  // Its `message` holds the statement and its arguments as well.
  const text = textOf(sqlMessage) ?? textOf(message) ?? ''
  const isWithout = isWithoutConnection(error)
  if (isWithout && typeof cause === 'object' && cause !== null) return beforeConnection(fieldsOf(cause))
  const own = isWithout ? 'POOL_ENQUEUELIMIT' : ownCode(number, text)
  return {
    errno: own === undefined ? number : undefined,
    code: own ?? codeOf(error),
    sqlstate: textOf(sqlState),
    message: text,
  }
}

const ownCode = (errno: number | undefined, text: string): string | undefined => {
  const [words, code] = OWN.get(errno ?? 0) ?? []
  return words?.test(text) === true ? code : undefined
}

/** Where the server went away while a pool made a connection, nothing of the call had been sent. */
const beforeConnection = (cause: ErrorFields): ErrorFields =>
  LOST.has(textOf(cause.code)) ? { ...cause, code: undefined, errno: NOT_GREETED } : cause

/** A server's error has the number of its connection before the message. */
function isWithoutConnection(error: object): boolean {
  const { errno, message } = error as Readonly<Record<string, unknown>>
  return errno === NO_CONNECTION && textOf(message)?.startsWith(`(conn:-1, no: ${NO_CONNECTION},`) === true
}
