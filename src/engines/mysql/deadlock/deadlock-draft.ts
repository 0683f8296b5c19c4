// One deadlock while its lines arrive. Decides at the end what is missing: nothing half-read is reported as whole.

import type { Deadlock } from './deadlock.ts'
import { deadlockGraph } from './deadlock-graph.ts'
import type { LockLine } from './lock-line.ts'
import { type OpenLock, TransactionDraft } from './transaction-draft.ts'

/** Where a deadlock began. `headless`: with a transaction and no heading (MySQL with `log_error_verbosity=2`). */
export type DraftOrigin = 'heading' | 'headless'

/** Part of a transaction whose lines come next. */
export type DraftSection = 'head' | 'holds' | 'waits' | 'conflicts'

/** Bounds of one deadlock. InnoDB itself gives up at 200 transactions; a page has at most a few thousand records. */
export const DRAFT_TRANSACTIONS_MAX = 256
export const DRAFT_LOCKS_MAX = 4096
export const DRAFT_HEAPS_MAX = 65_536

/** Largest ring that is known to be over without an end mark. */
const RING_MAX = 16

/** What is known of one deadlock so far. */
export class DeadlockDraft {
  readonly origin: DraftOrigin
  readonly transactions: TransactionDraft[] = []
  at: string | null
  section: DraftSection = 'head'
  victim: number | null = null
  tooDeep = false
  /** Set where parts of another report may have come in: then only a ring of waits shows that all is of one. */
  suspect = false
  /** MariaDB 10.6 and newer print no number over what a transaction waits for. */
  mariaDbForm = false
  /** Reasons to call it incomplete found while reading. */
  readonly #flaws = new Set<string>()
  #strangers = 0
  /** Ids of transactions that the report names and does not have; not those without an id. */
  readonly #strangerIds = new Set<string>()
  readonly #conflicts: OpenLock[] = []
  #lockCount = 0
  #heapCount = 0
  #lastLock: OpenLock | null = null
  /** The line of a record stands right above: its first column may come. */
  #recordBegun = false

  constructor(origin: DraftOrigin, at: string | null) {
    this.origin = origin
    this.at = at
  }

  /** The transaction whose lines come now. */
  get current(): TransactionDraft | undefined {
    return this.transactions.at(-1)
  }

  /** Records a reason why the deadlock is not whole. */
  flaw(missing: string): void {
    this.#flaws.add(missing)
  }

  /** Begins the next transaction; false when there are too many. */
  begin(n: number): boolean {
    this.#lastLock = null
    this.section = 'head'
    if (this.transactions.length >= DRAFT_TRANSACTIONS_MAX) {
      this.flaw(`transactions after the first ${DRAFT_TRANSACTIONS_MAX}`)
      return false
    }
    const expected = this.transactions.length + 1
    if (n !== expected && this.origin === 'heading') this.flaw(`transaction ${expected}`)
    this.transactions.push(new TransactionDraft(n))
    return true
  }

  /** Adds a lock line to the current transaction by the section it stands in; null is a line that was cut. */
  addLock(line: LockLine | null): void {
    this.#lastLock = null
    const { current } = this
    if (line === null || !current) {
      this.flaw('a lock whose line is cut')
      return
    }
    if (this.#lockCount >= DRAFT_LOCKS_MAX) {
      this.flaw(`locks after the first ${DRAFT_LOCKS_MAX}`)
      return
    }
    this.#lockCount += 1
    const open: OpenLock = { line, heaps: [] }
    this.#lastLock = open
    if (this.section === 'conflicts') {
      current.conflicts += 1
      this.#conflicts.push(open)
      return
    }
    if (!mayOwn(current.trxId, line.trxId)) {
      this.#lastLock = null
      this.flaw(`locks of transaction ${current.n}: one of another transaction stands in their place`)
      return
    }
    this.#place(current, open)
  }

