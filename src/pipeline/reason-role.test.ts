/** The reason role on a real store: from events to a decision, after crashes, refusals and failures. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import {
  decide,
  makeIssue,
  makeWorld,
  newAnalysis,
  newEvent,
  newVote,
  onlyRunnable,
  sha256,
  type World,
} from '../../test/support/pipeline-rows.ts'
import { makeReasoner, PARAMS, RULE, turnOf } from '../../test/support/reasoner.ts'
import type { Diagnosis } from '../core/diagnosis.ts'
import type { ReasonPort } from '../core/store-ports.ts'
import { fromMs, toMs } from '../core/time.ts'
import type { Reasoner } from './reason-role.ts'

let server: TestStore
let world: World

before(async () => {
  server = await startStore('sqlite')
})
after(() => server.stop())
beforeEach(async () => {
  await world?.store.close()
  await server.stop()
  server = await startStore('sqlite')
  world = await makeWorld(await openFull(server))
})
after(() => world.store.close())

const reasoner = (change: Partial<ReasonPort> = {}, diagnoses: readonly Diagnosis<never>[] = [RULE]) =>
  makeReasoner(world, change, diagnoses)
const turn = (analyst: Reasoner): Promise<boolean> => turnOf(world, analyst)
const statusOf = async (issueId: number) => (await world.store.read.issue(issueId))?.issueStatus
const decisionsOf = (issueId: number) => world.store.read.decisions({ issueId, limit: 10 })

describe('the reason role', () => {
  test('takes events to an issue, an analysis and a decision that waits, in one turn', async () => {
    await world.store.observe.appendEvents([await newEvent(world, 'orders', { opensAtOnce: true })])
    const { made, lines } = reasoner()
    assert.equal(await turn(made), true)
    assert.deepEqual(
      lines.map((l) => [l.stage, l.message, l.target]),
      [
        ['analyze', 'issue opened', 'shop'],
        ['analyze', 'explained', 'shop'],
        ['decide', 'decision waits for approval', 'shop'],
      ],
    )
    const [issue] = await world.store.read.issues({ limit: 5 })
    assert.equal(issue?.issueStatus, 'DECISION_MADE')
    const [decision] = await decisionsOf(issue?.issueId ?? 0)
    assert.deepEqual(
      [decision?.decisionStatus, decision?.riskLevel, decision?.proposedBy],
      ['PENDING_APPROVAL', 'LOW', 'dbmedic'],
    )
    assert.equal(decision?.planDigest, sha256(decision?.bindingText ?? ''))
    assert.equal(await turn(made), false, 'there is nothing left to do')
  })

  test('decides on an issue whose analyst died between its analysis and its decision', async () => {
    const issueId = await makeIssue(world, 'orders')
    const dying = reasoner({
      insertDecision: async () => {
        throw new Error('the process died here')
      },
    })
    await assert.rejects(turn(dying.made), /died here/)
    assert.equal(await statusOf(issueId), 'AWAITING_DECISION')
    await turn(reasoner().made)
    assert.equal(await statusOf(issueId), 'DECISION_MADE')
    assert.equal((await world.store.read.analyses(issueId)).length, 1, 'it was not analysed again')
  })

  test('thinks again, minutes later, about an issue it could say nothing of, and decides once it can', async () => {
    const issueId = await makeIssue(world, 'orders')
    const unsure = { ...RULE, test: () => ({ outcome: 'unknown', missing: 'x', toProceed: 'y' }) as const }
    await turn(reasoner({}, [unsure]).made)
    const { read } = world.store.reason
    const later = (minutes: number) => ({
      read: { ...read, now: async () => fromMs(toMs(await read.now()) + minutes * 60_000) },
    })
    await turn(reasoner(later(4)).made)
    assert.equal((await read.analyses(issueId)).length, 1, 'four minutes are too early')
    await turn(reasoner(later(6)).made)
    assert.deepEqual(
      (await read.analyses(issueId)).map((a) => a.analysisStatus),
      ['COMPLETED', 'ABSTAINED'],
    )
    assert.equal(await statusOf(issueId), 'DECISION_MADE')
  })

  test('takes up what waits for locks as soon as the issue about them opens, and keeps which one it is', async () => {
    const waiting: Diagnosis<never> = {
      ...RULE,
      test: ({ issue, alongside }) =>
        issue.affectedResourceName === 'orders'
          ? {
              outcome: 'refuted',
              because: 'it waits for locks',
              claims: [],
              decidedIn: alongside.find((other) => other.affectedResourceName === 'locks')?.issueId ?? null,
            }
          : { outcome: 'unknown', missing: 'x', toProceed: 'y' },
    }
    const issueId = await makeIssue(world, 'orders')
    const found = async () => {
      const analyses = await world.store.read.analyses(issueId)
      return analyses.map((a) => a.competingHypotheses[0]?.decidedIn)
    }
    await turn(reasoner({}, [waiting]).made)
    await turn(reasoner({}, [waiting]).made)
    assert.deepEqual(await found(), [null], 'nothing has opened beside it')
    const locks = await makeIssue(world, 'locks')
    await turn(reasoner({}, [waiting]).made)
    await turn(reasoner({}, [waiting]).made)
    assert.deepEqual(await found(), [locks, null])
    assert.equal(await statusOf(issueId), 'AWAITING_DECISION')
  })

  test('takes up a named cause whose proposal another issue carries as soon as that one opens', async () => {
    const piledUp: Diagnosis<never> = {
      ...RULE,
      test: ({ issue, alongside }) => {
        if (issue.affectedResourceName !== 'orders')
          return { outcome: 'unknown', missing: 'x', toProceed: 'y' }
        const locks = alongside.find((other) => other.affectedResourceName === 'locks')
        return {
          ...(RULE.test as () => object)(),
          candidates: [],
          decidedIn: locks?.issueId ?? null,
        } as never
      },
    }
    const issueId = await makeIssue(world, 'orders')
    const turns = async () => {
      for (let n = 0; n < 3; n += 1) await turn(reasoner({}, [piledUp]).made)
      const analyses = await world.store.read.analyses(issueId)
      return analyses.map((a) => [a.analysisStatus, a.competingHypotheses[0]?.decidedIn])
    }
    assert.deepEqual(await turns(), [['COMPLETED', null]], 'nothing has opened beside it')
    const locks = await makeIssue(world, 'locks')
    assert.deepEqual(await turns(), [
      ['COMPLETED', locks],
      ['COMPLETED', null],
    ])
  })

  test('leaves alone what waits for a person', async () => {
    const issueId = await makeIssue(world, 'orders')
    const unsure = { ...RULE, test: () => ({ outcome: 'unknown', missing: 'x', toProceed: 'y' }) as const }
    const { made } = reasoner({}, [unsure])
    await turn(made)
    await turn(reasoner({}, [unsure]).made)
    assert.equal(await statusOf(issueId), 'AWAITING_DECISION')
    assert.equal((await world.store.read.analyses(issueId)).length, 1)
  })

  test('works on the other issues where one fails', async () => {
    const [bad, good] = [await makeIssue(world, 'bad'), await makeIssue(world, 'good')]
    const { insertAnalysis } = world.store.reason
    const { made } = reasoner({
      insertAnalysis: async (analysis) => {
        if (analysis.issueId === bad) throw new Error('no room')
        return insertAnalysis(analysis)
      },
    })
    await assert.rejects(turn(made), /no room/)
    assert.equal(await statusOf(good), 'DECISION_MADE')
    assert.equal(await statusOf(bad), 'UNDER_ANALYSIS')
    await turn(reasoner().made)
    assert.equal(await statusOf(bad), 'DECISION_MADE', 'and it was given back')
  })

  test('ends decisions past their validity, and proposes again', async () => {
    const issueId = await makeIssue(world, 'orders')
    const valid = await makeIssue(world, 'items')
    await decide(world, valid)
    const first = await decide(world, issueId, { validSeconds: 2 })
    await new Promise((resolve) => setTimeout(resolve, 2_050))
    await turn(reasoner().made)
    assert.equal((await decisionsOf(valid)).length, 1, 'it is valid still')
    assert.equal((await world.store.read.decision(first.decisionId))?.decisionStatus, 'EXPIRED')
    const [second] = await decisionsOf(issueId)
    assert.notEqual(second?.decisionId, first.decisionId)
    assert.equal(second?.decisionStatus, 'PENDING_APPROVAL')
  })
})

describe('after a run', () => {
  /** Takes an issue through a decision and a vote to a run that ended like this. */
  async function ran(outcome: 'REFUSED' | 'FAILED'): Promise<number> {
    const issueId = await makeIssue(world, 'orders')
    await turn(reasoner().made)
    const [decision] = await decisionsOf(issueId)
    assert.ok(decision)
    await world.store.serve.insertApproval(await newVote(world, decision, world.anna))
    const { act } = world.store
    const executionId = await act.queueExecution(await onlyRunnable(world, decision.decisionId), 'me')
    assert.ok(executionId)
    if (outcome === 'FAILED') await act.startExecution(executionId, { owner: 'me', seconds: 60 }, null)
    await act.finishExecution(executionId, 'me', {
      status: 'FAILED',
      outcome,
      steps: [],
      durationMs: null,
      affectedRows: null,
      errors: 'the table was altered',
    })
    assert.equal(await statusOf(issueId), 'UNDER_ANALYSIS')
    await turn(reasoner().made)
    return issueId
  }

  test('that was refused the same action may be proposed again: nothing was sent', async () => {
    const issueId = await ran('REFUSED')
    assert.equal(await statusOf(issueId), 'DECISION_MADE')
    assert.deepEqual(
      (await decisionsOf(issueId)).map((d) => d.decisionStatus),
      ['PENDING_APPROVAL', 'APPROVED'],
    )
  })

  test('that failed it is not proposed again: it says so instead', async () => {
    const issueId = await ran('FAILED')
    assert.equal(await statusOf(issueId), 'AWAITING_DECISION')
    const [newest] = await world.store.read.analyses(issueId)
    assert.equal(newest?.analysisStatus, 'ABSTAINED')
    assert.match(newest?.recommendationSummary ?? '', /was already decided on in this issue/)
  })
})

