// Collects the statement of a transaction, which may run over many lines and may hold text that looks like a report.
// Inside a quote or comment no line is a heading, so nobody can write a deadlock into a log by naming a value so.

import type { ThreadLine } from './thread-line.ts'

/** One line of a statement. */
export interface StatementLine {
  readonly text: string
  readonly bytes: number
}

/**
 * Most bytes of statement ever waited for while a quote is open. InnoDB prints at most 3,000 bytes of a statement
 * (MySQL), or 3,071 with the thread's line (MariaDB): both measured on MySQL 9.7 and MariaDB 10.11 and 11.8.
 */
export const STATEMENT_MAX_BYTES = 3100

const MYSQL_STATEMENT_BYTES = 3000
const MARIADB_THREAD_AND_STATEMENT_BYTES = 3071
/** Servers up to 5.7 cut the thread's line and statement together here (a buffer of 1,024 bytes in `trx_print`). */
const OLD_THREAD_AND_STATEMENT_BYTES = 1023

/** Collects the lines of one statement and knows whether a quote or comment is open at their end. */
export class StatementText {
  readonly #lines: StatementLine[] = []
  readonly #thread: ThreadLine
  readonly #threadBytes: number
  #bytes = 0
  #open: '' | "'" | '"' | '`' | '*' = ''

  /** `threadBytes`: length of the thread's line, without its end. */
  constructor(thread: ThreadLine, threadBytes: number) {
    this.#thread = thread
    this.#threadBytes = threadBytes
  }

  /** The lines so far, for reading them again once it is known that the statement ended earlier. */
  get lines(): readonly StatementLine[] {
    return this.#lines
  }

  /** True while the next line can only be more of the statement. */
  get isOpen(): boolean {
    return this.#open !== '' && !this.#reachedLimit()
  }

  /** An empty one for the same thread. */
  restart(): StatementText {
    return new StatementText(this.#thread, this.#threadBytes)
  }

  /** True when the line would make the statement longer than any server prints. */
  overflows(line: StatementLine): boolean {
    return this.#bytes + 1 + line.bytes > STATEMENT_MAX_BYTES
  }

  /** Adds one line. */
  add(line: StatementLine): void {
    this.#bytes += line.bytes + (this.#lines.length > 0 ? 1 : 0)
    this.#lines.push(line)
    this.#scan(line.text)
  }

  /** The text, and whether the server cut it. Null when there is none. A rule at its end is the next section's. */
  finish(): { text: string; cut: boolean } | null {
    const text = this.#lines
      .map((line) => line.text)
      .join('\n')
      .replace(/\n-{3,}\s*$/, '')
      .trim()
    return text === '' ? null : { text, cut: this.#reachedLimit() || this.#open !== '' || this.#atOldLimit() }
  }

  /** Within three bytes: a character cut in two is printed shorter by a connection that converts. */
  #reachedLimit(): boolean {
    const { server } = this.#thread
    const limit =
      server === 'MySQL' ? MYSQL_STATEMENT_BYTES : MARIADB_THREAD_AND_STATEMENT_BYTES - this.#threadBytes - 1
    return this.#bytes >= limit - 3
  }

  #atOldLimit(): boolean {
    return this.#threadBytes + 1 + this.#bytes === OLD_THREAD_AND_STATEMENT_BYTES
  }

  #scan(text: string): void {
    let at = 0
    while (at < text.length) at = this.#open === '' ? this.#scanOutside(text, at) : this.#scanInside(text, at)
  }

  #scanOutside(text: string, at: number): number {
    const character = text[at]
    if (character === "'" || character === '"' || character === '`') {
      this.#open = character
      return at + 1
    }
    if (character === '#') return text.length
    if (text.startsWith('/*', at)) {
      this.#open = '*'
      return at + 2
    }
    const dashes = text.startsWith('--', at) && (at + 2 === text.length || text.charCodeAt(at + 2) <= 32)
    return dashes ? text.length : at + 1
  }

  #scanInside(text: string, at: number): number {
    const open = this.#open
    if (open === '*') {
      const end = text.indexOf('*/', at)
      if (end < 0) return text.length
      this.#open = ''
      return end + 2
    }
    if (text[at] === '\\' && open !== '`') return at + 2
    if (text[at] === open) this.#open = ''
    return at + 1
  }
}
