import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { daysAgo, NOW, outcome } from '../../../test/support/analysis-scene.ts'
import { hierarchicalRate, OUTCOME_HALF_LIFE_DAYS } from '../../core/calibration.ts'
import type { PastOutcome } from '../../core/store-ports.ts'
import { baseRates } from './base-rates.ts'

const place = { category: 'QUERY_PERFORMANCE', engine: 'mysql', instanceUid: 'uid-1' }
const rate = (outcomes: readonly PastOutcome[], actionId: string | null = 'mysql/create-index'): number =>
  baseRates(outcomes, place, NOW)('MISSING_INDEX', actionId)
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`)
const none = { successes: 0, trials: 0 }
const one = { successes: 1, trials: 1 }

describe('base rates of the past', () => {
  test('without any are one in two', () => {
    near(rate([]), 0.5)
    near(rate([], null), 0.5)
  })

  test('count an outcome at every level it belongs to', () => {
    near(rate([outcome()]), hierarchicalRate([one, one, one, one, one]))
    near(rate([outcome({ instanceUid: 'x' })]), hierarchicalRate([one, one, one, one, none]))
    near(rate([outcome({ engine: 'x' })]), hierarchicalRate([one, one, one, none, none]))
    near(rate([outcome({ actionName: 'x' })]), hierarchicalRate([one, one, none, none, none]))
    near(rate([outcome({ issueCategory: 'DEADLOCK' })]), hierarchicalRate([one, none, none, none, none]))
  })

  test('stop at the category where no action is a candidate', () =>
    near(rate([outcome()], null), hierarchicalRate([one, one])))

  test('leave undecided outcomes out', () => near(rate([outcome({ resolved: null })]), 0.5))

  test('forget: an outcome one half-life old counts half', () => {
    const half = { successes: 0.5, trials: 0.5 }
    near(
      rate([outcome({ at: daysAgo(OUTCOME_HALF_LIFE_DAYS) })]),
      hierarchicalRate([half, half, half, half, half]),
    )
  })

  test('fall with failures', () => {
    const failures = Array.from({ length: 10 }, () => outcome({ resolved: false }))
    assert.ok(rate(failures) < 0.1, String(rate(failures)))
  })
})
