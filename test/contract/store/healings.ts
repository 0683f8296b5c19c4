/** Healing failures: each run an attempt, a success only if verified; what comes back twice, or is switched off, is a person's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FailureExplainer } from '../../../src/app/explain-failures.ts'
import { recordHealings } from '../../../src/app/record-healings.ts'
import type { Hypothesis } from '../../../src/core/nouns.ts'
import type { RecoveryRecord } from '../../../src/core/recovery-records.ts'
import { fromMs } from '../../../src/core/time.ts'
import type { Verdict } from '../../../src/core/vocabulary.ts'
import { barredCandidates } from '../../../src/pipeline/decide/barred-candidates.ts'
import {
  decide,
  makeIssue,
  newAnalysis,
  newDecision,
  newGrant,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  sha256,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

const SIGNATURE = sha256('a table that heals')
const kind = {
  ...{ signature: SIGNATURE, engine: 'mariadb', code: '1146', failureType: 'TABLE_NOT_FOUND' },
  ...{ object: 'shop.healed', masked: "Table 'shop.healed' doesn't exist" },
}

/** The hypothesis that an analysis of the tests named. */
const WON: Hypothesis = {
  rootCauseCode: 'UNAPPLIED_MIGRATION',
  ...{ hypothesis: 'a file was not applied', confidence: 0.9, lostBecause: null },
  ...{
    evidenceIds: [],
    candidates: [{ actionId: 'mysql/apply-migration', params: {}, affectedSeries: [], why: 'x' }],
  },
}

