import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { normalDraw, seededRandom } from '../../core/random.ts'
import { beganThen, LIKELY_MOMENT, POSITIVE_EVIDENCE } from './began-then.ts'
import type { Course } from './course.ts'

const SIDE = 30
const TOLERANCE = { earlier: 1, later: 2, otherMoment: LIKELY_MOMENT, line: POSITIVE_EVIDENCE }

/** A course of windows before and twice as many after a run, with noise: `level` of each window, the run being window 0. */
function courseOf(level: (window: number) => number, noise = 0.1, seed = 1): Course {
  const random = seededRandom(seed)
  const points = (from: number, to: number) => {
    const at = Array.from({ length: to - from }, (_, i) => from + i)
    return { at, logs: at.map((window) => level(window) + noise * normalDraw(random)) }
  }
  return { before: points(-SIDE, 0), after: points(0, 2 * SIDE) }
}

const stepAt =
  (from: number, size = 0.7) =>
  (window: number): number =>
    window >= from ? size : 0

const share = (level: (window: number) => number, noise = 0.1): number => {
  const seeds = Array.from({ length: 100 }, (_, i) => i + 1)
  return seeds.filter((seed) => beganThen(courseOf(level, noise, seed), TOLERANCE)).length / seeds.length
}

describe('a change began when the action ran', () => {
  test('if it is a step at the run, up or down, in noise as on servers', () => {
    assert.ok(share(stepAt(0)) >= 0.97)
    assert.ok(share(stepAt(0, -0.7), 0.3) >= 0.9)
  })

  test('if it is a step a little after it, and bursts come and go besides', () => {
    assert.ok(share(stepAt(2)) >= 0.97)
    const withBursts = (window: number) => stepAt(0)(window) + (window % 20 < 2 ? 1.5 : 0)
    assert.ok(share(withBursts) >= 0.9)
  })

  for (const from of [-12, -5, 8, 25, 45])
    test(`but not if it is a step ${Math.abs(from)} windows ${from < 0 ? 'before' : 'after'} it`, () =>
      assert.ok(share(stepAt(from)) <= 0.02))

  test('nor if it is a straight line through it', () => {
    assert.ok(share((window) => window / 30) <= 0.05)
    assert.ok(share((window) => -window / 60) <= 0.05)
  })

  test('and where there are too few windows to date anything, that is not asked', () => {
    const few = { before: { at: [0, 1, 2], logs: [0, 0, 1] }, after: { at: [3, 4, 5], logs: [1, 1, 1] } }
    assert.ok(beganThen(few, TOLERANCE))
  })

  test('does not depend on the level or the unit', () => {
    const course = courseOf(stepAt(8))
    const shifted = {
      before: { ...course.before, logs: course.before.logs.map((log) => log + 5) },
      after: { ...course.after, logs: course.after.logs.map((log) => log + 5) },
    }
    assert.equal(beganThen(course, TOLERANCE), beganThen(shifted, TOLERANCE))
  })
})
