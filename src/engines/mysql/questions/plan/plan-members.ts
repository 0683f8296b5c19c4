/** Members of a plan's JSON, none of which is believed to be of a kind before it is looked at. */

/** Anything a JSON text may hold. */
export type Json = unknown
/** An object of it. */
export type Members = { readonly [name: string]: Json }

/** The JSON object in a text; null if it holds none. */
export function parseObject(text: string): Members | null {
  try {
    return asMembers(JSON.parse(text))
  } catch {
    return null
  }
}

/** An object; null where it is none. */
export function asMembers(value: Json): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
}

/** A number, or a text that is one, as MySQL writes costs and percents; null where it is none. */
export function numberOf(value: Json): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}
