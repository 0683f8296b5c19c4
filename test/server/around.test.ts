/** What stands around the pipeline, over HTTP: the catalogue in words, policies, and questions to a target. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json } from '../../src/core/canonical.ts'
import { type Actor, type ApiWorld, makeApiWorld } from './support/api-world.ts'

let api: ApiWorld
before(async () => {
  api = await makeApiWorld()
})
after(() => api.stop())

let keys = 0
const send = async (actor: Actor, method: 'GET' | 'POST', url: string, body?: object) => {
  const { headers } = await api.signIn(actor)
  keys += 1
  const key = `around-${String(keys).padStart(12, '0')}`
  return api.app.inject({
    method,
    url,
    headers: { ...headers, ...(method === 'POST' ? { 'idempotency-key': key } : {}) },
    ...(body === undefined ? {} : { payload: body }),
  })
}
const get = async (url: string, actor: Actor = 'viewer') => {
  const answer = await send(actor, 'GET', url)
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json()
}
const asked = async (url: string, body?: object): Promise<number> => {
  const answer = await send('operator', 'POST', url, body)
  assert.equal(answer.statusCode, 202, answer.body)
  return answer.json().requestId
}
/** Answers what was asked, as the process that watches the target would. */
const answerAs = async (requestId: number, answer: Json | Error): Promise<void> => {
  const { observe } = api.world.store
  const lease = { owner: 'watcher', seconds: 60 }
  await observe.leaseTargets(lease, 10)
  await observe.claimRequests(lease, 100)
  await observe.answerRequest(
    requestId,
    lease.owner,
    answer instanceof Error ? { ok: false, because: answer.message } : { ok: true, answer },
  )
}
const known = (value: Json): Json => ({
  known: true,
  value,
  at: '2026-11-21T03:33:11.123456Z',
  source: 'test',
})

test('the catalogue says what each action takes and must hold, in words', async () => {
  const { items } = await get('/api/catalogue')
  assert.ok(items.length > 30)
  const item = items.find((each: { actionName: string }) => each.actionName === 'mysql/create-index')
  assert.match(item.prose.join(' '), /reads and writes go on while it builds/)
  assert.deepEqual(
    item.parameters.map((each: { name: string; kind: { type: string } }) => [each.name, each.kind.type]),
    [
      ['table', 'table'],
      ['columns', 'columns'],
    ],
  )
  assert.ok(item.conditions.every((each: { rule: string }) => each.rule.length > 10))
  assert.deepEqual(item.undo, { actionName: 'mysql/drop-index' })
  assert.equal(item.record.runs, 0)
})

test('policies name what is allowed, and no secret or address', async () => {
  const policies = await get('/api/policies')
  assert.equal(policies.verification.afterSeconds, 900)
  assert.equal(policies.pinnedAdministrators, 0)
  assert.deepEqual(policies.panel.secondFactorFor, [])
  assert.doesNotMatch(JSON.stringify(policies), /password|env:|file:|listen|baseUrl|store/i)
})

test('a check is asked of the watcher, and its answer names what is missing with its GRANT', async () => {
  const requestId = await asked(`/api/targets/${api.world.targetId}/checks`)
  assert.equal((await get(`/api/checks/${requestId}`)).state, 'REQUESTED')
  const value = {
    identity: { version: '10.11', flavour: 'mariadb', epoch: '2026-11-21T00:00:00.000000Z', weak: false },
    capabilities: [
      {
        id: 'process',
        available: false,
        found: 'no PROCESS',
        consequence: 'blind',
        remedy: ['GRANT PROCESS'],
      },
    ],
    cost: { busyMsPerSecond: 0.5, sharePercent: null, allowedMsPerSecond: 2, shed: [], shedsMuch: false },
  }
  await answerAs(requestId, known(value))
  const answer = await get(`/api/checks/${requestId}`)
  assert.equal(answer.state, 'ANSWERED')
  assert.deepEqual(answer.check, value)
})

test('an answer that is not known, not to be had or not understood says so', async () => {
  const checkOf = async (answer: Json | Error) => {
    const requestId = await asked(`/api/targets/${api.world.targetId}/checks`)
    await answerAs(requestId, answer)
    const { state, because, check } = await get(`/api/checks/${requestId}`)
    assert.deepEqual([state, check], ['FAILED', null])
    return because
  }
  const unknown = { known: false, because: 'the server is away', toProceed: 'Wait.' }
  assert.equal(await checkOf(unknown), 'the server is away')
  assert.equal(await checkOf(new Error('no such question')), 'no such question')
  assert.match(await checkOf(known({ identity: 7 })), /not one this server understands/)
})

