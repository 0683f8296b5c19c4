// The way in: a stream of a status text or of error logs to deadlocks. Opening and unzipping files is the caller's.

import { MARIADB, MYSQL, maskLiterals, type SqlDialect } from '../../../sql/index.ts'
import { type Deadlock, type DeadlockJson, deadlockJson } from './deadlock.ts'
import { DeadlockReader } from './deadlock-reader.ts'
import { InputLines } from './input-lines.ts'
import { LogFraming } from './log-framing.ts'
import { DeadlockMemory } from './same-deadlock.ts'
import type { MaskStatement } from './transaction-draft.ts'

/** How to read. */
export interface ReadDeadlocksOptions {
  /** Masks the literals of a statement; default `maskLiterals` in the dialect of the server that wrote the report. */
  readonly mask?: MaskStatement
  /**
   * Leaves out a deadlock that was given before, by {@link isSameDeadlock}. Default true. Remembers the last
   * {@link REMEMBERED_MAX}; one first seen incomplete is given again when it is seen whole.
   */
  readonly once?: boolean
}

/** How many deadlocks are remembered to leave out repetitions. */
export const REMEMBERED_MAX = 4096

/** Logs of different servers kept apart in one stream; beyond this the one longest silent is closed. */
export const SOURCES_MAX = 64

/** What may be read: chunks of a file or socket, or text. A string is one whole text. */
export type DeadlockInput = string | AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>

/**
 * Every deadlock of an input, in the order in which they end: `SHOW ENGINE INNODB STATUS` or error logs
 * (`innodb_print_all_deadlocks=ON`) of MySQL 5.5 to 9 and MariaDB 5.5 to 11.8, as plain text, also with the frames of
 * log collectors and as the mysql client's batch output. Never throws for what it reads, only if the input throws;
 * memory does not grow with the input.
 */
export async function* readDeadlocks(
  input: DeadlockInput,
  options: ReadDeadlocksOptions = {},
): AsyncGenerator<Deadlock, void, undefined> {
  const session = new Session(options)
  for await (const chunk of typeof input === 'string' ? [input] : input) yield* session.push(chunk)
  yield* session.end()
}

/** {@link readDeadlocks} of a text already in memory. */
export function parseDeadlocks(text: string, options: ReadDeadlocksOptions = {}): Deadlock[] {
  const session = new Session(options)
  return [...session.push(text), ...session.end()]
}

/**
 * The deadlock of one `SHOW ENGINE INNODB STATUS` text, statements masked in `dialect`; null when the server has seen
 * none since it started, or the text holds nothing of it. Never throws; linear.
 */
export function parseLatestDeadlock(status: string, dialect: SqlDialect): Deadlock | null {
  return parseDeadlocks(status, { mask: (sql) => maskLiterals(sql, dialect) })[0] ?? null
}

/**
 * The published result for an input, as `dbmedic deadlocks --json` prints it. Where a deadlock is there both
 * incomplete and whole, the whole one.
 */
export async function deadlocksJson(
  input: DeadlockInput,
  options: ReadDeadlocksOptions = {},
): Promise<{ deadlocks: DeadlockJson[] }> {
  const found: Deadlock[] = []
  const places = new DeadlockMemory<number>(REMEMBERED_MAX)
  for await (const deadlock of readDeadlocks(input, options)) {
    const place = options.once === false ? undefined : places.get(deadlock)
    found[place ?? found.length] = deadlock
    places.set(deadlock, place ?? found.length - 1)
  }
  return { deadlocks: found.map(deadlockJson) }
}

const maskByServer: MaskStatement = (sql, server) => maskLiterals(sql, server === 'MariaDB' ? MARIADB : MYSQL)

/** One input being read. */
class Session {
  readonly #lines = new InputLines(({ text, bytes }) => this.#line(text, bytes))
  readonly #framing = new LogFraming()
  readonly #readers = new Map<string, DeadlockReader>()
  readonly #seen = new DeadlockMemory<'incomplete' | 'whole'>(REMEMBERED_MAX)
  readonly #mask: MaskStatement
  readonly #once: boolean
  #ready: Deadlock[] = []

  constructor({ mask = maskByServer, once = true }: ReadDeadlocksOptions) {
    this.#mask = mask
    this.#once = once
  }

  /** Takes a chunk; returns the deadlocks that ended in it. */
  push(chunk: Uint8Array | string): Deadlock[] {
    this.#lines.push(chunk)
    return this.#take()
  }

  /** Returns what is still open. */
  end(): Deadlock[] {
    this.#lines.end()
    for (const reader of this.#readers.values()) this.#keepNew(reader.end())
    return this.#take()
  }

  #take(): Deadlock[] {
    const ready = this.#ready
    if (ready.length > 0) this.#ready = []
    return ready
  }

  #line(line: string, bytes: number): void {
    const { source, text } = this.#framing.unframe(line)
    if (this.#framing.isLog) this.#lines.noEscapes()
    if (text === null) return
    const reader = this.#readerOf(source)
    if (text === line) this.#keepNew(reader.push(text, bytes))
    else if (!text.includes('\n')) this.#keepNew(reader.push(text))
    else for (const one of text.split('\n')) this.#keepNew(reader.push(one))
  }

  #readerOf(source: string): DeadlockReader {
    const known = this.#readers.get(source)
    const reader = known ?? new DeadlockReader(this.#mask)
    if (!known || this.#readers.size > 1) {
      this.#readers.delete(source)
      this.#readers.set(source, reader)
    }
    if (this.#readers.size > SOURCES_MAX) this.#closeOldest()
    return reader
  }

  #closeOldest(): void {
    const oldest = this.#readers.entries().next().value
    if (!oldest) return
    this.#readers.delete(oldest[0])
    this.#keepNew(oldest[1].end())
  }

  #keepNew(deadlocks: readonly Deadlock[]): void {
    for (const deadlock of deadlocks) if (!this.#once || this.#isNew(deadlock)) this.#ready.push(deadlock)
  }

  #isNew(deadlock: Deadlock): boolean {
    const before = this.#seen.get(deadlock)
    if (before === 'whole' || (before === 'incomplete' && deadlock.incomplete)) return false
    this.#seen.set(deadlock, deadlock.incomplete ? 'incomplete' : 'whole')
    return true
  }
}
