/** Several issues dismissed with one reason: each by its own act, each with its own answer, over HTTP and at a terminal. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CLOSE_ISSUE } from '../../src/core/store-ports.ts'
import { decide, makeIssue, newAnalysis, newVote } from '../support/pipeline-rows.ts'
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

interface Item {
  readonly issueId: number
  readonly act: string | null
  readonly problem: { readonly code: string; readonly detail: string } | null
}

let count = 0
/** One issue of each state a dismissal meets. */
async function issues() {
  const { world } = api
  const { reason, serve } = world.store
  count += 1
  const made = (name: string): Promise<number> => makeIssue(world, `${name}.${count}`)
  const waits = await made('waits')
  await reason.moveIssue(waits, 'DETECTED', 'UNDER_ANALYSIS')
  await reason.insertAnalysis(newAnalysis(waits))
  await reason.moveIssue(waits, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  const pending = await decide(world, await made('pending'))
  const declined = await decide(world, await made('declined'))
  await serve.insertApproval(await newVote(world, declined, world.bert, { status: 'DECLINED' }))
  return { waits, pending, declined, fresh: await made('fresh') }
}

const dismissedBy = async (headers: object, issueIds: readonly number[]): Promise<readonly Item[]> => {
  count += 1
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/issues/dismissals',
    headers: { ...headers, 'idempotency-key': `dismissals-${String(count).padStart(8, '0')}` },
    payload: { issueIds, reason: 'a load test, known' },
  })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json().items
}

test('each is ended by the act its state allows, under the person’s name and reason; the others say why not', async () => {
  const { waits, pending, declined, fresh } = await issues()
  const { headers } = await api.signIn('operator')
  const { read, reason } = api.world.store
  const links = (await read.audit(1, 10_000)).length
  const items = await dismissedBy(headers, [waits, pending.issueId, declined.issueId, fresh, 999_999])
  assert.deepEqual(
    items.map(({ act, problem }) => act ?? problem?.code),
    ['ask-close', 'cancel', 'close', 'DBM_PRECONDITION_FAILED', 'DBM_NOT_FOUND'],
  )
  assert.match(items[3]?.problem?.detail ?? '', /is DETECTED: it is being analysed/)
  const statusOf = async (issueId: number) => (await read.issue(issueId))?.issueStatus
  assert.deepEqual(
    [await statusOf(pending.issueId), await statusOf(declined.issueId), await statusOf(fresh)],
    ['CANCELLED', 'CLOSED', 'DETECTED'],
  )
  const asked = (await reason.claimRecoveryRequests({ owner: 'thinker', seconds: 60 }, 50)).find(
    (each) => each.issueId === waits,
  )
  assert.deepEqual(
    [asked?.actionName, asked?.requestedBy, asked?.reason],
    [CLOSE_ISSUE, 'otto', 'a load test, known'],
  )
  for (const { decisionId } of [pending, declined]) {
    const [ending] = await read.endings(decisionId)
    assert.deepEqual([ending?.endedBy, ending?.reason], ['otto', 'a load test, known'])
  }
  const acts = (await read.audit(links + 1, 10_000)).filter(({ canonical }) =>
    /"(recovery_requests|decision_endings)"/.test(canonical),
  )
  assert.equal(acts.length, 3, 'one link an act')
})

test('a token that may ask and not stop ends what waits, and is told the right that is missing for the rest', async () => {
  const { waits, pending } = await issues()
  const token = await api.tokenOf('operator', ['read', 'ask'])
  const items = await dismissedBy({ authorization: `Bearer ${token}` }, [pending.issueId, waits, waits])
  assert.deepEqual(
    items.map(({ issueId, act, problem }) => [issueId, act ?? problem?.code]),
    [
      [pending.issueId, 'DBM_RIGHT_MISSING'],
      [waits, 'ask-close'],
    ],
  )
  assert.equal((await api.world.store.read.decision(pending.decisionId))?.decisionStatus, 'PENDING_APPROVAL')
})

test('`dismiss` over a server says the same of each, and ends with 3 where one was not dismissed', async () => {
  const { pending, fresh } = await issues()
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const token = await api.tokenOf('operator', ['read', 'ask', 'stop'])
  const ran = await cli.call(
    [...['--server', address, 'dismiss', String(pending.issueId), String(fresh)], '--reason', 'known'],
    { DBMEDIC_TOKEN: token },
  )
  assert.equal(ran.code, 3, ran.err)
  assert.match(ran.out, new RegExp(`${pending.issueId} +cancelled with its decision`))
  assert.match(ran.out, new RegExp(`${fresh} +not dismissed: issue ${fresh} is DETECTED`))
})
