/** Members of a plan's JSON, none of which is believed to be of a kind before it is looked at. */

/** Anything a JSON text may hold. */
export type Json = unknown
/** An object of it. */
export type Members = { readonly [name: string]: Json }

/** The value of a member that is a text, as MariaDB prints it: on a line of its own. */
const TEXT_VALUE = /(?<=^\s*"[a-z_]+": )".*"(?=,?$)/gm

/**
 * The JSON object in a text; null if it holds none. MariaDB writes conditions into its plans with the quotes and backslashes of
 * their literals as they are, which is no JSON then (10.11: `WHERE a = 'x"y'`); such a text is read once more with each escaped.
 */
export function parseObject(text: string): Members | null {
  return parsed(text) ?? parsed(text.replace(TEXT_VALUE, (value) => JSON.stringify(value.slice(1, -1))))
}

function parsed(text: string): Members | null {
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
