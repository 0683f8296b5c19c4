// What makes two reports tell of the same deadlock: it counts once, though the status text repeats the latest one until
// the next and the error log has it too.

import { createHash } from 'node:crypto'
import type { Deadlock, DeadlockTransaction } from './deadlock.ts'

/**
 * What status text and error log share of a deadlock, for looking it up: equal for every report of the same one, and
 * nearly always of that one only. Made of the transaction ids: a deadlock ends at least one of its transactions, so no
 * two of a server have the same, and they go on after a restart. Where a transaction that has changed nothing had
 * none, it is the address of its memory, which the next one may get: then connections, statements and what they wait
 * for are in it too. No time is in it, because the two are written one after the other; see {@link isSameDeadlock}.
 */
export function deadlockKey({ transactions }: Deadlock): string {
  const ids = transactions.map(idOf).sort().join()
  return transactions.every(hasId) ? ids : `${ids}|${contentOf(transactions)}`
}

const idOf = ({ trxId, threadId }: DeadlockTransaction): string => trxId ?? `thread ${threadId ?? '?'}`

/** Ids have 48 bits; what is printed for none is an address, with bit 48 set (trx_get_id_for_print) or as 0x…. */
const ADDRESSES_FROM = 2n ** 48n

function hasId({ trxId }: DeadlockTransaction): boolean {
  if (trxId === null || !/^[\dA-F ]+$/i.test(trxId)) return false
  return !/^\d+$/.test(trxId) || (BigInt(trxId) > 0n && BigInt(trxId) < ADDRESSES_FROM)
}

function contentOf(transactions: readonly DeadlockTransaction[]): string {
  const parts = transactions.map(({ threadId, statement, waitsFor }) =>
    JSON.stringify([threadId, statement, waitsFor]),
  )
  return createHash('sha256').update(parts.sort().join('\n')).digest('hex').slice(0, 32)
}

/** Seconds between the two reports of one deadlock, at most. */
const APART_SECONDS = 60
/** The same where the ids are addresses: connections may repeat a deadlock at once, word for word. */
const APART_SECONDS_OF_ADDRESSES = 1
/** Zones differ by quarters of an hour. */
const QUARTER_SECONDS = 900

/**
 * Whether two reports with the same {@link deadlockKey} are of one deadlock: as far as their times say. Only the part
 * of a time that no zone changes is compared: the status text is in the server's local time, the error log usually in
 * UTC. That tells servers apart that were copied from one another, and deadlocks without ids.
 */
export function isSameDeadlock(one: Deadlock, other: Deadlock): boolean {
  if (deadlockKey(one) !== deadlockKey(other)) return false
  if (one.at === null || other.at === null) return true
  const apart = Math.abs(quarterSeconds(one.at) - quarterSeconds(other.at))
  const most = one.transactions.every(hasId) ? APART_SECONDS : APART_SECONDS_OF_ADDRESSES
  return Math.min(apart, QUARTER_SECONDS - apart) <= most
}

function quarterSeconds(at: string): number {
  const minutes = Number(at.slice(14, 16))
  const seconds = Number(at.slice(17, 19))
  return (minutes % 15) * 60 + seconds
}

interface Kept<T> {
  readonly deadlock: Deadlock
  readonly value: T
}

/** Remembers the last `most` deadlocks that were kept, each with a value. */
export class DeadlockMemory<T> {
  readonly #kept = new Map<string, Kept<T>[]>()
  readonly #most: number
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  /** The value of the same deadlock; undefined if it was not kept, or too long ago. */
  get(deadlock: Deadlock): T | undefined {
    return this.#kept.get(deadlockKey(deadlock))?.find((one) => isSameDeadlock(one.deadlock, deadlock))?.value
  }

  /** Keeps a value, in place of that of the same deadlock. */
  set(deadlock: Deadlock, value: T): void {
    const key = deadlockKey(deadlock)
    const others = (this.#kept.get(key) ?? []).filter((one) => !isSameDeadlock(one.deadlock, deadlock))
    this.#count += others.length + 1 - (this.#kept.get(key)?.length ?? 0)
    this.#kept.delete(key)
    this.#kept.set(key, [...others, { deadlock, value }])
    if (this.#count > this.#most) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept
    if (oldest === undefined) return
    const [key, kept] = oldest
    this.#kept.delete(key)
    if (kept.length > 1) this.#kept.set(key, kept.slice(1))
    this.#count -= 1
  }
}
