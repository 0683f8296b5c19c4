// Reads the lines of one status text or one server's error log into deadlocks, line by line in constant memory. Any
// line may be missing, cut, out of place or not belong: the reader goes on, and the deadlock says it is incomplete.

import type { Deadlock } from './deadlock.ts'
import { DeadlockDraft } from './deadlock-draft.ts'
import { deadlockGraph } from './deadlock-graph.ts'
import { MixedReports } from './mixed-reports.ts'
import { type LineMeaning, type ReportLine, reportLine } from './report-line.ts'
import { type StatementLine, StatementText } from './statement-text.ts'
import type { MaskStatement } from './transaction-draft.ts'

/**
 * Lines that say nothing of a deadlock after which an open one is given up as incomplete. A dump is written in one
 * go, so only a log that lost its end gets this far.
 */
export const STRAY_LINES_MAX = 1000

const NONE: readonly Deadlock[] = []

/** Turns lines into deadlocks. Not for two logs at once: one reader a log. */
export class DeadlockReader {
  readonly #mask: MaskStatement
  #draft: DeadlockDraft | null = null
  #statement: StatementText | null = null
  /** A line of another matter stood where the statement may go on. */
  #interrupted = false
  /** Set by the heading of a deadlock, until its first transaction. */
  #announced: { at: string | null } | null = null
  /** A time alone on the line before: an excerpt may begin with it, without the heading above. */
  #timeBefore: string | null = null
  /** Inside a status text a transaction without heading is no deadlock (foreign key errors print one). */
  #inStatus = false
  /** Inside another dump of transactions and locks (Galera's conflicts). */
  #inOtherDump = false
  /** The line before was a rule of dashes. */
  #afterRule = false
  #strayLines = 0
  readonly #ready: Deadlock[] = []
  readonly #mixed = new MixedReports((deadlock) => this.#ready.push(deadlock))

  constructor(mask: MaskStatement) {
    this.#mask = mask
  }

  /** Takes one line without its end; `bytes` is its length as it came. Returns the deadlocks it completed. */
  push(text: string, bytes: number = Buffer.byteLength(text)): readonly Deadlock[] {
    this.#take(this.#read(text, bytes))
    return this.#ready.length === 0 ? NONE : this.#ready.splice(0)
  }

  /** The input is at its end: returns what is still open, as incomplete. The reader can be used again. */
  end(): Deadlock[] {
    while (this.#statement?.isOpen) this.#rereadStatement()
    this.#closeDraft()
    this.#mixed.end()
    this.#announced = null
    this.#inStatus = false
    this.#inOtherDump = false
    return this.#ready.splice(0)
  }

  /** Titles of sections stand between rules; elsewhere such a line is text, a table named TRANSACTIONS for one. */
  #read(text: string, bytes: number): ReportLine {
    const line = reportLine(text, bytes)
    const afterRule = this.#afterRule
    this.#afterRule = /^[-=]{3,}$/.test(text)
    const { kind } = line.meaning
    const isTitle = kind === 'section-end' || kind === 'foreign-key-section' || kind === 'status-end'
    return isTitle && !afterRule ? { ...line, meaning: { kind: 'text' } } : line
  }

