/** All instruments, by the name of their window. */

import type { Reading } from '../../../core/observer.ts'
import type { Collector, SnapshotName } from '../collector.ts'
import { CollectorRunner, type RunnerSettings } from '../collector-runner.ts'
import type { Instrument } from '../cost-budget.ts'
import type { MysqlSnapshots } from '../shapes.ts'
import { activityCollector } from './activity.ts'
import { catalogCollector } from './catalog.ts'
import { connectionsCollector } from './connections.ts'
import { deadlocksCollector } from './deadlocks.ts'
import { replicationCollector } from './replication.ts'
import { serverErrorsCollector } from './server-errors.ts'
import { slowLogCollector } from './slow-log.ts'
import { statementsCollector } from './statements.ts'
import { statusCollector } from './status.ts'
import { tableSizesCollector } from './table-sizes.ts'

/** One runner for each window. */
export type Runners = {
  readonly [K in SnapshotName]: { read(): Promise<Reading<MysqlSnapshots[K]>>; readonly times: number }
}

/** All of them, with the interval each ships with. */
export const INSTRUMENTS: readonly Instrument[] = [
  activityCollector,
  catalogCollector,
  connectionsCollector,
  deadlocksCollector,
  replicationCollector,
  serverErrorsCollector,
  slowLogCollector,
  statementsCollector,
  statusCollector,
  tableSizesCollector,
]

/** Makes the runners of one target. */
export function createRunners(settings: RunnerSettings): Runners {
  const run = <K extends SnapshotName, S>(collector: Collector<K, S>) =>
    new CollectorRunner(collector, settings)
  return {
    activity: run(activityCollector),
    catalog: run(catalogCollector),
    connections: run(connectionsCollector),
    deadlocks: run(deadlocksCollector),
    replication: run(replicationCollector),
    serverErrors: run(serverErrorsCollector),
    slowLog: run(slowLogCollector),
    statements: run(statementsCollector),
    status: run(statusCollector),
    tableSizes: run(tableSizesCollector),
  }
}
