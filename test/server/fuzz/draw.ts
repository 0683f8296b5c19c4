/** Draws from a seeded sequence: who has the seed gets the same requests again. */
import { seededRandom } from '../../../src/core/random.ts'

/** Stands in every text the fuzz types where it is nobody's name: no error and no line of the log may repeat it. */
export const MARK = 'zq7typed'

/** Values that are wrong almost everywhere, as people and attackers type them. */
const HOSTILE: readonly string[] = [
  '',
  ' ',
  '-1',
  '0',
  '1e309',
  'NaN',
  'null',
  'true',
  '9007199254740993',
  '9'.repeat(40),
  "'; DROP TABLE users; -- ",
  "' OR '1'='1",
  '../../../etc/passwd',
  '\u0000',
  '\r\nset-cookie: a=b',
  '\u202e\u2066\ufeff',
  '\ud83d\ude00\u0301',
  '<script>alert(1)</script>',
  '{{7*7}}#{7*7}',
  '[object Object]',
  '__proto__',
  'constructor',
  '%00%0d%0a',
  'e30',
  'eyJzIjoiLW9wZW5lZCIsInYiOjEsImkiOjF9',
  '2026-13-45T29:61:61.000000Z',
  '2999-12-31T23:59:59.999999Z',
]

/** A source of draws. */
export class Draw {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.#next() < share
  }

  /** One of the list. @throws RangeError of an empty list. */
  pick<T>(list: readonly T[]): T {
    const index = this.int(0, list.length - 1)
    if (index < 0 || index >= list.length) throw new RangeError('nothing to pick from')
    return list[index] as T
  }

  /** Of the listed kinds by weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.#next() * choices.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of choices) {
      at -= weight
      if (at < 0) return value
    }
    return (choices.at(-1) as readonly [number, T])[1]
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.int(0, 15).toString(16)).join('')
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(0, 255)))
  }

  /** Text with the mark, `length` characters or a few more. */
  text(length: number): string {
    return `${MARK} ${this.hex(8)} ${'x'.repeat(Math.max(0, length - 17))}`
  }

  /** Any characters, also such that are not allowed anywhere. */
  garbage(most: number): string {
    return Array.from({ length: this.int(1, most) }, () =>
      String.fromCodePoint(
        this.weighted([
          [3, this.int(32, 126)],
          [1, this.int(0, 0x2fff)],
          [0.2, this.int(0x10000, 0x1ffff)],
        ]),
      ),
    ).join('')
  }

  /** A text somebody should not have sent. */
  hostile(): string {
    return this.weighted([
      [6, this.pick(HOSTILE)],
      [2, this.garbage(30)],
      [1, this.text(this.pick([90, 1100, 5000]))],
    ])
  }

  /** A value of any type. */
  anything(): unknown {
    return this.weighted<() => unknown>([
      [4, () => this.hostile()],
      [2, () => this.pick([null, true, false, 0, -1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e300])],
      [1, () => this.pick([[], {}, [null], { '': 1 }, [[[]]]])],
      [1, () => ({ [this.hostile()]: this.hostile() })],
    ])()
  }
}