  #take(line: ReportLine): void {
    if (this.#statement && this.#takeForStatement(line, this.#statement)) return
    const { meaning } = line
    if (!this.#draft) this.#mixed.judge(meaning)
    this.#keepTime(line)
    if (this.#takeHeading(line) || this.#takeSurroundings(meaning)) return
    const draft = this.#draft ?? this.#headlessDraft(meaning) ?? this.#orphanSection(line)
    if (!draft) return
    if (this.#takeBody(meaning, draft, line)) this.#strayLines = 0
    else this.#countStray()
  }

  #keepTime({ meaning, at, text }: ReportLine): void {
    if (this.#announced || this.#draft) this.#timeBefore = null
    else if (meaning.kind === 'time') this.#timeBefore = at
    else if (meaning.kind !== 'transaction-heading' && text.trim() !== '') this.#timeBefore = null
  }

  /** True when the line belongs to the statement, or stands in its way. */
  #takeForStatement(line: ReportLine, statement: StatementText): boolean {
    if (statement.isOpen) {
      if (statement.overflows(line)) {
        this.#rereadStatement()
        this.#take(line)
      } else statement.add(line)
      return true
    }
    const { kind } = line.meaning
    if (kind !== 'text' && kind !== 'time') {
      this.#endStatement()
      return false
    }
    return this.#takeText(line, statement)
  }

  #takeText(line: ReportLine, statement: StatementText): boolean {
    if (line.logged || line.meaning.kind === 'time') {
      this.#interrupted = true
      this.#countStray()
    } else if (this.#interrupted) {
      if (line.text.trim() !== '')
        this.#draft?.flaw('part of a statement: other lines of the log stand in it')
    } else if (statement.overflows(line)) {
      this.#draft?.flaw('part of a statement: it is longer than any server prints')
      this.#endStatement()
    } else statement.add(line)
    return true
  }

  /** An open quote never closed: the statement ended before the first line that is more than text. */
  #rereadStatement(): void {
    const statement = this.#statement
    if (!statement) return
    const lines = [...statement.lines]
    this.#statement = null
    const end = lines.findIndex((line, index) => index > 0 && endsStatement(line))
    this.#setStatement(lines.slice(0, end < 0 ? lines.length : end), statement)
    if (end < 0) this.#draft?.flaw('the end of a statement')
    for (const line of end < 0 ? [] : lines.slice(end)) this.#take(this.#read(line.text, line.bytes))
  }

