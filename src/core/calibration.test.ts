import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  calibrate,
  hierarchicalRate,
  logit,
  OUTCOME_HALF_LIFE_DAYS,
  type Outcomes,
  outcomeWeight,
  rawConfidence,
  SHIPPED_PRIOR,
  sigmoid,
} from './calibration.ts'

const near = (a: number, b: number, within = 1e-12): void =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`)

const outcomes: fc.Arbitrary<Outcomes> = fc
  .tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, share]) => ({ trials, successes: trials * share }))

describe('the base rate', () => {
  test('without any outcome is the shipped prior, one in two', () => {
    near(hierarchicalRate([]), 0.5)
    near(hierarchicalRate([{ successes: 0, trials: 0 }]), SHIPPED_PRIOR.successes / SHIPPED_PRIOR.trials)
  })

  test('of one level is the posterior mean of Beta(4 + successes, 4 + failures)', () =>
    near(hierarchicalRate([{ successes: 9, trials: 10 }]), 13 / 18))

  test('of two levels weighs the level above as eight trials', () => {
    const above = 13 / 18
    near(
      hierarchicalRate([
        { successes: 9, trials: 10 },
        { successes: 1, trials: 4 },
      ]),
      (1 + 8 * above) / 12,
    )
  })

  test('keeps the strength of a level within 2 and 200', () => {
    const levels = [
      { successes: 9, trials: 10 },
      { successes: 0, trials: 10 },
    ]
    near(hierarchicalRate(levels, 0), hierarchicalRate(levels, 2))
    near(hierarchicalRate(levels, 1e9), hierarchicalRate(levels, 200))
  })

  test('lies strictly between 0 and 1, whatever happened', () =>
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 6 }), (levels) => {
        const rate = hierarchicalRate(levels)
        assert.ok(rate > 0 && rate < 1, String(rate))
      }),
    ))

  test('rises with a success at the last level and falls with a failure', () =>
    fc.assert(
      fc.property(fc.array(outcomes, { maxLength: 4 }), outcomes, (levels, last) => {
        const rate = hierarchicalRate([...levels, last])
        const better = { successes: last.successes + 1, trials: last.trials + 1 }
        const worse = { successes: last.successes, trials: last.trials + 1 }
        assert.ok(hierarchicalRate([...levels, better]) > rate)
        assert.ok(hierarchicalRate([...levels, worse]) < rate)
      }),
    ))
})

describe('forgetting', () => {
  test('halves an outcome’s weight each half-life; the future counts as now', () => {
    near(outcomeWeight(0), 1)
    near(outcomeWeight(OUTCOME_HALF_LIFE_DAYS), 0.5)
    near(outcomeWeight(2 * OUTCOME_HALF_LIFE_DAYS), 0.25)
    near(outcomeWeight(-5), 1)
  })
})

describe('confidence', () => {
  test('logit and sigmoid undo each other between 0.001 and 0.999', () =>
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) =>
        near(sigmoid(logit(p)), p, 1e-9),
      ),
    ))

  test('of certainty has finite odds', () => {
    near(logit(0), logit(0.001))
    near(logit(1), logit(0.999))
  })

  test('of an even base rate with all its evidence is 0.88; reasons against bring it down', () => {
    near(rawConfidence(0.5, []), 0.8807970779778824)
    near(rawConfidence(0.5, [-1, -1]), 0.5)
    assert.ok(rawConfidence(0.5, [1]) > rawConfidence(0.5, []))
  })

  test('is never certainty: 0.01 to 0.99 under every map', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.double({ min: -20, max: 20, noNaN: true }),
        (raw, slope, intercept) => {
          for (const map of [
            { method: 'identity' } as const,
            { method: 'platt', slope, intercept } as const,
          ]) {
            const value = calibrate(raw, map)
            assert.ok(value >= 0.01 && value <= 0.99, String(value))
          }
        },
      ),
    ))

  test('calibration keeps the order of confidences', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.05, max: 5, noNaN: true }),
        (a, b, slope) => {
          const map = { method: 'platt', slope, intercept: 0.3 } as const
          if (a <= b) assert.ok(calibrate(a, map) <= calibrate(b, map))
        },
      ),
    ))
})
