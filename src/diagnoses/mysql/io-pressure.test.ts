import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { ioPressure } from './io-pressure.ts'

describe('mysql/io-pressure', () => {
  const given = (part: { reads?: number; baseline?: number | null; slower?: number } = {}) => ({
    rule: 'mysql/io-pressure',
    category: 'STORAGE' as const,
    answers: [
      {
        kind: 'io-profile' as const,
        value: {
          physicalReadsPerSecond: part.reads ?? 3_000,
          baselineReadsPerSecond: part.baseline === undefined ? 1_000 : part.baseline,
          missPercent: 4,
          waitFree: 0,
          logWaits: 0,
          checkpointAgePercent: null,
          bufferPoolBytes: 1,
          slowerClasses: part.slower ?? 5,
          classes: 20,
        },
      },
    ],
  })
  test('three times the reads and five classes slower together', () =>
    assert.deepEqual(supported(ioPressure, given()).candidates, []))
  test('fewer reads are usual', () =>
    assert.equal(conclude(ioPressure, given({ reads: 2_999 })).outcome, 'refuted'))
  test('four slow classes are not everything', () =>
    assert.equal(conclude(ioPressure, given({ slower: 4 })).outcome, 'refuted'))
  test('without a baseline nothing is known', () =>
    assert.equal(conclude(ioPressure, given({ baseline: null })).outcome, 'unknown'))
  test('without counters nothing is known', () =>
    assert.equal(conclude(ioPressure, { ...given(), answers: [] }).outcome, 'unknown'))
})
