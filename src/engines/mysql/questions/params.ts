/**
 * Strict readers of question and action parameters. They arrive as JSON rows, so anything may be in them: each
 * reader accepts one shape and refuses the rest, unknown members and inherited ones included.
 */
import { identifierProblem } from '../../../sql/identifiers.ts'

/** A parameter that is not acceptable. The message names the member and the rule, never the value. */
export class ParamProblem extends Error {
  override readonly name = 'ParamProblem'
}

/** Reads one value or throws `ParamProblem`. `path` names the member. */
export type Read<T> = (value: unknown, path: string) => T

type Shape = { readonly [member: string]: Read<unknown> }
type ShapeValue<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> }

/** Reads a whole parameter object. */
export type ReadParams<T> = (value: unknown, path?: string) => T

/** An object with exactly these members. Refuses arrays, class instances, symbols, accessors and `__proto__`. */
export function exactly<S extends Shape>(shape: S): ReadParams<ShapeValue<S>> {
  return (value, path = '') => {
    const members = ownMembers(value, path)
    const unknown = [...members.keys()].find((key) => !Object.hasOwn(shape, key))
    if (unknown !== undefined) throw new ParamProblem(`${named(path)} has an unknown member`)
    const read: [string, unknown][] = []
    for (const [key, reader] of Object.entries(shape)) {
      if (!members.has(key)) throw new ParamProblem(`${join(path, key)} is missing`)
      read.push([key, reader(members.get(key), join(path, key))])
    }
    return Object.fromEntries(read) as ShapeValue<S>
  }
}

/** Own data members of a plain object. @throws ParamProblem for anything else. */
export function ownMembers(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ParamProblem(`${named(path)} is not an object`)
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto !== Object.prototype && proto !== null)
    throw new ParamProblem(`${named(path)} is not a plain object`)
  const members = new Map<string, unknown>()
  for (const key of Reflect.ownKeys(value)) {
    const member = Object.getOwnPropertyDescriptor(value, key)
    if (typeof key !== 'string' || member === undefined || !('value' in member)) {
      throw new ParamProblem(`${named(path)} has a member that is not plain data`)
    }
    members.set(key, member.value)
  }
  return members
}

/** The name of an object of MySQL or MariaDB. */
export const objectName: Read<string> = (value, path) => {
  const problem = identifierProblem(value, 'mysql')
  if (problem !== null) throw new ParamProblem(`${path} ${problem}`)
  return value as string
}

/** An account's user or host: no controls, at most 255 characters, may be empty (`user` of the anonymous account). */
export const accountPart: Read<string> = (value, path) => {
  if (typeof value !== 'string') throw new ParamProblem(`${path} is not a text`)
  if (value.length > 255) throw new ParamProblem(`${path} has more than 255 characters`)
  for (const char of value) {
    if (char !== ' ' && identifierProblem(char, 'mysql') !== null)
      throw new ParamProblem(`${path} holds a character no account has`)
  }
  return value
}

/** An unsigned 64-bit number in decimal ASCII digits, as a string: no sign, no leading zero, no exponent. */
export const digits: Read<string> = (value, path) => {
  if (
    typeof value !== 'string' ||
    !/^(?:0|[1-9][0-9]{0,19})$/.test(value) ||
    BigInt(value) > 18446744073709551615n
  ) {
    throw new ParamProblem(`${path} is not an unsigned 64-bit number in digits`)
  }
  return value
}

/** A JS number that is whole and within bounds. A string of digits is refused. */
export function wholeNumber(min: number, max: number): Read<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new ParamProblem(`${path} is not a whole number`)
    }
    if (value < min || value > max) throw new ParamProblem(`${path} is not within ${min} and ${max}`)
    return value
  }
}

/** Text of one pattern; `what` says which, e.g. "a fingerprint id". */
export function matching(pattern: RegExp, what: string): Read<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new ParamProblem(`${path} is not ${what}`)
    return value
  }
}

/** One of the listed words. */
export function oneOf<const W extends readonly string[]>(words: W): Read<W[number]> {
  return (value, path) => {
    const word = words.find((item) => item === value)
    if (word === undefined) throw new ParamProblem(`${path} is not one of ${words.join(', ')}`)
    return word
  }
}

/** What `read` accepts, or null. */
export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, path) => (value === null ? null : read(value, path))
}

/** A list of `min` to `max` values. */
export function listOf<T>(read: Read<T>, min: number, max: number): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ParamProblem(`${path} is not a list`)
    if (value.length < min || value.length > max)
      throw new ParamProblem(`${path} has ${value.length} items; ${min} to ${max} are allowed`)
    return Array.from({ length: value.length }, (_, index) => read(value[index], `${path}[${index}]`))
  }
}

/** A fingerprint id as `sql` makes it: lower-case hex. */
export const fingerprintId = matching(/^[0-9a-f]{8,64}$/, 'a fingerprint id')

/** A server's identity: printable ASCII without quotes or spaces (`@@server_uid` is base64). */
export const instanceUid = matching(/^[A-Za-z0-9+/=_.:-]{1,128}$/, 'an identity of a server')

/** An instant, ISO 8601 in UTC with an optional fraction. */
export const instant: Read<string> = (value, path) => {
  const text = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/, 'an instant in UTC')(value, path)
  if (Number.isNaN(Date.parse(text))) throw new ParamProblem(`${path} is not an instant in UTC`)
  return text
}

function join(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`
}

function named(path: string): string {
  return path === '' ? 'the whole' : path
}
