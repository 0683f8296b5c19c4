/**
 * What chaos is played on: two private servers that can stand behind one address, a store, a configuration, people
 * with keys, and the doors everything dbmedic does goes through. The judge's own ways lead past the doors.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import {
  addPerson,
  type Config,
  configSchema,
  type Identified,
  type Installation,
  mirrorCatalogue,
  openInstallation,
  pinAdministrator,
} from '../../src/app/index.ts'
import { makeAccounts, type TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import { shopDirectory } from '../../src/lab/pieces/shop.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../../src/lab/servers/index.ts'
import { openSqlite, type Session, sqliteSession } from '../../src/store/index.ts'
import { mysqlSession } from '../../src/store/session.ts'
import { newAuthority } from '../support/certificates.ts'
import { type Forwarder, openForwarder } from '../support/forwarder.ts'
import { makeServerStore } from '../support/server-store.ts'

/** Where the store is kept. */
export const STORES = ['sqlite', 'mariadb'] as const
/** One of them. */
export type StoreKind = (typeof STORES)[number]

/** A server that can stand behind the target's address. */
export interface TargetServer {
  readonly server: PrivateServer
  /** As the server states it. */
  readonly instanceUid: string
  readonly generalLog: string
}

/** A session past every door; the caller closes it. */
export interface DirectSession extends Session {
  close(): Promise<void>
}

/** An installation to be disturbed. */
export interface House {
  readonly folder: string
  readonly configFile: string
  /** For the judge's commands: the store past its door, and the account that `audit export` needs. */
  readonly examinerFile: string
  readonly config: Config
  readonly targets: readonly [TargetServer, TargetServer]
  readonly storeServer: PrivateServer | null
  /** `application` is what the shop's own programs use; it is led with `target` and never broken. */
  readonly doors: {
    readonly target: Forwarder
    readonly application: Forwarder
    readonly store: Forwarder | null
  }
  readonly accounts: TargetAccounts
  readonly environment: NodeJS.ProcessEnv
  readonly people: readonly [Identified, ...Identified[]]
  /** For the people: the store through its door, with the port of the serve role. */
  readonly installation: Installation
  /** Reads the store past its door. */
  openSession(): Promise<DirectSession>
  close(): Promise<void>
}

const PEOPLE = ['ana', 'ben', 'cleo'] as const
const PASSPHRASE = 'nine unrelated chaotic words'

/** What to open. */
export interface HouseKind {
  readonly flavour: ServerFlavour
  readonly store: StoreKind
}

/** Starts everything but the roles. What was started is stopped again where it cannot be. */
export async function openHouse(kind: HouseKind): Promise<House> {
  const cleanup: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of cleanup.splice(0).reverse()) await step()
  }
  try {
    return await furnish(kind, { cleanup, close })
  } catch (error) {
    await close()
    throw error
  }
}

interface Ending {
  readonly cleanup: (() => unknown)[]
  readonly close: () => Promise<void>
}

async function furnish({ flavour, store }: HouseKind, { cleanup, close }: Ending): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-chaos-'))
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }))
  const { targets, accounts } = await twins(flavour, folder, cleanup)
  const storeServer = store === 'sqlite' ? null : await startServer('mariadb')
  if (storeServer !== null) cleanup.push(() => storeServer.stop())
  const door = async (to: number): Promise<Forwarder> => {
    const made = await openForwarder(to)
    cleanup.push(() => made.close())
    return made
  }
  const first = targets[0].server.port
  const doors = {
    target: await door(first),
    application: await door(first),
    store: storeServer === null ? null : await door(storeServer.port),
  }
  const environment = {
    CHAOS_MONITOR: accounts.monitor.password,
    CHAOS_PLANNER: accounts.planner.password,
    CHAOS_EXECUTOR: accounts.executor.password,
  }
  Object.assign(process.env, environment)
  const direct =
    storeServer === null ? { store: join(folder, 'dbmedic.sqlite') } : await makeServerStore(storeServer)
  const storeAddress =
    doors.store === null ? direct.store : direct.store.replace(/:\d+\//, `:${doors.store.port}/`)
  const config = configSchema.parse({
    ...CONFIG,
    ...direct,
    store: storeAddress,
    keyring: join(folder, 'keys'),
    targets: [targetOf(doors.target.port, accounts)],
  })
  const configFile = join(folder, 'dbmedic.yaml')
  writeFileSync(configFile, JSON.stringify(config))
  const examinerFile = join(folder, 'examiner.yaml')
  writeFileSync(examinerFile, JSON.stringify({ ...config, ...direct, ...examiner(storeServer, config) }))
  const installation = await openInstallation(config, () => undefined, ['serve'])
  cleanup.push(() => installation.store.close())
  await mirrorCatalogue(installation)
  const people = await addPeople(installation)
  for (const file of [configFile, examinerFile]) {
    for (const { keyId } of (await installation.store.read.people()).filter((p) => p.mayAdminister))
      pinAdministrator(file, keyId ?? '')
  }
  const openSession = () => openDirect(storeServer, direct.store)
  return {
    folder,
    configFile,
    examinerFile,
    config,
    targets,
    storeServer,
    doors,
    accounts,
    environment,
    people,
    installation,
    openSession,
    close,
  }
}

