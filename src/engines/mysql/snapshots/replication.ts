/** Window `replication`: the channels of this server as a replica (M16). */
import { type Collected, type Collector, known } from '../collector.ts'
import { readChannels } from '../questions/replication.ts'
import type { Replication } from '../shapes.ts'

/** Reads the channels; none on a server that is no replica. Needs REPLICATION CLIENT (MariaDB: SLAVE MONITOR). */
export const replicationCollector: Collector<'replication', never> = {
  name: 'replication',
  everyMs: 10_000,
  heavy: false,
  async collect(target): Promise<Collected<Replication, never>> {
    const channels = await readChannels(target, {
      ...target.server,
      lowerCaseTableNames: 0,
      performanceSchema: false,
    })
    const at = target.clock()
    const value = { at, epoch: target.identity.epoch, channels }
    return { outcome: known(value, at, 'SHOW REPLICA STATUS'), state: null }
  },
}
