// Reads the two forms of `# Time:` from bytes: ISO 8601 with a zone (MySQL 5.7+) and YYMMDD h:mm:ss (MariaDB, older).

/** A time read from a header. */
export interface EntryTime {
  /** Milliseconds since 1970; for a local time, as if its clock were UTC. */
  readonly ms: number
  /** True when the text named its zone. */
  readonly isAbsolute: boolean
  /** Index after the time. */
  readonly end: number
}

/** The time at `from`, or undefined when there is none in either form or no such moment exists. */
export function parseEntryTime(bytes: Uint8Array, from: number, to: number): EntryTime | undefined {
  return bytes[from + 4] === 45 ? parseIso(bytes, from, to) : parseShort(bytes, from, to)
}

/** `2026-11-21T03:52:20.344620Z` or with `+02:00`; a blank for the T and no zone is taken as local. */
function parseIso(bytes: Uint8Array, from: number, to: number): EntryTime | undefined {
  if (to - from < 19) return undefined
  const separator = bytes[from + 10]
  if (separator !== 84 && separator !== 32) return undefined
  const day = dayStart(digits(bytes, from, 4), digits(bytes, from + 5, 2), digits(bytes, from + 8, 2))
  const time = dayTime(digits(bytes, from + 11, 2), digits(bytes, from + 14, 2), digits(bytes, from + 17, 2))
  if (day === undefined || time === undefined) return undefined
  let at = from + 19
  let fraction = 0
  if (bytes[at] === 46) {
    let scale = 100
    for (at++; at < to && isDigit(bytes[at]); at++) {
      fraction += ((bytes[at] as number) - 48) * scale
      scale /= 10
    }
  }
  const zone = zoneOffset(bytes, at, to)
  const ms = day + time + Math.round(fraction * 1000) / 1000
  return zone === undefined
    ? { ms, isAbsolute: false, end: at }
    : { ms: ms - zone.minutes * 60_000, isAbsolute: true, end: zone.end }
}

function zoneOffset(bytes: Uint8Array, at: number, to: number): { minutes: number; end: number } | undefined {
  const mark = bytes[at]
  if (at >= to) return undefined
  if (mark === 90) return { minutes: 0, end: at + 1 }
  if (mark !== 43 && mark !== 45) return undefined
  const minutes = digits(bytes, at + 1, 2) * 60 + digits(bytes, at + 4, 2)
  if (!(minutes <= 24 * 60)) return undefined
  return { minutes: mark === 45 ? -minutes : minutes, end: at + 6 }
}

/**
 * `261121  3:52:20`. Years are 2000 to 2099. An hour of one digit may stand after one blank, and a fraction may follow,
 * as Percona Server's log_slow_verbosity=microtime wrote it for a while (`121123 19:56:06.0000001967`).
 */
function parseShort(bytes: Uint8Array, from: number, to: number): EntryTime | undefined {
  if (to - from < 14 || bytes[from + 6] !== 32) return undefined
  const day = dayStart(2000 + digits(bytes, from, 2), digits(bytes, from + 2, 2), digits(bytes, from + 4, 2))
  const hourAt = bytes[from + 7] === 32 ? from + 8 : from + 7
  const hourDigits = bytes[hourAt + 1] === 58 ? 1 : 2
  const at = hourAt + hourDigits
  if (bytes[at] !== 58 || bytes[at + 3] !== 58) return undefined
  const time = dayTime(digits(bytes, hourAt, hourDigits), digits(bytes, at + 1, 2), digits(bytes, at + 4, 2))
  if (day === undefined || time === undefined) return undefined
  let end = at + 6
  if (bytes[end] === 46) for (end++; end < to && isDigit(bytes[end]); ) end++
  return { ms: day + time, isAbsolute: false, end }
}

/** True for an ASCII digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

/** The number written in `count` digits; NaN when one of them is not a digit. */
function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    if (!isDigit(bytes[at])) return Number.NaN
    value = value * 10 + (bytes[at] as number) - 48
  }
  return value
}

function dayTime(hour: number, minute: number, second: number): number | undefined {
  return hour < 24 && minute < 60 && second < 61 ? (hour * 3600 + minute * 60 + second) * 1000 : undefined
}

let lastDay = { key: 0, ms: 0 }

/** Milliseconds of the day's start. Logs stay on one day for long, so the last one is kept. */
function dayStart(year: number, month: number, day: number): number | undefined {
  const key = year * 10_000 + month * 100 + day
  if (key === lastDay.key) return lastDay.ms
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return undefined
  const ms = Date.UTC(year, month - 1, day)
  if (new Date(ms).getUTCDate() !== day || Number.isNaN(key)) return undefined
  lastDay = { key, ms }
  return ms
}
