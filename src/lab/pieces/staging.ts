/**
 * A server of the user's to play on. Only what this file makes is touched: a schema and accounts with names drawn at
 * random, which must not be there, and which are dropped again whatever happens. Anything that cannot be asked, or
 * speaks for a server others depend on, refuses.
 */
import { randomBytes } from 'node:crypto'
import mysql, { type RowDataPacket, type SslOptions } from 'mysql2/promise'
import { DbmedicError } from '../../core/errors.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { type AccountNames, makeAccounts } from './accounts.ts'
import type { LabPlace } from './lab-server.ts'
import { loadShop } from './shop.ts'

/** Where it is and who may make schemas and accounts there. */
export interface StagingAddress {
  /** What people call it. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly tls: LabPlace['tls']
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
  /** The texts of these files, where they are named. */
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

/** A server that was asked and did not refuse. */
export interface Staging {
  readonly name: string
  readonly flavour: ServerFlavour
  readonly version: string
  /** Bytes its statements add to the binary log are kept or sent to replicas. */
  readonly writesBinaryLog: boolean
  /** Makes a place of its own for one run. */
  place(): Promise<LabPlace>
  /** Statements that would drop what could not be dropped; empty if all is gone. */
  leftBehind(): readonly string[]
}

/** Told of what is made, before it is, with the statements that would drop it by hand. */
export type Announce = (made: string, dropBy: string) => void

/** What a claim may state otherwise. */
export interface ClaimOptions {
  readonly announce: Announce
  /** Draws a name's last part; default eight random hexadecimal digits. */
  readonly drawn?: () => string
}

/** Ways of speaking TLS, as targets of the configuration have them. */
function sslOf({ tls, ca, cert, key }: StagingAddress): SslOptions | null {
  if (tls === 'disable') return null
  const own = { minVersion: 'TLSv1.2', ...(cert === null || key === null ? {} : { cert, key }) }
  if (tls === 'require') return { ...own, rejectUnauthorized: false }
  const verified = { rejectUnauthorized: true, verifyIdentity: tls === 'verify-full' }
  return { ...own, ...verified, ...(ca === null ? {} : { ca }) }
}

/** An address with its account, as the driver reads it. */
function uriOf(address: StagingAddress): string {
  const ssl = sslOf(address)
  const account = `${encodeURIComponent(address.user)}:${encodeURIComponent(address.password)}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  const query = ssl === null ? '' : `?ssl=${encodeURIComponent(JSON.stringify(ssl))}`
  return `mysql://${account}@${host}:${address.port}/${query}`
}

/**
 * Asks the server whether it may be played on. Nothing is made yet.
 * @throws DbmedicError DBM_LAB_TARGET_REFUSED with what would let it proceed
 */
export async function claimStaging(address: StagingAddress, options: ClaimOptions): Promise<Staging> {
  const rootUri = uriOf(address)
  const connection = await opened(address, rootUri)
  try {
    const found = await lookAt(connection, address.name)
    const left: string[] = []
    return {
      name: address.name,
      ...found,
      place: () => makePlace({ address, rootUri, found, left, ...options }),
      leftBehind: () => left,
    }
  } finally {
    connection.destroy()
  }
}

async function opened(address: StagingAddress, uri: string): Promise<mysql.Connection> {
  try {
    return await mysql.createConnection({ uri, connectTimeout: 10_000 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw refused(address.name, `it cannot be reached as ${address.user} (${code})`, {
      toProceed: 'Check its address, TLS, and DBMEDIC_LAB_USER and DBMEDIC_LAB_PASSWORD.',
      cause: error,
    })
  }
}

function refused(
  target: string,
  because: string,
  next: { readonly toProceed: string; readonly cause?: unknown },
): DbmedicError {
  return new DbmedicError(
    'DBM_LAB_TARGET_REFUSED',
    { target, because, toProceed: next.toProceed },
    next.cause,
  )
}

type Found = Pick<Staging, 'flavour' | 'version' | 'writesBinaryLog'>

const ELSEWHERE = 'Name a primary that others can do without; a copy of production is best.'

type Ask = (sql: string) => Promise<RowDataPacket[]>

/** Asks, and takes no answer for a refusal. */
const asker =
  (connection: mysql.Connection, name: string): Ask =>
  async (sql) => {
    try {
      return (await connection.query<RowDataPacket[]>(sql))[0]
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
      throw refused(name, `it cannot be asked whether others depend on it (${sql}: ${code})`, {
        toProceed: `Grant ${NEEDED} to the account in DBMEDIC_LAB_USER.`,
        cause: error,
      })
    }
  }

async function lookAt(connection: mysql.Connection, name: string): Promise<Found> {
  const ask = asker(connection, name)
  const [row] = await ask(
    'SELECT VERSION() AS version, @@global.read_only AS ro, @@global.log_bin AS log_bin',
  )
  const version = String(row?.['version'] ?? '')
  const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const because = isOff(row?.['ro']) ? await whyDependedOn(ask, flavour) : 'it is read-only'
  if (because !== null) throw refused(name, because, { toProceed: ELSEWHERE })
  return { flavour, version: version.replace(/-log$/, ''), writesBinaryLog: !isOff(row?.['log_bin']) }
}

/** A setting is a number on most versions, and a word where it has more than two values. */
const isOff = (value: unknown): boolean => value === 0 || value === '0' || value === 'OFF'

/** Why a primary on its own it is not; null if it is one. Versions: MariaDB 10.5+, MySQL 8.0.22+. */
async function whyDependedOn(ask: Ask, flavour: ServerFlavour): Promise<string | null> {
  const mariadb = flavour === 'mariadb'
  const replica = await ask(mariadb ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS')
  if (replica.length > 0) return 'it is a replica of another server'
  const members = await ask(
    mariadb
      ? "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'"
      : "SELECT COUNT(*) AS Value FROM performance_schema.replication_group_members WHERE member_state <> 'OFFLINE'",
  )
  return Number(members[0]?.['Value'] ?? 0) > 1 ? 'it is a member of a cluster' : null
}

const NEEDED = 'REPLICATION CLIENT (MariaDB: SLAVE MONITOR) and SELECT on performance_schema'

interface Making extends ClaimOptions {
  readonly address: StagingAddress
  readonly rootUri: string
  readonly found: Found
  /** Takes the statements that failed when all was dropped. */
  readonly left: string[]
}

async function makePlace(making: Making): Promise<LabPlace> {
  const { address, rootUri, found, announce } = making
  const drawn = making.drawn?.() ?? randomBytes(4).toString('hex')
  const schema = `dbmediclab${drawn}`
  const names = accountNames(drawn)
  await requireFree(making, schema, names)
  const drops = dropsOf(schema, names)
  announce(`schema ${schema} and six accounts dbmlab${drawn}_*`, drops.join('; '))
  let dropped: Promise<void> | null = null
  const stop = (): Promise<void> => {
    dropped ??= drop(making, drops)
    return dropped
  }
  const server = {
    ...found,
    host: address.host,
    port: address.port,
    rootUri,
    dataDir: null,
    stop,
    restart: never,
    stepClock: never,
  }
  try {
    await loadShop(server, schema)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    server,
    schema,
    tls: address.tls,
    caFile: address.caFile,
    certFile: address.certFile,
    keyFile: address.keyFile,
    ssl: sslOf(address),
    accounts: (options) => makeAccounts(server, schema, { ...options, names }),
  }
}

/** No scenario that is marked safe asks for it; one that did would end here and be dropped. */
const never = (): Promise<void> =>
  Promise.reject(new RangeError('a server of the user’s is never restarted, nor its clock stepped'))

const accountNames = (drawn: string): AccountNames => ({
  monitor: `dbmlab${drawn}_mon`,
  planner: `dbmlab${drawn}_plan`,
  executor: `dbmlab${drawn}_exec`,
  application: `dbmlab${drawn}_app`,
  batch: `dbmlab${drawn}_batch`,
  owner: `dbmlab${drawn}_owner`,
})

const dropsOf = (schema: string, names: AccountNames): readonly string[] => [
  `DROP DATABASE IF EXISTS ${schema}`,
  `DROP USER IF EXISTS ${Object.values(names)
    .map((name) => `'${name}'@'%'`)
    .join(', ')}`,
]

/** Only what was not there before may be dropped afterwards. */
async function requireFree({ address, rootUri }: Making, schema: string, names: AccountNames): Promise<void> {
  const connection = await opened(address, rootUri)
  try {
    const [schemas] = await connection.query<RowDataPacket[]>(
      'SELECT 1 FROM information_schema.schemata WHERE schema_name = ?',
      [schema],
    )
    const [users] = await connection.query<RowDataPacket[]>('SELECT 1 FROM mysql.user WHERE user IN (?)', [
      Object.values(names),
    ])
    if (schemas.length + users.length === 0) return
    throw refused(address.name, `a schema or an account named as the one to be made (${schema}) is there`, {
      toProceed: 'Run it again; another name is drawn.',
    })
  } finally {
    connection.destroy()
  }
}

const DROP_TRIES = 3
/** How long a drop may wait for a lock of a session that is about to end, s. */
const DROP_WAIT_SECONDS = 20

/** Each statement by itself: one that fails must not keep the other from running. */
async function drop({ address, rootUri, left }: Making, drops: readonly string[]): Promise<void> {
  for (const statement of drops) {
    let gone = false
    for (let i = 0; i < DROP_TRIES && !gone; i += 1) gone = await runOnce(address, rootUri, statement)
    if (!gone) left.push(statement)
  }
}

async function runOnce(address: StagingAddress, rootUri: string, statement: string): Promise<boolean> {
  let connection: mysql.Connection | null = null
  try {
    connection = await opened(address, rootUri)
    await connection.query(`SET SESSION lock_wait_timeout = ${DROP_WAIT_SECONDS}`)
    await connection.query(statement)
    return true
  } catch {
    return false
  } finally {
    connection?.destroy()
  }
}
