/**
 * Requests made up from the description of the API: wrong types, huge and tiny values, hostile text, addresses and
 * headers that are nearly right. Whatever comes, no fault, no crash, and nothing is changed by who may not.
 * `DBMEDIC_FUZZ=20000 npm test -- test/server/fuzz.test.ts` plays more.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { type ApiWorld, type Browser, makeApiWorld } from './support/api-world.ts'

const REQUESTS = Number(process.env.DBMEDIC_FUZZ ?? 1500)

let api: ApiWorld
let browsers: Record<'viewer' | 'administrator', Browser>
before(async () => {
  api = await makeApiWorld()
  browsers = { viewer: await api.signIn('viewer'), administrator: await api.signIn('administrator') }
})
after(() => api.stop())

interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> }
  readonly 'x-right': string
}
interface Schema {
  readonly properties?: Record<string, Schema>
}
interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly operation: Operation
}

/** Rights to change something, which a viewer has not. */
const CHANGES = ['administer', 'ask', 'stop', 'release', 'vote']

/** Streams never end, and sessions of the fuzz must. */
const LEFT_OUT = ['GET /api/events', 'DELETE /api/session', 'DELETE /api/sessions']

function addresses(): Address[] {
  const { paths } = api.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths)
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        method: method.toUpperCase() as Address['method'],
        path,
        operation,
      })),
    )
    .filter(({ method, path }) => !LEFT_OUT.includes(`${method} ${path}`))
}

/** Values people and attackers type. */
const typed = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }).map(String) },
  fc.constantFrom(
    "'; DROP TABLE users; --",
    '../../etc/passwd',
    '%00',
    '-1',
    '1e309',
    'NaN',
    '9'.repeat(40),
    'null',
    '[object Object]',
    'carl',
    'anna',
    'viewer',
    'administrator',
    'OPEN',
    'opened',
    '-severity',
    'true',
    ',',
    'e30',
    '\u202e',
    'a'.repeat(3000),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.base64String({ maxLength: 80 }),
)
const anything = fc.oneof(
  typed,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, 0, -1, 2 ** 53, [], {}),
)

function requestTo(address: Address): fc.Arbitrary<{ url: string; body: unknown }> {
  const { path, operation } = address
  const parameters = operation.parameters ?? []
  const queries = parameters.filter((each) => each.in === 'query').map((each) => each.name)
  const schema = operation.requestBody?.content['application/json']?.schema
  const members = Object.keys(schema?.properties ?? {})
  const pathName = /\{\w+\}/g
  const places = path.match(pathName)?.length ?? 0
  return fc.record({
    url: fc
      .tuple(
        fc.array(typed, { minLength: places, maxLength: places }),
        fc.array(fc.tuple(fc.constantFrom(...queries, 'other', '__proto__'), typed), { maxLength: 4 }),
      )
      .map(([values, query]) => {
        let at = 0
        const filled = path.replace(pathName, () => encodeURIComponent((values[at++] ?? '').toWellFormed()))
        const pairs = query.map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`,
        )
        return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
      }),
    body:
      schema === undefined
        ? fc.constant(undefined)
        : fc.oneof(
            anything,
            fc
              .array(fc.tuple(fc.constantFrom(...members, 'extra'), anything), {
                maxLength: members.length + 1,
              })
              .map((pairs) => Object.fromEntries(pairs)),
          ),
  })
}

test('no made-up request is answered with a fault, and none changes anything without a right', async (t) => {
  const all = addresses()
  const counts = new Map<number, number>()
  const { browse } = api.world.store
  let asked = 0
  await fc.assert(
    fc.asyncProperty(
      fc
        .constantFrom(...all)
        .chain((address) =>
          fc.tuple(
            fc.constant(address),
            requestTo(address),
            fc.constantFrom('nobody', 'viewer', 'administrator', 'garbage'),
          ),
        ),
      async ([address, { url, body }, who]) => {
        const known = who === 'viewer' || who === 'administrator'
        const headers: Record<string, string> = known
          ? { ...browsers[who].headers }
          : who === 'garbage'
            ? { cookie: 'dbmedic_session=%%%; =; a', authorization: 'Bearer \u00e9', 'x-csrf-token': 'x' }
            : {}
        const before = await browse.newestSeq()
        const answer = await api.app.inject({
          method: address.method,
          url,
          // Limits by address are tested elsewhere.
          remoteAddress: `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`,
          headers: {
            ...headers,
            'idempotency-key': `fuzz-${asked}-0123456789`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) ?? 'null' }),
        })
        asked += 1
        counts.set(answer.statusCode, (counts.get(answer.statusCode) ?? 0) + 1)
        assert.ok(answer.statusCode < 500, `${address.method} ${url} ${answer.body}`)
        if (answer.statusCode >= 400) {
          assert.match(String(answer.headers['content-type']), /problem\+json/, answer.body)
          assert.equal(await browse.newestSeq(), before, `${address.method} ${url} changed something`)
        } else if (address.method !== 'GET') {
          assert.ok(known, `${address.method} ${url} was done for ${who}`)
          if (CHANGES.includes(address.operation['x-right'])) assert.equal(who, 'administrator')
        }
      },
    ),
    { numRuns: REQUESTS },
  )
  const shares = [...counts].sort(([a], [b]) => a - b).map(([status, count]) => `${count} x ${status}`)
  t.diagnostic(`${asked} requests: ${shares.join(', ')}`)
  assert.ok((counts.get(200) ?? 0) > REQUESTS / 50, 'some were right')
})
