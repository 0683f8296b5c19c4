import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { recordedIssue, recordedResult } from '../../../test/lab/build-recorded.ts'
import {
  actionOutcome,
  bandsOf,
  brierOf,
  calibrationError,
  compared,
  forecastFactor,
  harmsOf,
  relief,
  withinForecast,
} from './judge.ts'
import type { RecordedEffect, RecordedIssue } from './recorded.ts'

describe('an action', () => {
  const CASES: readonly (readonly [string, Partial<RecordedIssue>, string])[] = [
    ['that is the expected one and helped is right', {}, 'right'],
    ['rightly not proposed is right', { action: null, expectedAction: null, verdict: null }, 'right'],
    ['of another kind is useless', { action: 'mysql/analyze-table' }, 'useless'],
    ['where none is right is useless', { expectedAction: null }, 'useless'],
    ['without effect is useless', { verdict: 'no_effect' }, 'useless'],
    [
      'expected to be without effect is right',
      { verdict: 'no_effect', expectedVerdict: 'no_effect' },
      'right',
    ],
    ['that is not there is missing', { action: null }, 'missing'],
    [
      'for an issue that was not found is missing',
      { found: false, action: null, expectedAction: null },
      'missing',
    ],
    ['after which a guarded figure is worse is harmful', { verdict: 'regressed' }, 'harmful'],
    ['that ended another session is harmful', { rightSession: false }, 'harmful'],
    ['about another session that never ran is not harmful', { rightSession: false, outcome: null }, 'right'],
  ]
  for (const [title, change, outcome] of CASES)
    test(title, () => assert.equal(actionOutcome(recordedIssue(change)), outcome))
})

describe('harm', () => {
  const waits = (longestMs: number) => ({ looks: 50, blind: 0, sessions: 2, longestMs })
  test('is none where nothing got worse', () => assert.deepEqual(harmsOf(recordedResult()), []))
  test('is every kind of it, each told once', () => {
    const issues = [recordedIssue({ verdict: 'regressed', rightSession: false })]
    assert.deepEqual(
      harmsOf(recordedResult({ issues, ownLockWaits: waits(9_000) })).map((h) => h.kind),
      ['a guarded figure got worse', 'another session was ended', 'others waited for us'],
    )
  })
  test('of a wait is what goes beyond the plan’s own guard', () => {
    assert.deepEqual(harmsOf(recordedResult({ ownLockWaits: waits(3_200) })), [])
    assert.equal(harmsOf(recordedResult({ ownLockWaits: waits(3_201) })).length, 1)
  })
  test('of a wait counts from nothing where the plan has no guard', () => {
    const issues = [recordedIssue({ lockGuardMs: null })]
    assert.equal(harmsOf(recordedResult({ issues, ownLockWaits: waits(600) })).length, 1)
  })
  test('of a wait is none of ours where no plan ran', () => {
    const issues = [recordedIssue({ durationMs: null })]
    assert.deepEqual(harmsOf(recordedResult({ issues, ownLockWaits: waits(9_000) })), [])
  })
})

describe('an effect', () => {
  const measured = (before: number | null, after: number | null, change: Partial<RecordedEffect> = {}) =>
    ({ measure: 'latency', unit: 'ms', before, after, reference: '', reached: true, ...change }) as const

  test('is the share of the trouble that was gone', () => {
    assert.equal(relief(measured(20, 5)), 0.75)
    assert.equal(relief(measured(20, 30)), -0.5)
  })
  test('of a session that still waits is nothing', () =>
    assert.equal(relief(measured(9_000, null, { measure: 'freed' })), 0))
  test('is unknown where a side is, or where there was no trouble', () => {
    for (const effect of [null, measured(null, 1), measured(1, null), measured(0, 0)])
      assert.equal(relief(effect), null)
  })
  test('is ours less what goes by itself, and that as a share of the textbook remedy’s', () => {
    const worth = compared({ effect: measured(20, 4), oracle: measured(20, 2), nothing: measured(20, 10) })
    assert.ok(Math.abs((worth.net ?? 0) - 0.3) < 1e-9)
    assert.ok(Math.abs((worth.ofBest ?? 0) - 0.75) < 1e-9)
  })
  test('is not compared where doing nothing was not played, nor with a remedy that gains nothing', () => {
    assert.deepEqual(compared({ effect: measured(20, 4), oracle: measured(20, 2), nothing: null }), {
      net: null,
      ofBest: null,
    })
    const idle = compared({ effect: measured(20, 4), oracle: measured(20, 19), nothing: measured(20, 19) })
    assert.equal(idle.ofBest, null)
  })
  test('equal to the textbook remedy’s is all of it, whatever goes by itself', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.9, noNaN: true }), (share) => {
        const [same, none] = [measured(1, 0), measured(1, 1 - share)]
        assert.ok(Math.abs((compared({ effect: same, oracle: same, nothing: none }).ofBest ?? 0) - 1) < 1e-9)
      }),
    ))
})

describe('a forecast of duration', () => {
  const issue = (durationMs: number | null) => recordedIssue({ durationMs })
  test('is off by the same factor above and below', () => {
    assert.equal(forecastFactor(issue(630)), 2)
    assert.equal(forecastFactor(issue(157.5)), 2)
    assert.equal(forecastFactor(issue(null)), null)
  })
  test('holds within its bounds, both included', () =>
    assert.deepEqual(
      [36, 37, 4_292, 4_293, null].map((ms) => withinForecast(issue(ms))),
      ['below', 'within', 'within', 'above', null],
    ))
})

describe('confidence', () => {
  const said = (confidence: number, right: boolean) =>
    recordedIssue({ confidence, rootCause: right ? 'MISSING_INDEX' : 'STALE_STATISTICS' })
  const issues = [said(0.9, true), said(0.9, false), said(0.2, false)]
  test('has Brier’s score and a calibration error', () => {
    assert.ok(Math.abs((brierOf(issues)?.score ?? 0) - (0.01 + 0.81 + 0.04) / 3) < 1e-9)
    assert.ok(Math.abs((calibrationError(issues) ?? 0) - (2 * 0.4 + 0.2) / 3) < 1e-9)
  })
  test('of an analysis that abstained is judged by nobody', () => {
    const abstained = recordedIssue({ rootCause: null, abstained: true, confidence: 0.4 })
    assert.deepEqual(
      [brierOf([abstained]), calibrationError([abstained]), bandsOf([abstained])],
      [null, null, []],
    )
  })
  test('named where abstaining was right is wrong', () =>
    assert.equal(bandsOf([recordedIssue({ expectedRootCause: 'UNKNOWN' })])[0]?.hits, 0))
  test('falls into one of ten bands, and each answer into just one', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true })), (stated) => {
        const bands = bandsOf(stated.map((s) => said(s, true)))
        assert.equal(
          bands.reduce((n, b) => n + b.of, 0),
          stated.length,
        )
        assert.ok(bands.every((b) => b.stated >= b.from - 1e-9 && b.stated <= b.to + 1e-9))
      }),
    ))
})
