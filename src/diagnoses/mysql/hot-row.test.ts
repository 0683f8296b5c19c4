import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { lockGraph, rootBlocker } from '../../../test/support/mysql-answers.ts'
import { hotRow } from './hot-row.ts'

describe('mysql/hot-row', () => {
  const given = (percent: number, root: ReturnType<typeof rootBlocker> | null = null, samples = 20) => ({
    rule: 'mysql/lock-wait',
    category: 'LOCK_CONTENTION' as const,
    on: { type: 'table', name: 'shop.orders' },
    facts: { index: 'PRIMARY' },
    answers: [
      { kind: 'lock-graph', value: lockGraph(root === null ? [] : [root]) },
      {
        kind: 'wait-profile',
        value: { samples, seconds: 60, lockWaitPercent: percent, metadataWaitPercent: 0 },
      },
    ] satisfies Answer[],
  })
  test('many waits and no lasting blocker are a hot row: advice, nobody to end', () => {
    const result = supported(hotRow, given(40))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /PRIMARY/)
  })
  test('a blocker of a moment is part of it', () =>
    assert.equal(conclude(hotRow, given(40, rootBlocker({ longestWaitSeconds: 1 }))).outcome, 'supported'))
  test('a blocker of a moment that is there still a second later is another cause; another one is part of it', () => {
    const moment = rootBlocker({ idleSeconds: 0, longestWaitSeconds: 1 })
    const later = (root: ReturnType<typeof rootBlocker>) => {
      const of = given(40, moment)
      const answers: Answer[] = [...of.answers, { kind: 'later-lock-graph', value: lockGraph([root]) }]
      return conclude(hotRow, { ...of, answers }).outcome
    }
    assert.equal(later(moment), 'refuted')
    assert.equal(later({ ...moment, connectionId: '11', transactionId: '500' }), 'supported')
  })
  test('a lasting blocker is another cause', () =>
    assert.equal(conclude(hotRow, given(40, rootBlocker())).outcome, 'refuted'))
  test('few waits, or few samples, are not', () => {
    assert.equal(conclude(hotRow, given(29)).outcome, 'refuted')
    assert.equal(conclude(hotRow, given(100, null, 4)).outcome, 'refuted')
  })
  test('a metadata wait is another matter', () =>
    assert.equal(conclude(hotRow, { ...given(40), rule: 'mysql/metadata-lock-wait' }).outcome, 'refuted'))
  test('without the graph or the samples nothing is known', () => {
    assert.equal(conclude(hotRow, { ...given(40), answers: [] }).outcome, 'unknown')
    assert.equal(
      conclude(hotRow, { ...given(40), answers: given(40).answers.slice(0, 1) }).outcome,
      'unknown',
    )
  })
})
