/**
 * Times of the system. The store and the targets set them; callers never do. One text form everywhere:
 * ISO 8601 in UTC with microseconds, `2026-11-21T03:33:11.123456Z`.
 */

/** An instant, ISO 8601 in UTC with exactly six decimals and a `Z`. */
export type UtcTime = string

/** Milliseconds since the epoch of an instant. @throws RangeError if the text is not a time. */
export function toMs(time: UtcTime): number {
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw new RangeError(`not an ISO 8601 time: ${time}`)
  return ms
}

/** The instant `ms` milliseconds after the epoch, to the microsecond a double can carry. */
export function fromMs(ms: number): UtcTime {
  const whole = Math.floor(ms)
  const micros = Math.min(999, Math.max(0, Math.round((ms - whole) * 1000)))
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}