/** The contract of healing failures. */
export function healingContract({ world, another }: StoreContext): void {
  const report = async (): Promise<void> => {
    const { targetId, store } = world()
    const batchDigest = sha256(fresh('healing batch'))
    await store.serve.recordFailures({
      ...{ workspaceId: 1, reportedBy: 'anna', batchDigest, bodyDigest: batchDigest, dropped: 0 },
      failures: [
        {
          kind,
          site: { targetId, application: 'shop', outcome: 'thrown', statement: null, place: null },
          ...{ count: 1, longestMs: 1 },
        },
      ],
    })
    const explainer = new FailureExplainer(store.reason.recovery, () => undefined)
    while (await explainer.turn());
  }
  /** An issue that the failure opened, as the detector of reported errors has it. */
  const issueOf = (resource: string): Promise<number> =>
    makeIssue(world(), resource, {
      ...{ issueCategory: 'APPLICATION', detectionSource: 'CLIENT_ERROR', affectedResourceType: 'failure' },
      ...{ ruleId: 'mysql/reported-error', rawContext: `{"facts":{},"key":"${SIGNATURE}"}` },
    })
  const record = async (): Promise<RecoveryRecord> =>
    (await world().store.read.failurePattern(1, SIGNATURE))?.recovery ?? assert.fail('not looked at')
  const recordAll = async (logged: object[] = []): Promise<void> => {
    while (await recordHealings(world().store.reason.healing, (line) => void logged.push(line)));
  }
  const approvedOf = async (issueId: number): Promise<number> => {
    const decision = await decide(world(), issueId)
    await world().store.serve.insertApproval(await newVote(world(), decision, world().bert))
    return decision.decisionId
  }
  const judge = (executionId: number, verdict: Verdict): Promise<number> =>
    world().store.act.insertVerification(newVerdict(executionId, verdict))
  const shown = async (): Promise<readonly unknown[]> =>
    (await record()).latest.map((each) => [each.strategy, each.decisionId, each.success])
  const targetHealings = async (): Promise<number | undefined> => {
    const { store, targetId } = world()
    const failures = await store.observe.targetFailures(targetId, fromMs(0))
    return failures.find((each) => each.signature === SIGNATURE)?.healings
  }
  const ids: number[] = []

  describe('healing', () => {
    test('a run of a decision on its issue is an open attempt, and ends with the verdict, whoever records it', async () => {
      await report()
      const decisionId = await approvedOf(await issueOf('healed-1'))
      await recordAll()
      assert.deepEqual(await shown(), [])
      const executionId = await run(world(), await onlyRunnable(world(), decisionId))
      const second = await another()
      try {
        await Promise.all(
          [world().store.reason, second.reason].map((each) => recordHealings(each.healing, () => undefined)),
        )
      } finally {
        await second.close()
      }
      assert.deepEqual(await shown(), [['SELF_HEALING', decisionId, null]])
      await judge(executionId, 'undecided')
      await recordAll()
      assert.deepEqual(await shown(), [['SELF_HEALING', decisionId, null]])
      await judge(executionId, 'improved')
      await recordAll()
      const { latest, attempts, lastAttemptAt } = await record()
      assert.deepEqual(
        [latest[0]?.success, latest[0]?.evidence],
        [
          true,
          { issueId: (await world().store.read.decision(decisionId))?.issueId, decisionId, executionId },
        ],
      )
      assert.equal(attempts, 1)
      assert.notEqual(lastAttemptAt, null)
      assert.equal(await targetHealings(), 1)
      ids.push(decisionId)
    })

    test('a run nobody recorded while it went on is recorded with its end, a failed one as a failure', async () => {
      const decisionId = await approvedOf(await issueOf('healed-1'))
      await run(world(), await onlyRunnable(world(), decisionId), 'FAILED')
      assert.equal(await recordHealings(world().store.reason.healing, () => undefined), true)
      assert.deepEqual(await shown(), [
        ['SELF_HEALING', decisionId, false],
        ['SELF_HEALING', ids[0], true],
      ])
      ids.push(decisionId)
    })

    test('what comes back after two of them is handed to a person, once, and nothing more is decided by itself', async () => {
      const { reason, read, serve } = world().store
      const logged: object[] = []
      // The issue of the failed run is open still.
      const open = (await read.decision(ids[1] ?? 0))?.issueId ?? 0
      await recordAll(logged)
      assert.match(JSON.stringify(logged), /"a failure came back after it was healed twice/)
      const [newest] = (await record()).latest
      assert.deepEqual([newest?.strategy, newest?.success], ['ESCALATE', null])
      assert.deepEqual(newest?.evidence, { issueId: open, decisionIds: ids })
      assert.match(newest?.reasoning ?? '', /\(verified\) and decision \d+ \(without success\)/)
      assert.deepEqual(await reason.healing.barOf(open, 1), {
        ...{ bar: 'came-back', signature: SIGNATURE, healings: 2 },
      })
      await assert.rejects(() => decide(world(), open), /GOV-136/)
      const request = { targetId: world().targetId, issueId: open, reason: 'we found who dropped it' }
      const asked = { ...request, actionName: 'mysql/analyze-table', params: {}, requestedBy: 'carl' }
      assert.ok((await serve.requestRecovery(asked)) > 0)
      await recordAll()
      assert.equal((await record()).attempts, 3)
      assert.equal(await reason.moveIssue(open, 'AWAITING_DECISION', 'CANCELLED'), true)
      await recordAll()
      assert.deepEqual((await shown())[0], ['ESCALATE', null, false])
    })

    test('a switch says who and why; while it is off nothing is decided, no grant lets it through, and nothing is recorded', async () => {
      const { reason, serve, read } = world().store
      const other = sha256('another table that heals')
      const batchDigest = sha256(fresh('healing batch'))
      await serve.recordFailures({
        ...{ workspaceId: 1, reportedBy: 'anna', batchDigest, bodyDigest: batchDigest, dropped: 0 },
        failures: [
          {
            kind: { ...kind, signature: other, object: 'shop.other' },
            site: { targetId: null, application: null, outcome: 'thrown', statement: null, place: null },
            ...{ count: 1, longestMs: 1 },
          },
        ],
      })
      const wish = { workspaceId: 1, signature: other, on: false, reason: 'the vendor is at it', by: 'bert' }
      await assert.rejects(() => serve.switchRecovery(wish), { code: 'DBM_STORE_NO_ROW' })
      const explainer = new FailureExplainer(reason.recovery, () => undefined)
      while (await explainer.turn());
      const issueId = await makeIssue(world(), 'switched-1', {
        ...{ affectedResourceType: 'failure', rawContext: `{"key":"${other}"}` },
      })
      const decision = await decide(world(), issueId)
      const grant = await newGrant(world(), world().bert)
      const standingApprovalId = await serve.grantStanding(grant)
      await serve.switchRecovery(wish)
      await assert.rejects(() => serve.switchRecovery(wish), /GOV-138/)
      const recovery = (await read.failurePattern(1, other))?.recovery
      assert.deepEqual(
        [recovery?.enabled, recovery?.switched?.by, recovery?.switched?.reason],
        [...[false, 'bert', 'the vendor is at it']],
      )
      assert.deepEqual(await reason.healing.barOf(issueId, decision.analysisId), {
        ...{ bar: 'switched-off', signature: other, by: 'bert', reason: 'the vendor is at it' },
        isBeside: false,
      })
      const vote = await newVote(world(), decision, world().bert)
      await assert.rejects(
        () =>
          serve.insertApproval({
            ...{ ...vote, standingApprovalId, authenticationMethod: 'standing' },
            ...{ signature: grant.signature },
          }),
        /GOV-136/,
      )
      await serve.insertApproval(vote)
      await run(world(), await onlyRunnable(world(), decision.decisionId))
      await recordAll()
      assert.equal((await read.failurePattern(1, other))?.recovery?.attempts, 0)
      await serve.switchRecovery({ ...wish, on: true, reason: 'they are done' })
      await recordAll()
      const attempts = (await read.failurePattern(1, other))?.recovery?.latest
      assert.deepEqual(
        attempts?.map((each) => each.decisionId),
        [decision.decisionId],
      )
      assert.equal(await reason.healing.barOf(issueId, decision.analysisId), null)
    })

    test('an issue that the server’s own instruments opened of the same table is switched with it, and why is said', async () => {
      const { reason, serve } = world().store
      const wish = { workspaceId: 1, signature: SIGNATURE, on: false, reason: 'it is moved', by: 'bert' }
      await serve.switchRecovery(wish)
      const analysed = async (table: string): Promise<readonly [issueId: number, analysisId: number]> => {
        const issueId = await makeIssue(world(), fresh('beside'), { issueCategory: 'APPLICATION' })
        await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
        const analysis = newAnalysis(issueId, { rootCauseCode: 'UNAPPLIED_MIGRATION' })
        const recheck = { kind: 'table', params: { schema: 'shop', table } }
        const evidence = analysis.evidence.map((claim) => ({ ...claim, recheck }))
        const analysisId = await reason.insertAnalysis({ ...analysis, evidence })
        await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
        return [issueId, analysisId]
      }
      const [same, sameAnalysis] = await analysed('healed')
      const [other, otherAnalysis] = await analysed('hale')
      const bar = await reason.healing.barOf(same, sameAnalysis)
      assert.deepEqual(bar, {
        ...{ bar: 'switched-off', signature: SIGNATURE, by: 'bert', reason: 'it is moved', isBeside: true },
      })
      const analysis = (await world().store.read.analyses(same))[0]
      const refused = barredCandidates(
        { ...(analysis ?? assert.fail()), competingHypotheses: [WON] },
        bar ?? assert.fail(),
      )
      assert.deepEqual(refused, [
        {
          actionId: 'mysql/apply-migration',
          because:
            'bert switched recovery off for an error that applications report of the same (it is moved)',
          toProceed: `Switch it on again: dbmedic errors recovery ${SIGNATURE.slice(0, 12)} --on --reason TEXT`,
        },
      ])
      await assert.rejects(
        async () => reason.insertDecision(await newDecision(world(), sameAnalysis)),
        /GOV-136/,
      )
      assert.equal(await reason.healing.barOf(other, otherAnalysis), null)
      assert.ok((await reason.insertDecision(await newDecision(world(), otherAnalysis))) > 0)
      await serve.switchRecovery({ ...wish, on: true, reason: 'it is there' })
      assert.equal(await reason.healing.barOf(same, sameAnalysis), null)
      assert.ok((await reason.insertDecision(await newDecision(world(), sameAnalysis))) > 0)
    })

    test('what is of no failure has no bar and no attempt', async () => {
      const issueId = await makeIssue(world(), 'no-failure-1')
      const decisionId = await approvedOf(issueId)
      await run(world(), await onlyRunnable(world(), decisionId))
      await recordAll()
      assert.equal(await world().store.reason.healing.barOf(issueId, 1), null)
      assert.equal((await record()).attempts, 3)
    })
  })
}
