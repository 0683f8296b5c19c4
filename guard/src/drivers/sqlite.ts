// better-sqlite3 and node:sqlite: one connection, answers at once.

import { sqliteErrors } from '../../../src/recovery/sqlite/index.ts'
import { callMethod, type Driver, hasMethod, memberOf, textOf } from '../driver.ts'

const RUNS = { run: 'statement', get: 'statement', all: 'statement', iterate: 'statement' } as const

/** Member that says whether a transaction is open: better-sqlite3's name, or that of node:sqlite. */
const insideOf = (target: object): unknown =>
  memberOf(target, 'inTransaction') ?? memberOf(target, 'isTransaction')

/** better-sqlite3 7 to 13, node:sqlite of Node 22 to 24. */
export const sqliteDriver: Driver = {
  id: 'sqlite',
  isSynchronous: true,
  roles: {
    pool: {},
    connection: { prepare: 'prepared', exec: 'statement', pragma: 'statement' },
    statement: RUNS,
  },
  kindOf(target) {
    const isOne =
      hasMethod(target, 'prepare') && hasMethod(target, 'exec') && typeof insideOf(target) === 'boolean'
    return isOne ? 'connection' : null
  },
  engineOf: () => sqliteErrors,
  databaseOf: () => undefined,
  readError(error) {
    const { code, errcode, message } = error as Readonly<Record<string, unknown>>
    // node:sqlite gives every error the same code and the engine's own, extended number beside it.
    const errno = typeof errcode === 'number' ? errcode : undefined
    return { code: textOf(code), errno, message: textOf(message) ?? '' }
  },
  sqlOf: (method, [first]) => (method === 'pragma' ? `PRAGMA ${textOf(first) ?? ''}` : textOf(first)),
  transaction: {
    // Takes the write lock at once: a transaction that begins by reading cannot wait for it later.
    begin: (connection) => callMethod(connection, 'exec', ['BEGIN IMMEDIATE']),
    commit: (connection) => callMethod(connection, 'exec', ['COMMIT']),
    rollback: (connection) =>
      insideOf(connection) === true ? callMethod(connection, 'exec', ['ROLLBACK']) : undefined,
    isInside: (connection) => insideOf(connection) === true,
    take: async (connection) => connection,
    give: () => undefined,
  },
}
