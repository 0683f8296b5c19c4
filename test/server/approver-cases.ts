/** How people approve, as every kind of store counts it: a part of read-routes.test.ts, whose stores are there already. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApproverRecord,
  RUBBER_STAMP_LIMITS,
  type RubberStampLimits,
} from '../../src/core/approval-audit.ts'
import type { NewApproval } from '../../src/core/nouns.ts'
import { decide, makeIssue, newVote, type TestPerson } from '../support/pipeline-rows.ts'
import type { ApiWorld } from './support/api-world.ts'

/** The usual limits, reached by four votes. */
const FOUR: RubberStampLimits = {
  MANY_AN_HOUR: { ...RUBBER_STAMP_LIMITS.MANY_AN_HOUR, limit: 4 },
  READ_QUICKLY: { ...RUBBER_STAMP_LIMITS.READ_QUICKLY, limit: 20, leastApprovals: 4 },
  NEVER_DECLINES: { ...RUBBER_STAMP_LIMITS.NEVER_DECLINES, leastApprovals: 4 },
  ONE_REASON: { ...RUBBER_STAMP_LIMITS.ONE_REASON, leastApprovals: 4 },
}

/**
 * The last tests of a store: two of its triggers go, because moments are the store's own and some are set back here.
 * Bert has approved twice before.
 */
export function approverCases(api: () => ApiWorld): void {
  let prepared = false
  /** Once, before the first row that is set back. */
  const prepare = async (): Promise<void> => {
    if (prepared) return
    prepared = true
    for (const table of ['admin_approvals', 'decision_readings'])
      await api().asOwner(`DROP TRIGGER ${table}_before_update`)
  }
  let resources = 0
  /** A vote; `readSeconds` before it the evidence was opened, where it was. */
  const vote = async (
    person: TestPerson,
    of: { reason?: NewApproval['approvalReason']; readSeconds?: number; decline?: boolean } = {},
  ): Promise<number> => {
    await prepare()
    resources += 1
    const { world } = api()
    const decision = await decide(world, await makeIssue(world, `shop.voted_${resources}`))
    const { decisionId, planDigest } = decision
    const { userName } = person
    if (of.readSeconds !== undefined)
      await world.store.signIn?.recordReading({ decisionId, userName, planDigest })
    const change = of.reason === undefined ? {} : { change: { approvalReason: of.reason } }
    const status = of.decline === true ? { status: 'DECLINED' as const } : {}
    await world.store.serve.insertApproval(await newVote(world, decision, person, { ...status, ...change }))
    if (of.readSeconds !== undefined)
      await setBack('decision_readings', 'opened_at', { decisionId, seconds: of.readSeconds })
    return decisionId
  }
  /** Sets a moment of a decision's row back by seconds, counted from its vote. */
  const setBack = (
    table: string,
    column: string,
    { decisionId, seconds }: { decisionId: number; seconds: number },
  ): Promise<void> => {
    const voted = `(SELECT approval_timestamp FROM (SELECT decision_id, approval_timestamp FROM admin_approvals) a WHERE a.decision_id = ${decisionId})`
    const value =
      api().server.dialect === 'sqlite'
        ? `strftime('%Y-%m-%dT%H:%M:%f000Z', ${voted}, '${-seconds} seconds')`
        : `${voted} - INTERVAL ${seconds} SECOND`
    return api().asOwner(`UPDATE ${table} SET ${column} = ${value} WHERE decision_id = ${decisionId}`)
  }
  const recordOf = async (person: TestPerson, limits = FOUR): Promise<ApproverRecord> => {
    const all = await api().world.store.browse.approvers({ workspaceId: 1, days: 7, limits })
    const found = all.find(({ userName }) => userName === person.userName)
    assert.ok(found !== undefined)
    return found
  }
  const codesOf = ({ warnings }: ApproverRecord): readonly string[] => warnings.map(({ code }) => code)

  test('somebody who stamps is warned of in every way, with the limit and why it is there', async () => {
    const { carl } = api().world
    for (const readSeconds of [1, 3, 5]) await vote(carl, { readSeconds })
    assert.deepEqual(codesOf(await recordOf(carl)), [])
    await vote(carl, { readSeconds: 90 })
    const record = await recordOf(carl)
    assert.deepEqual(
      { ...record, warnings: [], medianReadingSeconds: Math.round(record.medianReadingSeconds ?? -1) },
      {
        userName: 'carl',
        approved: 4,
        declined: 0,
        declinedPercent: 0,
        approvalsInBusiestHour: 4,
        medianReadingSeconds: 4,
        readings: 4,
        reasons: [{ key: 'CONFIDENT', count: 4 }],
        warnings: [],
      },
    )
    assert.deepEqual(codesOf(record), ['MANY_AN_HOUR', 'READ_QUICKLY', 'NEVER_DECLINES', 'ONE_REASON'])
    assert.deepEqual(record.warnings[1], {
      code: 'READ_QUICKLY',
      limit: 20,
      unit: 's',
      why: RUBBER_STAMP_LIMITS.READ_QUICKLY.why,
    })
    assert.deepEqual(codesOf(await recordOf(carl, RUBBER_STAMP_LIMITS)), [])
  })

  test('somebody who reads, declines and says why differently is not', async () => {
    const { anna } = api().world
    for (const reason of ['CONFIDENT', 'ROUTINE', 'ROUTINE', 'EMERGENCY'] as const)
      await vote(anna, { reason, readSeconds: 40 })
    await vote(anna, { decline: true, readSeconds: 2 })
    const early = await vote(anna, { reason: 'ROUTINE' })
    await setBack('admin_approvals', 'approval_timestamp', { decisionId: early, seconds: 4_000 })
    const record = await recordOf(anna)
    assert.deepEqual([record.approved, record.declined, record.declinedPercent], [5, 1, 16.7])
    assert.deepEqual(record.reasons, [
      { key: 'ROUTINE', count: 3 },
      { key: 'BAD_TIMING', count: 1 },
      { key: 'CONFIDENT', count: 1 },
      { key: 'EMERGENCY', count: 1 },
    ])
    // Of five approvals one is more than an hour from the others, and one was never opened here.
    assert.deepEqual([record.approvalsInBusiestHour, record.readings], [4, 4])
    assert.equal(Math.round(record.medianReadingSeconds ?? 0), 40)
    assert.deepEqual(codesOf(record), ['MANY_AN_HOUR'])
  })

  test('votes of other workspaces, of earlier days, and what was opened after the vote do not count', async () => {
    const { bert } = api().world
    const old = await vote(bert, { readSeconds: 30 })
    await setBack('admin_approvals', 'approval_timestamp', { decisionId: old, seconds: 8 * 86_400 })
    await vote(bert, { readSeconds: -60 })
    const record = await recordOf(bert)
    assert.deepEqual([record.approved, record.readings, record.medianReadingSeconds], [3, 0, null])
    assert.deepEqual(await api().world.store.browse.approvers({ workspaceId: 2, days: 7 }), [])
  })
}
