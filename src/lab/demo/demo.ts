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

/** Short windows; verification still needs 30 calls on each side. */
const SHORT_WINDOWS: ConfigParts = {
  detection: { pace: 0.2, closing: { windows: 6 } },
  analysis: { currentSeconds: 15, baselineSeconds: 120 },
  verification: { beforeSeconds: 15, settleSeconds: 2, afterSeconds: 15, minimumCalls: 30 },
  runtime: { tickMs: 200 },
}

/** Starts server, load and pipeline. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  options.say(`starting a private ${options.flavour} with 300,000 orders …`)
  const watched = await startWatchedServer({
    flavour: options.flavour,
    people: [options.userName],
    config: SHORT_WINDOWS,
    targetOptions: { cores: 64 },
    log: options.log,
  })
  try {
    return await withLoad(watched, options)
  } catch (error) {
    await watched.stop()
    throw error
  }
}

async function withLoad(watched: WatchedServer, options: DemoOptions): Promise<Demo> {
  const { server, accounts, installation } = watched
  const [person] = watched.people
  if (person === undefined) throw new RangeError('the demo has one person')
  const address: ShopAddress = { host: server.host, port: server.port, ...accounts.application }
  const loads: RunningLoad[] = [steadyLoad(address)]
  watched.watch()
  watched.onStop(() => Promise.all(loads.map((l) => l.stop())))
  options.say(`watching ${server.version} on port ${server.port}; the application is at work`)
  return {
    installation,
    person,
    stop: () => watched.stop(),
    faults: {
      missingIndex: () => void loads.push(reportLoad(address)),
      forgotten: async () => void loads.push(await forgottenTransaction(address)),
      deadlocks: () => void loads.push(deadlockPair(address)),
    },
  }
}
