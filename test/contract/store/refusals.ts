/** What the store refuses through the ports, each with its rule, and what an error may say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { signVote } from '../../../src/access/index.ts'
import { DbmedicError } from '../../../src/core/errors.ts'
import { ISSUE_STATES, TRANSITIONS } from '../../../src/core/lifecycle.ts'
import {
  ACTIONS,
  after,
  decide,
  makeIssue,
  newAnalysis,
  newDecision,
  newEvent,
  newGrant,
  newLesson,
  newPerson,
  newVerdict,
  newVote,
  onlyRunnable,
  queueRun,
  run,
  setActive,
  sha256,
  signerOf,
  step,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

/** Refusals. */
export function refusalContract({ world }: StoreContext): void {
  describe('refusals', () => {
    test('a vote that is not exactly for the decision, in time and of an approver is refused by number', async () => {
      const w = world()
      const { serve, read } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('vote')))
      const other = await decide(w, await makeIssue(w, fresh('vote')), { action: 'mysql/create-index' })
      const dora = newPerson('dora')
      const { keyId, publicKey } = dora
      const login = {
        displayName: 'Dora',
        personOf: null,
        mayApprove: false,
        mayAdminister: false,
        signer: signerOf(w.anna),
      }
      await serve.addUser({ ...login, userName: 'dora', keyId, publicKey })
      const now = await read.now()
      const vote = await newVote(w, decision, w.anna)
      const cases: readonly (readonly [rule: string, change: object])[] = [
        ['GOV-030', { planDigest: sha256('x') }],
        ['GOV-030', { actionId: other.recommendedActionId }],
        ['GOV-030', { riskLevel: 'HIGH' }],
        ['GOV-030', { decisionId: 99_999 }],
        ['GOV-037', { adminUserId: 'nobody' }],
        ['GOV-037', { adminUserId: 'dora', keyId: dora.keyId }],
        ['GOV-037', { keyId: w.bert.keyId }],
        ['GOV-037', { adminUserId: 'dbmedic' }],
        ['GOV-034', { expiresAt: after(now, 25 * 3600) }],
        ['GOV-034', { expiresAt: after(now, -1) }],
        [
          'GOV-038',
          {
            conditions: { undoPreconsented: false, windowStart: after(now, 8 * 86_400) },
            expiresAt: after(now, 8 * 86_400 + 60),
          },
        ],
        ['GOV-061', { standingApprovalId: 99_999, authenticationMethod: 'standing' }],
        ['_ck|CHECK|3819|4025', { approvalReason: 'BAD_TIMING' }],
        ['_ck|CHECK|3819|4025', { signature: 'short' }],
        ['_ck|CHECK|3819|4025', { authenticationMethod: 'standing' }],
      ]
      for (const [rule, change] of cases) {
        await assert.rejects(serve.insertApproval({ ...vote, ...change }), (error) => {
          assert.ok(error instanceof DbmedicError)
          assert.equal(error.code, 'DBM_STORE_REFUSED')
          assert.match(error.message, new RegExp(rule), JSON.stringify(change))
          return true
        })
      }
      assert.deepEqual(await read.approvals(decision.decisionId), [])
      await serve.insertApproval(vote)
      await assert.rejects(serve.insertApproval(await newVote(w, decision, w.bert)), /GOV-031/)
    })

    test('a second login of the same person is no second voter, and HIGH needs the other person first', async () => {
      const w = world()
      const { serve } = w.store
      const twin = newPerson('bert.two')
      await serve.addUser({
        userName: twin.userName,
        displayName: 'Bert',
        personOf: 'bert',
        mayApprove: true,
        mayAdminister: false,
        keyId: twin.keyId,
        publicKey: twin.publicKey,
        signer: signerOf(w.anna),
      })
      const decision = await decide(w, await makeIssue(w, fresh('twin')), { action: 'mysql/rebuild-table' })
      await assert.rejects(serve.insertApproval(await newVote(w, decision, w.bert)), /GOV-035/)
      await serve.insertApproval(await newVote(w, decision, w.bert, { status: 'CONDITIONAL_APPROVAL' }))
      await assert.rejects(serve.insertApproval(await newVote(w, decision, twin)), /GOV-036/)
      const shouted = await newVote(w, decision, { ...w.bert, userName: 'BERT' })
      await assert.rejects(serve.insertApproval(shouted), /GOV-036/)
      await serve.insertApproval(await newVote(w, decision, w.anna))
      await setActive(w, 'bert.two', false)
      const next = await decide(w, await makeIssue(w, fresh('twin')))
      await assert.rejects(serve.insertApproval(await newVote(w, next, twin)), /GOV-037/)
    })

    test('a run needs a live approval, runs once, and its row moves one way', async () => {
      const w = world()
      const { act, serve, read } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('run')))
      const approval = { ...(await newVote(w, decision, w.anna)), approvalId: 99_999, approvalTimestamp: '' }
      await assert.rejects(
        act.queueExecution({ decision, approval, purpose: 'DO', votes: [], issue: {} as never }, 'x'),
        /GOV-041/,
      )
      await serve.insertApproval(await newVote(w, decision, w.anna))
      const runnable = await onlyRunnable(w, decision.decisionId)
      await assert.rejects(act.queueExecution({ ...runnable, purpose: 'UNDO' }, 'x'), /GOV-049/)
      const executionId = await run(w, runnable)
      assert.equal(await act.queueExecution(runnable, 'executor-2'), null)
      const lease = { owner: 'executor-2', seconds: 60 }
      assert.equal(await act.startExecution(executionId, lease, null), false)
      assert.equal(await act.adoptExecution(executionId, lease), false)
      assert.equal(await act.renewLease(executionId, lease), false)
      const at = await read.now()
      await assert.rejects(act.recordSteps(executionId, 'executor-1', [step(0, at, true)]), /GOV-046/)
      const end = {
        status: 'FAILED',
        outcome: 'FAILED',
        steps: [],
        durationMs: null,
        affectedRows: null,
        errors: null,
      } as const
      await assert.rejects(act.finishExecution(executionId, 'executor-1', end), /GOV-044/)
      await assert.rejects(serve.endDecision(decision.decisionId, 'CANCELLED', 'too late', 'anna'), /GOV-054/)
      await assert.rejects(serve.settleVerification(newVerdict(executionId, 'improved', 'anna')), /GOV-053/)
      await act.insertVerification(newVerdict(executionId, 'no_effect'))
      await assert.rejects(act.insertVerification(newVerdict(executionId, 'improved')), /GOV-053/)
    })

    test('a recorded step is never rewritten', async () => {
      const w = world()
      const { act, serve, read } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('steps')))
      await serve.insertApproval(await newVote(w, decision, w.anna))
      const executionId = await queueRun(w, decision.decisionId, 'e')
      const lease = { owner: 'e', seconds: 60 }
      assert.equal(await act.startExecution(executionId, lease, null), true)
      const at = await read.now()
      await act.recordSteps(executionId, 'e', [step(0, at, false)])
      await act.recordSteps(executionId, 'e', [step(0, at, true)])
      await act.recordSteps(executionId, 'e', [step(0, at, true), step(1, at, false)])
      for (const steps of [
        [],
        [step(0, at, false)],
        [{ ...step(0, at, true), statement: 'DROP' }, step(1, at, false)],
      ]) {
        await assert.rejects(act.recordSteps(executionId, 'e', steps), /GOV-045/)
      }
      await assert.rejects(
        act.recordSteps(executionId, 'other', [step(0, at, true), step(1, at, true)]),
        /GOV-046/,
      )
      const end = {
        status: 'FAILED',
        outcome: 'PARTIAL_SUCCESS',
        steps: [step(0, at, true), step(1, at, false)],
        durationMs: 1,
        affectedRows: 0,
        errors: ' ',
      } as const
      const unknown = { ...end, outcome: 'UNKNOWN' } as const
      await assert.rejects(act.finishExecution(executionId, 'other', unknown), /GOV-046/)
      await assert.rejects(act.finishExecution(executionId, 'e', end), { code: 'DBM_STORE_REFUSED' })
      await act.finishExecution(executionId, 'e', unknown)
      const [last] = await act.endedUnknown(w.targetId)
      assert.deepEqual(last, { executionId, preExecutionMetrics: null })
      const [kept] = await read.executions({ decisionId: decision.decisionId, limit: 5 })
      assert.deepEqual(
        [kept?.executionOutcome, kept?.executionErrors, kept?.steps.length],
        ['UNKNOWN', null, 2],
      )
    })

    test('only the moves marked `reason` are `reason`’s, from the state the issue is in', async () => {
      const w = world()
      const { reason } = w.store
      const issueId = await makeIssue(w, fresh('moves'))
      for (const from of ISSUE_STATES) {
        for (const to of ISSUE_STATES) {
          const legal = TRANSITIONS.some(
            (t) => t.entity === 'issue' && t.by === 'reason' && t.from === from && t.to === to,
          )
          if (legal && from !== 'DETECTED') assert.equal(await reason.moveIssue(issueId, from, to), false)
          if (!legal) await assert.rejects(reason.moveIssue(issueId, from, to), /GOV-023/)
        }
      }
      assert.equal(await reason.moveIssue(issueId, 'DETECTED', 'CANCELLED'), true)
      assert.equal(await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS'), false)
      await assert.rejects(reason.insertAnalysis(newAnalysis(issueId)), /GOV-029/)
      await assert.rejects(reason.countOccurrences(issueId, 1, 1, 'INFO'), /GOV-028/)
      await assert.rejects(reason.countOccurrences(99_999, 1, 1, 'INFO'), { code: 'DBM_STORE_NO_ROW' })
    })

    test('one issue a fingerprint is open, and counts only grow', async () => {
      const w = world()
      const { reason, observe, read } = w.store
      const resource = fresh('open')
      const issueId = await makeIssue(w, resource)
      await assert.rejects(makeIssue(w, resource), /did not open/)
      const event = await newEvent(w, resource)
      await observe.appendEvents([event])
      const [newest] = await read.events({ issueFingerprint: event.issueFingerprint, limit: 1 })
      await reason.countOccurrences(issueId, 3, newest?.eventId ?? 0, 'CRITICAL')
      await reason.countOccurrences(issueId, 1, 1, 'INFO')
      const issue = await reason.openIssueOf(event.issueFingerprint)
      assert.deepEqual(
        [issue?.occurrenceCount, issue?.severity, issue?.lastDetectionEventId],
        [5, 'CRITICAL', newest?.eventId],
      )
      await reason.moveIssue(issueId, 'DETECTED', 'CANCELLED')
      assert.equal(await reason.openIssueOf(event.issueFingerprint), null)
      assert.equal((await reason.earlierIssueOf(event.issueFingerprint, 30))?.issueId, issueId)
      const again = await makeIssue(w, resource)
      assert.equal((await read.issue(again))?.recurrenceOfIssueId, issueId)
    })

    test('a decision whose binding says something else, or whose action is off, is refused', async () => {
      const w = world()
      const { reason, serve } = w.store
      const issueId = await makeIssue(w, fresh('binding'))
      await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
      const analysisId = await reason.insertAnalysis(newAnalysis(issueId))
      await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
      const good = await newDecision(w, analysisId)
      const relabelled = good.bindingText.replace('"LOW"', '"HIGH"')
      for (const [rule, change] of [
        ['GOV-026', { bindingText: relabelled, planDigest: sha256(relabelled) }],
        ['GOV-026', { expiresAt: after(good.expiresAt, 1) }],
        ['GOV-021|FOREIGN|145', { riskLevel: 'HIGH' }],
        ['GOV-055', { proposedBy: 'anna' }],
        ['_ck|CHECK|3819|4025', { planDigest: sha256('other') }],
        ['_ck|CHECK|3819|4025', { confidenceBasedScore: 1 }],
      ] as const) {
        await assert.rejects(reason.insertDecision({ ...good, ...change }), new RegExp(rule), rule)
      }
      await serve.setActionEnabled('mysql/analyze-table', false, 'anna')
      await assert.rejects(reason.insertDecision(good), /GOV-021/)
      await serve.mirrorActions(ACTIONS)
      await assert.rejects(reason.insertDecision(good), /GOV-021/)
      await serve.setActionEnabled('mysql/analyze-table', true, 'anna')
      await reason.insertDecision(good)
      await assert.rejects(serve.setActionEnabled('mysql/none', true, 'anna'), { code: 'DBM_STORE_NO_ROW' })
      const changed = ACTIONS.map((action) => ({ ...action, definitionDigest: sha256('changed') }))
      await assert.rejects(serve.mirrorActions(changed), { code: 'DBM_ACTION_CHANGED' })
    })

    test('a grant is LOW, bounded, signed with the giver’s key and for a known action', async () => {
      const w = world()
      const { serve, read } = w.store
      const now = await read.now()
      for (const [rule, change] of [
        ['GOV-060', { validUntil: after(now, 400 * 86_400) }],
        ['GOV-060', { targetIds: [] }],
        ['GOV-060', { grantedBy: 'nobody' }],
        ['GOV-060|standing_approvals|_ck|CHECK|3819|4025', { actionName: 'mysql/rebuild-table' }],
        ['standing_approvals|_ck|CHECK|3819|4025', { maximumUses: 0 }],
      ] as const) {
        await assert.rejects(serve.grantStanding(await newGrant(w, w.anna, change)), new RegExp(rule), rule)
      }
      const foreign = await newGrant(w, w.anna)
      await assert.rejects(serve.grantStanding({ ...foreign, keyId: w.bert.keyId }), /GOV-060/)
      await assert.rejects(serve.grantStanding(await newGrant(w, w.anna, { actionVersion: 9 })), {
        code: 'DBM_STORE_NO_ROW',
      })
    })

    test('people, switches and reviews name an active person, and nothing is said twice', async () => {
      const w = world()
      const { serve, learn, act, read } = w.store
      const eve = newPerson('eve')
      const login = {
        userName: 'eve',
        displayName: 'Eve',
        personOf: null,
        mayApprove: true,
        mayAdminister: true,
        keyId: eve.keyId,
        publicKey: eve.publicKey,
      }
      const byAnna = signerOf(w.anna)
      await assert.rejects(serve.addUser({ ...login, signer: signerOf(eve) }), /GOV-065/)
      await assert.rejects(serve.addUser({ ...login, signer: { ...byAnna, userName: 'nobody' } }), /GOV-065/)
      await assert.rejects(serve.addUser({ ...login, signer: { ...byAnna, keyId: eve.keyId } }), /GOV-065/)
      await assert.rejects(serve.addUser({ ...login, userName: 'ANNA', signer: byAnna }), {
        code: 'DBM_USER_EXISTS',
      })
      await assert.rejects(serve.changeUser('nobody', {}, byAnna), { code: 'DBM_STORE_NO_ROW' })
      await assert.rejects(serve.changeUser('bert', { active: false }, signerOf(w.bert)), /GOV-065/)
      await assert.rejects(serve.changeUser('anna', { active: false }, byAnna), /GOV-069/)
      await assert.rejects(serve.changeUser('anna', { mayAdminister: false }, byAnna), /GOV-069/)
      await assert.rejects(
        serve.addTarget({ targetName: 'shop', engine: 'mysql', connection: {} }),
        /GOV-006/,
      )
      await assert.rejects(serve.updateTarget('nowhere', {}), { code: 'DBM_STORE_NO_ROW' })
      await assert.rejects(serve.halt({ scope: 'ALL', key: 'x', reason: 'r', by: 'anna' }), {
        code: 'DBM_STORE_REFUSED',
      })
      await assert.rejects(serve.halt({ scope: 'ALL', key: '', reason: 'r', by: 'dbmedic' }), /GOV-065/)
      const decision = await decide(w, await makeIssue(w, fresh('review')))
      await serve.insertApproval(await newVote(w, decision, w.anna))
      const executionId = await run(w, await onlyRunnable(w, decision.decisionId))
      const due = { issueId: decision.issueId, decisionId: decision.decisionId, executionId }
      await act.insertVerification(newVerdict(executionId, 'improved'))
      const lessonId = await learn.insertLesson(newLesson(due))
      const review = { issueResolved: true, wouldApproveAgain: false, assessedBy: 'anna' }
      await assert.rejects(serve.reviewLesson(lessonId, { ...review, assessedBy: 'dbmedic' }), /GOV-056/)
      await serve.reviewLesson(lessonId, review)
      await assert.rejects(serve.reviewLesson(lessonId, review), /GOV-051/)
      await assert.rejects(serve.reviewLesson(99_999, review), { code: 'DBM_STORE_NO_ROW' })
      assert.equal(
        (await read.people()).some((person) => person.userName === 'eve'),
        false,
      )
    })

    test('no error repeats a value that was refused', async () => {
      const w = world()
      const secret = 'hunter2-secret-value'
      const event = await newEvent(w, fresh('secret'))
      const attempts = [
        () => w.store.observe.appendEvents([{ ...event, rawContext: `{"${secret}` }]),
        () => w.store.observe.appendEvents([{ ...event, dedupeKey: secret }]),
        () => w.store.observe.appendEvents([{ ...event, ruleId: `${secret} with spaces` }]),
        () => w.store.observe.appendEvents([{ ...event, metricUnit: secret.repeat(9) }]),
        () =>
          w.store.observe.appendEvents([{ ...event, targetId: 99_999, rawContext: JSON.stringify(secret) }]),
        () => w.store.observe.appendEvents([{ ...event, eventTimestamp: secret }]),
        () => w.store.serve.addTarget({ targetName: '', engine: secret.repeat(9), connection: { secret } }),
      ]
      for (const attempt of attempts) {
        await assert.rejects(attempt(), (error) => {
          assert.ok(error instanceof DbmedicError, String(error))
          assert.equal(error.code, 'DBM_STORE_REFUSED')
          assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(secret), error.message)
          return true
        })
      }
    })

    test('a signature over another vote is kept as given and found out by whoever checks it', async () => {
      const w = world()
      const decision = await decide(w, await makeIssue(w, fresh('signature')))
      const vote = await newVote(w, decision, w.anna)
      const forged = signVote({ ...vote, planDigest: sha256('other') }, w.anna)
      await w.store.serve.insertApproval({ ...vote, signature: forged })
      const { verifyVote } = await import('../../../src/access/index.ts')
      const { approval } = await onlyRunnable(w, decision.decisionId)
      assert.match(
        verifyVote(approval, await w.store.read.people(), []) ?? '',
        /does not carry a valid signature/,
      )
      await w.store.act.voidDecision(decision.decisionId, 'forged signature')
    })
  })
}
