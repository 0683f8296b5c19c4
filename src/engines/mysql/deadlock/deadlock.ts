// The shapes of a deadlock as read from a server's own report. No parsing and no I/O here.

/**
 * Mode of a lock, as InnoDB prints it. What a record lock covers is {@link LockKind}; an insert intention is mode `X`
 * with kind `insert_intention`, as in the report (`lock_mode X locks gap before rec insert intention`).
 */
export type LockMode = 'S' | 'X' | 'IS' | 'IX' | 'AUTO-INC'

/**
 * What a lock covers. `rec_not_gap`: the record alone (`locks rec but not gap`). `gap`: the gap before the record
 * alone (`locks gap before rec`). `next_key`: record and gap (neither is printed; on the supremum it is the gap only).
 * `insert_intention`: the wish to insert into the gap, whether or not `locks gap before rec` is printed with it.
 * `table`: the whole table. https://dev.mysql.com/doc/refman/8.4/en/innodb-locking.html
 */
export type LockKind = 'rec_not_gap' | 'gap' | 'next_key' | 'insert_intention' | 'table'

/** Which index records a lock is on. The values of the records are personal data: they are never read. */
export interface LockRecord {
  /** Tablespace id. */
  readonly space: number
  /** Page number in the tablespace. */
  readonly page: number
  /** Heap number of the first record locked on that page; null when the report lists none (people trim them). */
  readonly heap: number | null
  /** All heap numbers in the report's order, only where one lock covers more than one record. */
  readonly heaps?: readonly number[]
  /** True when heap number 1 is among them: the end of the page, above every record. Left out otherwise. */
  readonly supremum?: true
}

/** One lock, held or awaited. */
export interface DeadlockLock {
  /**
   * `schema.table`, without quotes; where a name holds a dot or a backtick as the server quotes it, e.g.
   * `` `my.db`.`t` ``, so that a dot in a name cannot be mistaken. The table alone where the report was stripped of
   * the schema.
   */
  readonly table: string
  /** Name without quotes; `GEN_CLUST_INDEX` is the hidden key of a table without one; null for a table lock. */
  readonly index: string | null
  readonly mode: LockMode
  readonly gap: LockKind
  /** Null for a table lock. */
  readonly record: LockRecord | null
  /** The partition, as printed (`p0`, or with its subpartition). Left out when the report names none. */
  readonly partition?: string
}

/** One transaction of a deadlock. */
export interface DeadlockTransaction {
  /** Its number in the report, from 1. */
  readonly n: number
  /**
   * Transaction id as printed: decimal, hexadecimal in 5.5, `0 1234` in 5.1, an address where none was assigned.
   * Null when the line is missing.
   */
  readonly trxId: string | null
  /** The connection's id (`SHOW PROCESSLIST`); null when the line is missing. */
  readonly threadId: number | null
  /** Account name without host; null for internal threads. */
  readonly user: string | null
  /** Host name if the server resolved one, else the address, else `localhost` or null. */
  readonly host: string | null
  /** The statement that was waiting, literals masked, layout kept; null when none is printed (replicated row events). */
  readonly statement: string | null
  /**
   * The locks the report shows it holding: only those that matter to the deadlock, never all. MySQL up to 8.0.17
   * prints none for transaction 1. MariaDB 10.6 and newer print `CONFLICTING WITH`, the locks that stand against the
   * awaited one, of any transaction: each is given to the transaction whose id it bears.
   */
  readonly holds: readonly DeadlockLock[]
  /** The lock it waited for; null when the line is missing. */
  readonly waitsFor: DeadlockLock | null
  /** Requests of this transaction, not yet granted, that the report lists among what others wait behind. */
  readonly queued: readonly DeadlockLock[]
}

/** A deadlock as one report tells it. */
export interface Deadlock {
  /**
   * When, ISO 8601. With `Z` or an offset only where the log states one (MySQL 5.7 and newer error logs). InnoDB
   * status and older or MariaDB logs print the server's local time: no suffix, never guessed. Null when not printed.
   */
  readonly at: string | null
  /** `n` of the transaction that was rolled back; null when the report does not say, or says 0 (MDEV-29187). */
  readonly victim: number | null
  /** True when any part that the server prints for every deadlock was not found; {@link missing} says which. */
  readonly incomplete: boolean
  readonly transactions: readonly DeadlockTransaction[]
  /** What is missing, one plain phrase each; empty exactly when {@link incomplete} is false. No row values. */
  readonly missing: readonly string[]
  /** What the server itself leaves out or cuts in a whole report, one plain phrase each. No row values. */
  readonly notes: readonly string[]
}

/** The published form of one deadlock: `dbmedic deadlocks --json`. Keys in this order. */
export interface DeadlockJson {
  readonly at: string | null
  readonly victim: number | null
  readonly incomplete: boolean
  readonly transactions: readonly Omit<DeadlockTransaction, 'queued'>[]
}

/** Reduces a deadlock to its published form. */
export function deadlockJson({ at, victim, incomplete, transactions }: Deadlock): DeadlockJson {
  return {
    at,
    victim,
    incomplete,
    transactions: transactions.map(({ queued: _queued, ...published }) => published),
  }
}
