/**
 * A private server with the shop, watched by the ordinary pipeline: accounts, an installation in a folder of its
 * own, people with keys, every role running. What goes wrong on it is the caller's.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { input } from 'zod'
import {
  addPerson,
  type Config,
  configSchema,
  type Identified,
  type Installation,
  mirrorCatalogue,
  openInstallation,
  runRoles,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { ROLES } from '../../core/vocabulary.ts'
import { type ServerFlavour, type Settings, startServer } from '../servers/index.ts'
import type { TargetAccounts } from './accounts.ts'
import { type LabPlace, type LabServer, privatePlace } from './lab-server.ts'
import type { ShopAddress } from './load.ts'
import { shopDirectory } from './shop.ts'

/** The parts of the configuration a demonstration shortens or states; everything else is as shipped. */
export type ConfigParts = Pick<
  input<typeof configSchema>,
  'store' | 'storeAccounts' | 'detection' | 'analysis' | 'verification' | 'actions' | 'runtime' | 'panel'
>

/** What to start. */
export interface WatchedServerOptions {
  readonly flavour: ServerFlavour
  /** Another place than a private server of its own; it is left as `server.stop` leaves it. */
  readonly place?: () => Promise<LabPlace>
  /** Settings of the server beyond those of every private one. */
  readonly settings?: Settings
  /** Its clock can be stepped. */
  readonly ownClock?: boolean
  /** Prepares the data before anybody watches. */
  readonly prepare?: (server: LabServer, schema: string) => Promise<void>
  /** The same once the accounts are there, which it may narrow. */
  readonly withAccounts?: (server: LabServer, schema: string) => Promise<void>
  /** Names of the approvers; the last one also administers. None: they set themselves up. */
  readonly people: readonly string[]
  /** Ids of the administrators' keys pinned now, where nobody is added here. */
  readonly pinned?: () => readonly string[]
  /** The executor may also work on whole tables. */
  readonly tables?: boolean
  readonly config: ConfigParts
  /** Options of the target; see the configuration. */
  readonly targetOptions?: Readonly<Record<string, string | number | boolean | null>>
  readonly log: Log
}

