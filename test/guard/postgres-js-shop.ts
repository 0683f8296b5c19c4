// The shop of the tests of postgres.js, on a private server.
import assert from 'node:assert/strict'
import postgres, { type Options, type PostgresError, type Sql } from 'postgres'
import { POSTGRES_SCHEMA } from '../recovery/grouping/postgres-faults.ts'
import { findPostgres, type PrivatePostgres, privatePostgres } from '../support/private-postgres.ts'
import { ACCOUNTS, START } from './transfers.ts'

/** A running shop. */
export interface PostgresShop {
  readonly server: PrivatePostgres
  /** The driver's `sql`, which is ended with the block that made it. */
  newSql(options?: Options<Record<string, never>>): Sql & AsyncDisposable
}

/** Starts one, with the schema of the faults, accounts and transfers. */
export async function startPostgresShop(): Promise<PostgresShop> {
  const server = await privatePostgres(findPostgres() ?? '', {
    max_connections: '12',
    superuser_reserved_connections: '0',
    deadlock_timeout: '10ms',
    max_wal_senders: '0',
    wal_level: 'minimal',
  })
  await server.speak('en')
  const shop: PostgresShop = {
    server,
    newSql(options = {}) {
      // Its own pause before it connects anew grows to 20 s.
      const own = { backoff: 0.02, onnotice: () => undefined }
      const sql = postgres({ ...server.access, ...own, ...options } as Options<Record<string, never>>)
      return Object.assign(sql, {
        [Symbol.asyncDispose]: () => sql.end({ timeout: 0.1 }),
      }) as unknown as Sql & AsyncDisposable
    },
  }
  await using sql = shop.newSql()
  await sql.unsafe(POSTGRES_SCHEMA)
  await sql`CREATE TABLE accounts (id int PRIMARY KEY, sum int NOT NULL CHECK (sum >= 0))`
  await sql`CREATE TABLE transfers (id int PRIMARY KEY)`
  await sql`INSERT INTO accounts SELECT generate_series(1, ${ACCOUNTS}::int), ${START}::int`
  return shop
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<PostgresError> {
  return await promise.then(
    () => assert.fail('it did not fail'),
    (error: PostgresError) => error,
  )
}
