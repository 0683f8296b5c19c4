import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { purgeBlocked } from './purge-blocked.ts'

describe('mysql/purge-blocked', () => {
  const given = (
    length: number | null,
    oldest: { readonly [name: string]: string | number | null } | null,
  ) => ({
    rule: 'mysql/purge-lag',
    category: 'STORAGE' as const,
    on: { type: 'server', name: 'undo history' },
    facts: { length: 2_000_000, rising: true, oldest },
    answers: [
      {
        kind: 'health',
        value: {
          threadsRunning: 1,
          threadsConnected: 1,
          maxConnections: 100,
          uptimeSeconds: 1,
          historyListLength: length,
        },
      },
    ] satisfies Answer[],
  })
  const OLD = { connectionId: '11', user: 'report', kind: 'client', ageSeconds: 7_200, rowsModified: 0 }
  test('the oldest transaction is named; nobody waits for it, so it is not ended', () => {
    const result = supported(purgeBlocked, given(2_000_000, OLD))
    assert.match(result.hypothesis, /connection 11 of report/)
    assert.deepEqual(result.candidates, [])
  })
  test('a backup is waited for', () =>
    assert.match(
      supported(purgeBlocked, given(2_000_000, { ...OLD, kind: 'backup' })).recommendation,
      /backup/,
    ))
  test('an applier is waited for', () =>
    assert.match(
      supported(purgeBlocked, given(100_000, { ...OLD, kind: 'replication', ageSeconds: 60 })).recommendation,
      /wait for it/,
    ))
  test('five minutes weigh', () => {
    const weight = (ageSeconds: number) =>
      supported(purgeBlocked, given(2_000_000, { ...OLD, ageSeconds })).weights[0]?.logOdds
    assert.deepEqual([weight(299), weight(300)], [-1, 1])
  })
  test('a young oldest transaction means purge is slow, not blocked', () =>
    assert.equal(conclude(purgeBlocked, given(2_000_000, { ...OLD, ageSeconds: 59 })).outcome, 'refuted'))
  test('a history that is short again needs no explanation', () =>
    assert.equal(conclude(purgeBlocked, given(99_999, OLD)).outcome, 'refuted'))
  test('without the transaction or the length nothing is known', () => {
    assert.equal(conclude(purgeBlocked, given(2_000_000, null)).outcome, 'unknown')
    assert.equal(conclude(purgeBlocked, given(null, OLD)).outcome, 'unknown')
    assert.equal(conclude(purgeBlocked, { ...given(1, OLD), answers: [] }).outcome, 'unknown')
  })
  test('reads that go to disk are another issue', () =>
    assert.equal(
      conclude(purgeBlocked, { ...given(2_000_000, OLD), rule: 'mysql/io-pressure' }).outcome,
      'refuted',
    ))
})