test('evidence that another role asked for is not shown, nor a question of another workspace', async () => {
  const { targetId, store } = api.world
  const question = { kind: 'check', params: {} }
  const foreign = await store.reason.ask({ targetId, issueId: null, question })
  const own = await asked(`/api/targets/${targetId}/checks`)
  const statusOf = async (url: string, actor: Actor) => (await send(actor, 'GET', url)).statusCode
  assert.equal(await statusOf(`/api/checks/${foreign}`, 'operator'), 404)
  assert.equal(await statusOf(`/api/previews/${own}`, 'operator'), 404)
  assert.equal(await statusOf(`/api/checks/${own}?workspace=2`, 'outsider'), 404)
  const there = await send('outsider', 'POST', `/api/targets/${targetId}/checks?workspace=2`)
  assert.equal(there.statusCode, 404)
})

test('a preview is refused before it is asked where the parameters cannot be right', async () => {
  const preview = { targetId: api.world.targetId, actionName: 'mysql/create-index', params: { table: 1 } }
  const refused = await send('operator', 'POST', '/api/previews', preview)
  assert.equal(refused.statusCode, 400)
  assert.equal(refused.json().code, 'DBM_PARAM_INVALID')
})

test('a refusal of the target is the answer of a preview', async () => {
  const params = { table: { schema: 'shop', table: 'orders' } }
  const preview = { targetId: api.world.targetId, actionName: 'mysql/analyze-table', params }
  const requestId = await asked('/api/previews', preview)
  const refusal = {
    refused: true,
    code: 'DBM_PARAM_INVALID',
    because: 'no such table',
    toProceed: 'Name one.',
  }
  await answerAs(requestId, known(refusal))
  const { state, because, proposal } = await get(`/api/previews/${requestId}`, 'operator')
  assert.deepEqual([state, because, proposal], ['FAILED', 'no such table', null])
})

test('a form learns the columns and indexes of a table, and that there is none', async () => {
  const look = { targetId: api.world.targetId, of: 'table', schema: 'shop', table: 'orders' }
  const [there, gone] = [await asked('/api/lookups', look), await asked('/api/lookups', look)]
  const table = {
    columns: [{ column: 'id', columnType: 'bigint' }],
    indexes: [
      { index: 'PRIMARY', unique: true, visible: true, columns: [{ column: 'id' }, { column: null }] },
    ],
  }
  await answerAs(there, known(table))
  await answerAs(gone, known(null))
  const found = (await get(`/api/lookups/${there}`, 'operator')).table
  assert.deepEqual(found.indexes[0].columns, ['id', '(expression)'])
  assert.equal((await get(`/api/lookups/${gone}`, 'operator')).table.exists, false)
  const nameless = { targetId: api.world.targetId, of: 'table' }
  assert.equal((await send('operator', 'POST', '/api/lookups', nameless)).statusCode, 400)
})

test('a blocker is named by its transaction while idle, by its statement while it runs', async () => {
  const requestId = await asked('/api/lookups', { targetId: api.world.targetId, of: 'blockers' })
  const root = {
    connectionId: '7',
    user: 'app',
    host: 'h:1',
    database: 'shop',
    command: 'Sleep',
    kind: 'client',
    idleSeconds: 90,
    transactionId: '11',
    transactionStartedAt: '2026-11-21T00:00:00.000000Z',
    queryId: '5',
    fingerprintId: 'f'.repeat(16),
    fingerprint: 'SELECT ?',
    waiters: ['8'],
    longestWaitSeconds: 3,
    objects: ['shop.orders'],
  }
  const busy = { ...root, connectionId: '9', command: 'Query', waiters: ['8', '10'] }
  await answerAs(requestId, known({ epoch: 'e', instanceUid: 'i', roots: [root, busy] }))
  const { blockers } = await get(`/api/lookups/${requestId}`, 'operator')
  assert.deepEqual(
    blockers.map(({ connection }: { connection: Record<string, string | null> }) => [
      connection['connectionId'],
      connection['transactionId'],
      connection['queryId'],
    ]),
    [
      ['9', null, '5'],
      ['7', '11', null],
    ],
  )
})
