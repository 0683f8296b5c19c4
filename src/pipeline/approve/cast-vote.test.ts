import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOW } from '../../../test/support/analysis-scene.ts'
import { BINDING } from '../../../test/support/bindings.ts'
import { after } from '../../../test/support/pipeline-rows.ts'
import type { Approval, Decision } from '../../core/nouns.ts'
import { toMs } from '../../core/time.ts'
import { APPROVE_REASONS, DECLINE_REASONS, RISK_LEVELS } from '../../core/vocabulary.ts'
import {
  APPROVAL_VALIDITY_SECONDS,
  type Ballot,
  castVote,
  type VoteSubject,
  WINDOW_AHEAD_SECONDS,
} from './cast-vote.ts'

const DAY = 86_400
const decision = (change: Partial<Decision> = {}): Decision =>
  ({
    decisionId: 5,
    issueId: 4,
    recommendedActionId: 3,
    planDigest: 'p'.repeat(64),
    riskLevel: 'MEDIUM',
    decisionStatus: 'PENDING_APPROVAL',
    bindingText: JSON.stringify(BINDING),
    expiresAt: after(NOW, DAY),
    ...change,
  }) as Decision

const ballot = (change: Partial<Ballot> = {}, conditions: Partial<Ballot['conditions']> = {}): Ballot => ({
  decline: false,
  reason: 'CONFIDENT',
  notes: null,
  conditions: { undoPreconsented: false, windowStart: null, ...conditions },
  ...change,
})

function cast(subject: Partial<VoteSubject>, given: Ballot = ballot()) {
  const signed: unknown[] = []
  const vote = castVote(
    { decision: decision(), bindsConnection: false, votes: [], now: NOW, ...subject },
    given,
    {
      userName: 'anna',
      keyId: 'k',
      authenticationMethod: 'key',
      sign: (v) => {
        signed.push(v)
        return 'signature'
      },
    },
  )
  return { vote, signed }
}
const seconds = (from: string, to: string): number => (toMs(to) - toMs(from)) / 1000

describe('a vote', () => {
  test('is about exactly the decision, its action, its digest and its risk, and all of it is signed', () => {
    const { vote, signed } = cast({})
    assert.ok(!('refused' in vote))
    const { signature, ...rest } = vote
    assert.equal(signature, 'signature')
    assert.deepEqual(signed, [rest])
    assert.deepEqual(
      [vote.decisionId, vote.actionId, vote.planDigest, vote.riskLevel, vote.adminUserId, vote.keyId],
      [5, 3, 'p'.repeat(64), 'MEDIUM', 'anna', 'k'],
    )
  })

  const first = [{ approvalStatus: 'CONDITIONAL_APPROVAL' }] as unknown as readonly Approval[]
  for (const risk of RISK_LEVELS) {
    for (const votes of [[], first]) {
      const expected = risk === 'HIGH' && votes.length === 0 ? 'CONDITIONAL_APPROVAL' : 'APPROVED'
      test(`of yes on ${risk} risk after ${votes.length} votes is ${expected}`, () => {
        const { vote } = cast({ decision: decision({ riskLevel: risk }), votes })
        assert.ok(!('refused' in vote))
        assert.equal(vote.approvalStatus, expected)
      })
      test(`of no on ${risk} risk after ${votes.length} votes is DECLINED`, () => {
        const { vote } = cast(
          { decision: decision({ riskLevel: risk }), votes },
          ballot({ decline: true, reason: 'BAD_TIMING' }),
        )
        assert.ok(!('refused' in vote))
        assert.equal(vote.approvalStatus, 'DECLINED')
      })
    }

    test(`on ${risk} risk holds ${APPROVAL_VALIDITY_SECONDS[risk]} s from now, and never longer than the decision`, () => {
      const long = cast({ decision: decision({ riskLevel: risk, expiresAt: after(NOW, 30 * DAY) }) }).vote
      const short = cast({ decision: decision({ riskLevel: risk, expiresAt: after(NOW, 60) }) }).vote
      assert.ok(!('refused' in long) && !('refused' in short))
      assert.equal(seconds(NOW, long.expiresAt), APPROVAL_VALIDITY_SECONDS[risk])
      assert.equal(seconds(NOW, short.expiresAt), 60)
    })

    test(`on ${risk} risk for a change window holds from the start of the window`, () => {
      const windowStart = after(NOW, 3 * DAY)
      const { vote } = cast({ decision: decision({ riskLevel: risk }) }, ballot({}, { windowStart }))
      assert.ok(!('refused' in vote))
      assert.equal(seconds(windowStart, vote.expiresAt), APPROVAL_VALIDITY_SECONDS[risk])
    })
  }

  test('may consent to the undo that the plan comes with', () => {
    const { vote } = cast({}, ballot({}, { undoPreconsented: true }))
    assert.ok(!('refused' in vote))
    assert.equal(vote.conditions.undoPreconsented, true)
  })
})

describe('what is no vote, and is not signed', () => {
  const refused = (subject: Partial<VoteSubject>, given: Ballot, because: RegExp): void => {
    const { vote, signed } = cast(subject, given)
    assert.ok('refused' in vote)
    assert.equal(vote.code, 'DBM_VOTE_INVALID')
    assert.match(vote.because, because)
    assert.notEqual(vote.toProceed, '')
    assert.deepEqual(signed, [])
  }

  for (const decisionStatus of ['APPROVED', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const)
    test(`one on a decision that is ${decisionStatus}`, () =>
      refused({ decision: decision({ decisionStatus }) }, ballot(), new RegExp(decisionStatus)))

  test('one on a decision past its validity', () =>
    refused({ decision: decision({ expiresAt: NOW }) }, ballot(), /expired/))

  for (const reason of DECLINE_REASONS)
    test(`a yes because of ${reason}`, () => refused({}, ballot({ reason }), /not a reason to approve/))
  for (const reason of APPROVE_REASONS)
    test(`a no because of ${reason}`, () =>
      refused({}, ballot({ decline: true, reason }), /not a reason to decline/))

  test('one that consents to an undo there is not', () => {
    const none = decision({ bindingText: JSON.stringify({ ...BINDING, undo: { whyNot: 'gone' } }) })
    refused({ decision: none }, ballot({}, { undoPreconsented: true }), /no undo/)
  })

  test('one for a window where the action is about a connection', () =>
    refused({ bindsConnection: true }, ballot({}, { windowStart: after(NOW, DAY) }), /cannot be scheduled/))

  test('one for a window in the past, or too far ahead', () => {
    refused({}, ballot({}, { windowStart: after(NOW, -61) }), /within the next 7 days/)
    refused({}, ballot({}, { windowStart: after(NOW, WINDOW_AHEAD_SECONDS + 1) }), /within the next 7 days/)
    assert.ok(!('refused' in cast({}, ballot({}, { windowStart: after(NOW, WINDOW_AHEAD_SECONDS) })).vote))
  })
})
