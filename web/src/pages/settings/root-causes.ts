/** Every root cause an analysis may name, in the order of their list. The compiler asks for one that is missing. */
import type { Grant } from '../../../../src/server/api-types.ts'

type Cause = Grant['rootCauseCode']

const EACH: Readonly<Record<Cause, true>> = {
  MISSING_INDEX: true,
  NON_SARGABLE: true,
  TYPE_MISMATCH: true,
  STALE_STATISTICS: true,
  CORRELATION_OR_SKEW: true,
  PLAN_REGRESSION: true,
  IDLE_BLOCKER: true,
  LONG_BLOCKER: true,
  DDL_QUEUE: true,
  LOCK_ORDER: true,
  POOL_LEAK: true,
  PILE_UP: true,
  IO_PRESSURE: true,
  N_PLUS_ONE: true,
  FRAGMENTED: true,
  DUPLICATE_INDEX: true,
  UNUSED_INDEX: true,
  PURGE_BLOCKED: true,
  TEMP_SPILL: true,
  REDO_PRESSURE: true,
  REPLICA_STOPPED: true,
  REPLICA_LAG: true,
  ID_EXHAUSTION: true,
  DIGEST_OVERFLOW: true,
  BIG_RESULT: true,
  HOT_ROW: true,
  UNAPPLIED_MIGRATION: true,
  TYPO_OR_DROPPED: true,
  HUMAN_REQUEST: true,
  UNKNOWN: true,
}

/** Their codes. */
export const ROOT_CAUSES = Object.keys(EACH) as readonly Cause[]
