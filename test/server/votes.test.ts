/** Votes over HTTP, signed as a browser signs them: over the text the page writes itself from what it shows. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signText, verifyVote } from '../../src/access/index.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import type { Decision } from '../../src/core/nouns.ts'
import { createPasswords } from '../../src/server/passwords.ts'
import {
  decide,
  makeIssue,
  newAnalysis,
  newDecision,
  newVote,
  type TestPerson,
} from '../support/pipeline-rows.ts'
import { type ApiWorld, makeApiWorld, signInOf } from './support/api-world.ts'

const PASSWORD = 'four plain words here'

let api: ApiWorld
let cookies = 0
before(async () => {
  api = await makeApiWorld()
  const { store } = api.world
  const hash = await createPasswords().hash(PASSWORD)
  for (const user of ['bert', 'carl']) await signInOf(store).setPassword(user, hash, user)
  await signInOf(store).setMembership({
    userName: 'carl',
    workspaceId: 1,
    role: 'approver',
    held: true,
    by: 'anna',
  })
})
after(() => api.stop())

type Headers = Record<string, string>
const browserOf = async (user: string): Promise<Headers> => {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/session',
    payload: { userName: user, password: PASSWORD },
  })
  assert.equal(answer.statusCode, 201, answer.body)
  const [cookie] = answer.cookies
  return { cookie: `${cookie?.name}=${cookie?.value}`, 'x-csrf-token': String(answer.json().csrfToken) }
}
const key = (): Headers => {
  cookies += 1
  return { 'idempotency-key': `test-key-${String(cookies).padStart(8, '0')}` }
}
const post = (url: string, headers: Headers, payload: object) =>
  api.app.inject({ method: 'POST', url, headers: { ...key(), ...headers }, payload })
const open = (decision: Decision, headers: Headers, planDigest = decision.planDigest) =>
  api.app.inject({
    method: 'PUT',
    url: `/api/decisions/${decision.decisionId}/reading`,
    headers,
    payload: { planDigest },
  })

const waiting = async (resource: string, action?: string, proposedBy?: string): Promise<Decision> =>
  decide(api.world, await makeIssue(api.world, resource), {
    ...(action === undefined ? {} : { action }),
    ...(proposedBy === undefined ? {} : { proposedBy }),
  })

/** The vote as the page writes and signs it; what comes from the server is compared, never signed as it is. */
async function signed(
  decision: Decision,
  person: TestPerson,
  { headers, ...over }: { readonly headers: Headers; readonly decline?: boolean },
): Promise<Record<string, unknown>> {
  const decline = over.decline ?? false
  const ballot = {
    planDigest: decision.planDigest,
    decline,
    reason: decline ? 'BAD_TIMING' : 'CONFIDENT',
  }
  const answer = await post(`/api/decisions/${decision.decisionId}/ballot`, headers, ballot)
  assert.equal(answer.statusCode, 200, answer.body)
  const { vote, text } = answer.json()
  const own = canonicalJson({
    schema: 'dbmedic/vote/1',
    decisionId: decision.decisionId,
    actionId: decision.recommendedActionId,
    planDigest: decision.planDigest,
    riskLevel: decision.riskLevel,
    approvalStatus: vote.approvalStatus,
    approvalReason: ballot.reason,
    conditions: { undoPreconsented: false, windowStart: null },
    adminUserId: person.userName,
    expiresAt: vote.expiresAt,
    standingApprovalId: null,
  } as Json)
  assert.equal(text, own)
  const { approvalStatus, expiresAt } = vote
  return { ...ballot, approvalStatus, expiresAt, signature: signText(own, person.seed) }
}
const votes = (decision: Decision): string => `/api/decisions/${decision.decisionId}/votes`

test('a vote signed in the browser is stored as it was signed, and once for one key', async () => {
  const { world } = api
  const decision = await waiting('votes.one')
  const headers = { ...(await browserOf('bert')), ...key() }
  const body = await signed(decision, world.bert, { headers })
  const answer = await post(votes(decision), { ...headers, ...key() }, body)
  assert.equal(answer.statusCode, 201, answer.body)
  const [vote] = await world.store.read.approvals(decision.decisionId)
  assert.ok(vote !== undefined)
  assert.equal(verifyVote(vote, await world.store.read.people(), []), null, 'the executor believes it')
  assert.equal(vote.authenticationMethod, 'key')
  assert.equal((await world.store.read.decision(decision.decisionId))?.decisionStatus, 'APPROVED')
})

