/** Every diagnosis there is, in the order look-alikes are told apart: locks, input and output, plan, the rest. */
import { pileUp, poolLeak } from './mysql/connection-causes.ts'
import { ddlQueue } from './mysql/ddl-queue.ts'
import { duplicateIndex } from './mysql/duplicate-index.ts'
import { fragmented } from './mysql/fragmented.ts'
import { idleBlocker } from './mysql/idle-blocker.ts'
import { ioPressure } from './mysql/io-pressure.ts'
import { lockOrder } from './mysql/lock-order.ts'
import { longBlocker } from './mysql/long-blocker.ts'
import { missingIndex } from './mysql/missing-index.ts'
import { nPlusOne } from './mysql/n-plus-one.ts'
import { nonSargable, typeMismatch } from './mysql/non-sargable.ts'
import { staleStatistics } from './mysql/stale-statistics.ts'

/** Diagnoses of MySQL and MariaDB. */
export const MYSQL_DIAGNOSES = [
  idleBlocker,
  longBlocker,
  ddlQueue,
  lockOrder,
  poolLeak,
  pileUp,
  ioPressure,
  staleStatistics,
  typeMismatch,
  nonSargable,
  missingIndex,
  nPlusOne,
  duplicateIndex,
  fragmented,
] as const
