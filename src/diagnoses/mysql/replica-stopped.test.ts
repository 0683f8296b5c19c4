import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { replicaStopped } from './replica-stopped.ts'

describe('mysql/replica-stopped', () => {
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
  const stopped = { applierRunning: false, lagSeconds: null }
  const actions = (channel: object) =>
    supported(replicaStopped, given(channel)).candidates.map((c) => c.actionId)
  test('an applier that stopped without a lasting error may be started', () => {
    assert.deepEqual(actions(stopped), ['mysql/start-replica-applier'])
    assert.deepEqual(actions({ ...stopped, lastErrorNumber: 1205 }), ['mysql/start-replica-applier'])
  })
  test('one that stopped on an error is not, and no event is skipped', () => {
    const result = supported(replicaStopped, given({ ...stopped, lastErrorNumber: 1062 }))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /1062.*never skipped/)
  })
  test('a stopped receiver is advice', () =>
    assert.deepEqual(actions({ receiverRunning: false, lagSeconds: null }), []))
  test('a running channel is another cause', () =>
    assert.equal(conclude(replicaStopped, given()).outcome, 'refuted'))
  test('a channel that is gone is gone', () =>
    assert.equal(conclude(replicaStopped, given({ channel: 'other' })).outcome, 'refuted'))
  test('without the channels nothing is known', () =>
    assert.equal(conclude(replicaStopped, { ...given(), answers: [] }).outcome, 'unknown'))
})
