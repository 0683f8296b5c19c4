/** Every detector there is. One line each; a test notices a file, a doc or a test that is missing. */
import { callSurge } from './mysql/call-surge.ts'
import { connectionExhaustion } from './mysql/connection-exhaustion.ts'
import { deadlock } from './mysql/deadlock.ts'
import { digestOverflow } from './mysql/digest-overflow.ts'
import { duplicateIndex } from './mysql/duplicate-index.ts'
import { failingStatement } from './mysql/failing-statement.ts'
import { fragmentation } from './mysql/fragmentation.ts'
import { fullScan } from './mysql/full-scan.ts'
import { idExhaustion } from './mysql/id-exhaustion.ts'
import { idleTransaction } from './mysql/idle-transaction.ts'
import { ioPressure } from './mysql/io-pressure.ts'
import { lockWait } from './mysql/lock-wait.ts'
import { metadataLockWait } from './mysql/metadata-lock-wait.ts'
import { missingTable } from './mysql/missing-table.ts'
import { purgeLag } from './mysql/purge-lag.ts'
import { redoPressure } from './mysql/redo-pressure.ts'
import { replicationLag } from './mysql/replication-lag.ts'
import { reportedError } from './mysql/reported-error.ts'
import { slowLogGap } from './mysql/slow-log-gap.ts'
import { slowLogStatement } from './mysql/slow-log-statement.ts'
import { slowStatement } from './mysql/slow-statement.ts'
import { sortSpill } from './mysql/sort-spill.ts'
import { staleStatistics } from './mysql/stale-statistics.ts'
import { temporarySpill } from './mysql/temporary-spill.ts'
import { unusedIndex } from './mysql/unused-index.ts'

/** Detectors of MySQL and MariaDB. */
export const MYSQL_DETECTORS = [
  slowStatement,
  fullScan,
  slowLogStatement,
  callSurge,
  failingStatement,
  lockWait,
  metadataLockWait,
  deadlock,
  idleTransaction,
  connectionExhaustion,
  purgeLag,
  fragmentation,
  staleStatistics,
  duplicateIndex,
  unusedIndex,
  temporarySpill,
  sortSpill,
  ioPressure,
  redoPressure,
  replicationLag,
  digestOverflow,
  slowLogGap,
  idExhaustion,
  missingTable,
  reportedError,
] as const