describe('what a person asks for', () => {
  test('becomes a decision with that person as proposer', async () => {
    const requestId = await world.store.serve.requestRecovery({
      targetId: world.targetId,
      issueId: null,
      actionName: 'mysql/analyze-table',
      params: PARAMS,
      requestedBy: 'bert',
      reason: 'after the import',
    })
    await turn(reasoner().made)
    const done = await world.store.serve.recoveryRequest(requestId)
    const decision = await world.store.read.decision(done?.decisionId ?? 0)
    assert.equal(decision?.proposedBy, 'bert')
    const [analysis] = await world.store.read.analyses(decision?.issueId ?? 0)
    assert.deepEqual([analysis?.analyzer, analysis?.rootCauseCode], ['human', 'HUMAN_REQUEST'])
  })

  test('and came to nothing is closed, and can be asked for again', async () => {
    const ask = async (): Promise<number> => {
      const requestId = await world.store.serve.requestRecovery({
        targetId: world.targetId,
        issueId: null,
        actionName: 'mysql/analyze-table',
        params: PARAMS,
        requestedBy: 'bert',
        reason: 'again',
      })
      await turn(reasoner().made)
      return (await world.store.serve.recoveryRequest(requestId))?.decisionId ?? 0
    }
    const first = await ask()
    const decision = await world.store.read.decision(first)
    assert.ok(decision !== null)
    const { issueId } = decision
    assert.equal(await ask(), 0, 'while it waits the same wish is one')
    await world.store.serve.endDecision(first, 'CANCELLED', 'not now', 'anna')
    assert.equal((await world.store.read.issue(issueId))?.issueStatus, 'CANCELLED')
    const second = await ask()
    const again = await world.store.read.decision(second)
    assert.ok(again !== null)
    const no = await newVote(world, again, world.anna, { status: 'DECLINED' })
    await world.store.serve.insertApproval(no)
    await world.store.serve.endDecision(second, 'ASK_OTHER', 'another one', 'anna')
    await turn(reasoner().made)
    assert.equal((await world.store.read.issue(again.issueId))?.issueStatus, 'CLOSED')
    assert.ok((await ask()) > second)
  })

  test('and is not in the catalogue is refused in words', async () => {
    const requestId = await world.store.serve.requestRecovery({
      targetId: world.targetId,
      issueId: null,
      actionName: 'mysql/drop-database',
      params: {},
      requestedBy: 'bert',
      reason: 'mischief',
    })
    await turn(reasoner().made)
    const done = await world.store.serve.recoveryRequest(requestId)
    assert.deepEqual([done?.decisionId, done?.result], [null, 'there is no action mysql/drop-database'])
  })
})

test('an analysis a person wrote is never decided on by the program', async () => {
  const issueId = await makeIssue(world, 'orders')
  const { reason } = world.store
  await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  await reason.insertAnalysis(newAnalysis(issueId, { analyzer: 'human', rootCauseCode: 'HUMAN_REQUEST' }))
  await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  await turn(reasoner().made)
  assert.deepEqual(await decisionsOf(issueId), [])
})
