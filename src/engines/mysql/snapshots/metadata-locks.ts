/**
 * Who makes a session wait for a metadata lock. `sys.schema_table_lock_waits` names every holder as a blocker, the
 * waiter itself included, and never the DDL that waits ahead of the others; here the servers' own rules decide.
 */
import type { ConnectionId } from '../shapes.ts'

/** One row of `performance_schema.metadata_locks`, its owner as connection id. */
export interface MetadataLock {
  readonly objectType: string
  readonly schema: string | null
  readonly table: string | null
  readonly lockType: string
  readonly granted: boolean
  readonly owner: ConnectionId
}

/**
 * What a request conflicts with among granted locks of an object (compatibility matrix of `MDL_object_lock` in
 * both servers' sql/mdl.cc). A type that is not listed conflicts with everything.
 */
const CONFLICTS_WITH_GRANTED: Readonly<Record<string, readonly string[]>> = {
  SHARED: ['EXCLUSIVE'],
  SHARED_HIGH_PRIO: ['EXCLUSIVE'],
  SHARED_READ: ['SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_WRITE: ['SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_WRITE_LOW_PRIO: ['SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_UPGRADABLE: ['SHARED_UPGRADABLE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_READ_ONLY: ['SHARED_WRITE', 'SHARED_WRITE_LOW_PRIO', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_NO_WRITE: [
    'SHARED_WRITE',
    'SHARED_WRITE_LOW_PRIO',
    'SHARED_UPGRADABLE',
    'SHARED_NO_WRITE',
    'SHARED_NO_READ_WRITE',
    'EXCLUSIVE',
  ],
  SHARED_NO_READ_WRITE: [
    'SHARED_READ',
    'SHARED_WRITE',
    'SHARED_WRITE_LOW_PRIO',
    'SHARED_UPGRADABLE',
    'SHARED_READ_ONLY',
    'SHARED_NO_WRITE',
    'SHARED_NO_READ_WRITE',
    'EXCLUSIVE',
  ],
  INTENTION_EXCLUSIVE: ['SHARED', 'EXCLUSIVE'],
}

/** Which waiting requests a new request stands behind (the priority matrix beside it). Not listed: none. */
const WAITS_BEHIND_PENDING: Readonly<Record<string, readonly string[]>> = {
  SHARED: ['EXCLUSIVE'],
  SHARED_READ: ['SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_WRITE: ['SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_WRITE_LOW_PRIO: ['SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_UPGRADABLE: ['EXCLUSIVE'],
  SHARED_READ_ONLY: ['SHARED_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'],
  SHARED_NO_WRITE: ['EXCLUSIVE'],
  SHARED_NO_READ_WRITE: ['EXCLUSIVE'],
  INTENTION_EXCLUSIVE: ['SHARED', 'EXCLUSIVE'],
}

/** What a waiter waits for and who is in its way; the waiter itself never is. */
export interface MetadataBlocking {
  readonly schema: string | null
  readonly table: string | null
  readonly blockers: readonly ConnectionId[]
}

/** The blocking behind each waiting connection, from all locks of the objects that have a waiter. */
export function metadataBlocking(
  locks: readonly MetadataLock[],
): ReadonlyMap<ConnectionId, MetadataBlocking> {
  const byObject = Map.groupBy(locks, (lock) => JSON.stringify([lock.objectType, lock.schema, lock.table]))
  const found = new Map<ConnectionId, MetadataBlocking>()
  for (const ofObject of byObject.values()) {
    for (const pending of ofObject.filter((lock) => !lock.granted)) {
      const blockers = blockersOf(pending, ofObject)
      const earlier = found.get(pending.owner)
      found.set(pending.owner, {
        schema: pending.schema,
        table: pending.table,
        blockers: [...new Set([...(earlier?.blockers ?? []), ...blockers])],
      })
    }
  }
  return found
}

function blockersOf(pending: MetadataLock, ofObject: readonly MetadataLock[]): readonly ConnectionId[] {
  const granted = CONFLICTS_WITH_GRANTED[pending.lockType]
  const ahead = WAITS_BEHIND_PENDING[pending.lockType] ?? []
  return ofObject
    .filter((other) => other.owner !== pending.owner)
    .filter((other) =>
      other.granted ? (granted?.includes(other.lockType) ?? true) : ahead.includes(other.lockType),
    )
    .map((other) => other.owner)
}
