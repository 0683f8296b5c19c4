import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { digestOverflow, LARGEST_DIGESTS } from './digest-overflow.ts'

describe('mysql/digest-overflow', () => {
  const given = (size: number) => ({
    rule: 'mysql/digest-overflow',
    category: 'MONITORING_GAP' as const,
    on: { type: 'server', name: 'statement digests' },
    facts: { blindPercent: 12, digestsLost: 900, totalCalls: 1_000 },
    answers: [
      { kind: 'variables', value: { performance_schema_digests_size: String(size) } },
    ] satisfies Answer[],
  })
  const advice = (size: number) => supported(digestOverflow, given(size)).recommendation
  test('the exact setting is named, and that it takes a restart', () => {
    assert.match(advice(5_000), /performance_schema_digests_size = 20000 under \[mysqld\] and restart/)
    assert.match(advice(30_000), /= 60000 /)
    assert.match(advice(150_000), new RegExp(`= ${LARGEST_DIGESTS} `))
  })
  test('a table that cannot grow further is not told to', () =>
    assert.doesNotMatch(advice(LARGEST_DIGESTS), /restart/))
  test('nothing of it can be set while running, so nothing is proposed', () =>
    assert.deepEqual(supported(digestOverflow, given(5_000)).candidates, []))
  test('without the setting nothing is known', () =>
    assert.equal(conclude(digestOverflow, { ...given(1), answers: [] }).outcome, 'unknown'))
  test('another gap is not its business', () =>
    assert.equal(conclude(digestOverflow, { ...given(1), rule: 'mysql/other' }).outcome, 'refuted'))
})
