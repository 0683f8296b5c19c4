/** Every diagnosis there is, in the order look-alikes are told apart: locks, input and output, plan, the rest. */
import { bigResult } from './mysql/big-result.ts'
import { correlationOrSkew } from './mysql/correlation-or-skew.ts'
import { ddlQueue } from './mysql/ddl-queue.ts'
import { digestOverflow } from './mysql/digest-overflow.ts'
import { duplicateIndex } from './mysql/duplicate-index.ts'
import { failingWatch } from './mysql/failing-watch.ts'
import { fragmented } from './mysql/fragmented.ts'
import { hotRow } from './mysql/hot-row.ts'
import { idExhaustion } from './mysql/id-exhaustion.ts'
import { idleBlocker } from './mysql/idle-blocker.ts'
import { ioPressure } from './mysql/io-pressure.ts'
import { lockOrder } from './mysql/lock-order.ts'
import { longBlocker } from './mysql/long-blocker.ts'
import { missingIndex } from './mysql/missing-index.ts'
import { nPlusOne } from './mysql/n-plus-one.ts'
import { nonSargable } from './mysql/non-sargable.ts'
import { pileUp } from './mysql/pile-up.ts'
import { planRegression } from './mysql/plan-regression.ts'
import { poolLeak } from './mysql/pool-leak.ts'
import { purgeBlocked } from './mysql/purge-blocked.ts'
import { redoPressure } from './mysql/redo-pressure.ts'
import { replicaLag } from './mysql/replica-lag.ts'
import { replicaStopped } from './mysql/replica-stopped.ts'
import { slowLogOutrun } from './mysql/slow-log-outrun.ts'
import { staleStatistics } from './mysql/stale-statistics.ts'
import { tempSpill } from './mysql/temp-spill.ts'
import { typeMismatch } from './mysql/type-mismatch.ts'
import { typoOrDropped } from './mysql/typo-or-dropped.ts'
import { unappliedMigration } from './mysql/unapplied-migration.ts'
import { unusedIndex } from './mysql/unused-index.ts'

/** Diagnoses of MySQL and MariaDB. */
export const MYSQL_DIAGNOSES = [
  idleBlocker,
  longBlocker,
  ddlQueue,
  hotRow,
  lockOrder,
  poolLeak,
  pileUp,
  ioPressure,
  staleStatistics,
  correlationOrSkew,
  typeMismatch,
  nonSargable,
  missingIndex,
  planRegression,
  bigResult,
  nPlusOne,
  duplicateIndex,
  unusedIndex,
  fragmented,
  purgeBlocked,
  tempSpill,
  redoPressure,
  replicaStopped,
  replicaLag,
  digestOverflow,
  slowLogOutrun,
  idExhaustion,
  unappliedMigration,
  typoOrDropped,
  failingWatch,
] as const
