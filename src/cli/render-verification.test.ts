import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Verification } from '../core/nouns.ts'
import { renderVerification } from './render-verification.ts'

const shown = (change: Partial<Verification>): string =>
  stripVTControlCharacters(
    renderVerification({
      verificationId: 1,
      verifiedAt: '2026-01-05T10:00:00.000000Z',
      executionId: 1,
      verdict: 'regressed',
      metricName: 'mean_ms',
      metricUnit: 'ms',
      lowerIsBetter: true,
      metricBefore: 350,
      metricAfter: 3.5,
      samplesBefore: 60,
      samplesAfter: 200,
      improvementPercent: 99,
      intervalLowPercent: 97,
      intervalHighPercent: 99.5,
      details: {},
      assessedBy: 'act',
      ...change,
    }),
  )

describe('a verdict at the terminal', () => {
  test('says why it is none of the figures beside it', () => {
    const text = shown({ details: { because: 'the mean time of untouched statements got 65 % worse' } })
    assert.match(text, /VERDICT regressed by act: mean_ms 99 % better/)
    assert.match(text, /\n {4}because the mean time of untouched statements got 65 % worse$/)
  })

  test('says why also where nothing could be measured', () =>
    assert.match(
      shown({
        verdict: 'undecided',
        metricBefore: null,
        details: { because: '3 calls before and 0 after; 30 and 30 are needed' },
      }),
      /VERDICT undecided by act\n {4}because 3 calls before/,
    ))

  test('does not say the interval twice, and nothing of a reason that is not on record', () => {
    for (const details of [{ because: '95 % interval 97.0 to 99.5 %' }, {}, null, 'x', { because: 5 }])
      assert.doesNotMatch(shown({ verdict: 'improved', details }), /because/)
  })

  test('prints no control characters of what is on record', () =>
    assert.ok(!shown({ details: { because: 'a\u001b[31mb' } }).includes('\u001b')))
})
