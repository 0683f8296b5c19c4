/**
 * One connection to a target through the driver: socket, TLS mode, limits of the protocol. Guards, queueing
 * and reopening are `connect.ts`.
 */
import { readFile } from 'node:fs/promises'
import { isIP, connect as openSocket, type Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import mysql, { type Connection, type ConnectionOptions, type SslOptions } from 'mysql2/promise'
import type { Credentials, TargetAddress } from '../../core/engine.ts'
import type { MysqlOptions } from './config.ts'
import { type Asker, NOT_A_SERVER, TargetError, targetError, tlsError } from './target-error.ts'

/** How our sessions name themselves (`performance_schema.session_connect_attrs`, `program_name`). */
export const PROGRAM_NAME = 'dbmedic'

/** An open connection and the socket under it. */
export interface OpenConnection {
  readonly driver: Connection
  /** Ends it at once, whatever the server does. Safe to call twice. */
  destroy(): void
}

/** Where to open it; `host` and `port` may be the server's administrative door. */
export interface Door {
  readonly host: string
  readonly port: number
  readonly socketPath: string | null
}

/** Which connection to open. */
export interface ConnectionWish {
  readonly address: TargetAddress
  readonly credentials: Credentials
  /** For the messages of what goes wrong. */
  readonly asker: Asker
  readonly door: Door
}

const KEEP_ALIVE_MS = 30_000
/** Prepared statements kept open a session; the servers share one limit (`max_prepared_stmt_count`) among all. */
const PREPARED_MAX = 64

/**
 * Opens a connection. `tls`: `disable` plain; `require` encrypted, certificate not checked; `verify-ca` signed
 * by `caFile` (or the system's roots); `verify-full` also issued for the host name. A socket file needs no TLS.
 * Several statements in one text and LOAD DATA LOCAL are switched off in the protocol.
 * @throws TargetError for whatever keeps it from being opened.
 */
export async function openConnection({
  address,
  credentials,
  asker,
  door,
}: ConnectionWish): Promise<OpenConnection> {
  const ssl = door.socketPath === null ? await tlsOptions(address, door, asker) : undefined
  const socket = door.socketPath === null ? openSocket(door.port, door.host) : openSocket(door.socketPath)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  endForeignPeer(socket)
  try {
    const driver = await mysql.createConnection({
      ...protocolOptions(credentials, socket),
      host: door.host,
      port: door.port,
      connectTimeout: address.connectTimeoutMs,
      ...(ssl === undefined ? {} : { ssl }),
    })
    driver.on('error', () => socket.destroy())
    return { driver, destroy: () => destroy(driver, socket) }
  } catch (error) {
    socket.destroy()
    throw targetError(error, asker)
  }
}

/** Which connection to open, where the server's administrative door is not chosen by hand. */
export type AnyDoorWish = Omit<ConnectionWish, 'door'> & {
  readonly options: Pick<MysqlOptions, 'adminPort' | 'adminHost'>
}

/**
 * Opens a connection at the target's usual door; where that is full and an administrative one is configured, there.
 * @throws TargetError for whatever keeps it from being opened.
 */
export async function openAtAnyDoor({ options, ...wish }: AnyDoorWish): Promise<OpenConnection> {
  const { host, port, socketPath } = wish.address
  try {
    return await openConnection({ ...wish, door: { host, port, socketPath } })
  } catch (error) {
    const isFull = error instanceof TargetError && error.code === 'DBM_TARGET_FULL'
    if (!isFull || options.adminPort === null) throw error
    const side = { host: options.adminHost ?? host, port: options.adminPort, socketPath: null }
    return openConnection({ ...wish, door: side })
  }
}

/**
 * Ends a connection whose peer is something else: a server speaks first, its packet is number 0 and begins with
 * protocol version 10 or an error (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html).
 * The driver would take the first bytes of another protocol for a length and wait for megabytes.
 */
function endForeignPeer(socket: Socket): void {
  socket.once('data', (first: Buffer) => {
    if (first.length < 5 || (first[3] === 0 && (first[4] === 10 || first[4] === 0xff))) return
    socket.destroy(Object.assign(new Error('not a MySQL server'), { code: NOT_A_SERVER }))
  })
}

function protocolOptions(credentials: Credentials, socket: Socket): ConnectionOptions {
  return {
    user: credentials.user,
    password: credentials.password,
    stream: socket,
    charset: 'utf8mb4_general_ci',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
    flags: ['-LOCAL_FILES', '-FOUND_ROWS', '-IGNORE_SPACE'],
    maxPreparedStatements: PREPARED_MAX,
    connectAttributes: { program_name: PROGRAM_NAME },
  }
}

async function tlsOptions(address: TargetAddress, door: Door, asker: Asker): Promise<SslOptions | undefined> {
  if (address.tls === 'disable') return undefined
  const identity = await identityOf(address, asker)
  if (address.tls === 'require') return { rejectUnauthorized: false, minVersion: 'TLSv1.2', ...identity }
  if (address.tls === 'verify-full' && isIP(door.host) !== 0) {
    const remedy = 'Give the host by the name in its certificate, or set `tls: verify-ca`.'
    throw tlsError(asker, `\`verify-full\` checks a host name and ${door.host} is an address`, remedy)
  }
  const verified: SslOptions = {
    rejectUnauthorized: true,
    verifyIdentity: address.tls === 'verify-full',
    minVersion: 'TLSv1.2',
    ...identity,
  }
  return address.caFile === null ? verified : { ...verified, ca: await readPem(address, 'caFile', asker) }
}

/** Our own certificate with its key. A pair that does not fit is found here: the driver would throw it at nobody. */
async function identityOf(
  address: TargetAddress,
  asker: Asker,
): Promise<{ readonly cert: string; readonly key: string } | Record<never, never>> {
  if (address.certFile === null || address.keyFile === null) return {}
  const cert = await readPem(address, 'certFile', asker)
  const key = await readPem(address, 'keyFile', asker)
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unusable'
    const remedy = 'Name a PEM certificate and the key it was issued for, without a passphrase.'
    throw tlsError(asker, `certFile and keyFile do not fit each other (${code})`, remedy)
  }
  return { cert, key }
}

async function readPem(
  address: TargetAddress,
  name: 'caFile' | 'certFile' | 'keyFile',
  asker: Asker,
): Promise<string> {
  const file = address[name] ?? ''
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw tlsError(asker, `${name} ${file} cannot be read (${code})`, `Mend \`${name}\` of this target.`)
  }
}

function destroy(driver: Connection, socket: Socket): void {
  driver.destroy()
  socket.destroy()
}