test('a request sent twice under one key is done once and answered the same; the key is of that request', async () => {
  const headers = { ...(await browserOf('bert')), ...key() }
  const stop = { action: 'mysql/analyze-table', reason: 'twice' }
  const [first, second] = [await post('/api/stops', headers, stop), await post('/api/stops', headers, stop)]
  assert.equal(first.statusCode, 201, first.body)
  assert.deepEqual(second.json(), first.json())
  assert.equal(second.headers['idempotency-replayed'], 'true')
  assert.equal((await api.world.store.read.halts()).filter((each) => each.reason === 'twice').length, 1)
  const other = await post('/api/stops', headers, { ...stop, reason: 'another' })
  assert.equal(other.json().code, 'DBM_KEY_REUSED')
  const carl: Headers = { ...(await browserOf('carl')), 'idempotency-key': headers['idempotency-key'] ?? '' }
  const lift = await post(`/api/stops/${first.json().haltId}/lift`, carl, {})
  assert.equal(lift.statusCode, 204, 'another person’s key is another key')
  const missing = await api.app.inject({
    method: 'POST',
    url: '/api/stops',
    headers: { cookie: carl['cookie'] ?? '', 'x-csrf-token': carl['x-csrf-token'] ?? '' },
    payload: stop,
  })
  assert.equal(missing.statusCode, 400)
})

test('a refusal gives its key back', async () => {
  const headers = { ...(await browserOf('bert')), ...key() }
  assert.equal((await post('/api/stops', headers, { action: 'none', reason: 'r' })).statusCode, 404)
  const stop = await post('/api/stops', headers, { reason: 'r' })
  assert.equal(stop.statusCode, 201, stop.body)
  assert.equal(
    (await post(`/api/stops/${stop.json().haltId}/lift`, { ...headers, ...key() }, {})).statusCode,
    204,
  )
})

test('a signature of another key, over other words, or that holds too long is refused', async () => {
  const { world } = api
  const decision = await waiting('votes.forged')
  const headers = await browserOf('bert')
  const body = await signed(decision, world.bert, { headers })
  const forged = await signed(decision, world.bert, { headers })
  const attempts = [
    {
      ...forged,
      signature: (await signed(decision, { ...world.bert, seed: world.carl.seed }, { headers }))['signature'],
    },
    { ...body, undoPreconsented: true },
    { ...body, reason: 'OTHER_OPTIONS_WORSE' },
    { ...body, expiresAt: '2999-01-01T00:00:00.000000Z' },
    { ...body, expiresAt: '2020-01-01T00:00:00.000000Z' },
    { ...body, approvalStatus: 'CONDITIONAL_APPROVAL' },
  ]
  for (const attempt of attempts) {
    const answer = await post(votes(decision), headers, attempt)
    assert.ok([400, 409].includes(answer.statusCode), answer.body)
  }
  assert.deepEqual(await world.store.read.approvals(decision.decisionId), [])
})

test('HIGH risk: evidence opened, the password, and two people; a token never', async () => {
  const { world } = api
  const decision = await waiting('votes.high', 'mysql/rebuild-table')
  const [bert, carl] = [await browserOf('bert'), await browserOf('carl')]
  const first = await signed(decision, world.bert, { headers: bert })
  const unread = await post(votes(decision), bert, { ...first, password: PASSWORD })
  assert.equal(unread.json().code, 'DBM_EVIDENCE_UNREAD')
  assert.equal((await open(decision, bert, '0'.repeat(64))).statusCode, 412)
  assert.equal((await open(decision, bert)).statusCode, 200)
  const noPassword = await post(votes(decision), bert, first)
  assert.deepEqual([noPassword.statusCode, noPassword.json().code], [403, 'DBM_PROOF_MISSING'])
  const wrong = await post(votes(decision), bert, { ...first, password: 'not it at all' })
  assert.equal(wrong.json().code, 'DBM_PROOF_MISSING')
  const token = { authorization: `Bearer ${await api.tokenOf('approver', ['read', 'vote'])}` }
  const byToken = await post(votes(decision), token, { ...first, password: PASSWORD })
  assert.deepEqual([byToken.statusCode, byToken.json().code], [403, 'DBM_TOKEN_NEVER'])
  const one = await post(votes(decision), bert, { ...first, password: PASSWORD })
  assert.equal(one.statusCode, 201, one.body)
  assert.equal(one.json().approvalStatus, 'CONDITIONAL_APPROVAL')
  const again = await post(`/api/decisions/${decision.decisionId}/ballot`, bert, {
    planDigest: decision.planDigest,
    decline: false,
    reason: 'CONFIDENT',
  })
  assert.equal(again.json().code, 'DBM_VOTE_INVALID')
  assert.match(again.json().detail, /each person votes once/)
  await open(decision, carl)
  const second = await signed(decision, world.carl, { headers: carl })
  const two = await post(votes(decision), carl, { ...second, password: PASSWORD })
  assert.equal(two.json().approvalStatus, 'APPROVED', two.body)
  assert.equal((await world.store.read.decision(decision.decisionId))?.decisionStatus, 'APPROVED')
  const methods = (await world.store.read.approvals(decision.decisionId)).map(
    (each) => each.authenticationMethod,
  )
  assert.deepEqual(methods, ['key+password', 'key+password'])
})

