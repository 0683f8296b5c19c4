/** Who waits for whom: row locks of InnoDB (M3) and metadata locks (M4). */
import { isOn, type Row, text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { placeholders } from '../placeholders.ts'
import type { LiveSession, LiveTransaction } from '../questions/process-list.ts'
import type { LockWait, MetadataWait } from '../shapes.ts'
import { type MetadataBlocking, type MetadataLock, metadataBlocking } from './metadata-locks.ts'

/** Most waits kept of one look. */
const WAITS_MAX = 5_000
const METADATA_LOCKS_MAX = 20_000
const LOCKS_MAX = 10_000
/** Longest chain of blockers that themselves wait; the servers give up a search for deadlocks at 200. */
const CHAIN_MAX = 20
/** `data_locks` materialises every lock: above this sum only the waits themselves are read. */
const ROWS_LOCKED_MAX = 1_000_000

/** What reading waits takes: the questions ask too, without a collector. */
export type WaitsTarget = Pick<CollectorTarget, 'query'> & {
  readonly server: Pick<CollectorTarget['server'], 'flavour'>
}

/** Where the servers list waits: one row for each pair of a waiter and whoever is before it in the queue. */
const WAITS = {
  mysql: {
    table: 'performance_schema.data_lock_waits',
    waiter: 'REQUESTING_ENGINE_TRANSACTION_ID',
    blocker: 'BLOCKING_ENGINE_TRANSACTION_ID',
    lock: 'REQUESTING_ENGINE_LOCK_ID',
  },
  mariadb: {
    table: 'information_schema.INNODB_LOCK_WAITS',
    waiter: 'requesting_trx_id',
    blocker: 'blocking_trx_id',
    lock: 'requested_lock_id',
  },
} as const

/** MySQL 8.0 and later; found by their key. */
const MYSQL_LOCKS_SQL = `SELECT ENGINE_LOCK_ID AS id, OBJECT_SCHEMA AS schema_name, OBJECT_NAME AS table_name,
  INDEX_NAME AS index_name, LOCK_MODE AS lock_mode FROM performance_schema.data_locks WHERE ENGINE_LOCK_ID IN `
/** MariaDB lists waiting and blocking locks only, so they stay few. `lock_table` is quoted, "\`s\`.\`t\`". */
const MARIADB_LOCKS_SQL = `SELECT lock_id AS id, lock_table, lock_index AS index_name, lock_mode
FROM information_schema.INNODB_LOCKS WHERE lock_id IN `

/**
 * Row-lock waits now. Nothing is asked while no transaction waits.
 *
 * In a queue each waits for everybody before it, so a hundred sessions behind one lock are 5,050 pairs, and any part of
 * them makes those whose own wait is left out look as if they blocked and did not wait. So pairs are read from the roots
 * on: first those whose blocker waits for nobody, then of the rest those whose blocker was reached before, and so on. Each
 * waiter is in the answer with the blockers that lead to a root; what comes is in proportion to the sessions.
 * @throws TargetError
 */
export async function readLockWaits(
  target: WaitsTarget,
  transactions: readonly LiveTransaction[],
): Promise<readonly LockWait[]> {
  const byId = new Map(transactions.map((transaction) => [transaction.transactionId, transaction]))
  const waiting = transactions.filter((t) => t.waitSeconds !== null).map((t) => t.transactionId)
  if (waiting.length === 0) return []
  const pairs = await pairsFromRoots(target, waiting)
  const locks = await readLocks(target, transactions, pairs)
  const waits = pairs.flatMap(({ waiter, blocker, lockId }): readonly LockWait[] => {
    const [one, other] = [byId.get(waiter), byId.get(blocker)]
    // Who came in between is seen at the next look.
    if (one === undefined || other === undefined || one.connectionId === other.connectionId) return []
    const lock = locks.get(lockId) ?? NOWHERE
    return [
      { waiter: one.connectionId, blocker: other.connectionId, waitSeconds: one.waitSeconds ?? 0, ...lock },
    ]
  })
  return [...new Map(waits.map((wait) => [`${wait.waiter} ${wait.blocker}`, wait])).values()]
}

/** Transactions by their ids. */
interface Pair {
  readonly waiter: string
  readonly blocker: string
  readonly lockId: string
}

async function pairsFromRoots(target: WaitsTarget, waiting: readonly string[]): Promise<readonly Pair[]> {
  const { blocker, waiter } = WAITS[target.server.flavour]
  const everyone = padded(waiting)
  const pairs = [...(await readPairs(target, `${blocker} NOT IN ${list(everyone)}`, everyone))]
  let reached = new Set(pairs.map((pair) => pair.waiter))
  let left = waiting.filter((id) => !reached.has(id))
  for (let i = 0; i < CHAIN_MAX && left.length > 0 && reached.size > 0 && pairs.length < WAITS_MAX; i += 1) {
    const [whom, before] = [padded(left), padded(reached)]
    const next = await readPairs(target, `${waiter} IN ${list(whom)} AND ${blocker} IN ${list(before)}`, [
      ...whom,
      ...before,
    ])
    pairs.push(...next)
    reached = new Set(next.map((pair) => pair.waiter))
    left = left.filter((id) => !reached.has(id))
  }
  // A ring that the server has not broken yet has no root.
  if (left.length > 0 && pairs.length < WAITS_MAX) {
    const ring = padded(left)
    pairs.push(...(await readPairs(target, `${waiter} IN ${list(ring)}`, ring)))
  }
  return pairs.slice(0, WAITS_MAX)
}

const list = (values: readonly unknown[]): string => `(${placeholders(values)})`

/** Repeats the last until there is a power of two of them: few different statements are prepared, whoever waits. */
function padded(ids: Iterable<string>): readonly string[] {
  const all = [...ids]
  const last = all.at(-1)
  if (last === undefined) return all
  const length = 2 ** Math.ceil(Math.log2(all.length))
  return [...all, ...Array.from({ length: length - all.length }, () => last)]
}

async function readPairs(
  target: WaitsTarget,
  where: string,
  values: readonly string[],
): Promise<readonly Pair[]> {
  const { table, waiter, blocker, lock } = WAITS[target.server.flavour]
  const rows = await target.query(
    `SELECT ${waiter} AS waiter, ${blocker} AS blocker, ${lock} AS lock_id FROM ${table} WHERE ${where} LIMIT ${WAITS_MAX}`,
    values,
  )
  return rows.map((row) => ({
    waiter: textOrEmpty(row['waiter']),
    blocker: textOrEmpty(row['blocker']),
    lockId: textOrEmpty(row['lock_id']),
  }))
}

type Lock = Pick<LockWait, 'schema' | 'table' | 'index' | 'lockMode'>
const NOWHERE: Lock = { schema: null, table: null, index: null, lockMode: null }

/** What is waited for. On MySQL nothing where so much is locked that telling it would cost too much. */
async function readLocks(
  target: WaitsTarget,
  transactions: readonly LiveTransaction[],
  pairs: readonly Pair[],
): Promise<ReadonlyMap<string, Lock>> {
  const isMariadb = target.server.flavour === 'mariadb'
  const locked = transactions.reduce((sum, transaction) => sum + transaction.rowsLocked, 0)
  const ids = padded(new Set(pairs.map((pair) => pair.lockId)))
  if (ids.length === 0 || (!isMariadb && locked > ROWS_LOCKED_MAX)) return new Map()
  const sql = `${isMariadb ? MARIADB_LOCKS_SQL : MYSQL_LOCKS_SQL}${list(ids)} LIMIT ${LOCKS_MAX}`
  return new Map((await target.query(sql, ids)).map((row) => [textOrEmpty(row['id']), readLock(row)]))
}

function readLock(row: Row): Lock {
  const [schema, table] = row['lock_table'] === undefined ? [] : quotedParts(textOrEmpty(row['lock_table']))
  return {
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