/** A server under watch, or the part of it that is ours. */
export interface WatchedServer {
  readonly server: LabServer
  readonly schema: string
  /** How an application reaches the schema, but for its account. */
  readonly reach: Omit<ShopAddress, 'user' | 'password'>
  readonly accounts: TargetAccounts
  readonly installation: Installation
  readonly people: readonly Identified[]
  /** Starts every role; detection begins now. Called once. */
  watch(): void
  /** Ends every role and starts it anew, as a restart of `dbmedic start` would. */
  restartWatch(): Promise<void>
  /** Runs before everything else when it stops: loads, sessions. */
  onStop(step: () => Promise<unknown>): void
  /** Stops everything and deletes every file; safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts the server and opens the installation; nothing is watched before `watch`.
 * @throws DbmedicError DBM_LAB_SERVER_MISSING, DBM_LAB_SERVER_FAILED; what was started is stopped again.
 */
export async function startWatchedServer(options: WatchedServerOptions): Promise<WatchedServer> {
  const cleanup: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of cleanup.splice(0).reverse()) await step().catch(() => undefined)
  }
  try {
    return await start(options, { cleanup, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(
  options: WatchedServerOptions,
  ending: { readonly cleanup: (() => Promise<unknown>)[]; readonly stop: () => Promise<void> },
): Promise<WatchedServer> {
  const { cleanup, stop } = ending
  const place = await (options.place?.() ?? startPrivate(options))
  const { server, schema } = place
  cleanup.push(() => server.stop())
  await options.prepare?.(server, schema)
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-lab-'))
  cleanup.push(() => rm(home, { recursive: true, force: true }))
  const accounts = await place.accounts({ tables: options.tables ?? false })
  await options.withAccounts?.(server, schema)
  const config = await configFor(options, { place, accounts, home })
  const opened = await openInstallation(config, options.log)
  cleanup.push(() => opened.store.close())
  const { people, administrator } = await addPeople(config, opened, options.people)
  const installation = {
    ...opened,
    config: pinning(config, administrator),
    ...(options.pinned === undefined ? {} : { pinned: options.pinned }),
  }
  const watch = new Watch(installation, options.log)
  cleanup.push(() => watch.stop())
  return {
    server,
    schema,
    reach: {
      host: server.host,
      port: server.port,
      database: schema,
      ...(place.ssl === null ? {} : { ssl: place.ssl }),
    },
    accounts,
    installation,
    people,
    stop,
    watch: () => watch.start(),
    restartWatch: async () => {
      await watch.stop()
      watch.start()
    },
    onStop: (step) => void cleanup.push(step),
  }
}

async function startPrivate({ flavour, settings, ownClock }: WatchedServerOptions): Promise<LabPlace> {
  return privatePlace(
    await startServer(flavour, {
      dataFrom: await shopDirectory(flavour),
      settings: settings ?? {},
      ownClock: ownClock ?? false,
    }),
  )
}

/** The roles, running or not. */
class Watch {
  readonly #installation: Installation
  readonly #log: Log
  #running: { readonly abort: AbortController; readonly roles: Promise<void> } | null = null

  constructor(installation: Installation, log: Log) {
    this.#installation = installation
    this.#log = log
  }

  start(): void {
    const abort = new AbortController()
    const run = async (): Promise<void> => {
      await mirrorCatalogue(this.#installation)
      await runRoles(this.#installation, ROLES, abort.signal)
    }
    const roles = run().catch((error: unknown) =>
      this.#log({
        level: 'error',
        stage: 'lab',
        message: error instanceof Error ? error.message : 'the roles ended',
      }),
    )
    this.#running = { abort, roles }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    running?.abort.abort()
    await running?.roles
  }
}

/** The first people are added while there is no administrator, who would have to add them. */
async function addPeople(
  config: Config,
  installation: Installation,
  names: readonly string[],
): Promise<{ readonly people: readonly Identified[]; readonly administrator: string | null }> {
  const { serve } = installation.store
  if (serve === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'this installation has no account for the serve role',
      hint: 'Give store credentials of the serve role.',
    })
  const people = names.map((userName) => ({ userName, passphrase: randomBytes(18).toString('base64url') }))
  const administrator = people.at(-1)
  let administratorKey: string | null = null
  // The administrator first: only an administrator adds anybody else.
  for (const person of [...people].reverse()) {
    const { keyId } = await addPerson(config, serve, {
      ...person,
      displayName: person.userName,
      personOf: null,
      mayApprove: true,
      mayAdminister: person === administrator,
      ...(person === administrator || administrator === undefined ? {} : { by: administrator }),
    })
    administratorKey ??= keyId
  }
  return { people, administrator: administratorKey }
}

/** As `dbmedic users add` does it in dbmedic.yaml: the first administrator's key is the one the executor trusts. */
const pinning = (config: Config, keyId: string | null): Config =>
  keyId === null ? config : { ...config, access: { administrators: [keyId] } }

/** Free space said of a server whose disk is not seen: more than ten times what a scenario may load. */
const STATED_FREE_BYTES = 4 * 1024 ** 3

let servers = 0

/** The ordinary configuration with the caller's parts. Passwords are in this process's environment only. */
async function configFor(
  options: WatchedServerOptions,
  made: { readonly place: LabPlace; readonly accounts: TargetAccounts; readonly home: string },
): Promise<Config> {
  const { place, accounts, home } = made
  const { server } = place
  servers += 1
  const reference = (role: 'monitor' | 'planner' | 'executor') => {
    const name = `DBMEDIC_LAB_${servers}_${role.toUpperCase()}`
    process.env[name] = accounts[role].password
    return { user: accounts[role].user, password: `env:${name}` }
  }
  const disk = server.dataDir === null ? null : await statfs(server.dataDir)
  return configSchema.parse({
    store: join(home, 'dbmedic.sqlite'),
    ...options.config,
    keyring: join(home, 'keyring'),
    targets: [
      {
        name: 'shop',
        engine: 'mysql',
        host: server.host,
        port: server.port,
        tls: place.tls,
        caFile: place.caFile,
        certFile: place.certFile,
        keyFile: place.keyFile,
        monitor: reference('monitor'),
        planner: reference('planner'),
        executor: reference('executor'),
        options: { ownAccounts: accounts.executor.user, ...options.targetOptions },
      },
    ],
    actions: {
      diskFreeBytes: disk === null ? STATED_FREE_BYTES : disk.bavail * disk.bsize,
      ...options.config.actions,
    },
  })
}