  #setStatement(lines: readonly StatementLine[], statement: StatementText): void {
    const shorter = statement.restart()
    for (const line of lines) shorter.add(line)
    this.#statement = shorter
    this.#endStatement()
  }

  #endStatement(): void {
    const found = this.#statement?.finish()
    if (found) this.#draft?.current?.setStatement(found.text, found.cut, this.#mask)
    this.#statement = null
    this.#interrupted = false
  }

  /** The headings that begin or end a deadlock. */
  #takeHeading({ meaning, at }: ReportLine): boolean {
    switch (meaning.kind) {
      case 'detected':
      case 'latest':
        this.#abandonDraft()
        if (this.#announced) this.#mixed.breakOff()
        this.#announced = { at }
        this.#inOtherDump = false
        this.#inStatus = meaning.kind === 'latest'
        return true
      case 'time':
        if (this.#announced) this.#announced.at ??= at
        return true
      case 'transaction-heading':
        this.#beginTransaction(meaning.n, at ?? this.#timeBefore)
        return true
      case 'too-deep':
        this.#openDraft(at).tooDeep = true
        return true
      case 'victim':
        this.#takeVictim(meaning.n, at)
        return true
      default:
        return false
    }
  }

  #takeVictim(n: number, at: string | null): void {
    const draft = this.#draft ?? this.#orphan(at)
    // Without headings the numbers are ours: the server's number would name another transaction.
    if (draft.origin === 'heading') draft.victim = n
    this.#closeDraft()
  }

  /** A report whose beginning is not in the input. */
  #orphan(at: string | null): DeadlockDraft {
    const draft = this.#openDraft(at)
    draft.flaw('the beginning of the report')
    return draft
  }

  /** What tells where in a text we are. */
  #takeSurroundings(meaning: LineMeaning): boolean {
    switch (meaning.kind) {
      case 'section-end':
      case 'status-begin':
      case 'foreign-key-section':
      case 'status-end':
        this.#closeDraft()
        this.#announced = null
        this.#inStatus = meaning.kind !== 'status-end'
        return true
      case 'other-dump':
        this.#closeDraft()
        this.#inOtherDump = true
        return true
      case 'truncated':
        this.#draft?.flaw('what the server cut from the status text (1 MiB)')
        return true
      default:
        return false
    }
  }

  #openDraft(at: string | null): DeadlockDraft {
    this.#abandonDraft()
    this.#inOtherDump = false
    const draft = new DeadlockDraft('heading', this.#announced?.at ?? at)
    this.#mixed.begin(draft)
    this.#announced = null
    this.#draft = draft
    return draft
  }

  #beginTransaction(n: number | null, at: string | null): void {
    const open = this.#draft
    if (n === null) {
      // Only a search that went too deep has a transaction without number, and its only one.
      if (open?.tooDeep && open.transactions.length === 0) this.#beginTooDeep(open)
      return
    }
    const continues = open !== null && n > (open.current?.n ?? 0)
    const draft = continues ? open : this.#openDraft(at)
    if (!draft.begin(n)) this.#closeDraft()
  }

  #beginTooDeep(draft: DeadlockDraft): void {
    draft.begin(1)
    draft.victim = 1
  }

  /** A transaction with no heading above: MySQL's log without notes. Only outside of everything else. */
  #headlessDraft(meaning: LineMeaning): DeadlockDraft | null {
    if (meaning.kind !== 'transaction' || this.#inStatus || this.#inOtherDump) return null
    return this.#newHeadless()
  }

  /** A numbered heading that no transaction's heading came before. */
  #orphanSection({ meaning, at }: ReportLine): DeadlockDraft | null {
    if ((meaning.kind !== 'holds' && meaning.kind !== 'waits') || meaning.n === null) return null
    const draft = this.#orphan(at)
    draft.begin(meaning.n)
    return draft
  }

  #newHeadless(): DeadlockDraft {
    this.#closeDraft()
    this.#announced = null
    this.#draft = new DeadlockDraft('headless', null)
    return this.#draft
  }

  /** The lines between headings. False when the line is none of a deadlock's. */
  #takeBody(meaning: LineMeaning, draft: DeadlockDraft, line: ReportLine): boolean {
    switch (meaning.kind) {
      case 'transaction':
        this.#takeTransaction(meaning.trxId, draft)
        return true
      case 'thread':
        this.#takeThread(meaning, draft, line)
        return true
      case 'tables-in-use':
      case 'lock-count':
        return true
      case 'holds':
      case 'waits':
      case 'conflicts':
        this.#takeSection(meaning, draft)
        return true
      case 'lock':
        draft.addLock(meaning.lock)
        return true
      case 'record':
        draft.addRecord(meaning.heap)
        return true
      case 'values':
        draft.addValues(meaning.first)
        return true
      default:
        return line.text.trim() === ''
    }
  }

  #takeTransaction(trxId: string, draft: DeadlockDraft): void {
    const { current } = draft
    if (draft.origin === 'heading' && current && current.trxId === null && draft.section === 'head') {
      current.trxId = trxId
      return
    }
    let target = draft
    if (draft.origin === 'heading') draft.flaw('the heading over a transaction')
    else if (current && isClosed(draft)) target = this.#newHeadless()
    if (!target.begin((target.current?.n ?? 0) + 1)) return
    const begun = target.current
    if (begun) begun.trxId = trxId
  }

  #takeThread(
    { thread }: Extract<LineMeaning, { kind: 'thread' }>,
    draft: DeadlockDraft,
    line: ReportLine,
  ): void {
    const { current } = draft
    if (!current || draft.section !== 'head' || current.thread) {
      draft.flaw('a heading: a connection stands in the wrong place')
      return
    }
    current.thread = thread
    this.#statement = new StatementText(thread, line.bytes)
    this.#interrupted = false
  }

  #takeSection(meaning: Extract<LineMeaning, { kind: DeadlockSectionKind }>, draft: DeadlockDraft): void {
    const { current } = draft
    const n = meaning.kind === 'conflicts' ? null : meaning.n
    if (n === null && !draft.tooDeep) draft.mariaDbForm = true
    draft.section = meaning.kind
    if (!current) {
      draft.flaw('a transaction')
      return
    }
    if (n !== null && n !== current.n) {
      draft.flaw(`the heading over transaction ${n}`)
      return
    }
    if (meaning.kind === 'holds') current.sawHolds = true
    if (meaning.kind === 'conflicts') current.sawConflicts = true
  }

  #countStray(): void {
    this.#strayLines += 1
    if (this.#strayLines > STRAY_LINES_MAX) this.#closeDraft()
  }

  #abandonDraft(): void {
    if (this.#draft) this.#mixed.breakOff()
    this.#closeDraft()
  }

  #closeDraft(): void {
    this.#endStatement()
    const draft = this.#draft
    this.#draft = null
    this.#strayLines = 0
    if (draft?.isEvidence) this.#mixed.close(draft)
  }
}

type DeadlockSectionKind = 'holds' | 'waits' | 'conflicts'

/** A headless dump has no end mark: it is over when its transactions wait for each other in a ring. */
function isClosed(draft: DeadlockDraft): boolean {
  return draft.mayBeClosed && deadlockGraph(draft.finish()).cycle !== null
}

function endsStatement(line: StatementLine): boolean {
  return reportLine(line.text, line.bytes).meaning.kind !== 'text'
}