test('a token of an approver votes on LOW risk only with that scope', async () => {
  const { world } = api
  const decision = await waiting('votes.token')
  const reading = { authorization: `Bearer ${await api.tokenOf('approver', ['read'])}` }
  const body = await signed(decision, world.bert, { headers: await browserOf('bert') })
  assert.equal((await post(votes(decision), reading, body)).json().code, 'DBM_RIGHT_MISSING')
  const voting = { authorization: `Bearer ${await api.tokenOf('approver', ['vote'])}` }
  const answer = await post(votes(decision), voting, body)
  assert.equal(answer.statusCode, 201, answer.body)
})

test('a plan that changed is refused with what differs', async () => {
  const { world } = api
  const issueId = await makeIssue(world, 'votes.changed')
  const old = await decide(world, issueId)
  const headers = await browserOf('bert')
  const body = await signed(old, world.bert, { headers })
  await world.store.serve.insertApproval(
    await newVote(world, old, world.carl, {
      status: 'DECLINED',
    }),
  )
  const other = await post(`/api/decisions/${old.decisionId}/ask-other`, headers, { reason: 'not this' })
  assert.equal(other.statusCode, 204, other.body)
  const { reason } = world.store
  const analysisId = await reason.insertAnalysis(newAnalysis(issueId))
  await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  const parameters = { table: { schema: 'shop', table: 'orders' }, rows: 6 }
  const decisionId = await reason.insertDecision(await newDecision(world, analysisId, { parameters }))
  const answer = await post(votes(old), headers, body)
  assert.deepEqual([answer.statusCode, answer.json().code], [412, 'DBM_PLAN_CHANGED'])
  const { changed } = answer.json()
  assert.equal(changed.decisionId, decisionId)
  assert.deepEqual(
    changed.differences.find((each: { path: string }) => each.path === 'parameters.rows'),
    { path: 'parameters.rows', before: '5', after: '6' },
  )
})

test('a viewer neither votes nor ends a decision, and is told which right is missing', async () => {
  const decision = await waiting('votes.own')
  const viewer = (await api.signIn('viewer')).headers
  const ballot = { planDigest: decision.planDigest, decline: false, reason: 'CONFIDENT' }
  const url = `/api/decisions/${decision.decisionId}`
  for (const [path, body] of [
    ['/ballot', ballot],
    ['/votes', ballot],
    ['/cancel', { reason: 'r' }],
    ['/revoke', { reason: 'r' }],
    ['/close', { reason: 'r' }],
    ['/ask-other', { reason: 'r' }],
  ] as const) {
    const answer = await post(`${url}${path}`, viewer, body)
    assert.deepEqual([answer.statusCode, answer.json().code], [403, 'DBM_RIGHT_MISSING'], path)
  }
  assert.equal((await api.world.store.read.decision(decision.decisionId))?.decisionStatus, 'PENDING_APPROVAL')
})

test('a request is checked as at the command line: wrong parameters are named and nothing is stored', async () => {
  const headers = await browserOf('carl')
  const { targetId } = await waiting('stock')
  const ask = (params: Json) =>
    post('/api/requests', headers, {
      targetId,
      issueId: null,
      actionName: 'mysql/analyze-table',
      params,
      reason: 'after the load',
    })
  const table = { schema: 'shop', table: 'stock' }
  const first = await ask({ table })
  assert.equal(first.statusCode, 202, first.body)
  const wrong = await ask({ table: { ...table, colour: 'red' } })
  assert.equal(wrong.statusCode, 400, wrong.body)
  assert.equal(wrong.json().code, 'DBM_PARAM_INVALID')
  assert.match(wrong.json().detail, /parameter table .* has an unknown member/)
  const next = await ask({ table })
  assert.equal(next.json().requestId, first.json().requestId + 1, 'nothing stored in between')
})
