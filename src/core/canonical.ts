/**
 * Canonical JSON (RFC 8785): the one text a value has, so that a digest of it means the value.
 * Only JSON values go in; 64-bit integers must already be strings, because a double cannot hold them.
 */

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * The RFC 8785 text of a JSON value: object keys sorted by UTF-16 code units, no white space, numbers as
 * ECMAScript prints them.
 * @throws RangeError for a number that is not finite or an integer a double cannot hold exactly, for a
 *   string with an unpaired surrogate, and for anything that is not JSON (undefined, functions, bigint).
 */
export function canonicalJson(value: Json): string {
  return write(value, 0)
}

const MAX_DEPTH = 64

function write(value: Json, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError(`canonical JSON is at most ${MAX_DEPTH} levels deep`)
  if (value === null || value === true || value === false) return String(value)
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'string') return writeString(value)
  if (Array.isArray(value)) return `[${Array.from(value, (item: Json) => write(item, depth + 1)).join(',')}]`
  if (typeof value === 'object') return writeObject(value as { readonly [key: string]: Json }, depth)
  throw new RangeError(`not a JSON value: ${typeof value}`)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('canonical JSON has no NaN and no infinity')
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError('an integer beyond 2^53 must be a string in canonical JSON')
  }
  return JSON.stringify(value)
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new RangeError('canonical JSON has no unpaired surrogates')
  return JSON.stringify(value)
}

function writeObject(value: { readonly [key: string]: Json }, depth: number): string {
  const proto = Object.getPrototypeOf(value)
  if (proto !== Object.prototype && proto !== null) throw new RangeError('not a plain JSON object')
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1))
  const members = keys.map((key) => {
    const item = value[key]
    if (item === undefined) throw new RangeError(`undefined is not a JSON value (member ${key})`)
    return `${writeString(key)}:${write(item, depth + 1)}`
  })
  return `{${members.join(',')}}`
}

/** SHA-256 of UTF-8 text, 64 lower-case hex digits. `core` has no implementation: `app` passes one in. */
export type Sha256 = (text: string) => string