/** The shop twice: the same accounts and rows, but two servers. */
async function twins(
  flavour: ServerFlavour,
  folder: string,
  cleanup: (() => unknown)[],
): Promise<{ targets: readonly [TargetServer, TargetServer]; accounts: TargetAccounts }> {
  const { certificate, key } = newAuthority('chaos').issue('localhost')
  const [certFile, keyFile] = [join(folder, 'server.pem'), join(folder, 'server.key')]
  writeFileSync(certFile, certificate)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const start = async (name: string, dataFrom: string) => {
    const generalLog = join(folder, `${name}-general.log`)
    const settings = {
      general_log: '1',
      general_log_file: generalLog,
      ssl_cert: certFile,
      ssl_key: keyFile,
    }
    const server = await startServer(flavour, { dataFrom, settings })
    cleanup.push(() => server.stop())
    return { server, generalLog }
  }
  const one = await start('one', await shopDirectory(flavour))
  const accounts = await makeAccounts(one.server, 'shop', { tables: true })
  await one.server.shutDown()
  const two = await start('two', one.server.dataDir)
  await one.server.restart()
  const known = async (made: typeof one): Promise<TargetServer> => ({
    ...made,
    instanceUid: await uidOf(made.server),
  })
  return { targets: [await known(one), await known(two)], accounts }
}

async function uidOf(server: PrivateServer): Promise<string> {
  const connection = await mysql.createConnection(server.rootUri)
  try {
    const variable = server.flavour === 'mysql' ? '@@server_uuid' : '@@server_uid'
    const [rows] = await connection.query(`SELECT ${variable} AS uid`)
    return String((rows as { uid: string }[])[0]?.uid)
  } finally {
    await connection.end()
  }
}

async function addPeople(installation: Installation): Promise<House['people']> {
  const { serve } = installation.store
  if (serve === null) throw new Error('there is no serve port')
  const people = PEOPLE.map((userName) => ({ userName, passphrase: PASSPHRASE }))
  for (const person of people) {
    await addPerson(installation.config, serve, {
      ...person,
      displayName: person.userName,
      personOf: null,
      mayApprove: true,
      mayAdminister: person.userName === PEOPLE[0],
      ...(person.userName === PEOPLE[0] ? {} : { by: { userName: PEOPLE[0], passphrase: PASSPHRASE } }),
    })
  }
  const [first, ...others] = people
  if (first === undefined) throw new Error('there is nobody')
  return [first, ...others]
}

async function openDirect(storeServer: PrivateServer | null, path: string): Promise<DirectSession> {
  if (storeServer === null) {
    const database = openSqlite({ path, readonly: true })
    const close = async (): Promise<void> => void database.close()
    return { ...sqliteSession(database), close }
  }
  const connection = await mysql.createConnection({
    uri: `${storeServer.rootUri}dbmedic`,
    dateStrings: true,
    timezone: 'Z',
  })
  connection.on('error', () => undefined)
  return { ...mysqlSession(connection), close: async () => connection.destroy() }
}

function examiner(storeServer: PrivateServer | null, config: Config): Partial<Config> {
  if (storeServer === null) return {}
  process.env['CHAOS_STORE_OWNER'] = storeServer.rootPassword
  const owner = { user: 'root', password: 'env:CHAOS_STORE_OWNER' }
  return { storeAccounts: { ...config.storeAccounts, owner } }
}

const targetOf = (port: number, accounts: TargetAccounts) => ({
  name: 'shop',
  engine: 'mysql',
  port,
  tls: 'require',
  connectTimeoutMs: 2_000,
  ...Object.fromEntries(
    (['monitor', 'planner', 'executor'] as const).map((role) => [
      role,
      { user: accounts[role].user, password: `env:CHAOS_${role.toUpperCase()}` },
    ]),
  ),
  options: { cores: 64, budgetPercent: 10, budgetMsPerSecond: 100, ownAccounts: accounts.executor.user },
})

/** Windows and leases of a laboratory; everything else is as shipped. */
const CONFIG = {
  detection: { pace: 0.2, closing: { windows: 6 } },
  analysis: { currentSeconds: 15, baselineSeconds: 120 },
  verification: { beforeSeconds: 5, settleSeconds: 1, afterSeconds: 5, minimumCalls: 30 },
  actions: { backupAgeHours: 1, diskFreeBytes: 1e12, lockWaitMs: 1_000 },
  runtime: { tickMs: 200, leaseSeconds: 4 },
}
