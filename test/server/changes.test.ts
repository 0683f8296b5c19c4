/**
 * Every address that changes something, made from the description of the API: a request that is taken is done once
 * under one idempotency key, leaves exactly one trace on the audit chain, and carries an id. An address without such a
 * request here fails. Every read that may be kept has an ETag.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiWorld, makeApiWorld, panelOf } from './support/api-world.ts'
import type { Change } from './support/change.ts'
import { givePasswords, VALID_CHANGES } from './support/valid-changes.ts'

process.env['DBM_TEST_SECRET_KEY'] = 'a key of the server for these tests only'

let api: ApiWorld
before(async () => {
  api = await makeApiWorld(
    'sqlite',
    panelOf('{ requestsPerMinute: 1000000, secretKey: "env:DBM_TEST_SECRET_KEY" }'),
  )
  await givePasswords(api)
})
after(() => api.stop())

interface Operation {
  readonly 'x-right'?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
}

function operations(): readonly (readonly [name: string, operation: Operation])[] {
  const { paths } = api.app.swagger() as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  )
}

const writes = () =>
  operations().filter(([name, each]) => !name.startsWith('GET ') && each['x-right'] !== 'public')

/** Say what would be and change nothing. */
const WRITE_NOTHING = [
  'POST /api/decisions/{decisionId}/ballot',
  'POST /api/people/{userName}/registration/draft',
]
/** End the session they come with, so that the second request is nobody's. */
const END_THEMSELVES = ['DELETE /api/session', 'DELETE /api/sessions']

/** Keeps its keys with what it counted, apart from those of the others. */
const KEEPS_ITS_KEYS = ['POST /api/errors']

let keys = 0
const newKey = (): string => {
  keys += 1
  return `changes-${String(keys).padStart(12, '0')}`
}
const send = (name: string, { browser, url, payload }: Change, key: string) =>
  api.app.inject({
    method: name.split(' ')[0] as 'POST',
    url,
    headers: { ...browser.headers, 'idempotency-key': key },
    ...(payload === undefined ? {} : { payload }),
  })
const links = async (): Promise<number> => (await api.world.store.read.audit(1, 100_000)).length

test('every change takes an idempotency key, and those of the pipeline ask for one', () => {
  const without = writes()
    .filter(([, { parameters = [] }]) => !parameters.some((each) => each.name === 'idempotency-key'))
    .map(([name]) => name)
  assert.deepEqual(without, WRITE_NOTHING)
  const optional = writes()
    .filter(([, each]) => ['ask', 'stop', 'release'].includes(each['x-right'] ?? ''))
    .filter(
      ([, { parameters = [] }]) =>
        !parameters.some((each) => each.name === 'idempotency-key' && each.required),
    )
    .map(([name]) => name)
  assert.deepEqual(optional, [])
})

test('for every change there is a request here that is taken', () => {
  const names = writes().map(([name]) => name)
  const known = [...Object.keys(VALID_CHANGES), ...WRITE_NOTHING, ...END_THEMSELVES]
  assert.deepEqual(names.filter((name) => !known.includes(name)).sort(), [])
  assert.deepEqual(known.filter((name) => !names.includes(name)).sort(), [])
})

for (const [name, make] of Object.entries(VALID_CHANGES)) {
  test(`${name}: taken, done once under its key, answered the same, and the key is of that request alone`, async () => {
    const change = await make(api)
    const key = newKey()
    const first = await send(name, change, key)
    assert.equal(first.statusCode, change.status, first.body)
    assert.match(String(first.headers['x-request-id']), /^[0-9a-f-]{36}$/)
    assert.equal(first.headers['idempotency-replayed'], undefined)
    const before = await links()
    const second = await send(name, change, key)
    assert.equal(second.statusCode, first.statusCode, second.body)
    assert.deepEqual(second.body === '' ? '' : second.json(), first.body === '' ? '' : first.json())
    assert.equal(second.headers['idempotency-replayed'], 'true')
    assert.notEqual(second.headers['x-request-id'], first.headers['x-request-id'])
    assert.equal(await links(), before, 'the second request changed something')
    if (KEEPS_ITS_KEYS.includes(name)) return
    const other = await api.app.inject({
      method: 'DELETE',
      url: `/api/sessions/${'0'.repeat(64)}`,
      headers: { ...change.browser.headers, 'idempotency-key': key },
    })
    assert.deepEqual([other.statusCode, other.json().code], [422, 'DBM_KEY_REUSED'])
    assert.equal(other.json().requestId, other.headers['x-request-id'])
  })
}

test('signing out under a key signs out, and the key opens nothing afterwards', async () => {
  for (const name of END_THEMSELVES) {
    const browser = await api.signIn('operator')
    const change = { browser, url: name.split(' ')[1] ?? '', status: 204 }
    const key = newKey()
    assert.equal((await send(name, change, key)).statusCode, 204)
    assert.equal((await send(name, change, key)).json().code, 'DBM_SIGNED_OUT')
  }
})

test('answers that hold a secret are kept sealed: none of them can be read in the store', async () => {
  const secrets: string[] = []
  for (const name of ['POST /api/tokens', 'POST /api/people/{userName}/link', 'POST /api/invitations']) {
    const change = await VALID_CHANGES[name]?.(api)
    assert.ok(change !== undefined)
    const { token, secret } = (await send(name, change, newKey())).json()
    secrets.push(token ?? secret)
  }
  const owner = await api.server.connect('owner')
  const kept = JSON.stringify(await owner.rows('SELECT answer FROM request_answers'))
  await owner.close()
  assert.match(kept, /sealed/)
  for (const secret of secrets) {
    assert.match(secret, /[\w-]{43}/)
    assert.ok(!kept.includes(secret))
  }
})

test('every read that may be kept has an ETag and is not sent again; what is private is kept nowhere', async () => {
  const { headers } = await api.signIn('administrator')
  const values: Readonly<Record<string, number | string>> = {
    issueId: api.ids.issueId,
    decisionId: api.ids.decisionId,
    executionId: api.ids.executionId,
    targetId: api.world.targetId,
    requestId: 1,
    checkId: api.ids.checkId,
    previewId: api.ids.previewId,
    lookupId: api.ids.lookupId,
    signature: api.ids.signature,
    userName: 'anna',
    engine: 'mysql',
    action: 'analyze-table',
  }
  const counts = { tagged: 0, private: 0 }
  for (const [name] of operations()) {
    if (!name.startsWith('GET ') || name === 'GET /api/events') continue
    const url = (name.split(' ')[1] ?? '').replace(/\{(\w+)\}/g, (_all, key: string) =>
      String(values[key] ?? 999_999),
    )
    const first = await api.app.inject({ url, headers })
    assert.match(String(first.headers['x-request-id']), /^[0-9a-f-]{36}$/, name)
    if (first.statusCode !== 200) continue
    if (first.headers['cache-control'] === 'no-store') {
      assert.equal(first.headers['etag'], undefined, name)
      counts.private += 1
      continue
    }
    const etag = String(first.headers['etag'])
    assert.match(etag, /^"[\w-]{27}"$/, name)
    counts.tagged += 1
    // What changes by itself (time, figures of the process) has another tag by now, and is sent whole.
    const again = await api.app.inject({ url, headers: { ...headers, 'if-none-match': etag } })
    assert.ok(again.statusCode === 304 ? again.body === '' : again.headers['etag'] !== etag, name)
  }
  assert.ok(counts.tagged >= 20 && counts.private >= 8, JSON.stringify(counts))
})
