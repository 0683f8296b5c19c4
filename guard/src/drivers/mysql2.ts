// mysql2: pools and connections with promises (`mysql2/promise`, `.promise()`) or callbacks.

import type { ErrorEngine } from '../../../src/recovery/error-engine.ts'
import { mariadbErrors, mysqlErrors } from '../../../src/recovery/mysql/index.ts'
import { callMethod, codeOf, type Driver, hasMethod, memberOf, textOf } from '../driver.ts'
import { asking, IN_TRANSACTION, mysqlSteps, mysqlText } from './mysql-family.ts'

const STATEMENTS = { query: 'statement', execute: 'statement' } as const
/** What its pool says when it has no connection left; it gives these errors no code. */
const POOL_FULL: ReadonlySet<string> = new Set(['Queue limit reached.', 'No connections available.'])

/** What it says, without a code, of a connection that was lost before. */
const CLOSED = "Can't add new command when connection is in closed state"

/** What a promise wrapper wraps; the thing itself where it is none. */
const bare = (target: object): unknown => memberOf(target, 'pool') ?? memberOf(target, 'connection') ?? target

const isPromised = (target: object): boolean =>
  memberOf(target, 'pool') !== undefined || memberOf(target, 'connection') !== undefined

const ask = asking(isPromised)

/** mysql2 3. */
export const mysql2Driver: Driver = {
  id: 'mysql2',
  isSynchronous: false,
  roles: {
    pool: { ...STATEMENTS, getConnection: 'connection', promise: 'view' },
    connection: {
      ...STATEMENTS,
      ...{ prepare: 'prepared', promise: 'view' },
      ...{ beginTransaction: 'statement', commit: 'statement', rollback: 'statement', ping: 'statement' },
    },
    statement: { execute: 'statement' },
  },
  kindOf(target) {
    if (!hasMethod(target, 'query') || !hasMethod(target, 'execute') || !hasMethod(target, 'escapeId'))
      return null
    if (hasMethod(target, 'getConnection')) return 'pool'
    return hasMethod(target, 'beginTransaction') ? 'connection' : null
  },
  engineOf(target, wanted) {
    if (wanted !== undefined) return wanted === 'mariadb' ? mariadbErrors : mysqlErrors
    return spoken(bare(target))
  },
  databaseOf(target) {
    const config = memberOf(bare(target), 'config')
    return (
      textOf(memberOf(config, 'database')) ??
      textOf(memberOf(memberOf(config, 'connectionConfig'), 'database'))
    )
  },
  readError(error) {
    const { errno, sqlState, sqlMessage, message } = error as Readonly<Record<string, unknown>>
    const text = textOf(sqlMessage) ?? textOf(message) ?? ''
    return {
      errno: typeof errno === 'number' ? errno : undefined,
      code: codeOf(error) ?? uncoded(text),
      sqlstate: textOf(sqlState),
      message: text,
    }
  },
  answersLater: (target) => isPromised(target) || memberOf(target, 'statement') !== undefined,
  sqlOf: mysqlText,
  transaction: {
    ...mysqlSteps(ask),
    async isInside(connection) {
      const given = await ask(connection, 'query', ['DO 0'])
      const header = Array.isArray(given) ? given[0] : given
      return (Number(memberOf(header, 'serverStatus') ?? 0) & IN_TRANSACTION) !== 0
    },
  },
}

function uncoded(message: string): string | undefined {
  if (POOL_FULL.has(message)) return 'POOL_ENQUEUELIMIT'
  return message.startsWith(CLOSED) ? 'PROTOCOL_CONNECTION_LOST' : undefined
}

/** What pools and connections spoke to last, for when they have no connection. */
const known = new WeakMap<object, ErrorEngine>()

/** Told by the version the server greeted a connection with: MariaDB puts its name there. */
function spoken(target: unknown): ErrorEngine {
  const connections = memberOf(target, '_allConnections')
  const first =
    typeof connections === 'object' && connections !== null && hasMethod(connections, 'get')
      ? callMethod(connections, 'get', [0])
      : target
  const version = textOf(memberOf(memberOf(first, '_handshakePacket'), 'serverVersion'))
  if (typeof target !== 'object' || target === null) return mysqlErrors
  if (version !== undefined) known.set(target, /mariadb/i.test(version) ? mariadbErrors : mysqlErrors)
  return known.get(target) ?? mysqlErrors
}
