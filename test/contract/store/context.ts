/** What every part of the store's contract gets: one migrated store with people, a target and actions. */

import { ROLES } from '../../../src/core/vocabulary.ts'
import type { Probe } from '../../../src/store/database/store-database.ts'
import { openStore } from '../../../src/store/index.ts'
import type { TestStore } from '../../store/support/stores.ts'
import { type FullStore, full, type World } from '../../support/pipeline-rows.ts'

/** One store of the suite. Throws outside of tests and hooks. */
export interface StoreContext {
  readonly world: () => World
  readonly server: () => TestStore
  /** Another copy of the program on the same store; the caller closes it. */
  readonly another: (probe?: Probe) => Promise<FullStore>
}

/** Opens a further handle on a running store. */
export async function openFull(server: TestStore, probe?: Probe): Promise<FullStore> {
  return full(await openStore({ ...server.address, roles: ROLES, ...(probe === undefined ? {} : { probe }) }))
}

/** A resource name no other test uses. */
export function fresh(prefix: string): string {
  count += 1
  return `${prefix}-${count}`
}
let count = 0
