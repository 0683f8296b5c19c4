/** One contract for every store: SQLite and MariaDB always, MySQL where it can be had. */
import { after, before, describe } from 'node:test'
import type { Probe } from '../../src/store/database/store-database.ts'
import { availableStores, startStore, type TestStore } from '../store/support/stores.ts'
import { type FullStore, makeWorld, type World } from '../support/pipeline-rows.ts'
import { anomalyContract } from './store/anomalies.ts'
import { openFull } from './store/context.ts'
import { erasureContract } from './store/erasures.ts'
import { failureContract, failureListContract } from './store/failures.ts'
import { healingContract } from './store/healings.ts'
import { leaseContract } from './store/leases.ts'
import { passkeyContract } from './store/passkeys.ts'
import { pipelineContract } from './store/pipeline.ts'
import { recoveryContract } from './store/recovery.ts'
import { refusalContract } from './store/refusals.ts'
import { reportContract } from './store/reports.ts'
import { suppressionContract } from './store/suppressions.ts'
import { watchIssueContract } from './store/watch-issues.ts'
import { watchContract } from './store/watches.ts'

for (const { name, missing } of await availableStores()) {
  describe(`the store's contract [${name}]`, { skip: missing ?? false }, () => {
    let server: TestStore | undefined
    let store: FullStore | undefined
    let world: World | undefined
    before(async () => {
      server = await startStore(name)
      store = await openFull(server)
      world = await makeWorld(store)
    })
    after(async () => {
      await store?.close()
      await server?.stop()
    })
    const present = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('the store is there only while tests and hooks run')
      return value
    }
    const context = {
      world: () => present(world),
      server: () => present(server),
      another: (probe?: Probe) => openFull(present(server), probe),
    }
    reportContract(context)
    pipelineContract(context)
    refusalContract(context)
    leaseContract(context)
    anomalyContract(context)
    failureContract(context)
    recoveryContract(context)
    healingContract(context)
    watchContract(context)
    suppressionContract(context)
    passkeyContract(context)
    watchIssueContract(context)
    failureListContract(context)
    erasureContract(context)
  })
}
