import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, diagnose, supported } from '../../../test/support/diagnosis-case.ts'
import { connectionUse } from '../../../test/support/mysql-snapshots.ts'
import { poolLeak } from './pool-leak.ts'

describe('mysql/pool-leak', () => {
  const use = (idle: number, connected: number, medianSeconds: number) =>
    connectionUse({
      threadsConnected: connected,
      counts: [
        { user: 'jobs', command: 'Query', count: connected - idle, medianSeconds: 1 },
        { user: 'app', command: 'Sleep', count: idle, medianSeconds },
      ],
    })
  const of = (...answers: Answer[]) => ({
    rule: 'mysql/connection-exhaustion',
    category: 'CONNECTION_EXHAUSTION' as const,
    answers,
  })
  const given = (idle: number, connected: number, medianSeconds = 30) =>
    of({ kind: 'connections', value: use(idle, connected, medianSeconds) })
  const twice = (first: ReturnType<typeof use>, later: ReturnType<typeof use>) =>
    of({ kind: 'connections', value: first }, { kind: 'later-connections', value: later })
  test('seventy percent idle of one account are a leak, named by account', () =>
    assert.match(supported(poolLeak, given(70, 100)).hypothesis, /Account app keeps 70 idle/))
  test('less is not', () => assert.equal(conclude(poolLeak, given(69, 100)).outcome, 'refuted'))
  test('a pool whose connections are taken again within moments at both looks is busy, not leaking', () => {
    assert.equal(conclude(poolLeak, twice(use(95, 100, 1), use(95, 100, 1))).outcome, 'refuted')
    assert.equal(conclude(poolLeak, twice(use(95, 100, 1), use(60, 100, 9))).outcome, 'refuted')
  })
  test('a leak that had just begun at the first look is one at the second', () => {
    const result = supported(poolLeak, twice(use(75, 100, 1), use(90, 100, 4)))
    assert.match(result.hypothesis, /keeps 90 idle connections open \(90 % of all\), for 4 s/)
  })
  test('only sessions idle for a moment are looked at again', () => {
    const asked = (idle: number, medianSeconds: number) =>
      diagnose(poolLeak, given(idle, 100, medianSeconds)).asked.map((q) => q.kind)
    assert.deepEqual(asked(95, 1), ['connections', 'later-connections'])
    assert.deepEqual([asked(95, 2), asked(69, 1)], [['connections'], ['connections']])
  })
  test('again as soon as what leaked before has been idle for long enough, and once more where that grew fast', () => {
    const asked = (first: number, later: number) =>
      diagnose(poolLeak, twice(use(95, 100, first), use(95, 100, later))).asked.map(
        (q) => q.params['afterSeconds'],
      )
    assert.deepEqual(asked(0, 2), [undefined, 2])
    assert.deepEqual(asked(1, 2), [undefined, 1])
    assert.deepEqual(asked(0.5, 0), [undefined, 2])
    assert.deepEqual(asked(0, 1), [undefined, 2, 1])
    assert.deepEqual(asked(1, 1.5), [undefined, 1, 2])
  })
  test('where the second look cannot be had nobody can tell a leak from a busy pool', () =>
    assert.equal(conclude(poolLeak, given(95, 100, 1)).outcome, 'unknown'))
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
