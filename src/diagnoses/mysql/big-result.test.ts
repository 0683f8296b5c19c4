import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  statementAnswers,
  statementHistory,
  statementUse,
} from '../../../test/support/mysql-answers.ts'
import { bigResult } from './big-result.ts'

describe('mysql/big-result', () => {
  const given = (evidence: Evidence) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers(evidence),
  })
  const returns = (rowsSentPerCall: number, rowsExaminedPerCall: number) => ({
    history: statementHistory({ rowsSentPerCall, rowsExaminedPerCall }),
  })
  const outcome = (evidence: Evidence) => conclude(bigResult, given(evidence)).outcome
  test('a thousand rows a call, and no more than ten read for each: advice for the application', () =>
    assert.deepEqual(supported(bigResult, given(returns(1_000, 10_000))).candidates, []))
  test('fewer rows, or more reading, are another cause', () => {
    assert.equal(outcome(returns(999, 999)), 'refuted')
    assert.equal(outcome(returns(1_000, 10_001)), 'refuted')
  })
  test('waiting is another cause', () =>
    assert.equal(outcome({ ...returns(5_000, 5_000), waitingPercent: 30 }), 'refuted'))
  test('a page far down a list is read from the beginning of the list', () => {
    const paged = (offset: number | null, rowsExaminedPerCall: number) => ({
      history: statementHistory({ rowsSentPerCall: 20, rowsExaminedPerCall }),
      use: statementUse([], { offset, hasLimit: true }),
    })
    assert.match(supported(bigResult, given(paged(30_000, 30_020))).recommendation, /page by key/)
    assert.equal(outcome(paged(999, 1_019)), 'refuted', 'a page near the top costs little')
    assert.equal(
      outcome(paged(1_000, 300_000)),
      'refuted',
      'what it reads beside the skipped rows is another cause',
    )
    assert.equal(outcome(paged(30_000, 20)), 'refuted', 'the sample was one of a kind')
    assert.equal(outcome(paged(null, 30_020)), 'refuted')
  })
  test('without a history nothing is known', () => assert.equal(outcome({ history: null }), 'unknown'))
})
