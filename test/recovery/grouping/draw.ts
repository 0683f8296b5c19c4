// Draws of a seeded corpus: numbers, picks and values that servers repeat in their messages.
import { seededRandom } from '../../../src/core/random.ts'

/** One fault that a statement was written to provoke. */
export interface PlannedFault {
  /** The same for every statement with this fault, different for any other: `engine kind object`. */
  readonly label: string
  readonly statement: string
  /** The code the server must answer with; a statement answered otherwise is not the fault that was planned. */
  readonly code: string
  /** Run by the account that may do nothing. */
  readonly isStranger?: boolean
}

/** A way to provoke a fault: another object and other values at each draw. */
export type FaultFamily = (draw: Draw) => PlannedFault

/** Text people and attackers store: quotes inside quotes, words of the messages themselves, any script. */
export const HOSTILE_TEXTS: readonly string[] = [
  "O'Brien",
  "doesn't exist",
  "x' for key 'PRIMARY",
  'say "hi" at row 1',
  'ann@example.org',
  '550e8400-e29b-41d4-a716-446655440000',
  'c9bf9e57-1685-4c89-bafb-ff5af830be8a',
  '2024-02-30 25:61:00',
  '10.0.0.1:3306',
  '0xDEADBEEF',
  'back\\slash',
  'first\nsecond',
  'テーブル 表',
  'Ünïcödé — “quoted”',
  '`orders`.`id`',
  '"orders" does not exist',
  'a/*b*/c -- d',
  '%s {table} ?',
  'NULL',
  '-12.5e3',
]

/** Numbers and values from one seed. */
export class Draw {
  readonly #random: () => number
  readonly #hasBackslashes: boolean

  /** `hasBackslashes`: a backslash in a string of the dialect begins an escape. */
  constructor(seed: number, hasBackslashes: boolean) {
    this.#random = seededRandom(seed)
    this.#hasBackslashes = hasBackslashes
  }

  /** A whole number of min to max, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1))
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from')
    return list[this.int(0, list.length - 1)] as T
  }

  /** A text as somebody might have typed it. */
  text(): string {
    const hostile = this.pick(HOSTILE_TEXTS)
    return this.int(0, 2) === 0 ? hostile : `${hostile}${this.int(0, 99_999)}`
  }

  /** `text` as a literal of the dialect. */
  quoted(text: string = this.text()): string {
    const escaped = this.#hasBackslashes ? text.replaceAll('\\', '\\\\') : text
    return `'${escaped.replaceAll("'", "''")}'`
  }

  /** A literal of any kind. */
  value(): string {
    return this.int(0, 1) === 0 ? String(this.int(1, 9_999_999)) : this.quoted()
  }

  /** A list of 1 to 6 literals. */
  list(): string {
    return Array.from({ length: this.int(1, 6) }, () => this.value()).join(', ')
  }

  /** A statement that reaches for `table`, whose name is quoted already. */
  reaching(table: string): string {
    return this.pick([
      () => `SELECT * FROM ${table} WHERE id = ${this.value()}`,
      () => `select id, note from ${table}\n  where id in (${this.list()}) order by id`,
      () => `UPDATE ${table} SET note = ${this.quoted()} WHERE id = ${this.int(1, 999)}`,
      () => `DELETE FROM ${table} WHERE note = ${this.quoted()}`,
      () => `INSERT INTO ${table} (id, note) VALUES (${this.int(1, 99)}, ${this.quoted()})`,
      () =>
        `/* request ${this.int(1, 9999)} */ SELECT count(*) FROM ${table} t WHERE t.note <> ${this.quoted()}`,
    ])()
  }
}
