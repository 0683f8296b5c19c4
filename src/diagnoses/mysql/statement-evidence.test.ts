import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, type Given, issue } from '../../../test/support/diagnosis-case.ts'
import { FINGERPRINT_ID, statementAnswers } from '../../../test/support/mysql-answers.ts'
import type { Issue } from '../../core/nouns.ts'
import { bigResult } from './big-result.ts'
import { correlationOrSkew } from './correlation-or-skew.ts'
import { missingIndex } from './missing-index.ts'
import { nPlusOne } from './n-plus-one.ts'
import { planRegression } from './plan-regression.ts'
import { staleStatistics } from './stale-statistics.ts'

const lockIssue = (issueId: number, table: string, part: Partial<Issue> = {}): Issue =>
  issue({
    issueId,
    issueCategory: 'LOCK_CONTENTION',
    ruleId: 'mysql/lock-wait',
    affectedResourceType: 'table',
    affectedResourceName: table,
    ...part,
  })

/** In which issue a statement on shop.orders is decided that was seen waiting in 40 % of the samples. */
function decidedIn(alongside: readonly Issue[], diagnosis = missingIndex, part: Partial<Given> = {}) {
  const result = conclude(diagnosis, {
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({ waitingPercent: 40 }),
    alongside,
    ...part,
  })
  assert.equal(result.outcome, 'refuted')
  return result.outcome === 'refuted' ? result.decidedIn : undefined
}

describe('a statement that mostly waits for locks', () => {
  test('is decided in the issue about the locks of a table it uses', () => {
    assert.equal(decidedIn([lockIssue(11, 'shop.stock'), lockIssue(12, 'shop.orders')]), 12)
  })

  for (const diagnosis of [staleStatistics, correlationOrSkew, planRegression, bigResult, nPlusOne])
    test(`says so whatever cause is tested: ${diagnosis.id}`, () =>
      assert.equal(decidedIn([lockIssue(12, 'shop.orders')], diagnosis), 12))

  test('is decided in the only one there is, as whoever waits behind a waiter is counted elsewhere', () =>
    assert.equal(decidedIn([lockIssue(11, 'shop.stock')]), 11))

  test('is decided nowhere yet where there is none, or several of which none is its own', () => {
    assert.equal(decidedIn([]), null)
    assert.equal(decidedIn([lockIssue(11, 'shop.stock'), lockIssue(13, 'shop.carts')]), null)
    assert.equal(decidedIn([lockIssue(11, 'shop.stock', { issueCategory: 'DEADLOCK' })]), null)
    const idle = { affectedResourceType: 'user', affectedResourceName: 'transactions of app' }
    assert.equal(decidedIn([lockIssue(11, '', idle)]), null)
  })

  test('is found by the table in its text where its use of tables is not known', () => {
    const unread = statementAnswers({ waitingPercent: 40, use: null })
    const beside = [lockIssue(11, 'shop.order'), lockIssue(12, 'shop.orders')]
    assert.equal(decidedIn(beside, missingIndex, { answers: unread }), 12)
  })
})

test('a statement that works is decided in its own issue: a wait for metadata counts once', () => {
  const result = conclude(nPlusOne, {
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({ waitingPercent: 29 }),
    alongside: [lockIssue(12, 'shop.orders')],
  })
  assert.ok(!('decidedIn' in result))
})
