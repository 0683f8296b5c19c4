// Watches for two reports that run through each other line by line, as in two logs written to one place without marks.
// Their lines cannot be told apart, so a deadlock that may hold lines of another is not given as whole.

import type { Deadlock } from './deadlock.ts'
import type { DeadlockDraft } from './deadlock-draft.ts'
import type { LineMeaning } from './report-line.ts'

/** Lines after a deadlock in which the rest of another one it may be mixed with is looked for. */
const HELD_LINES_MAX = 100

type Kind = LineMeaning['kind']

const REST_OF_REPORT: ReadonlySet<Kind> = new Set<Kind>([
  'victim',
  'holds',
  'waits',
  'conflicts',
  'lock',
  'record',
  'values',
  'transaction',
  'thread',
  'tables-in-use',
  'lock-count',
])

const BEGINS_NEWS: ReadonlySet<Kind> = new Set<Kind>([
  'detected',
  'latest',
  'too-deep',
  'transaction-heading',
  'section-end',
  'status-begin',
  'status-end',
])

/**
 * Keeps back a deadlock whose beginning broke another one off. Where the logs are mixed, what is left of the other
 * comes later: at least the line with its victim. Where the other was only cut, nothing of it comes any more.
 */
export class MixedReports {
  readonly #give: (deadlock: Deadlock) => void
  #brokenOff = false
  #held: { readonly draft: DeadlockDraft; lines: number } | null = null

  /** `give` gets every deadlock, at once or when it is decided. */
  constructor(give: (deadlock: Deadlock) => void) {
    this.#give = give
  }

  /** A report began before the one before it was over. */
  breakOff(): void {
    this.#brokenOff = true
  }

  /** A report begins. */
  begin(draft: DeadlockDraft): void {
    draft.suspect = this.#brokenOff
    this.#brokenOff = false
  }

  /** A report is over: gives it, or keeps it back. */
  close(draft: DeadlockDraft): void {
    this.release()
    if (draft.suspect) this.#held = { draft, lines: 0 }
    else this.#give(draft.finish())
  }

  /** Looks at a line outside of every report. */
  judge({ kind, ...meaning }: LineMeaning): void {
    const held = this.#held
    if (!held) return
    held.lines += 1
    const goesOn = kind === 'transaction-heading' && 'n' in meaning && meaning.n !== 1
    const isRest = goesOn || REST_OF_REPORT.has(kind)
    if (isRest) held.draft.flaw('what shows that it is one report: parts of two are mixed')
    if (isRest || BEGINS_NEWS.has(kind) || held.lines > HELD_LINES_MAX) this.release()
  }

  /** Gives what is kept back. */
  release(): void {
    const held = this.#held
    this.#held = null
    if (held) this.#give(held.draft.finish())
  }

  /** The input is at its end. */
  end(): void {
    this.release()
    this.#brokenOff = false
  }
}
