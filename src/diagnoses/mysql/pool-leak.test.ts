import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { connectionUse } from '../../../test/support/mysql-snapshots.ts'
import { poolLeak } from './pool-leak.ts'

describe('mysql/pool-leak', () => {
  const given = (idle: number, connected: number, medianSeconds = 30) => ({
    rule: 'mysql/connection-exhaustion',
    category: 'CONNECTION_EXHAUSTION' as const,
    answers: [
      {
        kind: 'connections' as const,
        value: connectionUse({
          threadsConnected: connected,
          counts: [
            { user: 'jobs', command: 'Query', count: connected - idle, medianSeconds: 1 },
            { user: 'app', command: 'Sleep', count: idle, medianSeconds },
          ],
        }),
      },
    ],
  })
  test('seventy percent idle of one account are a leak, named by account', () =>
    assert.match(supported(poolLeak, given(70, 100)).hypothesis, /Account app keeps 70 idle/))
  test('less is not', () => assert.equal(conclude(poolLeak, given(69, 100)).outcome, 'refuted'))
  test('a pool whose connections are taken again within moments is busy, not leaking', () => {
    assert.equal(conclude(poolLeak, given(95, 100, 1)).outcome, 'refuted')
    assert.equal(conclude(poolLeak, given(95, 100, 2)).outcome, 'supported')
  })
  test('raising max_connections is never proposed', () => {
    const result = supported(poolLeak, given(95, 100, 700))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /only delays/)
  })
  test('idle for over ten minutes weighs', () => {
    assert.deepEqual(supported(poolLeak, given(95, 100, 600)).weights, [])
    assert.equal(supported(poolLeak, given(95, 100, 601)).weights[0]?.logOdds, 2)
  })
  test('without the sessions nothing is known', () =>
    assert.equal(conclude(poolLeak, { ...given(95, 100), answers: [] }).outcome, 'unknown'))
})
