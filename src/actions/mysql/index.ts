/** The whitelist for MySQL and MariaDB: what is not in this list cannot be done. */
import type { Sha256 } from '../../core/canonical.ts'
import { analyzeHistogram } from './analyze-histogram.ts'
import { analyzePersistent } from './analyze-persistent.ts'
import { analyzeTable } from './analyze-table.ts'
import { applyMigration } from './apply-migration.ts'
import { createHiddenIndex } from './create-hidden-index.ts'
import { createIndex } from './create-index.ts'
import { disableMetadataLockInstrument } from './disable-metadata-lock-instrument.ts'
import { dropHistogram } from './drop-histogram.ts'
import { dropIndex } from './drop-index.ts'
import { enableMetadataLockInstrument } from './enable-metadata-lock-instrument.ts'
import { hideIndex } from './hide-index.ts'
import { killConnection } from './kill-connection.ts'
import { killIdleReader } from './kill-idle-reader.ts'
import { killIdleTransaction } from './kill-idle-transaction.ts'
import { killQuery } from './kill-query.ts'
import { lowerMaxConnections } from './lower-max-connections.ts'
import type { DescribedAction } from './mysql-action.ts'
import { printAllDeadlocks } from './print-all-deadlocks.ts'
import { printAllDeadlocksOff } from './print-all-deadlocks-off.ts'
import { purgeBinaryLogs } from './purge-binary-logs.ts'
import { raiseMaxConnections } from './raise-max-connections.ts'
import { rebuildLargeTable } from './rebuild-large-table.ts'
import { rebuildSmallTable } from './rebuild-small-table.ts'
import { setBufferPoolSize } from './set-buffer-pool-size.ts'
import { setErrorVerbosity } from './set-error-verbosity.ts'
import { setIdleTransactionTimeout } from './set-idle-transaction-timeout.ts'
import { setInnodbLockWaitTimeout } from './set-innodb-lock-wait-timeout.ts'
import { setIoCapacity } from './set-io-capacity.ts'
import { setLongQueryTime } from './set-long-query-time.ts'
import { setStatementLimit } from './set-statement-limit.ts'
import { setStatisticsOptions } from './set-statistics-options.ts'
import { setTableCache } from './set-table-cache.ts'
import { setTemporaryTableSizes } from './set-temporary-table-sizes.ts'
import { setUserConnectionLimit } from './set-user-connection-limit.ts'
import { setWaitTimeout } from './set-wait-timeout.ts'
import { showIndex } from './show-index.ts'
import { startReplicaApplier } from './start-replica-applier.ts'
import { turnSlowLogOff } from './turn-slow-log-off.ts'
import { turnSlowLogOn } from './turn-slow-log-on.ts'

/** All actions of the engine `mysql`, by topic. `sha256` names new indexes. */
export function mysqlActions(sha256: Sha256): readonly DescribedAction[] {
  return [
    analyzeTable,
    analyzeHistogram,
    dropHistogram,
    analyzePersistent,
    setStatisticsOptions,
    createIndex(sha256),
    createHiddenIndex(sha256),
    hideIndex,
    showIndex,
    dropIndex,
    rebuildSmallTable,
    rebuildLargeTable,
    killQuery,
    killIdleReader,
    killIdleTransaction,
    killConnection,
    setLongQueryTime,
    turnSlowLogOn,
    turnSlowLogOff,
    printAllDeadlocks,
    printAllDeadlocksOff,
    setErrorVerbosity,
    enableMetadataLockInstrument,
    disableMetadataLockInstrument,
    raiseMaxConnections,
    lowerMaxConnections,
    setUserConnectionLimit,
    setInnodbLockWaitTimeout,
    setWaitTimeout,
    setIdleTransactionTimeout,
    setStatementLimit,
    setBufferPoolSize,
    setTemporaryTableSizes,
    setTableCache,
    setIoCapacity,
    purgeBinaryLogs,
    startReplicaApplier,
    applyMigration,
  ]
}
