import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  profile,
  statementAnswers,
  statementHistory,
} from '../../../test/support/mysql-answers.ts'
import { nPlusOne } from './n-plus-one.ts'

describe('mysql/n-plus-one', () => {
  const CHEAP = { rowsExaminedPerCall: 1, rowsSentPerCall: 1, meanMs: 0.2 }
  const history = (callsPerSecond: number, before: number, part: object = {}) =>
    statementHistory(
      { ...CHEAP, callsPerSecond, ...part },
      { baseline: profile({ ...CHEAP, callsPerSecond: before }) },
    )
  const given = (evidence: Evidence) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers(evidence),
  })
  const outcome = (evidence: Evidence) => conclude(nPlusOne, given(evidence)).outcome
  test('three times the calls of a cheap statement are a loop: advice for the application', () =>
    assert.deepEqual(supported(nPlusOne, given({ history: history(30, 10) })).candidates, []))
  test('fewer are growth', () => assert.equal(outcome({ history: history(29, 10) }), 'refuted'))
  test('a costly call is no loop', () => {
    assert.equal(outcome({ history: history(90, 10, { rowsExaminedPerCall: 11 }) }), 'refuted')
    assert.equal(
      outcome({ history: history(90, 10, { rowsExaminedPerCall: 101, rowsSentPerCall: 101 }) }),
      'refuted',
    )
  })
  test('without a baseline nothing is known', () => {
    assert.equal(outcome({ history: statementHistory(CHEAP) }), 'unknown')
    assert.equal(outcome({ history: null }), 'unknown')
  })
  test('waiting is not looping', () =>
    assert.equal(outcome({ history: history(90, 10), waitingPercent: 40 }), 'refuted'))
})
