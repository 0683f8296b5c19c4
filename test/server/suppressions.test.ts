/** What issues are about suppressed for a while: over HTTP and at a terminal, within the workspace, with who and why on record. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeIssue } from '../support/pipeline-rows.ts'
import { cliFolder } from '../support/run-cli.ts'
import { type ApiWorld, makeApiWorld } from './support/api-world.ts'

const cli = cliFolder()
let api: ApiWorld
before(async () => {
  api = await makeApiWorld()
})
after(async () => {
  cli.remove()
  await api.stop()
})

const DAY_SECONDS = 86_400
let count = 0
const issue = (): Promise<number> => {
  count += 1
  return makeIssue(api.world, `silent.${count}`)
}
const post = (headers: object, url: string, payload?: object) => {
  count += 1
  return api.app.inject({
    method: 'POST',
    url,
    headers: { ...headers, 'idempotency-key': `suppressions-${String(count).padStart(8, '0')}` },
    ...(payload === undefined ? {} : { payload }),
  })
}
const listed = async (headers: object, query = '') => {
  const answer = await api.app.inject({ url: `/api/suppressions${query}`, headers: { ...headers } })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json()
}

test('an operator suppresses several with one reason, each has its answer, and anybody who reads sees who and why', async () => {
  const { headers } = await api.signIn('operator')
  const [one, other] = [await issue(), await issue()]
  const wish = { issueIds: [one, 999_999, one], seconds: DAY_SECONDS, reason: 'the vendor knows' }
  const made = await post(headers, '/api/issues/suppressions', wish)
  assert.equal(made.statusCode, 200, made.body)
  const { items } = made.json()
  assert.deepEqual(
    items.map((each: { problem: { code: string } | null }) => each.problem?.code ?? null),
    [null, 'DBM_NOT_FOUND'],
  )
  const again = await post(headers, '/api/issues/suppressions', { ...wish, issueIds: [one, other] })
  const [refused, taken] = again.json().items
  assert.match(refused.problem.detail, /^suppression \d+ of otto holds it until /)
  assert.equal(taken.problem, null)

  const viewer = await api.signIn('viewer')
  const auditor = await api.signIn('auditor')
  const [row] = (await listed(viewer.headers, `?issue=${one}`)).items
  assert.deepEqual([row.suppressedBy, row.reason, row.isActive], ['otto', 'the vendor knows', true])
  const dashboard = await api.app.inject({ url: '/api/dashboard', headers: { ...viewer.headers } })
  assert.equal(dashboard.json().suppressed, 2)
  const chain = await api.app.inject({
    url: '/api/audit/search?kind=suppressions&who=otto',
    headers: { ...auditor.headers },
  })
  assert.equal(chain.json().items.length, 2)
  assert.match(chain.json().items[0].canonical, /the vendor knows/)

  const page = await listed(viewer.headers, '?active=true&limit=1')
  assert.equal(page.items[0].issueId, other)
  const second = await listed(viewer.headers, `?active=true&limit=1&cursor=${page.next}`)
  assert.deepEqual([second.items[0].issueId, second.next], [one, null])

  assert.equal((await post(headers, `/api/suppressions/${row.suppressionId}/end`)).statusCode, 204)
  const twice = await post(headers, `/api/suppressions/${row.suppressionId}/end`)
  assert.equal(twice.statusCode, 404, twice.body)
  const [ended] = (await listed(viewer.headers, '?active=false')).items
  assert.deepEqual([ended.suppressionId, ended.endedBy], [row.suppressionId, 'otto'])
})

test('for longer than 90 days is no request, and of a CRITICAL issue longer than 7 is refused with the reason', async () => {
  const { headers } = await api.signIn('approver')
  const { reason } = api.world.store
  const issueId = await issue()
  const found = await api.world.store.read.issue(issueId)
  await reason.countOccurrences(issueId, 1, found?.lastDetectionEventId ?? 0, 'CRITICAL')
  const wish = { issueIds: [issueId], reason: 'known' }
  const long = await post(headers, '/api/issues/suppressions', { ...wish, seconds: 91 * DAY_SECONDS })
  assert.equal(long.statusCode, 400)
  const critical = await post(headers, '/api/issues/suppressions', { ...wish, seconds: 8 * DAY_SECONDS })
  assert.match(
    critical.json().items[0].problem.detail,
    /is CRITICAL, and that is suppressed for 7 days at most/,
  )
  const week = await post(headers, '/api/issues/suppressions', { ...wish, seconds: 7 * DAY_SECONDS })
  assert.equal(week.json().items[0].problem, null)
})

test('what is CRITICAL is suppressed by who may release, and by no operator and no token without that scope', async () => {
  const issueId = await issue()
  const found = await api.world.store.read.issue(issueId)
  await api.world.store.reason.countOccurrences(issueId, 1, found?.lastDetectionEventId ?? 0, 'CRITICAL')
  const wish = { issueIds: [issueId], reason: 'known', seconds: 60 }
  const asking = { authorization: `Bearer ${await api.tokenOf('approver', ['read', 'ask'])}` }
  for (const headers of [(await api.signIn('operator')).headers, asking]) {
    const answer = await post(headers, '/api/issues/suppressions', wish)
    const { problem, suppressionId } = answer.json().items[0]
    assert.equal(suppressionId, null)
    assert.match(problem.detail, /is CRITICAL, which an approver or administrator suppresses/)
  }
  const releasing = { authorization: `Bearer ${await api.tokenOf('approver', ['read', 'ask', 'release'])}` }
  const answer = await post(releasing, '/api/issues/suppressions', wish)
  assert.equal(answer.json().items[0].problem, null, answer.body)
})

test('what another workspace suppressed is not ended from here, nor seen', async () => {
  const wish = { issueId: await issue(), seconds: 60, reason: 'known', by: 'otto' }
  const suppressionId = await api.world.store.serve.suppress(wish)
  const { headers } = await api.signIn('outsider')
  const answer = await post(headers, `/api/suppressions/${suppressionId}/end?workspace=2`)
  assert.equal(answer.statusCode, 404, answer.body)
  assert.deepEqual((await listed(headers, '?workspace=2')).items, [])
  const { rows } = await api.world.store.read.suppressions({ suppressionId, after: null, limit: 1 })
  assert.equal(rows[0]?.isActive, true)
})

test('`suppress` and `suppressions` over a server do the same, and end with 3 where one was refused', async () => {
  const issueId = await issue()
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const env = { DBMEDIC_TOKEN: await api.tokenOf('operator', ['read', 'ask']) }
  const call = (...args: string[]) => cli.call(['--server', address, ...args], env)
  const made = await call('suppress', String(issueId), '--for', '12h', '--because', 'a load test')
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, new RegExp(`${issueId} +suppression \\d+: the same opens no issue`))
  const again = await call('suppress', String(issueId), '--for', '7d', '--because', 'a load test')
  assert.equal(again.code, 3)
  assert.match(again.out, /not suppressed: suppression (\d+) of otto holds it/)
  assert.match(again.out, /dbmedic suppressions end \d+/)
  const rows = JSON.parse((await call('suppressions', '--json')).out) as {
    issueId: number
    suppressionId: number
  }[]
  const mine = rows.find((each) => each.issueId === issueId)
  assert.ok(mine)
  assert.match((await call('suppressions', 'list')).out, /HELD[\s\S]*a load test/)
  const ended = await call('suppressions', 'end', String(mine.suppressionId))
  assert.equal(ended.out, `Suppression ${mine.suppressionId} is over.\n`)
  const long = await call('suppress', String(issueId), '--for', '2w', '--because', 'x')
  assert.equal(long.code, 2)
  assert.match(long.err, /30m, 12h, 7d/)
})
