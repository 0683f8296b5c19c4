/** What follows a run, over HTTP: its undo is asked for, an undecided verdict settled; actions are switched; tokens bounded. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decide, makeIssue, newVerdict, newVote, onlyRunnable, run } from '../support/pipeline-rows.ts'
import { type ApiWorld, makeApiWorld, panelOf } from './support/api-world.ts'
import { PASSWORD } from './support/change.ts'
import { givePasswords, VALID_CHANGES } from './support/valid-changes.ts'

let api: ApiWorld
before(async () => {
  api = await makeApiWorld('sqlite', panelOf('{ requestsPerMinute: 1000000 }'))
  await givePasswords(api)
})
after(() => api.stop())

let keys = 0
const keyed = (headers: object): Record<string, string> => {
  keys += 1
  return { ...headers, 'idempotency-key': `after-run-${String(keys).padStart(8, '0')}` }
}
const post = (url: string, headers: object, payload: object) =>
  api.app.inject({ method: 'POST', url, headers: keyed(headers), payload })

test('an undo is shown before it is asked for, and becomes the request of the inverse action', async () => {
  const change = await VALID_CHANGES['POST /api/decisions/{decisionId}/undo']?.(api)
  assert.ok(change !== undefined)
  const shown = await api.app.inject({ url: change.url, headers: change.browser.headers })
  assert.equal(shown.statusCode, 200, shown.body)
  const { actionName, params, differs } = shown.json()
  assert.equal(actionName, 'mysql/hide-index')
  assert.deepEqual(params, { table: { schema: 'shop', table: 'orders' }, index: 'dbm_orders_state' })
  assert.match(differs, /hides the index instead of dropping it/)
  const { requestId } = (await post(change.url, change.browser.headers, { reason: 'it slows writes' })).json()
  const owner = await api.server.connect('owner')
  const [row] = await owner.rows('SELECT * FROM recovery_requests WHERE recovery_request_id = ?', [requestId])
  await owner.close()
  assert.deepEqual(
    [row?.['action_name'], row?.['requested_by'], row?.['reason'], JSON.parse(String(row?.['params']))],
    ['mysql/hide-index', 'otto', 'it slows writes', params],
  )
})

test('where nothing ran, or it cannot be taken back, the answer says so and how to go on', async () => {
  const { headers } = await api.signIn('operator')
  const waiting = await post(`/api/decisions/${api.ids.pendingDecisionId}/undo`, headers, { reason: 'r' })
  assert.equal(waiting.statusCode, 409)
  assert.match(waiting.json().detail, /changed nothing: no run of it completed/)
  const done = await api.app.inject({ url: `/api/decisions/${api.ids.decisionId}/undo`, headers })
  assert.deepEqual([done.statusCode, done.json().code], [409, 'DBM_PRECONDITION_FAILED'])
  assert.match(done.json().detail, /cannot be undone/)
  assert.ok(done.json().hint.length > 5)
})

async function undecided(): Promise<{ readonly issueId: number; readonly decisionId: number }> {
  const { world } = api
  const issueId = await makeIssue(world, `settle.${keys}`)
  const decision = await decide(world, issueId)
  const conditions = { undoPreconsented: true }
  await world.store.serve.insertApproval(await newVote(world, decision, world.bert, { conditions }))
  const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
  await world.store.act.insertVerification(newVerdict(executionId, 'undecided'))
  return { issueId, decisionId: decision.decisionId }
}

test('a person settles an undecided verdict once, and the issue goes on from it', async () => {
  const { issueId, decisionId } = await undecided()
  const url = `/api/decisions/${decisionId}/settle`
  const operator = await post(url, (await api.signIn('operator')).headers, {
    verdict: 'improved',
    reason: 'r',
  })
  assert.equal(operator.json().code, 'DBM_RIGHT_MISSING')
  const { headers } = await api.signIn('approver')
  const open = await post(url, headers, { verdict: 'undecided', reason: 'r' })
  assert.equal(open.statusCode, 400)
  const settled = await post(url, headers, { verdict: 'improved', reason: 'the queue is empty' })
  assert.equal(settled.statusCode, 201, settled.body)
  assert.equal(settled.json().issueStatus, 'RESOLVED')
  const [execution] = await api.world.store.read.executions({ decisionId, limit: 1 })
  const [newest] = await api.world.store.read.verifications(execution?.executionId ?? 0)
  assert.deepEqual(
    [newest?.verdict, newest?.assessedBy, newest?.details],
    ['improved', 'bert', { because: 'the queue is empty' }],
  )
  const again = await post(url, headers, { verdict: 'regressed', reason: 'r' })
  assert.equal(again.statusCode, 409)
  assert.match(again.json().detail, /no undecided verdict: it is improved/)
  assert.equal((await api.world.store.read.issue(issueId))?.issueStatus, 'RESOLVED')
})

test('a verdict settled as regressed lets the undo run that was consented to, and no other', async () => {
  const { decisionId } = await undecided()
  const before = (await api.world.store.act.runnable(100)).filter((each) => each.purpose === 'UNDO')
  assert.ok(!before.some((each) => each.decision.decisionId === decisionId))
  const { headers } = await api.signIn('administrator')
  const settled = await post(`/api/decisions/${decisionId}/settle`, headers, {
    verdict: 'regressed',
    reason: 'slower',
  })
  assert.deepEqual([settled.statusCode, settled.json().issueStatus], [201, 'VERIFYING'])
  const now = (await api.world.store.act.runnable(100)).filter((each) => each.purpose === 'UNDO')
  assert.ok(now.some((each) => each.decision.decisionId === decisionId))
})

test('an action that is switched off is proposed no more, and again when it is on', async () => {
  const { world } = api
  const { headers } = await api.signIn('administrator')
  const set = (enabled: boolean) =>
    api.app.inject({
      method: 'PUT',
      url: '/api/actions/mysql/analyze-table/enabled',
      headers,
      payload: { enabled },
    })
  assert.equal((await set(false)).statusCode, 204)
  const row = (await world.store.read.actions()).find((each) => each.actionName === 'mysql/analyze-table')
  assert.equal(row?.actionEnabled, false)
  const issueId = await makeIssue(world, 'switched.off')
  await assert.rejects(decide(world, issueId), /GOV-021/)
  assert.equal((await set(true)).statusCode, 204)
  const decision = await decide(world, await makeIssue(world, 'switched.on'))
  assert.equal(decision.decisionStatus, 'PENDING_APPROVAL')
  const unknown = await api.app.inject({
    method: 'PUT',
    url: '/api/actions/mysql/format-disk/enabled',
    headers,
    payload: { enabled: true },
  })
  assert.equal(unknown.statusCode, 404)
})

test('what was asked for is what stands in the store: endings, windows, stops and grants', async () => {
  const { read } = api.world.store
  const statusOf = async (name: string): Promise<string | undefined> => {
    const change = await VALID_CHANGES[`POST /api/decisions/{decisionId}/${name}`]?.(api)
    assert.ok(change !== undefined)
    const answer = await post(change.url, change.browser.headers, change.payload ?? {})
    assert.equal(answer.statusCode, 204, answer.body)
    const decision = await read.decision(Number(change.url.split('/')[3]))
    const issue = await read.issue(decision?.issueId ?? 0)
    return `${decision?.decisionStatus} ${issue?.issueStatus}`
  }
  assert.equal(await statusOf('cancel'), 'CANCELLED CANCELLED')
  assert.equal(await statusOf('revoke'), 'CANCELLED UNDER_ANALYSIS')
  assert.equal(await statusOf('ask-other'), 'DECLINED UNDER_ANALYSIS')
  assert.equal(await statusOf('close'), 'DECLINED CLOSED')
  const made = async (name: string) => {
    const change = await VALID_CHANGES[name]?.(api)
    assert.ok(change !== undefined)
    const answer = await post(change.url, change.browser.headers, change.payload ?? {})
    assert.ok(answer.statusCode < 300, answer.body)
    return { change, body: answer.body === '' ? null : answer.json() }
  }
  const window = await made('POST /api/windows')
  const windows = await read.changeWindows(api.world.targetId)
  assert.ok(
    windows.some((each) => each.changeWindowId === window.body.changeWindowId && each.createdBy === 'bert'),
  )
  const grant = await made('POST /api/grants')
  const grants = async () => read.standingApprovals()
  const given = (await grants()).find((each) => each.standingApprovalId === grant.body.standingApprovalId)
  assert.deepEqual([given?.grantedBy, given?.usesLeft, given?.revokedAt], ['bert', 2, null])
  const revoked = await made('POST /api/grants/{grantId}/revoke')
  const number = Number(revoked.change.url.split('/')[3])
  assert.equal((await grants()).find((each) => each.standingApprovalId === number)?.revokedBy, 'otto')
  const stop = await made('POST /api/stops')
  assert.ok((await read.halts()).some((each) => each.haltId === stop.body.haltId && each.setBy === 'otto'))
  const lifted = await made('POST /api/stops/{haltId}/lift')
  const lift = Number(lifted.change.url.split('/')[3])
  assert.ok(!(await read.halts()).some((each) => each.haltId === lift))
})

test('a workspace is listed to who belongs to it; its founder administers it', async () => {
  const { headers } = await api.signIn('administrator')
  const add = () =>
    api.app.inject({ method: 'POST', url: '/api/workspaces', headers, payload: { workspaceName: 'billing' } })
  const made = await add()
  assert.equal(made.statusCode, 201, made.body)
  const { workspaceId } = made.json()
  assert.match((await add()).json().detail, /a workspace of that name already/)
  const names = async (of: object) =>
    (await api.app.inject({ url: '/api/workspaces', headers: { ...of } }))
      .json()
      .items.map((each: { workspaceName: string }) => each.workspaceName)
  assert.deepEqual(await names(headers), ['default', 'elsewhere', 'billing'])
  assert.deepEqual(await names((await api.signIn('viewer')).headers), ['default'])
  assert.deepEqual(await names((await api.signIn('outsider')).headers), ['elsewhere'])
  const url = `/api/people?workspace=${workspaceId}`
  assert.equal((await api.app.inject({ url, headers })).statusCode, 200)
  const role = `/api/people/vera/roles/viewer?workspace=${workspaceId}`
  const given = await api.app.inject({ method: 'PUT', url: role, headers, payload: { held: true } })
  assert.equal(given.statusCode, 204)
  assert.deepEqual(await names((await api.signIn('viewer')).headers), ['default', 'billing'])
})

test('no token votes on HIGH risk, allows ahead, administers, or votes for who may not', async () => {
  const { world } = api
  const approver = { authorization: `Bearer ${await api.tokenOf('approver', ['read', 'ask', 'vote'])}` }
  const decision = await decide(world, await makeIssue(world, 'token.high'), {
    action: 'mysql/rebuild-table',
  })
  const { planDigest } = decision
  const url = `/api/decisions/${decision.decisionId}/ballot`
  const ballot = await post(url, approver, { planDigest, decline: false, reason: 'CONFIDENT' })
  assert.deepEqual([ballot.statusCode, ballot.json().code], [403, 'DBM_TOKEN_NEVER'])
  const change = await VALID_CHANGES['POST /api/grants']?.(api)
  const grant = await post('/api/grants', approver, change?.payload ?? {})
  assert.equal(grant.json().code, 'DBM_TOKEN_NEVER')
  await assert.rejects(api.tokenOf('administrator', ['administer']), /GOV-109/)
  await assert.rejects(api.tokenOf('operator', ['vote']), /GOV-109/)
  const { headers } = await api.signIn('operator')
  const asked = await post('/api/tokens', headers, {
    tokenName: 't',
    scopes: ['vote'],
    days: 1,
    password: PASSWORD,
  })
  assert.deepEqual([asked.statusCode, asked.json().code], [403, 'DBM_RIGHT_MISSING'])
  assert.match(asked.json().detail, /“vote” in workspace 1/)
})

test('an administrator sees and revokes a token of somebody else in the workspace', async () => {
  const { headers } = await api.signIn('administrator')
  const token = { authorization: `Bearer ${await api.tokenOf('viewer', ['read'])}` }
  const { items } = (await api.app.inject({ url: '/api/people/vera/tokens', headers })).json()
  const [newest] = items
  assert.deepEqual(newest.scopes, ['read'])
  assert.equal((await api.app.inject({ url: '/api/issues', headers: token })).statusCode, 200)
  const url = `/api/people/vera/tokens/${newest.tokenId}`
  assert.equal((await api.app.inject({ method: 'DELETE', url, headers })).statusCode, 204)
  assert.equal((await api.app.inject({ url: '/api/issues', headers: token })).statusCode, 401)
  assert.equal((await api.app.inject({ method: 'DELETE', url, headers })).statusCode, 404)
})
