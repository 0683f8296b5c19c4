// The shop of the tests of the driver mariadb, on a private server.
import assert from 'node:assert/strict'
import { createConnection, createPool, type Pool, type PoolConfig, type SqlError } from 'mariadb'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { MARIADB_SCHEMA } from '../recovery/grouping/mariadb-faults.ts'
import { ACCOUNTS, START } from './transfers.ts'

/** A running shop. */
export interface MariadbShop {
  readonly server: PrivateServer
  /** What root needs to connect. */
  readonly access: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly database: string
  }
  /** A pool of root, with one connection at first. */
  newPool(config?: PoolConfig): Pool
}

/** Starts one, with the schema of the faults, accounts and transfers; `clerk` may read and write it, with the password `c`. */
export async function startShop(): Promise<MariadbShop> {
  const server = await startMariadb({
    instruments: 'server-default',
    settings: { max_connections: '20', innodb_lock_wait_timeout: '2' },
  })
  const { host, port, rootPassword: password } = server
  await using root = await createConnection({ host, port, user: 'root', password })
  for (const statement of MARIADB_SCHEMA) await root.query(statement)
  await root.query('CREATE TABLE accounts (id INT PRIMARY KEY, sum INT NOT NULL CHECK (sum >= 0))')
  await root.query('CREATE TABLE transfers (id INT PRIMARY KEY)')
  await root.query(`INSERT INTO accounts SELECT seq, ${START} FROM seq_1_to_${ACCOUNTS}`)
  await root.query('GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO clerk@localhost IDENTIFIED BY "c"')
  const access = { host, port, user: 'root', password, database: 'shop' }
  return {
    server,
    access,
    newPool: (config = {}) => createPool({ ...access, minimumIdle: 1, ...config }),
  }
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<SqlError> {
  return await promise.then(
    () => assert.fail('it did not fail'),
    (error: SqlError) => error,
  )
}
