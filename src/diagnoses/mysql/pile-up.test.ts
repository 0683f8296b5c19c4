import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, issue, supported } from '../../../test/support/diagnosis-case.ts'
import { lockGraph, rootBlocker } from '../../../test/support/mysql-answers.ts'
import { connectionUse } from '../../../test/support/mysql-snapshots.ts'
import { pileUp } from './pile-up.ts'

describe('mysql/pile-up', () => {
  const waits = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      waiter: String(100 + i),
      blocker: '10',
      waitSeconds: 5,
      schema: 'shop',
      table: 'orders',
      index: null,
      lockMode: null,
    }))
  const given = (waiting: number, connected: number, maxConnections = 110) => ({
    rule: 'mysql/connection-exhaustion',
    category: 'CONNECTION_EXHAUSTION' as const,
    answers: [
      { kind: 'connections', value: connectionUse({ threadsConnected: connected, maxConnections }) },
      {
        kind: 'lock-graph',
        value: lockGraph([rootBlocker({ waiters: waits(waiting).map((w) => w.waiter) })], {
          lockWaits: waits(waiting),
        }),
      },
    ] satisfies Answer[],
  })
  test('half of the connections waiting is a pile-up', () => {
    assert.equal(conclude(pileUp, given(50, 100)).outcome, 'supported')
    assert.equal(conclude(pileUp, given(32, 100, 200)).outcome, 'refuted')
  })
  test('a third is one too, where without them the connections would be far from running out', () => {
    assert.equal(conclude(pileUp, given(17, 35, 40)).outcome, 'supported')
    assert.equal(conclude(pileUp, given(34, 100, 110)).outcome, 'supported')
    // 65 of 100 would still be in use.
    assert.equal(conclude(pileUp, given(35, 100, 100)).outcome, 'refuted')
  })
  test('raising max_connections is never proposed', () => {
    const result = supported(pileUp, given(95, 100))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /would only let more sessions wait/)
  })
  test('it points to the lock issue that carries the proposal', () => {
    const alongside = [
      issue({ issueId: 9, issueCategory: 'LOCK_CONTENTION', ruleId: 'mysql/idle-transaction' }),
      issue({ issueId: 12, issueCategory: 'LOCK_CONTENTION', ruleId: 'mysql/lock-wait' }),
    ]
    const result = supported(pileUp, { ...given(95, 100), alongside })
    assert.match(result.recommendation, /issue 12/)
    assert.equal(result.decidedIn, 12)
    assert.equal(supported(pileUp, given(95, 100)).decidedIn, null)
  })
  test('a session in two waits counts once', () => {
    const twice = lockGraph([], { lockWaits: [...waits(30), ...waits(30)] })
    const answers: Answer[] = [...given(0, 100).answers.slice(0, 1), { kind: 'lock-graph', value: twice }]
    assert.equal(conclude(pileUp, { ...given(0, 100), answers }).outcome, 'refuted')
  })
  test('without sessions or graph nothing is known', () => {
    assert.equal(conclude(pileUp, { ...given(9, 10), answers: [] }).outcome, 'unknown')
    assert.equal(
      conclude(pileUp, { ...given(9, 10), answers: given(9, 10).answers.slice(0, 1) }).outcome,
      'unknown',
    )
  })
})
