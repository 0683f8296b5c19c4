import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { replicaLag } from './replica-lag.ts'

describe('mysql/replica-lag', () => {
  const given = (channel: object = {}, workers: string | null = '4') => ({
    rule: 'mysql/replication-lag',
    category: 'REPLICATION' as const,
    on: { type: 'replica', name: 'default channel' },
    facts: { channel: '' },
    answers: [
      {
        kind: 'replication-channels',
        value: [
          {
            channel: '',
            lagSeconds: 120,
            receiverRunning: true,
            applierRunning: true,
            lastErrorNumber: 0,
            ...channel,
          },
        ],
      },
      ...(workers === null
        ? []
        : [{ kind: 'variables' as const, value: { replica_parallel_workers: workers } }]),
    ] satisfies Answer[],
  })
  test('a running replica behind is advice of modest confidence', () => {
    const result = supported(replicaLag, given())
    assert.deepEqual(result.candidates, [])
    assert.ok(result.weights.reduce((n, w) => n + w.logOdds, 0) < 0)
  })
  test('one worker is named as a likely reason', () => {
    for (const workers of ['0', '1'])
      assert.match(supported(replicaLag, given({}, workers)).hypothesis, /one worker/)
    assert.doesNotMatch(supported(replicaLag, given()).hypothesis, /one worker/)
  })
  test('without the setting it still holds, and nothing is said of workers', () =>
    assert.doesNotMatch(supported(replicaLag, given({}, null)).hypothesis, /one worker/))
  test('a stopped one is another cause', () =>
    assert.equal(conclude(replicaLag, given({ applierRunning: false, lagSeconds: null })).outcome, 'refuted'))
  test('one that has caught up is well', () =>
    assert.equal(conclude(replicaLag, given({ lagSeconds: 9 })).outcome, 'refuted'))
  test('where a smaller lag is configured to be noticed, a third of it has caught up', () => {
    const noticed = (lagSeconds: number, at: number) =>
      conclude(replicaLag, { ...given({ lagSeconds }), facts: { channel: '', lagSeconds: at } }).outcome
    assert.deepEqual([noticed(3, 6), noticed(1, 6), noticed(9, 300)], ['supported', 'refuted', 'refuted'])
  })
  test('a lag the server does not know, or channels that cannot be read, prove nothing', () => {
    assert.equal(conclude(replicaLag, given({ lagSeconds: null })).outcome, 'unknown')
    assert.equal(conclude(replicaLag, { ...given(), answers: [] }).outcome, 'unknown')
  })
})
