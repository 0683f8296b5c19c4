/** Values of the command line: numbers, times, words. What is none is refused before anything is opened. */
import { InvalidArgumentError } from 'commander'
import { DbmedicError } from '../core/errors.ts'
import { fromMs, type UtcTime } from '../core/time.ts'

/** Date and time to the minute or finer, with the zone: without one it would be read in this machine's. */
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/

/**
 * An instant of an argument, as the store writes it. Its zone must be written, and the day must exist.
 * @throws DbmedicError DBM_USAGE
 */
export function timeArgument(text: string): UtcTime {
  const [, year, month, day] = TIME.exec(text) ?? []
  const ms = year === undefined ? Number.NaN : Date.parse(text)
  if (Number.isNaN(ms) || Number(day) > daysIn(Number(year), Number(month))) {
    throw new DbmedicError('DBM_USAGE', {
      problem: `“${text}” is not a time with its zone`,
      hint: 'Write it as 2027-01-31T22:00:00Z (UTC) or 2027-01-31T23:00:00+01:00',
    })
  }
  return fromMs(ms)
}

/** Days of a month, 1 to 12; day 0 of the next month is its last. */
const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** Parses an option of whole seconds from `least` to `most`. */
export const secondsOption =
  (least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`it must be a whole number of seconds from ${least} to ${most}`)
  }

const SPAN_SECONDS = { m: 60, h: 3600, d: 86_400 } as const

/** Parses an option of a span of time, `30m`, `12h` or `7d`, as seconds. */
export function spanOption(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * SPAN_SECONDS[unit as keyof typeof SPAN_SECONDS]
  throw new InvalidArgumentError('it must be a number with m, h or d: 30m, 12h, 7d')
}

/** Parses an option that is a probability, 0.01 to 0.99 as the store keeps them. */
export function confidenceOption(text: string): number {
  const value = /^0?\.\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0.01 && value <= 0.99) return value
  throw new InvalidArgumentError('a confidence is a number from 0.01 to 0.99, with at most four decimals')
}

/** One of the words. @throws DbmedicError DBM_USAGE naming all of them. */
export function oneOf<T extends string>(words: readonly T[], word: string, kind: string): T {
  const known = words.find((w) => w === word)
  if (known !== undefined) return known
  throw new DbmedicError('DBM_USAGE', {
    problem: `there is no ${kind} “${word}”`,
    hint: `One of: ${words.join(', ')}`,
  })
}
