import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, diagnose, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  planNode,
  profile,
  statementAnswers,
  statementHistory,
  statementPlan,
  statisticsDrift,
} from '../../../test/support/mysql-answers.ts'
import type { StatementHistory } from '../../engines/mysql/shapes.ts'
import { planRegression } from './plan-regression.ts'

describe('mysql/plan-regression', () => {
  const history = (nowMs: number, old: { planHash?: string; calls?: number; meanMs?: number } = {}) =>
    statementHistory(
      { meanMs: nowMs },
      {
        baseline: profile({ meanMs: 10 }),
        planHashes: [
          { planHash: 'plan-now', calls: 50, meanMs: nowMs },
          { planHash: old.planHash ?? 'plan-before', calls: old.calls ?? 100, meanMs: old.meanMs ?? 10 },
        ],
      },
    )
  const given = (evidence: Evidence) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers(evidence),
  })
  const outcome = (evidence: Evidence) => conclude(planRegression, given(evidence)).outcome
  test('another plan that was three times as fast: advice, and many calls weigh', () => {
    const result = supported(planRegression, given({ history: history(30) }))
    assert.deepEqual(result.candidates, [])
    assert.equal(result.weights[0]?.logOdds, 2)
    assert.deepEqual(supported(planRegression, given({ history: history(30, { calls: 99 }) })).weights, [])
  })
  test('less than three times its baseline is no regression', () =>
    assert.equal(outcome({ history: history(29) }), 'refuted'))
  describe('the window in which it began', () => {
    const first = (meanMs: number): StatementHistory => ({ ...history(meanMs), isFirstWindow: true })
    const inTurn = (now: StatementHistory, later: StatementHistory | undefined) => ({
      facts: { fingerprintId: FINGERPRINT_ID },
      answers: [
        {
          kind: 'statement-history' as const,
          params: { fingerprintId: FINGERPRINT_ID, anotherWindow: true },
          ...(later === undefined ? {} : { value: later }),
        },
        ...statementAnswers({ history: now }),
      ],
    })
    const again = (input: Parameters<typeof diagnose>[1]) =>
      diagnose(planRegression, input).asked.filter((q) => q.params['anotherWindow'] === true).length
    test('is of both plans: it is asked again one window later', () => {
      assert.equal(again(inTurn(first(12), history(30))), 1)
      supported(planRegression, inTurn(first(12), history(30)))
    })
    test('is enough where it is three times as slow already, and so are two windows', () => {
      assert.equal(again(inTurn(first(30), history(30))), 0)
      assert.equal(again(inTurn(history(12), history(30))), 0)
    })
    test('is not waited for where no other plan of it is on record', () => {
      const few = { ...history(12, { calls: 19 }), isFirstWindow: true }
      const same = { ...history(12, { planHash: 'plan-now' }), isFirstWindow: true }
      assert.deepEqual([again(inTurn(few, history(30))), again(inTurn(same, history(30)))], [0, 0])
      assert.notEqual(conclude(planRegression, inTurn(same, undefined)).outcome, 'supported')
    })
    test('alone says neither yes nor no', () => {
      assert.equal(conclude(planRegression, inTurn(first(12), first(12))).outcome, 'unknown')
      assert.equal(conclude(planRegression, inTurn(first(12), history(12))).outcome, 'refuted')
    })
  })
  test('a plan seen in a few calls is no standard', () =>
    assert.equal(outcome({ history: history(30, { calls: 19 }) }), 'refuted'))
  test('the same plan that got slower is another cause', () =>
    assert.equal(outcome({ history: history(30, { planHash: 'plan-now' }) }), 'refuted'))
  describe('an estimate that is off', () => {
    const off = (actualRows: number, drift: Evidence['drift'] = statisticsDrift(1)) => ({
      plan: statementPlan({ nodes: [planNode({ estimatedRows: 1_000, actualRows })] }),
      history: history(30, { calls: 99 }),
      drift,
    })
    test('is explained by wrong statistics, and so is the choice', () =>
      assert.equal(outcome(off(3_000, statisticsDrift(9))), 'refuted'))
    test('explains nothing where they are right; it only weighs', () => {
      const weights = (evidence: Evidence) =>
        supported(planRegression, given(evidence)).weights.map((w) => w.logOdds)
      assert.deepEqual([weights(off(3_000)), weights(off(2_999))], [[-0.5], []])
    })
    test('leaves the cause unknown where nobody compared them', () =>
      assert.equal(outcome(off(3_000, null)), 'unknown'))
  })
  test('an index the earlier plan did not read through is named', () => {
    const told = history(30)
    const through = (step: string) =>
      supported(
        planRegression,
        given({
          plan: statementPlan({ nodes: [planNode({ access: 'index', key: 'by_date' })] }),
          history: {
            ...told,
            planHashes: told.planHashes.map((one) => ({ ...one, steps: [{ step, rows: 9 }] })),
          },
        }),
      ).hypothesis
    assert.match(through('shop.orders ref by_customer'), /reads through by_date/)
    assert.doesNotMatch(through('shop.orders range by_date'), /reads through/)
  })
  test('the present plan alone, on record only since it is slow, says nothing of the one before', () => {
    const alone = (meanMs: number) =>
      statementHistory(
        { meanMs: 30 },
        { baseline: profile({ meanMs: 10 }), planHashes: [{ planHash: 'plan-now', calls: 50, meanMs }] },
      )
    assert.equal(outcome({ history: alone(29) }), 'unknown')
    assert.equal(outcome({ history: alone(10) }), 'refuted')
  })
  test('both plans are evidence, each with its steps', () => {
    const steps = [{ step: 'shop.orders ref by_customer', rows: 12 }]
    const told = history(30)
    const planHashes = told.planHashes.map((one) => ({
      ...one,
      steps,
      lastSeenAt: '2026-01-05T09:00:00.000000Z',
    }))
    const { claims } = supported(planRegression, given({ history: { ...told, planHashes } }))
    assert.deepEqual(
      claims.map((one) => one.claim.replace(/,.*/, '')),
      ['mean time of the present plan against an earlier one', 'the earlier plan', 'the present plan'],
    )
    assert.deepEqual(claims[1]?.value, { planHash: 'plan-before', steps })
    assert.match(JSON.stringify(claims[2]?.value), /"planHash":"plan-now"/)
  })
  test('without earlier plans on record nothing is known', () => {
    assert.equal(outcome({ history: statementHistory({ meanMs: 90 }) }), 'unknown')
    assert.equal(outcome({ history: null }), 'unknown')
    assert.equal(outcome({ plan: null }), 'unknown')
  })
})
