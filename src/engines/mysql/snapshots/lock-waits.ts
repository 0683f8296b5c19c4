/** Who waits for whom: row locks of InnoDB (M3) and metadata locks (M4). */
import { count, isOn, type Row, text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import type { LiveSession, LiveTransaction } from '../questions/process-list.ts'
import type { LockWait, MetadataWait } from '../shapes.ts'
import { type MetadataBlocking, type MetadataLock, metadataBlocking } from './metadata-locks.ts'

const WAITS_MAX = 500
const METADATA_LOCKS_MAX = 20_000
/** `data_locks` materialises every lock: above this sum only the waits themselves are read. */
const ROWS_LOCKED_MAX = 1_000_000

/** What reading waits takes: the questions ask too, without a collector. */
export type WaitsTarget = Pick<CollectorTarget, 'query'> & {
  readonly server: Pick<CollectorTarget['server'], 'flavour'>
}

/** INNODB_TRX tells times in the zone of the server's machine, whatever the session's is (observed on both). */
const WAITER = `SELECT r.trx_mysql_thread_id AS waiter, b.trx_mysql_thread_id AS blocker,
  TIMESTAMPDIFF(SECOND, CONVERT_TZ(r.trx_wait_started, 'SYSTEM', '+00:00'), NOW()) AS wait_seconds`

/** MySQL 8.0 and later. The view of one wait needs two rows of `data_locks`; both are found by their key. */
const MYSQL_SQL = `${WAITER}, l.OBJECT_SCHEMA AS schema_name, l.OBJECT_NAME AS table_name, l.INDEX_NAME AS index_name,
  l.LOCK_MODE AS lock_mode
FROM performance_schema.data_lock_waits w
JOIN performance_schema.data_locks l ON l.ENGINE = w.ENGINE AND l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID LIMIT ${WAITS_MAX}`

/** The same without `data_locks`: who waits for whom, not where. */
const MYSQL_SHORT_SQL = `${WAITER}, NULL AS schema_name, NULL AS table_name, NULL AS index_name, NULL AS lock_mode
FROM performance_schema.data_lock_waits w
JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID LIMIT ${WAITS_MAX}`

/** MariaDB: these list waiting and blocking locks only, so they stay small. `lock_table` is quoted, "\`s\`.\`t\`". */
const MARIADB_SQL = `${WAITER}, l.lock_table AS lock_table, l.lock_index AS index_name, l.lock_mode AS lock_mode
FROM information_schema.INNODB_LOCK_WAITS w
JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id LIMIT ${WAITS_MAX}`

/** Row-lock waits now, at most 500. Nothing is asked while no transaction waits. @throws TargetError */
export async function readLockWaits(
  target: WaitsTarget,
  transactions: readonly LiveTransaction[],
): Promise<readonly LockWait[]> {
  if (!transactions.some((transaction) => transaction.state === 'LOCK WAIT')) return []
  const locked = transactions.reduce((sum, transaction) => sum + transaction.rowsLocked, 0)
  const mysql = locked > ROWS_LOCKED_MAX ? MYSQL_SHORT_SQL : MYSQL_SQL
  const rows = await target.query(target.server.flavour === 'mariadb' ? MARIADB_SQL : mysql)
  const waits = rows.map(lockWait).filter((wait) => wait.waiter !== wait.blocker)
  return [...new Map(waits.map((wait) => [`${wait.waiter} ${wait.blocker}`, wait])).values()]
}

function lockWait(row: Row): LockWait {
  const [schema, table] = row['lock_table'] === undefined ? [] : quotedParts(textOrEmpty(row['lock_table']))
  return {
    waiter: textOrEmpty(row['waiter']),
    blocker: textOrEmpty(row['blocker']),
    waitSeconds: Math.max(0, count(row['wait_seconds'])),
    schema: text(row['schema_name']) ?? schema ?? null,
    table: text(row['table_name']) ?? table ?? null,
    index: text(row['index_name']),
    lockMode: text(row['lock_mode']),
  }
}

/** The names in "`a`.`b`", doubled quotes undone; a partition's comment behind them is left out. */
function quotedParts(quoted: string): readonly string[] {
  return [...quoted.matchAll(/`((?:[^`]|``)*)`/g)]
    .slice(0, 2)
    .map((match) => (match[1] ?? '').replaceAll('``', '`'))
}

/** Thread states of a session that waits for a metadata lock, both servers (`wait/lock/…` stages of sql/mdl.cc). */
const METADATA_STATE =
  /^Waiting for .*(?:metadata lock|global read lock|commit lock|backup lock|tablespace.* lock)$/i

const INSTRUMENT_SQL = `SELECT ENABLED AS enabled FROM performance_schema.setup_instruments
WHERE NAME = 'wait/lock/metadata/sql/mdl'`

/** All locks of the objects somebody waits for, owners as connection ids. */
const METADATA_SQL = `SELECT m.OBJECT_TYPE AS object_type, m.OBJECT_SCHEMA AS schema_name, m.OBJECT_NAME AS table_name,
  m.LOCK_TYPE AS lock_type, m.LOCK_STATUS AS lock_status, t.PROCESSLIST_ID AS connection_id
FROM performance_schema.metadata_locks m
JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID
WHERE t.PROCESSLIST_ID IS NOT NULL AND EXISTS (SELECT 1 FROM performance_schema.metadata_locks p
  WHERE p.LOCK_STATUS = 'PENDING' AND p.OBJECT_TYPE = m.OBJECT_TYPE
    AND p.OBJECT_SCHEMA <=> m.OBJECT_SCHEMA AND p.OBJECT_NAME <=> m.OBJECT_NAME) LIMIT ${METADATA_LOCKS_MAX}`

/**
 * Sessions that wait for a metadata lock. `waitSeconds` is how long their statement runs, because no server tells
 * the wait alone. Blockers are `null` where the instrument is off or its tables may not be read.
 */
export async function readMetadataWaits(
  target: WaitsTarget,
  sessions: readonly LiveSession[],
): Promise<readonly MetadataWait[]> {
  const waiters = sessions.filter((session) => METADATA_STATE.test(session.state))
  if (waiters.length === 0) return []
  const blocking = await readBlocking(target).catch(() => null)
  return waiters.slice(0, WAITS_MAX).map((session) => {
    const found = blocking?.get(session.connectionId)
    return {
      waiter: session.connectionId,
      waitSeconds: Math.max(0, session.seconds),
      schema: found?.schema ?? null,
      table: found?.table ?? null,
      blockers: found?.blockers ?? null,
    }
  })
}

async function readBlocking(target: WaitsTarget): Promise<ReadonlyMap<string, MetadataBlocking> | null> {
  if (!isOn((await target.query(INSTRUMENT_SQL))[0]?.['enabled'])) return null
  const rows = await target.query(METADATA_SQL)
  return metadataBlocking(rows.map(metadataLock))
}

function metadataLock(row: Row): MetadataLock {
  return {
    objectType: textOrEmpty(row['object_type']),
    schema: text(row['schema_name']),
    table: text(row['table_name']),
    lockType: textOrEmpty(row['lock_type']),
    granted: textOrEmpty(row['lock_status']) !== 'PENDING',
    owner: textOrEmpty(row['connection_id']),
  }
}
