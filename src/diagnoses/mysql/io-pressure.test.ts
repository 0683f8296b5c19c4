import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { ioPressure } from './io-pressure.ts'

interface Part {
  readonly reads?: number
  readonly baseline?: number | null
  readonly slower?: number
  readonly waits?: number | null
  readonly waitsBefore?: number | null
  readonly miss?: number
  /** The issue is about one statement, not about the reads themselves. */
  readonly ofStatement?: boolean
}

describe('mysql/io-pressure', () => {
  const given = (part: Part = {}) => ({
    rule: 'mysql/io-pressure',
    category: part.ofStatement === true ? ('QUERY_PERFORMANCE' as const) : ('STORAGE' as const),
    answers: [
      {
        kind: 'io-profile' as const,
        value: {
          physicalReadsPerSecond: part.reads ?? 3_000,
          baselineReadsPerSecond: part.baseline === undefined ? 1_000 : part.baseline,
          missPercent: part.miss ?? 4,
          waitFree: 0,
          logWaits: 0,
          checkpointAgePercent: null,
          bufferPoolBytes: 1,
          readWaitPercent: part.waits ?? null,
          baselineReadWaitPercent: part.waitsBefore ?? null,
          slowerClasses: part.slower ?? 5,
          classes: 20,
        },
      },
    ],
  })
  const outcome = (part: Part) => conclude(ioPressure, given(part)).outcome

  test('three times the reads and five classes slower together', () =>
    assert.deepEqual(supported(ioPressure, given()).candidates, []))
  test('fewer reads are usual', () => assert.equal(outcome({ reads: 2_999 }), 'refuted'))
  test('four slow classes are not everything where nobody times the reads', () =>
    assert.equal(outcome({ slower: 4 }), 'refuted'))
  test('without a baseline nothing is known', () => assert.equal(outcome({ baseline: null }), 'unknown'))
  test('without counters nothing is known', () =>
    assert.equal(conclude(ioPressure, { ...given(), answers: [] }).outcome, 'unknown'))

  test('reads that make statements take half as long again are it, with two classes slower', () => {
    const it = supported(ioPressure, given({ slower: 2, waits: 40, waitsBefore: 10 }))
    assert.match(
      it.hypothesis,
      /40 % of the statements’ time \(10 % before\).*2 statement classes got slower/,
    )
  })
  test('reads that take less of the time are not', () =>
    assert.equal(outcome({ slower: 4, waits: 39, waitsBefore: 10 }), 'refuted'))
  test('a share of reads that was as high before slows no statement', () =>
    assert.equal(outcome({ slower: 4, waits: 80, waitsBefore: 75, ofStatement: true }), 'refuted'))
  test('one class that reads and is slower alone is a matter of its own', () =>
    assert.equal(outcome({ slower: 1, waits: 90, waitsBefore: 0, ofStatement: true }), 'refuted'))
  test('of the reads themselves it is the cause where statements spend half of their time on them', () => {
    const it = supported(ioPressure, given({ slower: 0, waits: 50, waitsBefore: 45 }))
    assert.match(it.hypothesis, /no other statement class is slower yet/)
    assert.equal(outcome({ slower: 0, waits: 49, waitsBefore: 45 }), 'refuted')
    assert.equal(outcome({ slower: 0, waits: 50, reads: 2_999 }), 'refuted')
  })
  test('five slower classes are it even where reads ahead hide how long is waited', () =>
    assert.equal(outcome({ slower: 5, waits: 5, waitsBefore: 4 }), 'supported'))
  test('time that is all reads is no division by zero', () =>
    assert.equal(outcome({ slower: 2, waits: 100, waitsBefore: 100, ofStatement: true }), 'refuted'))
  test('measured waits and misses each weigh', () => {
    const weights = (part: Part) => supported(ioPressure, given(part)).weights.length
    assert.deepEqual([weights({ miss: 0.5 }), weights({}), weights({ waits: 60, waitsBefore: 5 })], [0, 1, 2])
  })
})
