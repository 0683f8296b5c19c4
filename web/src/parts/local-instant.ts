/** Dates and times as the browser's own field has them: without a zone, in the viewer's. */

/** The instant in UTC with six decimals, as the API has it; null: the field is empty or holds no time. */
export function instantOf(local: string): string | null {
  const ms = Date.parse(local)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().replace('Z', '000Z')
}
