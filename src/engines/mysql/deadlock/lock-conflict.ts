// Whether one lock has to wait for another, by InnoDB's own rules. Pure.

import type { DeadlockLock, LockMode } from './deadlock.ts'

/**
 * Which modes go together (`lock_compatibility_matrix` in InnoDB's lock0priv.h;
 * https://dev.mysql.com/doc/refman/8.4/en/innodb-locking.html). A mode that is not listed conflicts.
 */
const COMPATIBLE: Readonly<Record<LockMode, readonly LockMode[]>> = {
  IS: ['IS', 'IX', 'S', 'AUTO-INC'],
  IX: ['IS', 'IX', 'AUTO-INC'],
  S: ['IS', 'S'],
  X: [],
  'AUTO-INC': ['IS', 'IX'],
}

/** How sure it is that two locks are on the same thing. `page`: the report lists no record for one of them. */
export type LockMeeting = 'record' | 'page' | 'table'

/** What two locks both cover, or null when they never meet. */
export function lockMeeting(a: DeadlockLock, b: DeadlockLock): LockMeeting | null {
  if (a.table !== b.table || a.partition !== b.partition || a.index !== b.index) return null
  if (a.record === null || b.record === null) return a.record === b.record ? 'table' : null
  if (a.record.space !== b.record.space || a.record.page !== b.record.page) return null
  const first = heapsOf(a)
  const second = new Set(heapsOf(b))
  if (first.length === 0 || second.size === 0) return 'page'
  return first.some((heap) => second.has(heap)) ? 'record' : null
}

function heapsOf({ record }: DeadlockLock): readonly number[] {
  if (record === null || record.heap === null) return []
  return record.heaps ?? [record.heap]
}

/**
 * True when a request must wait for a lock that another transaction has, where both meet. The gap rules are those of
 * `lock_rec_has_to_wait` (lock0lock.cc): only an insert intention waits for a gap; a wish for a gap alone waits for
 * nothing; an insert intention holds nobody up.
 */
export function hasToWait(wanted: DeadlockLock, had: DeadlockLock): boolean {
  if (COMPATIBLE[wanted.mode].includes(had.mode)) return false
  if (wanted.gap === 'table' || had.gap === 'table') return wanted.gap === had.gap
  if (had.gap === 'insert_intention') return false
  if (wanted.gap === 'insert_intention') return had.gap !== 'rec_not_gap'
  return wanted.gap !== 'gap' && had.gap !== 'gap' && !isSupremumOnly(wanted)
}

/** The supremum is no record: a lock on it covers the gap before it and nothing else. */
function isSupremumOnly({ record }: DeadlockLock): boolean {
  return record?.supremum === true && record.heaps === undefined
}
