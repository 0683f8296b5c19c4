/**
 * The demonstration: a private server with a shop, three faults, and the ordinary pipeline that finds,
 * explains and heals them with a person's consent. Nothing in it is staged beyond the faults themselves.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  addPerson,
  type Config,
  configSchema,
  type Identified,
  type Installation,
  openInstallation,
  runRoles,
} from '../../app/index.ts'
import type { Log } from '../../core/log.ts'
import { ROLES } from '../../core/vocabulary.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../servers/index.ts'
import { makeAccounts, type TargetAccounts } from './accounts.ts'
import { shopDirectory } from './shop.ts'
import {
  deadlockPair,
  forgottenTransaction,
  type RunningLoad,
  reportLoad,
  type ShopAddress,
  steadyLoad,
} from './workload.ts'

/** How the demonstration is run. */
export interface DemoOptions {
  readonly flavour: ServerFlavour
  /** The person who will approve. */
  readonly userName: string
  readonly log: Log
  readonly say: (line: string) => void
}

/** A running demonstration. */
export interface Demo {
  readonly installation: Installation
  readonly person: Identified
  /** Starts the faults one after the other. */
  readonly faults: {
    readonly missingIndex: () => void
    readonly forgotten: () => Promise<void>
    readonly deadlocks: () => void
  }
  /** Stops everything and deletes every file; safe to call twice. */
  stop(): Promise<void>
}

/** Starts server, load and pipeline. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const cleanup: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of cleanup.splice(0).reverse()) await step().catch(() => undefined)
  }
  try {
    return await start(options, cleanup, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(
  options: DemoOptions,
  cleanup: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Demo> {
  options.say(`starting a private ${options.flavour} with 300,000 orders …`)
  const server = await startServer(options.flavour, { dataFrom: await shopDirectory(options.flavour) })
  cleanup.push(() => server.stop())
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-demo-'))
  cleanup.push(() => rm(home, { recursive: true, force: true }))
  const accounts = await makeAccounts(server, 'shop')
  const config = await demoConfig(server, accounts, home)
  const installation = await openInstallation(config, options.log)
  const person = { userName: options.userName, passphrase: randomBytes(18).toString('base64url') }
  if (installation.store.serve === null) throw new Error('the demo store has no serve port')
  await addPerson(config, installation.store.serve, {
    ...person,
    displayName: options.userName,
    personOf: null,
    mayApprove: true,
    mayAdminister: true,
  })
  const address: ShopAddress = { host: server.host, port: server.port, ...accounts.application }
  const loads: RunningLoad[] = [steadyLoad(address)]
  const abort = new AbortController()
  const roles = runRoles(installation, ROLES, abort.signal)
  cleanup.push(() => installation.store.close())
  cleanup.push(async () => {
    abort.abort()
    await roles
  })
  cleanup.push(() => Promise.all(loads.map((l) => l.stop())))
  options.say(`watching ${server.version} on port ${server.port}; the application is at work`)
  return {
    installation,
    person,
    stop,
    faults: {
      missingIndex: () => void loads.push(reportLoad(address)),
      forgotten: async () => void loads.push(await forgottenTransaction(address)),
      deadlocks: () => void loads.push(deadlockPair(address)),
    },
  }
}

/** The ordinary configuration with short windows; verification still needs 30 calls on each side. */
async function demoConfig(server: PrivateServer, accounts: TargetAccounts, home: string): Promise<Config> {
  for (const [role, account] of Object.entries(accounts))
    process.env[`DBMEDIC_DEMO_${role.toUpperCase()}`] = account.password
  const disk = await statfs(server.dataDir)
  return configSchema.parse({
    store: join(home, 'dbmedic.sqlite'),
    keyring: join(home, 'keyring'),
    targets: [
      {
        name: 'shop',
        engine: 'mysql',
        host: server.host,
        port: server.port,
        tls: 'disable',
        monitor: { user: accounts.monitor.user, password: 'env:DBMEDIC_DEMO_MONITOR' },
        planner: { user: accounts.planner.user, password: 'env:DBMEDIC_DEMO_PLANNER' },
        executor: { user: accounts.executor.user, password: 'env:DBMEDIC_DEMO_EXECUTOR' },
        options: { ownAccounts: accounts.executor.user, cores: 64 },
      },
    ],
    detection: { pace: 0.2, closing: { windows: 6 } },
    analysis: { currentSeconds: 15, baselineSeconds: 120 },
    verification: { beforeSeconds: 15, settleSeconds: 2, afterSeconds: 15, minimumCalls: 30 },
    actions: { diskFreeBytes: disk.bavail * disk.bsize },
    runtime: { tickMs: 200 },
  })
}
