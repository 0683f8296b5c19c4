/**
 * The demonstration: a private server with a shop, three faults, and the ordinary pipeline that finds,
 * explains and heals them with a person's consent. Nothing in it is staged beyond the faults themselves.
 */
import type { Identified, Installation } from '../../app/index.ts'
import type { Log } from '../../core/log.ts'
import { type RunningLoad, type ShopAddress, steadyLoad } from '../pieces/load.ts'
import { type ConfigParts, startWatchedServer, type WatchedServer } from '../pieces/watched-server.ts'
import type { ServerFlavour } from '../servers/index.ts'
import { deadlockPair, forgottenTransaction, reportLoad } from './workload.ts'

/** How the demonstration is run. */
export interface DemoOptions {
  readonly flavour: ServerFlavour
  readonly log: Log
  readonly say: (line: string) => void
}

/** A running demonstration. */
export interface Demo {
  readonly installation: Installation
  /** Starts the faults one after the other. */
  readonly faults: {
    readonly missingIndex: () => void
    readonly forgotten: () => Promise<void>
    readonly deadlocks: () => void
  }
  /** Stops everything and deletes every file; safe to call twice. */
  stop(): Promise<void>
}

/** One whose approver is at the terminal. */
export interface TerminalDemo extends Demo {
  readonly person: Identified
}

/** One whose people set themselves up in the browser. */
export interface PanelDemo extends Demo {
  /** Makes the executor believe an administrator's key. In a real installation: dbmedic users pin. */
  pin(keyId: string): void
}

/** Short windows; verification still needs 30 calls on each side. */
const SHORT_WINDOWS: ConfigParts = {
  detection: { pace: 0.2, closing: { windows: 6 } },
  analysis: { currentSeconds: 15, baselineSeconds: 120 },
  verification: { beforeSeconds: 15, settleSeconds: 2, afterSeconds: 15, minimumCalls: 30 },
  runtime: { tickMs: 200 },
}

/** Starts server, load and pipeline, with one person who approves. */
export async function startDemo(options: DemoOptions & { readonly userName: string }): Promise<TerminalDemo> {
  const watched = await start(options, { people: [options.userName] })
  const [person] = watched.people
  if (person === undefined) throw new RangeError('the demo has one person')
  return { ...begin(watched, options), person }
}

/** How one in the browser is run. */
export interface PanelDemoOptions extends DemoOptions {
  /** Where the panel will be served, HOST:PORT. */
  readonly listen: string
  /** A store that is there already; default: a file of its own. */
  readonly store?: Pick<ConfigParts, 'store' | 'storeAccounts'>
}

/** The same with nobody in it yet. */
export async function startPanelDemo(options: PanelDemoOptions): Promise<PanelDemo> {
  const pinned: string[] = []
  const watched = await start(options, {
    people: [],
    pinned: () => pinned,
    config: { ...SHORT_WINDOWS, ...options.store, panel: { listen: options.listen } },
  })
  return { ...begin(watched, options), pin: (keyId) => void pinned.push(keyId) }
}

function start(
  { flavour, log, say }: DemoOptions,
  more: {
    readonly people: readonly string[]
    readonly pinned?: () => readonly string[]
    readonly config?: ConfigParts
  },
): Promise<WatchedServer> {
  say(`starting a private ${flavour} with 300,000 orders …`)
  return startWatchedServer({
    flavour,
    config: SHORT_WINDOWS,
    targetOptions: { cores: 64 },
    log,
    ...more,
  })
}

/** The application at work, and the watch. */
function begin(watched: WatchedServer, { say }: DemoOptions): Demo {
  const { server, accounts, installation } = watched
  const address: ShopAddress = { host: server.host, port: server.port, ...accounts.application }
  const loads: RunningLoad[] = [steadyLoad(address)]
  watched.watch()
  watched.onStop(() => Promise.all(loads.map((l) => l.stop())))
  say(`watching ${server.version} on port ${server.port}; the application is at work`)
  return {
    installation,
    stop: () => watched.stop(),
    faults: {
      missingIndex: () => void loads.push(reportLoad(address)),
      forgotten: async () => void loads.push(await forgottenTransaction(address)),
      deadlocks: () => void loads.push(deadlockPair(address)),
    },
  }
}
