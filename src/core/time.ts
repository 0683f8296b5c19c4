/**
 * Times of the system. The store and the targets set them; callers never do. One text form everywhere:
 * ISO 8601 in UTC with microseconds, `2026-11-21T03:33:11.123456Z`.
 */

/** An instant, ISO 8601 in UTC with exactly six decimals and a `Z`. */
export type UtcTime = string

/**
 * Clocks this close count as equal, ms. An engine may date an identity it remembers (5 s is the longest there is),
 * and the way to the target and the store takes its time; machines under NTP are far within it, and so is the
 * shortest pause between a run and its after-window in production (`verification.settleSeconds`, 30).
 */
export const CLOCK_TOLERANCE_MS = 7_000

/** Date, time, up to nine decimals, Z: without the Z it would be read in this machine's zone. */
const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/

/**
 * Milliseconds since the epoch of an instant, with its microseconds as decimals; fewer than six decimals may
 * be written. @throws RangeError if the text is not a time in UTC.
 */
export function toMs(time: UtcTime): number {
  const [, second, decimals] = INSTANT.exec(time) ?? []
  const ms = second === undefined ? Number.NaN : Date.parse(`${second}Z`)
  if (Number.isNaN(ms)) throw new RangeError(`not an ISO 8601 time in UTC: ${time.slice(0, 40)}`)
  return decimals === undefined ? ms : ms + Number(`0.${decimals}`) * 1000
}

/** The instant `ms` milliseconds after the epoch, to the microsecond a double can carry. */
export function fromMs(ms: number): UtcTime {
  const whole = Math.floor(ms)
  const micros = Math.min(999, Math.max(0, Math.round((ms - whole) * 1000)))
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}
