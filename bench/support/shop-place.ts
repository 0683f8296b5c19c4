/** A private server with the shop, dbmedic's accounts on it, and root's eye on what they cost. */
import { makeAccounts, type TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import { shopDirectory } from '../../src/lab/pieces/shop.ts'
import {
  type PrivateServer,
  type ServerFlavour,
  type Settings,
  startServer,
} from '../../src/lab/servers/index.ts'
import type { BenchRun } from './run-bench.ts'
import { CostReader } from './target-cost.ts'

/** A server to watch. */
export interface Place {
  readonly server: PrivateServer
  readonly accounts: TargetAccounts
  /** Reads what the monitor's and the planner's accounts cost. */
  readonly reader: CostReader
}

/** Starts one; it is stopped when the bench ends. Many targets may share it, hence the room for connections. */
export async function startPlace(
  run: Pick<BenchRun, 'onEnd'>,
  flavour: ServerFlavour,
  settings: Settings = {},
): Promise<Place> {
  const server = await startServer(flavour, {
    dataFrom: await shopDirectory(flavour),
    settings: { innodb_buffer_pool_size: '64M', max_connections: '2000', ...settings },
  })
  run.onEnd(() => server.stop())
  const accounts = await makeAccounts(server, 'shop')
  const reader = await CostReader.open(server, [accounts.monitor.user, accounts.planner.user])
  run.onEnd(async () => reader.close())
  return { server, accounts, reader }
}

/** Names of `count` targets: target-001, target-002, … */
export const targetNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `target-${String(i + 1).padStart(3, '0')}`)
