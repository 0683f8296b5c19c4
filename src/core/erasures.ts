/** What is kept of a person, and its erasure: the name and all means of signing in go, what was decided stays under the login. */
import type { UtcTime } from './time.ts'

/** A person who was erased. */
export interface Erasure {
  readonly personId: number
  /** Logins of the person; they stay as the names of who decided, and nobody is let in under them again. */
  readonly userNames: readonly string[]
  readonly erasedBy: string
  readonly reason: string
  readonly erasedAt: UtcTime
}

/** A value of a row as JSON has it: bytes in base64, times in UTC. */
export type KeptValue = string | number | boolean | null

/** Rows of one table that are of a person or name a login of theirs. */
export interface KeptRows {
  readonly table: string
  /** What a row means. */
  readonly purpose: string
  /** Without secrets: no hash, no sealed key, no digest of what somebody signs in with. */
  readonly rows: readonly { readonly [column: string]: KeptValue }[]
  /** There are more than were read. */
  readonly hasMore: boolean
}

/** All that is kept of a person. */
export interface KeptOfPerson {
  readonly personId: number
  readonly userNames: readonly string[]
  /** Null: not erased. */
  readonly erasure: Erasure | null
  /** Tables that have any, with the audit chain last. */
  readonly tables: readonly KeptRows[]
}

/** Rows of one table, or links of the chain, that are handed out of one person, at most. */
export const KEPT_ROWS_MOST = 10_000

/** What `serve` does for a person who asks what is kept, or to be forgotten. */
export interface PersonRecords {
  /**
   * Erases the person behind a login, every login of theirs with them. Each must have been shut out before.
   * @throws DbmedicError DBM_STORE_NO_ROW; DBM_STORE_REFUSED with the rule
   */
  erasePerson(wish: {
    readonly userName: string
    readonly by: string
    readonly reason: string
  }): Promise<Erasure>
  /** Everybody who was erased, the newest first; at most 1,000. */
  erasures(): Promise<readonly Erasure[]>
  /**
   * `withLinks`: also the links of the audit chain that name a login of theirs, for which the chain is read through.
   * @throws DbmedicError DBM_STORE_NO_ROW
   */
  keptOf(userName: string, withLinks: boolean): Promise<KeptOfPerson>
}
