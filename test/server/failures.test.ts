/** Reports of errors over HTTP: who may send and read them, what is refused, and that nobody's literals are kept. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FailureExplainer } from '../../src/app/explain-failures.ts'
import { TABLES } from '../../src/store/schema/tables.ts'
import { cliFolder } from '../support/run-cli.ts'
import { type ApiWorld, makeApiWorld } from './support/api-world.ts'
import { failureReport } from './support/failure-report.ts'

const cli = cliFolder()

let api: ApiWorld
let token = ''
before(async () => {
  api = await makeApiWorld()
  token = await api.tokenOf('operator', ['report'])
})
after(async () => {
  cli.remove()
  await api.stop()
})

let keys = 0
const batchOf = (failures: readonly object[], over: object = {}): object => ({
  form: 'dbmedic-failures-1',
  application: 'shop',
  process: '7f6f8f0c-9a52-4a2d-b1cf-2f3c2a7f5a01',
  dropped: 0,
  failures,
  ...over,
})
async function send(body: object | string, { key = '', query = '' } = {}) {
  keys += 1
  return api.app.inject({
    method: 'POST',
    url: `/api/errors${query}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key === '' ? `failures-test-of-${1000 + keys}` : key,
    },
    payload: body,
  })
}
async function read(path: string) {
  const { headers } = await api.signIn('viewer')
  return (await api.app.inject({ url: `/api/errors${path}`, headers })).json()
}

test('a batch is taken and counted; sent again it is answered the same and counts once; its key takes no other', async () => {
  const report = failureReport({ object: 'shop.first', count: 3 })
  const key = 'one-batch-of-the-guard'
  const first = await send(batchOf([report]), { key })
  assert.deepEqual([first.statusCode, first.json()], [202, { counted: 3, leftOut: 0 }])
  assert.equal(first.headers['idempotency-replayed'], undefined)
  const again = await send(batchOf([report]), { key })
  assert.deepEqual([again.statusCode, again.json()], [202, { counted: 3, leftOut: 0 }])
  assert.equal(again.headers['idempotency-replayed'], 'true')
  const other = await send(batchOf([failureReport({ object: 'shop.other' })]), { key })
  assert.deepEqual([other.statusCode, other.json().code], [422, 'DBM_KEY_REUSED'])
  const { pattern } = await read(`/patterns/${report.signature}`)
  assert.equal(pattern.occurrences, 3)
})

test('literals a client sends are kept nowhere, wherever they stand', async () => {
  const secret = 'zqsecret.zqmiddle@zqexample.com'
  const report = failureReport({ object: 'shop.users' })
  const answer = await send(
    batchOf(
      [
        {
          ...report,
          code: '1062',
          type: 'DUPLICATE_KEY',
          object: secret,
          masked: `Duplicate entry '${secret}' for key 'users.uq_email'`,
          statement: { fingerprint: 'x', text: `INSERT INTO users (email) VALUES ('${secret}')` },
          callSite: { file: `src/'${secret}'.js`, line: 1, column: 1, function: `f('${secret}')` },
          at: secret,
          lastAt: secret,
        },
      ],
      { application: `'${secret}'`, process: secret },
    ),
  )
  assert.equal(answer.statusCode, 202, answer.body)
  const { items } = await read('/patterns?type=DUPLICATE_KEY')
  assert.deepEqual([items.length, items[0].object, items[0].occurrences], [1, 'users.uq_email', 1])
  assert.notEqual(items[0].signature, report.signature)
  const { sites } = await read(`/patterns/${items[0].signature}`)
  assert.deepEqual(
    [sites[0].application, sites[0].place, sites[0].statement.text],
    [null, null, 'insert into users (email) values (...)'],
  )
  await new FailureExplainer(api.world.store.reason.recovery, () => undefined).turn()
  const owner = await api.server.connect('owner')
  for (const { name } of TABLES) {
    const rows = await owner.rows(`SELECT * FROM ${name}`)
    const text = JSON.stringify(rows, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    assert.doesNotMatch(text, /zqsecret|zqmiddle|zqexample/, name)
  }
  await owner.close()
})

test('a kind of failure is shown with its words, and with what was done about it once the analyst has looked', async () => {
  const report = failureReport({ object: 'shop.explained' })
  await send(batchOf([report]))
  const path = `/patterns/${report.signature}`
  const before = await read(path)
  assert.equal(before.recovery, null)
  assert.equal(before.explanation.words.severity, 'WARNING')
  assert.match(before.explanation.words.summary, /\(mariadb 1146, about shop\.explained\)$/)
  await new FailureExplainer(api.world.store.reason.recovery, () => undefined).turn()
  const { recovery, explanation } = await read(path)
  assert.equal(recovery.explanation.summary, explanation.words.summary)
  assert.equal(recovery.explanation.knowledgeId, 'mysql/no-such-table')
  assert.equal(recovery.explanation.evidence[0].signature, report.signature)
  assert.deepEqual([recovery.attempts, recovery.enabled, recovery.latest], [0, true, []])
})

test('who may stop switches recovery of a kind off, who may release on again, each with a reason that all read', async () => {
  const report = failureReport({ object: 'shop.switched' })
  await send(batchOf([report]))
  const post = async (actor: 'operator' | 'approver' | 'viewer', way: 'on' | 'off', reason = 'known') => {
    keys += 1
    const { headers } = await api.signIn(actor)
    const answer = await api.app.inject({
      method: 'POST',
      url: `/api/errors/patterns/${report.signature}/recovery/${way}`,
      headers: { ...headers, 'idempotency-key': `recovery-switch-${1000 + keys}` },
      payload: { reason },
    })
    return answer.statusCode === 204 ? 204 : [answer.statusCode, answer.json().code, answer.json().detail]
  }
  const early = await post('operator', 'off')
  assert.deepEqual(early, [
    ...[409, 'DBM_PRECONDITION_FAILED'],
    'nobody has looked at this error yet, so there is nothing to switch',
  ])
  const explainer = new FailureExplainer(api.world.store.reason.recovery, () => undefined)
  while (await explainer.turn());
  assert.equal(await post('operator', 'off', 'the vendor is at it'), 204)
  const { recovery } = await read(`/patterns/${report.signature}`)
  const { at, ...switched } = recovery.switched
  assert.deepEqual(
    [recovery.enabled, switched],
    [false, { on: false, by: 'otto', reason: 'the vendor is at it' }],
  )
  const again = await post('operator', 'off')
  assert.match(
    String(again),
    new RegExp(`^409,.*is off already since ${at}, by otto \\(the vendor is at it\\)`),
  )
  assert.equal((await post('viewer', 'off'))[0 as never], 403)
  assert.equal((await post('operator', 'on'))[0 as never], 403)
  assert.equal(await post('approver', 'on', 'they are done'), 204)
  assert.equal((await read(`/patterns/${report.signature}`)).recovery.enabled, true)
  const { headers } = await api.signIn('auditor')
  const chain = await api.app.inject({ url: '/api/audit/search?kind=recovery_switches', headers })
  assert.match(chain.json().items[0].canonical, /they are done/)

  const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const env = { DBMEDIC_TOKEN: await api.tokenOf('operator', ['read', 'stop']) }
  const call = (...args: string[]) => cli.call(['--server', address, 'errors', ...args], env)
  const digits = report.signature.slice(0, 12)
  const off = await call('recovery', digits, '--off', '--reason', 'a load test')
  assert.equal(
    off.out,
    `Recovery of ${digits} is off: nothing is proposed for it by itself, and no grant lets it through.\n`,
    off.err,
  )
  assert.match((await call('show', digits)).out, /Switched off \(otto, .* UTC\): a load test/)
  assert.equal((await call('recovery', digits, '--on', '--reason', 'done')).code, 3)
  assert.equal((await call('recovery', digits, '--reason', 'x')).code, 2)
  assert.equal((await call('recovery', 'nothing', '--off', '--reason', 'x')).code, 2)
})

test('what is no batch is refused by name, and nothing of it is counted', async () => {
  const count = async (): Promise<number> => (await read('/patterns')).items.length
  const before = await count()
  const report = failureReport({ object: 'shop.refused' })
  const attempts: readonly (readonly [body: object | string, status: number, code: string])[] = [
    ['{', 400, 'DBM_REQUEST_INVALID'],
    [batchOf([]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([report], { form: 'dbmedic-failures-2' }), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, engine: 'nothing' }]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, signature: 'short' }]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, count: 0 }]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, count: 1.5 }]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, more: 1 }]), 400, 'DBM_REQUEST_INVALID'],
    [batchOf(Array.from({ length: 101 }, () => report)), 400, 'DBM_REQUEST_INVALID'],
    [batchOf([{ ...report, masked: 'x'.repeat(1_100_000) }]), 413, 'DBM_REQUEST_TOO_LARGE'],
  ]
  for (const [body, status, code] of attempts) {
    const answer = await send(body)
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code])
  }
  assert.match((await send(batchOf([{ ...report, masked: 'x'.repeat(1_100_000) }]))).body, /1048576/)
  const long = await send(
    batchOf(Array.from({ length: 100 }, () => ({ ...report, masked: 'x '.repeat(4000) }))),
  )
  assert.equal(long.statusCode, 202)
  assert.equal(await count(), before + 1)
  const noKey = await api.app.inject({
    method: 'POST',
    url: '/api/errors',
    headers: { authorization: `Bearer ${token}` },
    payload: batchOf([report]),
  })
  assert.equal(noKey.statusCode, 400)
})

test('the target is one of the workspace, by its name', async () => {
  const report = failureReport({ object: 'shop.on_target' })
  const name = (await api.world.store.read.targets())[0]?.targetName ?? ''
  assert.equal((await send(batchOf([report]), { query: `?target=${name}` })).statusCode, 202)
  assert.equal((await send(batchOf([report]), { query: '?target=nowhere' })).statusCode, 404)
  const { sites } = await read(`/patterns/${report.signature}`)
  assert.deepEqual(
    sites.map((each: { targetName: string }) => each.targetName),
    [name],
  )
  const found = await read(`/patterns?target=${api.world.targetId}`)
  assert.deepEqual(
    found.items.map((each: { object: string }) => each.object),
    ['shop.on_target'],
  )
})

test('a token for reports reads nothing, and one of another workspace reports nothing here', async () => {
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await api.app.inject({ url: '/api/errors/patterns', headers })).statusCode, 403)
  const elsewhere = await api.tokenOf('outsider', ['report'], 2)
  const post = (query: string) =>
    api.app.inject({
      method: 'POST',
      url: `/api/errors${query}`,
      headers: { authorization: `Bearer ${elsewhere}`, 'idempotency-key': `elsewhere-${query}-12345678` },
      payload: batchOf([failureReport({ object: 'shop.elsewhere' })]),
    })
  assert.equal((await post('')).statusCode, 403)
  assert.equal((await post('?workspace=2')).statusCode, 202)
  assert.ok(!JSON.stringify(await read('/patterns')).includes('shop.elsewhere'))
})

test('the list goes on where the page before ended, and a kind that is not there is not found', async () => {
  const first = await read('/patterns?limit=1&sort=first')
  const second = await read(`/patterns?limit=1&sort=first&cursor=${first.next}`)
  assert.notEqual(first.items[0].signature, second.items[0].signature)
  const prefix = await read(`/patterns?signature=${first.items[0].signature.slice(0, 12)}`)
  assert.deepEqual(prefix.items, first.items)
  assert.equal((await read(`/patterns/${'0'.repeat(64)}`)).code, 'DBM_NOT_FOUND')
})

test('a watch that a failure proposed is shown with it, accepted for some days by who may ask, and ended', async () => {
  const report = failureReport({ object: 'shop.watched', count: 10 })
  const name = (await api.world.store.read.targets())[0]?.targetName ?? ''
  await send(batchOf([report]), { query: `?target=${name}` })
  const { recovery: desk, watches } = api.world.store.reason
  const explainer = new FailureExplainer(desk, () => undefined)
  while (await explainer.turn());
  const [failure] = await watches.recurring([{ failureType: 'TABLE_NOT_FOUND' }], 10)
  assert.ok(failure)
  const { taskId, targetId } = failure
  const question = { kind: 'table', params: { schema: 'shop', table: 'watched' } }
  const plan = { kind: 'table-exists', subject: 'shop.watched', question, limit: null } as const
  await watches.propose({ ...plan, intervalSeconds: 3600, taskId, targetId, reason: 'it came back' })
  const shown = async () => (await read(`/patterns/${report.signature}`)).recovery.watches[0]
  const { watchId, runs, look, subject } = await shown()
  assert.deepEqual([runs, look, subject], [false, null, 'shop.watched'])
  const post = async (actor: 'operator' | 'viewer', way: string, payload?: object) => {
    keys += 1
    const { headers } = await api.signIn(actor)
    const answer = await api.app.inject({
      method: 'POST',
      url: `/api/watches/${watchId}/${way}`,
      headers: { ...headers, 'idempotency-key': `watch-of-the-test-${1000 + keys}` },
      ...(payload === undefined ? {} : { payload }),
    })
    return answer.statusCode
  }
  assert.equal(await post('viewer', 'accept', { days: 3 }), 403)
  assert.equal(await post('operator', 'accept', { days: 91 }), 400)
  assert.equal(await post('operator', 'accept', { days: 3 }), 204)
  assert.equal(await post('operator', 'accept', { days: 3 }), 409)
  assert.deepEqual([(await shown()).runs, (await shown()).acceptedBy], [true, 'otto'])

  const address = await api.app.listen({ host: '127.0.0.1', port: 0 }).catch(() => api.app.listeningOrigin)
  const env = { DBMEDIC_TOKEN: await api.tokenOf('operator', ['read', 'ask']) }
  const call = (...args: string[]) => cli.call(['--server', address, 'errors', ...args], env)
  assert.match(
    (await call('show', report.signature.slice(0, 12))).out,
    /Watch \d+: table-exists shop\.watched on .*, every 60 minutes until/,
  )
  assert.equal((await call('watch', 'end', String(watchId))).out, `Watch ${watchId} is over.\n`)
  assert.equal((await shown()).endedBy, 'otto')
  assert.equal((await call('watch', 'accept', String(watchId), '--days', '0')).code, 2)
  assert.equal((await call('watch', 'accept', String(watchId))).code, 3)
})
