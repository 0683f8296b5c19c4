/** Who waits for a lock of one of our accounts: the harm an action can do while it runs, asked of the server itself. */
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { pause } from '../pieces/load.ts'
import type { WatchedServer } from '../pieces/watched-server.ts'
import type { OwnLockWaits } from '../report/recorded.ts'

/** Pause between two looks, ms: a wait is known to within two of them. */
const EVERY_MS = 200

/** Row locks. MariaDB: information_schema.INNODB_LOCK_WAITS; MySQL 8.0+: performance_schema.data_lock_waits. */
const ROW_LOCKS = {
  mariadb: `SELECT r.trx_mysql_thread_id AS id
    FROM information_schema.innodb_lock_waits w
    JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
    JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
    JOIN information_schema.processlist p ON p.id = b.trx_mysql_thread_id
    WHERE p.user IN (?)`,
  mysql: `SELECT r.processlist_id AS id
    FROM performance_schema.data_lock_waits w
    JOIN performance_schema.threads r ON r.thread_id = w.requesting_thread_id
    JOIN performance_schema.threads b ON b.thread_id = w.blocking_thread_id
    WHERE b.processlist_user IN (?)`,
} as const

/**
 * Metadata locks, where the instrument is on: whoever waits on an object of which one of our accounts has, or wants,
 * a lock that keeps readers or writers out.
 */
const METADATA_LOCKS = `SELECT wt.processlist_id AS id
  FROM performance_schema.metadata_locks w
  JOIN performance_schema.metadata_locks o
    ON o.object_type = w.object_type AND o.object_schema = w.object_schema AND o.object_name = w.object_name
  JOIN performance_schema.threads ot ON ot.thread_id = o.owner_thread_id
  JOIN performance_schema.threads wt ON wt.thread_id = w.owner_thread_id
  WHERE w.lock_status = 'PENDING' AND ot.processlist_user IN (?)
    AND wt.processlist_user NOT IN (?)
    AND o.lock_type IN ('EXCLUSIVE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'SHARED_READ_ONLY')`

/**
 * Looks from `start` to `stop`, on a connection of its own, which `open` makes while there still is an ordinary one to have:
 * on a full server it would take the one that is kept for accounts like the executor's.
 */
export class OwnLocks {
  readonly #watched: Pick<WatchedServer, 'server' | 'accounts'>
  readonly #waits = new Map<string, { readonly firstMs: number; lastMs: number; seenAt: number }>()
  #looks = 0
  #blind = 0
  #longestMs = 0
  #sessions = 0
  #stopped = false
  #ended: Promise<void> | null = null
  #connection: mysql.Connection | null = null

  constructor(watched: Pick<WatchedServer, 'server' | 'accounts'>) {
    this.#watched = watched
  }

  /** Connects, once. @throws whatever the server refuses it with. */
  async open(): Promise<mysql.Connection> {
    this.#connection ??= await mysql.createConnection(this.#watched.server.rootUri)
    return this.#connection
  }

  /** Begins to look, once. */
  start(): void {
    this.#ended ??= this.#run()
  }

  /** Ends it and closes the connection. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#ended
    this.#disconnect()
  }

  /** What was seen; null if it never began. */
  seen(): OwnLockWaits | null {
    if (this.#ended === null) return null
    return {
      looks: this.#looks,
      blind: this.#blind,
      sessions: this.#sessions,
      longestMs: Math.round(this.#longestMs),
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#note(await this.#waiting(await this.open()))
      } catch {
        // A full or restarting server answers nobody; how often is part of what is recorded.
        this.#blind += 1
        this.#disconnect()
      }
      await pause(EVERY_MS)
    }
  }

  #disconnect(): void {
    this.#connection?.destroy()
    this.#connection = null
  }

  async #waiting(connection: mysql.Connection): Promise<readonly string[]> {
    const { accounts, server } = this.#watched
    const own = [accounts.monitor.user, accounts.planner.user, accounts.executor.user]
    const [rows] = await connection.query<RowDataPacket[]>(ROW_LOCKS[server.flavour], [own])
    const [metadata] = await connection.query<RowDataPacket[]>(METADATA_LOCKS, [own, own])
    return [...rows, ...metadata].map((row) => String(row['id']))
  }

  /** A session that is not seen in one look has been let go; it may wait again, and is counted again. */
  #note(ids: readonly string[]): void {
    const now = performance.now()
    this.#looks += 1
    for (const id of new Set(ids)) {
      const known = this.#waits.get(id)
      if (known === undefined) this.#sessions += 1
      const wait = known ?? { firstMs: now, lastMs: now, seenAt: 0 }
      wait.lastMs = now
      wait.seenAt = this.#looks
      this.#waits.set(id, wait)
      this.#longestMs = Math.max(this.#longestMs, wait.lastMs - wait.firstMs)
    }
    for (const [id, wait] of this.#waits) if (wait.seenAt !== this.#looks) this.#waits.delete(id)
  }
}
