/** Values made from a schema: right ones, ones on the edge, and right ones that were spoiled in one place. */
import { fromMs } from '../../../src/core/time.ts'
import type { Draw } from './draw.ts'
import type { KnownThings } from './known-things.ts'
import { type ApiDocument, resolved, type Schema } from './operations.ts'

/** What values are drawn from. */
export interface Source {
  readonly draw: Draw
  readonly document: ApiDocument
  readonly known: KnownThings
}

/** Bytes of base64 members, by name. */
const BYTES: Readonly<Record<string, number>> = {
  publicKey: 32,
  salt: 16,
  nonce: 12,
  sealed: 48,
  signature: 64,
}
const DEPTH_MOST = 8

/** A value the schema takes, mostly; `name` is that of its parameter or member. */
export function rightValue(source: Source, schema: Schema, name: string): unknown {
  return valueFor(source, schema, { name, depth: 0 })
}

interface At {
  readonly name: string
  readonly depth: number
}

function valueFor(source: Source, given: Schema, at: At): unknown {
  const { draw, document } = source
  const schema = resolved(document, given)
  if (at.depth > DEPTH_MOST) return null
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return draw.pick(schema.enum)
  if (schema.anyOf !== undefined) return valueFor(source, draw.pick(schema.anyOf), at)
  if (schema.type === 'array') return listOf(source, schema, at)
  if (schema.type === 'object') return objectOf(source, schema, at)
  return scalarOf(source, schema, at.name)
}

function scalarOf({ draw, known }: Source, schema: Schema, name: string): unknown {
  const there = draw.chance(0.85) ? known.value(draw, name) : undefined
  switch (schema.type) {
    case 'boolean':
      return draw.chance(0.5)
    case 'null':
      return null
    case 'integer':
    case 'number':
      return there ?? numberOf(draw, schema)
    case 'string':
      return there ?? textOf(draw, schema, name)
    default:
      return draw.anything()
  }
}

function listOf(source: Source, { items = {}, minItems = 0, maxItems = 4 }: Schema, at: At): unknown[] {
  const length = source.draw.int(minItems, Math.min(4, maxItems))
  return Array.from({ length }, () => valueFor(source, items, { ...at, depth: at.depth + 1 }))
}

function objectOf(source: Source, schema: Schema, { depth }: At): Record<string, unknown> {
  const { draw } = source
  const members = Object.entries(schema.properties ?? {}).filter(
    ([name]) => schema.required?.includes(name) === true || draw.chance(0.5),
  )
  return Object.fromEntries(
    members.map(([name, member]) => [name, valueFor(source, member, { name, depth: depth + 1 })]),
  )
}

function numberOf(draw: Draw, { minimum, maximum, type }: Schema): number {
  const [least, most] = [minimum ?? -1000, Math.min(maximum ?? 1000, Number.MAX_SAFE_INTEGER)]
  const value = draw.weighted([
    [4, draw.int(least, Math.min(most, least + 20))],
    [1, least],
    [1, most],
  ])
  return type === 'integer' || !draw.chance(0.3) ? value : value / 2
}

function textOf(draw: Draw, schema: Schema, name: string): string {
  const listed = /separated by commas: ([\w, -]+)/.exec(schema.description ?? '')?.[1]?.split(', ')
  if (listed !== undefined) return Array.from({ length: draw.int(1, 3) }, () => draw.pick(listed)).join(',')
  if (schema.format === 'byte') return draw.bytes(BYTES[name] ?? 64).toString('base64')
  return schema.pattern === undefined ? freeText(draw, schema) : patternText(draw, schema.pattern)
}

const freeText = (draw: Draw, { minLength = 0, maxLength = 100 }: Schema): string =>
  draw.weighted([
    [5, draw.text(30)],
    [1, draw.text(maxLength).slice(0, maxLength)],
    [1, 'x'.repeat(minLength)],
  ])

/** A text of one of the patterns the API has; of another one anything. */
function patternText(draw: Draw, pattern: string): string {
  if (pattern.includes('{64}')) return draw.hex(64)
  if (pattern.includes('{43}')) return draw.bytes(32).toString('base64url')
  if (pattern.startsWith('^2')) return fromMs(Date.now() + draw.int(-100, 1000) * 60_000)
  if (pattern.includes('\\d{1,15}')) return String(draw.int(1, 50))
  return `u${draw.hex(draw.int(2, 20))}`
}

/** A copy of the value with one thing wrong, wherever it is. */
export function spoiled(draw: Draw, value: unknown): unknown {
  if (Array.isArray(value)) return spoiledList(draw, value)
  if (typeof value !== 'object' || value === null) return draw.anything()
  const members = Object.entries(value)
  const [name, old] = members.length === 0 ? ['a', null] : draw.pick(members)
  const others = members.filter(([each]) => each !== name)
  const change = draw.weighted<() => unknown>([
    [2, () => Object.fromEntries(others)],
    [6, () => ({ ...value, [name]: spoiled(draw, old) })],
    [3, () => ({ ...value, [name]: draw.anything() })],
    [1, () => ({ ...value, [name]: [old] })],
    [1, () => ({ ...value, [name]: String(old) })],
    [1, () => ({ ...value, [name]: draw.text(draw.pick([101, 201, 501, 1001, 2001, 60_000])) })],
    [1, () => ({ ...value, [draw.pick(['extra', 'workspaceId', 'role', 'by', 'userName', ''])]: old })],
    [
      0.5,
      () =>
        JSON.parse(`{"${draw.pick(['__proto__', 'constructor', 'toString'])}":{"isAdmin":true}}`) as unknown,
    ],
  ])
  return change()
}

function spoiledList(draw: Draw, list: readonly unknown[]): unknown {
  return draw.weighted<() => unknown>([
    [2, () => []],
    [2, () => [...list, draw.anything()]],
    [1, () => Array.from({ length: 1000 }, () => list[0] ?? 1)],
    [1, () => [list]],
    [1, () => draw.anything()],
  ])()
}
