/** The question `table-blockers`: what a change of a table would wait for. */
import { count, isOn, number } from '../cells.ts'
import type { Question, Reader } from './question.ts'
import { type TableName, tableName } from './table-name.ts'

/**
 * With the metadata-lock instrument: the holders of locks on this table and the age of their oldest transaction.
 * Without it nobody can say who touches the table, so the oldest transaction of the whole server counts and the
 * other two are null. `oldestTransactionSeconds` null means no such transaction is open. Needs PROCESS.
 */
export const tableBlockers: Question<'table-blockers'> = {
  params: tableName,
  answer: async ({ reader }, params) => {
    if (!(await seesMetadataLocks(reader))) {
      const oldest = await reader.query(OLDEST_ANYWHERE_SQL)
      return {
        value: {
          oldestTransactionSeconds: number(oldest[0]?.['age']),
          metadataHolders: null,
          pendingMetadata: null,
        },
        source: 'information_schema.INNODB_TRX',
      }
    }
    return {
      value: await blockersOf(reader, params),
      source: 'performance_schema.metadata_locks, information_schema.INNODB_TRX',
    }
  },
}

const OLDEST_ANYWHERE_SQL = `SELECT MAX(TIMESTAMPDIFF(SECOND, CONVERT_TZ(trx_started, 'SYSTEM', '+00:00'), NOW())) AS age
FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID() AND trx_mysql_thread_id <> 0`

const LOCKS_SQL = `SELECT t.PROCESSLIST_ID AS connection_id, MAX(m.LOCK_STATUS = 'GRANTED') AS holds,
  MAX(m.LOCK_STATUS = 'PENDING') AS waits
FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID
WHERE m.OBJECT_TYPE = 'TABLE' AND m.OBJECT_SCHEMA = ? AND m.OBJECT_NAME = ?
  AND t.PROCESSLIST_ID <> CONNECTION_ID()
GROUP BY t.PROCESSLIST_ID LIMIT 1000`

async function blockersOf(reader: Reader, { schema, table }: TableName) {
  const locks = await reader.query(LOCKS_SQL, [schema, table])
  const holders = locks.filter((row) => count(row['holds']) > 0).map((row) => number(row['connection_id']))
  const ages = await reader.query(`SELECT trx_mysql_thread_id AS connection_id,
  TIMESTAMPDIFF(SECOND, CONVERT_TZ(trx_started, 'SYSTEM', '+00:00'), NOW()) AS age FROM information_schema.INNODB_TRX LIMIT 5000`)
  const held = ages
    .filter((row) => holders.includes(number(row['connection_id'])))
    .map((row) => count(row['age']))
  return {
    oldestTransactionSeconds: held.length === 0 ? null : Math.max(...held),
    metadataHolders: holders.length,
    pendingMetadata: locks.filter((row) => count(row['waits']) > 0).length,
  }
}

/** Whether `performance_schema.metadata_locks` shows anything: the instrument is on and so is the instrumentation. */
export async function seesMetadataLocks(reader: Reader): Promise<boolean> {
  const rows = await reader.query(`SELECT i.ENABLED AS instrument, c.ENABLED AS consumer
FROM performance_schema.setup_instruments i JOIN performance_schema.setup_consumers c ON c.NAME = 'global_instrumentation'
WHERE i.NAME = 'wait/lock/metadata/sql/mdl'`)
  return isOn(rows[0]?.['instrument']) && isOn(rows[0]?.['consumer'])
}
