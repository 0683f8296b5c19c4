/** Closing an issue that has no decision, on a real store: who asked is on record, and no other issue is closed so. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import { decide, makeIssue, makeWorld, newAnalysis, type World } from '../../test/support/pipeline-rows.ts'
import { CLOSE_ISSUE, type RecoveryRequest } from '../core/store-ports.ts'
import { closeIssue } from './manual-requests.ts'

let server: TestStore
let w: World
before(async () => {
  server = await startStore('sqlite')
  w = await makeWorld(await openFull(server))
})
after(async () => {
  await w.store.close()
  await server.stop()
})

/** Anna asks for the close; gives the request as `reason` finds it. */
async function wish(issueId: number, targetId = w.targetId): Promise<RecoveryRequest> {
  await w.store.serve.requestRecovery({
    targetId,
    issueId,
    actionName: CLOSE_ISSUE,
    params: {},
    reason: 'the batch job is known',
    requestedBy: 'anna',
  })
  const [request] = await w.store.reason.claimRecoveryRequests({ owner: 'r', seconds: 60 }, 1)
  return request ?? assert.fail('the request is gone')
}

async function abstained(resource: string): Promise<number> {
  const issueId = await makeIssue(w, resource)
  await w.store.reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  await w.store.reason.insertAnalysis(
    newAnalysis(issueId, {
      analysisStatus: 'ABSTAINED',
      confidenceScore: 0.3,
    }),
  )
  await w.store.reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  return issueId
}
const stateOf = async (issueId: number) => (await w.store.read.issue(issueId))?.issueStatus

describe('a person closes an issue that has no decision', () => {
  test('one whose analysis abstained is closed, and the chain names who asked and why', async () => {
    const issueId = await abstained('orders')
    assert.equal(await closeIssue(w.store.reason, await wish(issueId)), `issue ${issueId} closed for anna`)
    assert.equal(await stateOf(issueId), 'CLOSED')
    const links = (await w.store.read.audit(0, 1000)).map((link) => link.canonical)
    const asked = links.findIndex(
      (text) => text.includes('"recovery_requests"') && text.includes('the batch job is known'),
    )
    const closed = links.findIndex(
      (text) => text.includes('"detected_issues"') && text.includes('"issue_status":"CLOSED"'),
    )
    assert.match(links[asked] ?? '', /"requested_by":"anna"/)
    assert.ok(asked >= 0 && asked < closed, 'first who asked, then the close')
  })

  test('one that is closed already, is analysed or has a decision is left as it is', async () => {
    const closed = await abstained('again')
    await closeIssue(w.store.reason, await wish(closed))
    assert.match(await closeIssue(w.store.reason, await wish(closed)), /is CLOSED/)
    const fresh = await makeIssue(w, 'fresh')
    assert.match(await closeIssue(w.store.reason, await wish(fresh)), /is DETECTED/)
    const decided = await makeIssue(w, 'decided')
    await decide(w, decided)
    assert.match(await closeIssue(w.store.reason, await wish(decided)), /is DECISION_MADE/)
    assert.equal(await stateOf(decided), 'DECISION_MADE')
  })

  test('a close without an issue, or of an issue of another target, is refused', async () => {
    const issueId = await abstained('elsewhere')
    const request = await wish(issueId)
    for (const other of [
      { ...request, issueId: null },
      { ...request, issueId: 999_999 },
      { ...request, targetId: 99 },
    ])
      assert.equal(await closeIssue(w.store.reason, other), 'there is no such issue on that target')
    assert.equal(await stateOf(issueId), 'AWAITING_DECISION')
  })
})
