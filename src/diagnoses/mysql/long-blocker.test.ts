import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { FINGERPRINT_ID, lockGraph, rootBlocker } from '../../../test/support/mysql-answers.ts'
import { longBlocker } from './long-blocker.ts'

describe('mysql/long-blocker', () => {
  const running = { idleSeconds: null, command: 'Query', queryId: '99', fingerprintId: FINGERPRINT_ID }
  const given = (root: Parameters<typeof rootBlocker>[0] = {}) => ({
    rule: 'mysql/lock-wait',
    category: 'LOCK_CONTENTION' as const,
    on: { type: 'table', name: 'shop.orders' },
    answers: [
      { kind: 'lock-graph', value: lockGraph([rootBlocker({ ...running, ...root })]) },
    ] satisfies Answer[],
  })
  test('a running statement in others’ way may be ended, and only it', () => {
    const [candidate] = supported(longBlocker, given()).candidates
    assert.equal(candidate?.actionId, 'mysql/kill-query')
    const connection = candidate?.params['connection'] as { readonly [name: string]: unknown }
    assert.deepEqual(
      [connection['queryId'], connection['statementFingerprintId'], connection['transactionId']],
      ['99', FINGERPRINT_ID, null],
    )
  })
  test('a statement that cannot be told from the next one is not ended', () =>
    assert.deepEqual(supported(longBlocker, given({ queryId: null, fingerprintId: null })).candidates, []))
  test('the fingerprint alone tells a statement where the server has no statement ids', () =>
    assert.equal(supported(longBlocker, given({ queryId: null })).candidates.length, 1))
  test('three waiters weigh', () => {
    const weights = (n: number) =>
      supported(longBlocker, given({ waiters: Array.from({ length: n }, (_, i) => String(i)) })).weights
        .length
    assert.deepEqual([weights(2), weights(3)], [0, 1])
  })
  test('an idle blocker is another cause', () =>
    assert.equal(conclude(longBlocker, given({ idleSeconds: 5 })).outcome, 'refuted'))
  test('a running DDL lowers the confidence: its work would be wasted', () =>
    assert.ok(supported(longBlocker, given({ isDdl: true })).weights.some((w) => w.logOdds === -2)))
  for (const kind of ['own', 'system', 'replication', 'backup'] as const) {
    test(`a ${kind} session is never ended`, () =>
      assert.equal(conclude(longBlocker, given({ kind })).outcome, 'refuted'))
  }
  test('a graph that cannot be read proves nothing', () =>
    assert.equal(conclude(longBlocker, { ...given(), answers: [] }).outcome, 'unknown'))
})
