/** The way of an issue through the ports, and every branch of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyGrant, verifyVote } from '../../../src/access/index.ts'
import { toMs } from '../../../src/core/time.ts'
import {
  after,
  decide,
  makeIssue,
  newAnalysis,
  newDecision,
  newEvent,
  newGrant,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

/** From event to lesson. */
export function pipelineContract({ world }: StoreContext): void {
  describe('the pipeline', () => {
    test('an issue goes from event to reviewed lesson through the ports only', async () => {
      const w = world()
      const { reason, serve, act, learn, read } = w.store
      const issueId = await makeIssue(w, fresh('happy'))
      const decision = await decide(w, issueId, { undo: true })
      assert.equal((await read.issue(issueId))?.issueStatus, 'DECISION_MADE')
      assert.deepEqual(await act.runnable(100), [])
      const approvalId = await serve.insertApproval(await newVote(w, decision, w.anna))
      const runnable = await onlyRunnable(w, decision.decisionId)
      assert.equal(runnable.purpose, 'DO')
      assert.equal(runnable.approval.approvalId, approvalId)
      assert.equal(verifyVote(runnable.approval, await read.people(), []), null)
      const executionId = await run(w, runnable)
      assert.deepEqual(await act.runnable(100), [])
      assert.equal((await read.issue(issueId))?.issueStatus, 'VERIFYING')
      const waiting = (await act.unverified(10)).find((each) => each.issue.issueId === issueId)
      assert.equal(waiting?.execution.executionId, executionId)
      assert.deepEqual(waiting?.execution.preExecutionMetrics, { mean_ms: 12 })
      assert.equal(waiting?.execution.steps[0]?.ok, true)
      const mine = async () => (await learn.unlearned(100)).filter((each) => each.issueId === issueId)
      assert.deepEqual(await mine(), [])
      await act.insertVerification(newVerdict(executionId, 'improved'))
      assert.equal((await read.issue(issueId))?.issueStatus, 'RESOLVED')
      assert.equal((await read.verifications(executionId))[0]?.intervalLowPercent, 50.1234)
      assert.ok(!(await act.unverified(10)).some((each) => each.issue.issueId === issueId))
      const [due] = await mine()
      assert.deepEqual(due, { issueId, decisionId: decision.decisionId, executionId })
      const lessonId = await learn.insertLesson(
        newLesson({ issueId, decisionId: decision.decisionId, executionId }),
      )
      assert.deepEqual(await mine(), [])
      await serve.reviewLesson(lessonId, { issueResolved: true, wouldApproveAgain: true, assessedBy: 'bert' })
      const [lesson] = await read.lessons({ issueId, limit: 5 })
      assert.equal(lesson?.learningComplete, true)
      // 1 - (0.85 - 1)^2, exactly.
      assert.equal(lesson?.aiConfidenceAccuracy, 0.9775)
      assert.equal(lesson?.timeToResolutionSeconds, 90)
      const [outcome] = await reason.pastOutcomes({ engine: 'mysql', sinceDays: 1, limit: 5 })
      assert.deepEqual(
        [outcome?.issueId, outcome?.resolved, outcome?.improvementPercent],
        [issueId, true, 60],
      )
      assert.deepEqual(await reason.pastOutcomes({ engine: 'redis', sinceDays: 1, limit: 5 }), [])
      assert.deepEqual((await learn.outcomes(5))[0], outcome)
    })

    test('what was written comes back as it was, and every time of a row is the store’s', async () => {
      const w = world()
      const before = await w.store.read.now()
      const event = await newEvent(w, fresh('exact'), {
        metricValue: 1 / 3,
        rawContext: '{"b":1.10, "a":"ü😀", "b":2}',
        affectedResourceName: 'it\'s `quoted` \\ "x" 日本',
      })
      assert.equal(await w.store.observe.appendEvents([event]), 1)
      const [stored] = await w.store.read.events({ issueFingerprint: event.issueFingerprint, limit: 5 })
      const { eventId, recordedAt, rawContextDigest, ...rest } = stored ?? assert.fail()
      assert.deepEqual(rest, event)
      assert.ok(eventId > 0)
      assert.match(rawContextDigest, /^[0-9a-f]{64}$/)
      const now = await w.store.read.now()
      assert.ok(toMs(recordedAt) >= toMs(before) - 2 && toMs(recordedAt) <= toMs(now) + 2)
      const issueId = await makeIssue(w, fresh('exact'))
      await w.store.reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
      const analysis = newAnalysis(issueId, {
        rootCauseHypothesis: 'ü'.repeat(3000),
        historicalSimilarityScore: 0.1234,
      })
      await w.store.reason.insertAnalysis(analysis)
      const [kept] = await w.store.read.analyses(issueId)
      assert.deepEqual(
        { ...kept, analysisId: 0, analysedAt: '', rootCauseHypothesis: '' },
        { ...analysis, analysisId: 0, analysedAt: '', rootCauseHypothesis: '' },
      )
      assert.equal([...(kept?.rootCauseHypothesis ?? '')].length, 2000)
    })

    test('an event and a sample are stored once, however often they are sent', async () => {
      const w = world()
      const resource = fresh('twice')
      const events = await Promise.all(Array.from({ length: 95 }, () => newEvent(w, resource)))
      const [first, second] = [events.slice(0, 60), events.slice(30)]
      assert.equal(await w.store.observe.appendEvents(first), 60)
      assert.equal(await w.store.observe.appendEvents(second), 35)
      assert.equal(await w.store.observe.appendEvents(events), 0)
      assert.equal(await w.store.observe.appendEvents([]), 0)
      const fingerprint = events[0]?.issueFingerprint ?? ''
      assert.equal((await w.store.read.events({ issueFingerprint: fingerprint, limit: 500 })).length, 95)
      const now = await w.store.read.now()
      const samples = Array.from({ length: 50 }, (_, at) => ({
        targetId: w.targetId,
        instanceUid: 'instance-1',
        epoch: after(now, -86_400),
        seriesKind: 'statement',
        seriesKey: resource,
        windowStart: after(now, at * 30),
        windowEnd: after(now, at * 30 + 30),
        calls: at,
        totalMs: at * 1.5,
        measures: { rows_examined: at },
      }))
      await w.store.observe.appendSamples(samples.slice(0, 45))
      await w.store.observe.appendSamples(samples)
      const query = {
        targetId: w.targetId,
        seriesKind: 'statement',
        seriesKey: resource,
        from: after(now, 0),
        to: after(now, 9000),
      }
      assert.deepEqual(await w.store.read.samples({ ...query, limit: 500 }), samples)
      assert.deepEqual(await w.store.read.samples({ ...query, seriesKey: null, limit: 2 }), samples.slice(-2))
    })

    test('a declined decision can be closed, or another asked for, and teaches without a run', async () => {
      const w = world()
      const { serve, read, learn } = w.store
      for (const [ending, state] of [
        ['CLOSE', 'CLOSED'],
        ['ASK_OTHER', 'UNDER_ANALYSIS'],
      ] as const) {
        const issueId = await makeIssue(w, fresh('declined'))
        const decision = await decide(w, issueId)
        await serve.insertApproval(await newVote(w, decision, w.bert, { status: 'DECLINED' }))
        assert.equal((await read.issue(issueId))?.issueStatus, 'DECLINED')
        await serve.endDecision(decision.decisionId, ending, 'as it is', 'bert')
        await serve.endDecision(decision.decisionId, ending, 'said again', 'bert')
        assert.equal((await read.endings(decision.decisionId)).length, 1)
        assert.equal((await read.issue(issueId))?.issueStatus, state)
        const due = { issueId, decisionId: decision.decisionId, executionId: null }
        assert.ok((await learn.unlearned(100)).some((each) => each.decisionId === due.decisionId))
        await learn.insertLesson(newLesson(due))
        assert.ok(!(await learn.unlearned(100)).some((each) => each.decisionId === due.decisionId))
        await assert.rejects(learn.insertLesson(newLesson(due)), { code: 'DBM_STORE_REFUSED' })
        await serve.endDecision(decision.decisionId, ending, 'again', 'bert')
      }
    })

    test('HIGH risk needs two persons, the first conditionally', async () => {
      const w = world()
      const { serve } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('high')), { action: 'mysql/rebuild-table' })
      await serve.insertApproval(await newVote(w, decision, w.anna, { status: 'CONDITIONAL_APPROVAL' }))
      assert.deepEqual(
        (await w.store.act.runnable(10)).filter((r) => r.decision.decisionId === decision.decisionId),
        [],
      )
      await serve.insertApproval(await newVote(w, decision, w.bert))
      const runnable = await onlyRunnable(w, decision.decisionId)
      assert.deepEqual(
        runnable.votes.map((v) => v.approvalStatus),
        ['CONDITIONAL_APPROVAL', 'APPROVED'],
      )
      await run(w, runnable)
    })

    test('a regression is undone once, and only if every yes consented', async () => {
      const w = world()
      const { serve, act, read } = w.store
      for (const consented of [true, false]) {
        const issueId = await makeIssue(w, fresh('undo'))
        const decision = await decide(w, issueId)
        const conditions = { undoPreconsented: consented }
        await serve.insertApproval(await newVote(w, decision, w.anna, { conditions }))
        const executionId = await run(w, await onlyRunnable(w, decision.decisionId))
        const mine = async () =>
          (await act.runnable(10)).filter((r) => r.decision.decisionId === decision.decisionId)
        assert.deepEqual(await mine(), [])
        await act.insertVerification(newVerdict(executionId, 'regressed'))
        const due = await mine()
        assert.deepEqual(
          due.map((r) => r.purpose),
          consented ? ['UNDO'] : [],
        )
        if (due[0] !== undefined) {
          assert.equal((await read.issue(issueId))?.issueStatus, 'VERIFYING')
          await run(w, due[0])
          assert.equal(await act.queueExecution(due[0], 'executor-2'), null)
        }
        assert.deepEqual(await mine(), [])
        assert.equal((await read.issue(issueId))?.issueStatus, 'UNDER_ANALYSIS')
      }
    })

    test('an undecided verdict waits for a person, and the next runs do not wait behind it', async () => {
      const w = world()
      const { serve, act, read } = w.store
      const executions: number[] = []
      for (let i = 0; i < 2; i++) {
        const decision = await decide(w, await makeIssue(w, fresh('undecided')))
        await serve.insertApproval(await newVote(w, decision, w.anna))
        executions.push(await run(w, await onlyRunnable(w, decision.decisionId)))
      }
      const [first = 0, second = 0] = executions
      await act.insertVerification(newVerdict(first, 'undecided'))
      const order = (await act.unverified(100)).map((each) => each.execution.executionId)
      assert.ok(order.indexOf(second) < order.indexOf(first))
      assert.ok(order.includes(first))
      await serve.settleVerification(newVerdict(first, 'improved', 'carl'))
      await act.insertVerification(newVerdict(second, 'no_effect'))
      assert.equal((await read.verifications(first))[0]?.assessedBy, 'carl')
      assert.ok(!(await act.unverified(100)).some((each) => executions.includes(each.execution.executionId)))
    })

    test('a grant takes one use a vote, within its bounds, until it is revoked', async () => {
      const w = world()
      const { serve, read } = w.store
      const grantId = await serve.grantStanding(await newGrant(w, w.anna))
      const grant =
        (await read.standingApprovals()).find((g) => g.standingApprovalId === grantId) ?? assert.fail()
      assert.equal(verifyGrant(grant, await read.people()), null)
      assert.equal(grant.usesLeft, 2)
      const standing = {
        standingApprovalId: grantId,
        authenticationMethod: 'standing',
        signature: grant.signature,
        keyId: grant.keyId,
      }
      const use = async (rows: number) => {
        const issueId = await makeIssue(w, fresh('standing'))
        const decision = await decide(w, issueId, { parameters: { table: { table: 'orders' }, rows } })
        const vote = await newVote(w, decision, w.anna)
        await serve.insertApproval({ ...vote, ...standing })
        return decision
      }
      const decision = await use(10)
      const { approval } = await onlyRunnable(w, decision.decisionId)
      assert.equal(verifyVote(approval, await read.people(), await read.standingApprovals()), null)
      await assert.rejects(use(11), /GOV-061/)
      await use(1)
      await assert.rejects(use(5), /GOV-061/)
      await serve.revokeStanding(grantId, 'carl')
      assert.deepEqual(
        (await w.store.act.runnable(100)).filter((r) => r.approval.standingApprovalId === grantId),
        [],
      )
      await assert.rejects(serve.revokeStanding(grantId, 'carl'), { code: 'DBM_STORE_NO_ROW' })
    })

    test('a halt takes matching decisions off the list, and lifting it brings them back', async () => {
      const w = world()
      const { serve, act, read } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('halted')))
      await serve.insertApproval(await newVote(w, decision, w.anna))
      const listed = async (): Promise<boolean> =>
        (await act.runnable(100)).some((r) => r.decision.decisionId === decision.decisionId)
      const runnable = await onlyRunnable(w, decision.decisionId)
      for (const [scope, key, hits] of [
        ['ALL', '', true],
        ['ENGINE', 'mysql', true],
        ['ENGINE', 'redis', false],
        ['TARGET', String(w.targetId), true],
        ['TARGET', String(w.targetId + 1), false],
        ['ACTION', 'mysql/analyze-table', true],
        ['ACTION', 'mysql/create-index', false],
      ] as const) {
        const haltId = await serve.halt({ scope, key, reason: 'test', by: 'carl' })
        assert.equal(await listed(), !hits, `${scope} ${key}`)
        if (hits) await assert.rejects(act.queueExecution(runnable, 'executor-1'), /GOV-070/)
        await serve.liftHalt(haltId, 'anna')
        assert.deepEqual(await read.halts(), [])
        await assert.rejects(serve.liftHalt(haltId, 'anna'), { code: 'DBM_STORE_NO_ROW' })
      }
      assert.equal(await listed(), true)
      await serve.endDecision(decision.decisionId, 'REVOKED', 'changed my mind', 'anna')
      assert.equal(await listed(), false)
      await assert.rejects(act.queueExecution(runnable, 'executor-1'), /GOV-041/)
    })

    test('a vote for a later window is not runnable before it, and overdue decisions are found and ended', async () => {
      const w = world()
      const { serve, act, reason, read } = w.store
      const now = await read.now()
      const scheduled = await decide(w, await makeIssue(w, fresh('window')))
      const vote = await newVote(w, scheduled, w.anna, {
        conditions: { windowStart: after(now, 600) },
        expiresAt: after(now, 1200),
      })
      await serve.insertApproval(vote)
      assert.ok(!(await act.runnable(100)).some((r) => r.decision.decisionId === scheduled.decisionId))
      const short = await decide(w, await makeIssue(w, fresh('overdue')), { validSeconds: 2 })
      const voted = await decide(w, await makeIssue(w, fresh('overdue')))
      await serve.insertApproval(await newVote(w, voted, w.anna, { expiresAt: after(await read.now(), 2) }))
      await assert.rejects(reason.endDecision(scheduled.decisionId, 'EXPIRED', 'not yet'), /GOV-054/)
      await new Promise((resolve) => setTimeout(resolve, 2300))
      const overdue = (await reason.overdueDecisions(100)).map((d) => d.decisionId)
      assert.deepEqual(overdue, [short.decisionId, voted.decisionId])
      assert.ok(!(await act.runnable(100)).some((r) => r.decision.decisionId === voted.decisionId))
      for (const decisionId of overdue) await reason.endDecision(decisionId, 'EXPIRED', 'its time was over')
      assert.deepEqual(await reason.overdueDecisions(100), [])
      assert.equal((await read.decision(short.decisionId))?.decisionStatus, 'EXPIRED')
      await act.voidDecision(scheduled.decisionId, 'the table changed')
      await act.voidDecision(scheduled.decisionId, 'said twice')
      assert.equal((await read.decision(scheduled.decisionId))?.decisionStatus, 'CANCELLED')
    })

    test('a person’s request becomes a decision in that person’s name, which somebody else must approve', async () => {
      const w = world()
      const { serve, reason, read } = w.store
      const request = {
        targetId: w.targetId,
        issueId: null,
        actionName: 'mysql/create-index',
        params: { table: 'orders' },
        requestedBy: 'carl',
        reason: 'it is slow',
      }
      const requestId = await serve.requestRecovery(request)
      const [claimed] = await reason.claimRecoveryRequests({ owner: 'reason-1', seconds: 60 }, 5)
      assert.deepEqual(claimed, { ...request, recoveryRequestId: requestId })
      assert.deepEqual(await reason.claimRecoveryRequests({ owner: 'reason-2', seconds: 60 }, 5), [])
      const event = await newEvent(w, fresh('manual'), { detectionSource: 'MANUAL' })
      const eventId = await reason.appendManualEvent(event)
      assert.ok(eventId > 0)
      assert.equal(await reason.appendManualEvent(event), eventId)
      const issueId = await makeIssue(w, fresh('manual'))
      const decision = await decide(w, issueId, { action: 'mysql/create-index', proposedBy: 'carl' })
      await reason.finishRecoveryRequest(requestId, 'decision made', decision.decisionId)
      assert.deepEqual(await serve.recoveryRequest(requestId), {
        state: 'ANSWERED',
        result: 'decision made',
        decisionId: decision.decisionId,
      })
      await assert.rejects(serve.insertApproval(await newVote(w, decision, w.carl)), /GOV-033/)
      await serve.insertApproval(await newVote(w, decision, w.anna))
      assert.equal((await read.decision(decision.decisionId))?.proposedBy, 'carl')
      assert.equal(await serve.recoveryRequest(99_999), null)
    })

    test('recent runs of a target come with the objects they touched', async () => {
      const w = world()
      const since = after(await w.store.read.now(), -3600)
      const runs = await w.store.act.recentRuns({ targetId: w.targetId, since })
      assert.ok(runs.length > 0)
      const [object] = (runs[0]?.objects ?? []) as { name: string }[]
      assert.equal(object?.name, '`shop`.`orders`')
      assert.deepEqual(await w.store.act.recentRuns({ targetId: w.targetId, since: after(since, 7200) }), [])
    })

    test('a decision rests on the newest analysis only', async () => {
      const w = world()
      const { reason } = w.store
      const issueId = await makeIssue(w, fresh('newest'))
      await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
      const older = await reason.insertAnalysis(newAnalysis(issueId))
      await reason.insertAnalysis(newAnalysis(issueId, { analysisStatus: 'ABSTAINED', evidence: [] }))
      await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
      await assert.rejects(reason.insertDecision(await newDecision(w, older)), /GOV-025/)
      await assert.rejects(reason.insertDecision(await newDecision(w, 99_999)), { code: 'DBM_STORE_NO_ROW' })
    })
  })
}
