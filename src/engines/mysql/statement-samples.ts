/**
 * The newest raw text of each statement class, in this process only. It holds literals: it is never stored,
 * logged or sent anywhere; the planner's session gets it for EXPLAIN and a parser gets it to be read.
 */

import type { LoggedPlanRow } from './slow-log/index.ts'

/** A statement as it ran. */
export interface StatementSample {
  readonly rawText: string
  /** Default database it ran in; `null` when unknown. */
  readonly database: string | null
  /** Target's clock, ISO 8601 UTC, when it was seen. */
  readonly at: string
}

/** A statement as it is written in a stored program: it names variables of the program, and holds no value but the program's own. */
export interface WrittenStatement {
  /** Null: which statements the program has was not seen; the class is all of them. */
  readonly text: string | null
  /** `procedure`, `function`, `trigger` or `event`. */
  readonly kind: string
  readonly schema: string
  readonly name: string
}

/** A plan the server wrote into its slow log, with the rows it really read (MariaDB). */
export interface LoggedPlan {
  readonly rows: readonly LoggedPlanRow[]
  /** Target's clock, ISO 8601 UTC, of the statement that ran with it. */
  readonly at: string
}

/** Longest text kept, characters; a longer one may be cut off by an instrument and is not taken. */
const TEXT_CHARACTERS_MAX = 262_144
/** Classes kept; the least recently seen goes first. */
const CLASSES_MAX = 2_000
/** Text kept in all, characters. */
const TOTAL_CHARACTERS_MAX = 16 * 1024 * 1024

/** Statements of programs kept, and the longest of them, characters: servers keep 1,024 bytes of each unless told otherwise. */
const WRITTEN_MAX = 500
const WRITTEN_CHARACTERS_MAX = 65_536

/** Age from which a sample that names its database gives way to one that does not, ms. */
const DATABASE_KEPT_MS = 10 * 60_000

const saysLess = (sample: StatementSample, known: StatementSample): boolean =>
  sample.database === null &&
  known.database !== null &&
  Date.parse(sample.at) - Date.parse(known.at) < DATABASE_KEPT_MS

/** Bounded map from fingerprint id to the newest sample. */
export class SampleBook {
  readonly #samples = new Map<string, StatementSample>()
  readonly #plans = new Map<string, { readonly plan: LoggedPlan; readonly keptMs: number }>()
  readonly #written = new Map<string, WrittenStatement>()
  readonly #asked = new Map<string, number>()
  readonly #now: () => number
  #characters = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * Keeps `sample` as the newest sample of its class. Ignored: empty texts, texts over 262,144 characters
   * (an instrument may have cut them), and samples older than the one kept. One that does not say in which database it
   * ran replaces one that does only after ten minutes: MySQL's slow log names a database only where it differs from that
   * of the entry before, and without it no table of the statement can be looked up.
   */
  put(fingerprintId: string, sample: StatementSample): void {
    const { rawText, at } = sample
    if (rawText === '' || rawText.length > TEXT_CHARACTERS_MAX) return
    const known = this.#samples.get(fingerprintId)
    if (known !== undefined && (known.at > at || saysLess(sample, known))) return
    this.#drop(fingerprintId)
    this.#samples.set(fingerprintId, sample)
    this.#characters += rawText.length
    while (this.#samples.size > CLASSES_MAX || this.#characters > TOTAL_CHARACTERS_MAX) {
      const oldest = this.#samples.keys().next().value
      if (oldest === undefined) break
      this.#drop(oldest)
    }
  }

  /** The newest sample of a class; `null` when none was seen. */
  get(fingerprintId: string): StatementSample | null {
    return this.#samples.get(fingerprintId) ?? null
  }

  /** Keeps the newest logged plan of a class. Plans name tables and keys; they hold no values. */
  putPlan(fingerprintId: string, rows: readonly LoggedPlanRow[], at: string): void {
    this.#plans.delete(fingerprintId)
    this.#plans.set(fingerprintId, { plan: { rows, at }, keptMs: this.#now() })
    const oldest = this.#plans.keys().next().value
    if (this.#plans.size > CLASSES_MAX && oldest !== undefined) this.#plans.delete(oldest)
  }

  /** The newest logged plan of a class; `null` when none was kept within the last `withinMs`. */
  plan(fingerprintId: string, withinMs = Number.POSITIVE_INFINITY): LoggedPlan | null {
    const kept = this.#plans.get(fingerprintId)
    return kept === undefined || this.#now() - kept.keptMs > withinMs ? null : kept.plan
  }

  /** Keeps how the statement of a class is written in the program it runs in; texts over 65,536 characters are not. */
  putWritten(fingerprintId: string, written: WrittenStatement): void {
    if ((written.text?.length ?? 0) > WRITTEN_CHARACTERS_MAX) return
    this.#written.delete(fingerprintId)
    this.#written.set(fingerprintId, written)
    const oldest = this.#written.keys().next().value
    if (this.#written.size > WRITTEN_MAX && oldest !== undefined) this.#written.delete(oldest)
  }

  /** How the statement of a class is written in a program; `null` where it was seen in none. */
  written(fingerprintId: string): WrittenStatement | null {
    return this.#written.get(fingerprintId) ?? null
  }

  /** Notes that an instrument was asked now for a text of this class. */
  noteAsked(fingerprintId: string): void {
    this.#asked.delete(fingerprintId)
    this.#asked.set(fingerprintId, this.#now())
    const oldest = this.#asked.keys().next().value
    if (this.#asked.size > CLASSES_MAX && oldest !== undefined) this.#asked.delete(oldest)
  }

  /** Whether that was within the last `ms`. */
  askedWithin(fingerprintId: string, ms: number): boolean {
    const at = this.#asked.get(fingerprintId)
    return at !== undefined && this.#now() - at < ms
  }

  /** Classes with a sample. */
  get size(): number {
    return this.#samples.size
  }

  #drop(fingerprintId: string): void {
    const known = this.#samples.get(fingerprintId)
    if (known === undefined) return
    this.#samples.delete(fingerprintId)
    this.#characters -= known.rawText.length
  }
}
