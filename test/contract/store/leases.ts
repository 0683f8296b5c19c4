/** Two copies never take the same row; a dead copy's rows pass on. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Runnable } from '../../../src/core/store-ports.ts'
import {
  decide,
  makeIssue,
  newEvent,
  newVote,
  onlyRunnable,
  queueRun,
  setActive,
  settleRuns,
  step,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

/** Leases and races. */
export function leaseContract({ world, another }: StoreContext): void {
  describe('leases and races', () => {
    test('of many copies claiming at once each row goes to exactly one', async () => {
      const w = world()
      const copies = [w.store, await another(), await another()]
      try {
        const issues = []
        for (let i = 0; i < 12; i++) issues.push(await makeIssue(w, fresh('claim')))
        const claims = Array.from({ length: 9 }, (_, at) => {
          const copy = copies[at % copies.length] ?? w.store
          return copy.reason.claimIssues({ owner: `reason-${at}`, seconds: 60 }, ['DETECTED'], 4)
        })
        const taken = (await Promise.all(claims)).flat().map((issue) => issue.issueId)
        assert.equal(new Set(taken).size, taken.length, 'an issue was taken twice')
        const left = await w.store.reason.claimIssues({ owner: 'rest', seconds: 60 }, ['DETECTED'], 200)
        const all = [...taken, ...left.map((issue) => issue.issueId)]
        assert.equal(new Set(all).size, all.length)
        for (const issueId of issues) assert.ok(all.includes(issueId))
        for (const issueId of all) await w.store.reason.moveIssue(issueId, 'DETECTED', 'CANCELLED')
      } finally {
        for (const copy of copies.slice(1)) await copy.close()
      }
    })

    test('of many executors queueing and starting at once exactly one runs', async () => {
      const w = world()
      const copies = [w.store, await another(), await another()]
      try {
        for (let round = 0; round < 3; round++) {
          const decision = await decide(w, await makeIssue(w, fresh('race')))
          await w.store.serve.insertApproval(await newVote(w, decision, w.anna))
          await settleRuns(w)
          const runnable = await onlyRunnable(w, decision.decisionId)
          const queued = await Promise.all(
            Array.from({ length: 8 }, (_, at) =>
              (copies[at % 3] ?? w.store).act.queueExecution(runnable, `e${at}`),
            ),
          )
          const ids = queued.filter((id) => id !== null)
          assert.equal(ids.length, 1)
          const executionId = ids[0] ?? 0
          const started = await Promise.all(
            Array.from({ length: 8 }, (_, at) =>
              (copies[at % 3] ?? w.store).act.startExecution(
                executionId,
                { owner: `e${at}`, seconds: 60 },
                null,
              ),
            ),
          )
          assert.equal(started.filter((yes) => yes).length, 1)
        }
      } finally {
        for (const copy of copies.slice(1)) await copy.close()
      }
    })

    test('of many votes at once on a decision one decides it', async () => {
      const w = world()
      const copies = [w.store, await another()]
      try {
        for (let round = 0; round < 3; round++) {
          const decision = await decide(w, await makeIssue(w, fresh('votes')))
          const votes = await Promise.all(
            [w.anna, w.bert, w.carl].map((person) => newVote(w, decision, person)),
          )
          const results = await Promise.allSettled(
            votes.map((vote, at) => (copies[at % 2] ?? w.store).serve.insertApproval(vote)),
          )
          assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
          assert.equal((await w.store.read.approvals(decision.decisionId)).length, 1)
          await w.store.act.voidDecision(decision.decisionId, 'end of test')
        }
      } finally {
        await copies[1]?.close()
      }
    })

    test('of many copies opening the same issue one opens it, and an event sent twice at once is one', async () => {
      const w = world()
      const other = await another()
      try {
        const resource = fresh('open-race')
        const event = await newEvent(w, resource)
        const added = await Promise.all(
          Array.from({ length: 6 }, (_, at) =>
            (at % 2 === 0 ? w.store : other).observe.appendEvents([event]),
          ),
        )
        assert.equal(
          added.reduce((sum, one) => sum + one, 0),
          1,
        )
        const outcomes = await Promise.allSettled(
          Array.from({ length: 6 }, (_, at) =>
            makeIssue(at % 2 === 0 ? w : { ...w, store: other }, resource),
          ),
        )
        assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1)
      } finally {
        await other.close()
      }
    })

    test('a lease that has run out passes on; one that is held does not', async () => {
      const w = world()
      const { reason } = w.store
      const issueId = await makeIssue(w, fresh('lease'))
      const mine = async (owner: string, seconds = 600) =>
        (await reason.claimIssues({ owner, seconds }, ['DETECTED'], 200)).some((i) => i.issueId === issueId)
      assert.equal(await mine('first'), true)
      assert.equal(await mine('second'), false)
      assert.equal(await mine('first'), false)
      await reason.releaseIssue(issueId, 'first')
      assert.equal(await mine('first', 1), true)
      await sleep(1100)
      assert.equal(await mine('second'), true)
      await reason.releaseIssue(issueId, 'first')
      assert.equal(await mine('third'), false)
      await reason.releaseIssue(issueId, 'second')
      assert.equal(await mine('third'), true)
      await reason.moveIssue(issueId, 'DETECTED', 'CANCELLED')
    })

    test('an issue that cannot be helped does not keep the others waiting', async () => {
      const w = world()
      const { reason } = w.store
      const issues = [
        await makeIssue(w, fresh('fair')),
        await makeIssue(w, fresh('fair')),
        await makeIssue(w, fresh('fair')),
      ]
      const seen: number[] = []
      for (let i = 0; i < 6; i++) {
        const [issue] = await reason.claimIssues({ owner: 'fair', seconds: 60 }, ['DETECTED'], 1)
        if (issue === undefined) break
        seen.push(issue.issueId)
        await reason.releaseIssue(issue.issueId, 'fair')
        await sleep(2)
      }
      assert.deepEqual(seen, [...issues, ...issues])
      for (const issueId of issues) await reason.moveIssue(issueId, 'DETECTED', 'CANCELLED')
    })

    test('targets are shared out, kept by renewal, given back and taken over', async () => {
      const w = world()
      const { observe, serve } = w.store
      for (const name of ['t1', 't2', 't3']) {
        await serve.addTarget({ targetName: name, engine: 'mysql', connection: {} })
      }
      const first = await observe.leaseTargets({ owner: 'o1', seconds: 60 }, 2)
      const second = await observe.leaseTargets({ owner: 'o2', seconds: 60 }, 200)
      assert.deepEqual([first.length, second.length], [2, 2])
      assert.deepEqual(await observe.leaseTargets({ owner: 'o1', seconds: 60 }, 200), first)
      await observe.releaseTargets('o2')
      assert.equal((await observe.leaseTargets({ owner: 'o1', seconds: 60 }, 200)).length, 4)
      await serve.updateTarget('t3', { enabled: false, connection: { host: 'db3' } })
      assert.equal((await observe.leaseTargets({ owner: 'o1', seconds: 1 }, 200)).length, 3)
      await sleep(1100)
      const taken = await observe.leaseTargets({ owner: 'o3', seconds: 60 }, 200)
      assert.deepEqual(taken.map((target) => target.targetName).sort(), ['shop', 't1', 't2'])
      await observe.releaseTargets('o3')
      for (const name of ['t1', 't2']) await serve.updateTarget(name, { enabled: false })
    })

    test('a question goes to the observer that holds the target, and is answered once', async () => {
      const w = world()
      const { observe, reason, serve } = w.store
      const question = { kind: 'table-statistics', params: { table: 'orders' } }
      const asked = await reason.ask({ targetId: w.targetId, issueId: null, question })
      const bySomebody = await serve.ask({ targetId: w.targetId, question, by: 'carl' })
      const lease = { owner: 'holder', seconds: 60 }
      assert.deepEqual(await observe.claimRequests(lease, 10), [])
      await observe.leaseTargets(lease, 10)
      const claimed = await observe.claimRequests(lease, 10)
      assert.deepEqual(
        claimed.map((r) => [r.requestId, r.requestedBy]),
        [
          [asked, 'reason'],
          [bySomebody, 'carl'],
        ],
      )
      await observe.answerRequest(asked, 'stranger', { ok: true, answer: 'no' })
      assert.equal((await reason.request(asked))?.requestStatus, 'REQUESTED')
      await observe.answerRequest(asked, 'holder', { ok: true, answer: { rows: 7 } })
      await observe.answerRequest(asked, 'holder', { ok: true, answer: { rows: 8 } })
      await observe.answerRequest(bySomebody, 'holder', { ok: false, because: 'no such table' })
      const answered = await reason.request(asked)
      assert.deepEqual([answered?.requestStatus, answered?.answer], ['ANSWERED', { rows: 7 }])
      assert.notEqual(answered?.answeredAt, null)
      const failed = await serve.request(bySomebody)
      assert.deepEqual(
        [failed?.requestStatus, failed?.answer],
        ['FAILED', { known: false, because: 'no such table' }],
      )
      assert.equal(await reason.request(99_999), null)
      await observe.releaseTargets('holder')
    })

    test('of executors with approvals of their own for one target one queues, the others are told to wait', async () => {
      const w = world()
      const copies = [w.store, await another(), await another()]
      try {
        const decisions = []
        for (let at = 0; at < 6; at += 1) {
          const decision = await decide(w, await makeIssue(w, fresh('target')))
          await w.store.serve.insertApproval(await newVote(w, decision, w.anna))
          decisions.push(decision)
        }
        await settleRuns(w)
        const runnables: Runnable[] = []
        for (const { decisionId } of decisions) runnables.push(await onlyRunnable(w, decisionId))
        const queueAll = (): Promise<(number | null)[]> =>
          Promise.all(
            runnables.map((runnable, at) =>
              (copies[at % 3] ?? w.store).act.queueExecution(runnable, `e${at}`),
            ),
          )
        const first = await queueAll()
        assert.equal(first.filter((id) => id !== null).length, 1)
        await settleRuns(w)
        const second = await queueAll()
        assert.equal(second.filter((id) => id !== null).length, 1)
        assert.notEqual(
          first.findIndex((id) => id !== null),
          second.findIndex((id) => id !== null),
        )
        await settleRuns(w)
        for (const { decision } of await w.store.act.runnable(100)) {
          const { decisionId } = decision
          if (decisions.every((each) => each.decisionId !== decisionId)) continue
          await w.store.serve.endDecision(decisionId, 'REVOKED', 'the test is over', 'anna')
        }
      } finally {
        for (const copy of copies.slice(1)) await copy.close()
      }
    })

    test('a run whose voter was shut out is not listed, and listed again with them', async () => {
      const w = world()
      const { act, serve } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('shut-out')))
      await serve.insertApproval(await newVote(w, decision, w.bert))
      const runnable = await onlyRunnable(w, decision.decisionId)
      const listed = async (): Promise<boolean> =>
        (await act.runnable(100)).some((each) => each.decision.decisionId === decision.decisionId)
      await settleRuns(w)
      await setActive(w, 'bert', false)
      assert.equal(await listed(), false)
      await assert.rejects(act.queueExecution(runnable, 'e'), /GOV-041/)
      await setActive(w, 'bert', true)
      assert.equal(await listed(), true)
      await serve.endDecision(decision.decisionId, 'REVOKED', 'the test is over', 'anna')
    })

    test('a run whose executor died is adopted by one, who sends nothing more', async () => {
      const w = world()
      const { act, serve, read } = w.store
      const decision = await decide(w, await makeIssue(w, fresh('died')))
      await serve.insertApproval(await newVote(w, decision, w.anna))
      const executionId = await queueRun(w, decision.decisionId, 'dead')
      assert.equal(await act.startExecution(executionId, { owner: 'dead', seconds: 600 }, null), true)
      const at = await read.now()
      await act.recordSteps(executionId, 'dead', [step(0, at, false)])
      assert.ok(!(await act.abandoned(50)).some((x) => x.executionId === executionId))
      assert.equal(await act.adoptExecution(executionId, { owner: 'heir-0', seconds: 60 }), false)
      assert.equal(await act.renewLease(executionId, { owner: 'dead', seconds: 1 }), true)
      await sleep(1100)
      assert.ok((await act.abandoned(50)).some((x) => x.executionId === executionId))
      assert.equal(await act.renewLease(executionId, { owner: 'dead', seconds: 60 }), false)
      await assert.rejects(act.recordSteps(executionId, 'dead', [step(0, at, false)]), /GOV-046/)
      const adopted = await Promise.all(
        Array.from({ length: 5 }, (_, i) =>
          act.adoptExecution(executionId, { owner: `heir-${i}`, seconds: 60 }),
        ),
      )
      assert.equal(adopted.filter((yes) => yes).length, 1)
      const heir = `heir-${adopted.indexOf(true)}`
      await assert.rejects(act.recordSteps(executionId, 'dead', [step(0, at, true)]), /GOV-046/)
      await assert.rejects(
        act.recordSteps(executionId, heir, [step(0, at, false), step(1, at, false)]),
        /GOV-045/,
      )
      assert.equal(await act.renewLease(executionId, { owner: heir, seconds: 60 }), true)
      const checked = { ...step(1, at, true), kind: 'check' }
      await act.recordSteps(executionId, heir, [step(0, at, false), checked])
      await act.finishExecution(executionId, heir, {
        status: 'FAILED',
        outcome: 'UNKNOWN',
        steps: [step(0, at, false), checked],
        durationMs: null,
        affectedRows: null,
        errors: 'its executor died',
      })
      assert.equal((await read.issue(decision.issueId))?.issueStatus, 'UNDER_ANALYSIS')
      assert.deepEqual(
        (await act.runnable(100)).filter((r) => r.decision.decisionId === decision.decisionId),
        [],
      )
    })
  })
}
