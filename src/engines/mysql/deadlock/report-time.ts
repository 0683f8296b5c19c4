// Times as InnoDB and the error logs print them, to ISO 8601. A zone is kept where printed and never added.

/** Matches a time at the start of a line: MySQL 5.7+, MariaDB 10+ and MySQL 5.6, then two-digit years of 5.5. */
export const TIME_PREFIX =
  /^(?:(\d{4})-(\d\d)-(\d\d)[T ] ?(\d{1,2}):(\d\d):(\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?|(\d\d)(\d\d)(\d\d) {1,2}(\d{1,2}):(\d\d):(\d\d))/

/** ISO 8601 of a {@link TIME_PREFIX} match; null when no such day or time exists. Years of two digits are 20xx. */
export function isoTime(match: RegExpExecArray): string | null {
  const long = match[1] !== undefined
  const [year, month, day, hour, minute, second] = long
    ? match.slice(1, 7)
    : [`20${match[8] ?? ''}`, ...match.slice(9, 14)]
  if (!year || !month || !day || !hour || !minute || !second) return null
  const text = `${year}-${month}-${day}T${hour.padStart(2, '0')}:${minute}:${second}`
  return isRealTime(text) ? text + (match[7] ?? '') : null
}

/** False for 31 February or 25:00: Date would roll them over instead of refusing. */
function isRealTime(text: string): boolean {
  const whole = text.slice(0, 19)
  const ms = Date.parse(`${whole}Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(whole)
}
