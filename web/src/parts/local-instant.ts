/** Dates and times as the browser's own field has them: without a zone, in the viewer's. */

/** The instant in UTC with six decimals, as the API has it; null: the field is empty or holds no time. */
export function instantOf(local: string): string | null {
  const ms = Date.parse(local)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().replace('Z', '000Z')
}

/** An instant as the browser's field has it, to the minute; empty for none. */
export function localOf(instant: string | undefined): string {
  const ms = Date.parse(instant ?? '')
  if (Number.isNaN(ms)) return ''
  // The offset is that of the instant itself, which summer time may make another than now's.
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