  #place(current: TransactionDraft, open: OpenLock): void {
    const { waiting } = open.line
    const awaited = this.section === 'waits' || (this.origin === 'headless' && waiting)
    if (awaited && current.waitsFor === null) current.waitsFor = open
    else if (awaited) this.flaw(`one awaited lock of transaction ${current.n}: there are two`)
    else if (this.section === 'head' && this.origin === 'heading')
      this.flaw(`the heading over a lock of transaction ${current.n}`)
    else (waiting ? current.queued : current.holds).push(open)
  }

  /** Adds a record to the lock above it. */
  addRecord(heap: number): void {
    this.#recordBegun = true
    if (this.#lastLock === null) {
      this.flaw('a lock above one of the records')
      return
    }
    if (this.#heapCount >= DRAFT_HEAPS_MAX) {
      this.flaw(`records after the first ${DRAFT_HEAPS_MAX}`)
      return
    }
    this.#heapCount += 1
    const { heaps } = this.#lastLock
    // A lock's records are printed in the order of their numbers: one that goes back is of a lock whose line is lost.
    if (heap <= (heaps.at(-1) ?? 0)) {
      this.flaw('a lock above one of the records')
      return
    }
    heaps.push(heap)
  }

  /** A column of a record, whose values are not kept; only where it stands counts: the first one under its record's line. */
  addValues(first: boolean): void {
    if (first && !this.#recordBegun) this.flaw('the line above the columns of a record')
    this.#recordBegun = false
    if (this.section === 'head' && this.origin === 'heading') this.flaw('a lock above one of the records')
  }

  /**
   * True when a ring of waits may be closed: every transaction shows what it waits for. Not looked for among more than
   * {@link RING_MAX}, where looking after each would take the longer the more there are.
   */
  get mayBeClosed(): boolean {
    const { length } = this.transactions
    return length > 1 && length <= RING_MAX && this.transactions.every(({ waitsFor }) => waitsFor !== null)
  }

  /** True when it says anything about a deadlock: a transaction alone is also printed for other reasons. */
  get isEvidence(): boolean {
    if (this.origin === 'heading') return true
    const waiting = this.transactions.filter(({ waitsFor }) => waitsFor !== null)
    return waiting.length > 1 || waiting.some(({ holds }) => holds.length > 0)
  }

  finish(): Deadlock {
    this.#giveConflicts()
    const transactions = this.transactions.map((transaction) => transaction.finish())
    const tellsOfOthers = this.#strangerIds.size > 0
    if (this.suspect && (tellsOfOthers || deadlockGraph({ transactions }).cycle === null))
      this.flaw('a ring of waits: parts of two reports are mixed')
    const missing = [...this.#flaws, ...this.#missing()]
    const notes = this.transactions.flatMap((transaction) => transaction.notes())
    if (this.#strangers > 0)
      notes.push(`${this.#strangers} listed locks belong to transactions that are not in the report`)
    if (this.victim === 0) notes.push('the server printed 0 for the transaction it rolled back')
    return {
      at: this.at,
      victim: this.transactions.some(({ n }) => n === this.victim) ? this.victim : null,
      incomplete: missing.length > 0,
      transactions,
      missing,
      notes,
    }
  }

  /**
   * MariaDB 10.6+ lists under each transaction whatever stands against its awaited lock, its own locks and those of
   * bystanders too: the id on the lock says whose it is.
   */
  #giveConflicts(): void {
    for (const open of this.#conflicts.splice(0)) {
      const owner = this.#ownerOf(open.line.trxId)
      if (!owner) this.#addStranger(open.line.trxId)
      else if (!open.line.waiting) this.#giveTo(owner, open)
      else if (!sameLock(owner.waitsFor, open)) owner.queued.push(open)
    }
  }

  #giveTo(owner: TransactionDraft, open: OpenLock): void {
    if (!owner.hold(open)) this.flaw(`records of locks of transaction ${owner.n}: listed twice, not alike`)
  }

  #addStranger(trxId: string): void {
    this.#strangers += 1
    if (!isUnassigned(trxId)) this.#strangerIds.add(trxId)
  }

  #ownerOf(trxId: string): TransactionDraft | undefined {
    if (trxId !== '0') return this.transactions.find((transaction) => transaction.trxId === trxId)
    const unnamed = this.transactions.filter((transaction) => isUnassigned(transaction.trxId))
    return unnamed.length === 1 ? unnamed[0] : undefined
  }

  #missing(): string[] {
    const missing: string[] = []
    if (this.origin === 'headless') missing.push('the headings (log_error_verbosity below 3 suppresses them)')
    else if (this.at === null) missing.push('the time')
    if (this.victim === null) missing.push('the transaction that was rolled back')
    else if (this.victim > this.transactions.length) missing.push(`transaction ${this.victim}, rolled back`)
    if (this.tooDeep)
      missing.push('the other transactions: the server stopped its search, too deep or too long')
    else if (this.transactions.length < 2) missing.push('a second transaction')
    if (new Set(this.transactions.map(({ trxId }) => trxId)).size < this.transactions.length)
      missing.push('a transaction: one id is there twice')
    for (const transaction of this.transactions) missing.push(...transaction.missing())
    return [...missing, ...this.#missingHolds()]
  }

  /**
   * Which transactions must show what they hold depends on the form: all where the first does (MySQL 8.0.18+), all
   * but the first in the older one, and in MariaDB's a list of conflicts under each. With
   * `innodb_deadlock_report=BASIC` MariaDB prints none at all, which looks like a report that lost them.
   */
  #missingHolds(): string[] {
    if (this.tooDeep) return []
    const [first] = this.transactions
    const shows = (transaction: TransactionDraft): boolean => {
      if (this.mariaDbForm) return transaction.sawConflicts
      const shown = transaction.sawHolds || transaction.holds.length + transaction.queued.length > 0
      return shown || (transaction === first && this.origin === 'heading')
    }
    return this.transactions.filter((each) => !shows(each)).map(({ n }) => `the locks transaction ${n} holds`)
  }
}

function sameLock(a: OpenLock | null, b: OpenLock): boolean {
  return a !== null && JSON.stringify([a.line.lock, a.heaps]) === JSON.stringify([b.line.lock, b.heaps])
}

/** Servers print an address of 15 or more digits, or 0, for a transaction that has changed nothing. */
function isUnassigned(trxId: string | null): boolean {
  return trxId === null || trxId === '0' || trxId.length >= 15
}

function mayOwn(trxId: string | null, lockTrxId: string): boolean {
  return trxId === lockTrxId || (isUnassigned(trxId) && isUnassigned(lockTrxId))
}
