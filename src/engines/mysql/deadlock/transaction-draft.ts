// One transaction while its lines arrive: what was seen of it, and what a whole report would still have.

import type { DeadlockLock, DeadlockTransaction } from './deadlock.ts'
import type { LockLine } from './lock-line.ts'
import type { ThreadLine } from './thread-line.ts'

/** Masks the literals of a statement printed by a server of that family. */
export type MaskStatement = (sql: string, server: ThreadLine['server']) => string

/** A lock whose heap numbers still arrive. */
export interface OpenLock {
  readonly line: LockLine
  readonly heaps: number[]
}

/** What is known of one transaction so far. Lists are bounded by the reader's budget. */
export class TransactionDraft {
  readonly n: number
  trxId: string | null = null
  thread: ThreadLine | null = null
  statement: string | null = null
  statementCut = false
  waitsFor: OpenLock | null = null
  readonly holds: OpenLock[] = []
  readonly queued: OpenLock[] = []
  /** Whether the heading over its held locks was there, with or without locks below. */
  sawHolds = false
  sawConflicts = false
  /** Locks listed under the heading of conflicts: what stands against the awaited one is never nothing. */
  conflicts = 0
  /** The last listing of each lock, by the lock without its records. */
  readonly #listed = new Map<string, OpenLock>()

  constructor(n: number) {
    this.n = n
  }

  setStatement(text: string, cut: boolean, mask: MaskStatement): void {
    this.statement = mask(text, this.thread?.server ?? 'MySQL')
    this.statementCut = cut
  }

  /**
   * Takes a lock that a list of conflicts gives to this transaction. False when it was listed before with some of
   * the same records: all of a report is printed at one moment, so both lists would be alike.
   */
  hold(open: OpenLock): boolean {
    const key = JSON.stringify(open.line.lock)
    const before = this.#listed.get(key)
    this.#listed.set(key, open)
    if (before === undefined) this.holds.push(open)
    else if (!sameHeaps(before, open)) {
      if (before.heaps.some((heap) => open.heaps.includes(heap))) return false
      this.holds.push(open)
    }
    return true
  }

  /** What every report prints of a transaction and this one lacks. */
  missing(): string[] {
    const name = `transaction ${this.n}`
    const absent: string[] = []
    if (this.trxId === null) absent.push(`the id of ${name}`)
    if (this.thread === null) absent.push(`the connection of ${name}`)
    if (this.waitsFor === null) absent.push(`the lock ${name} waits for`)
    if (this.sawConflicts && this.conflicts === 0) absent.push(`the locks ${name} waits for to be let go`)
    if (this.sawHolds && this.holds.length + this.queued.length === 0) absent.push(`the locks ${name} holds`)
    return absent
  }

  /** What the server or a person left out of a report that is whole. */
  notes(): string[] {
    const notes: string[] = []
    if (this.statementCut) notes.push(`the server cut the statement of transaction ${this.n}`)
    const locks = [...this.holds, ...this.queued, ...(this.waitsFor ? [this.waitsFor] : [])]
    if (locks.some(({ line, heaps }) => line.lock.record !== null && heaps.length === 0))
      notes.push(`records of locks of transaction ${this.n} are not listed`)
    return notes
  }

  finish(): DeadlockTransaction {
    return {
      n: this.n,
      trxId: this.trxId,
      threadId: this.thread?.threadId ?? null,
      user: this.thread?.user ?? null,
      host: this.thread?.host ?? null,
      statement: this.statement,
      holds: distinct(this.holds.map(withHeaps)),
      waitsFor: this.waitsFor && withHeaps(this.waitsFor),
      queued: distinct(this.queued.map(withHeaps)),
    }
  }
}

function sameHeaps(a: OpenLock, b: OpenLock): boolean {
  return a.heaps.length === b.heaps.length && a.heaps.every((heap, at) => heap === b.heaps[at])
}

function withHeaps({ line, heaps }: OpenLock): DeadlockLock {
  const { record } = line.lock
  const [heap] = heaps
  if (!record || heap === undefined) return line.lock
  return {
    ...line.lock,
    record: {
      ...record,
      heap,
      ...(heaps.length > 1 ? { heaps } : {}),
      ...(heaps.includes(1) ? { supremum: true as const } : {}),
    },
  }
}

/** MariaDB lists one lock under every transaction that it stands against. */
function distinct(locks: readonly DeadlockLock[]): DeadlockLock[] {
  return [...new Map(locks.map((lock) => [JSON.stringify(lock), lock])).values()]
}
