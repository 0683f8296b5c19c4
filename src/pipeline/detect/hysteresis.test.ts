import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CLOSING_RULE, nextTracked, type Tracked } from './hysteresis.ts'

const FIRED: Tracked = { openingWorkload: 100, calmWindows: 0 }
const calm = { value: 6.9, limit: 10, workload: 100 }

/** How many windows of a list it takes until the resource is well; null: it never is. */
function clearedAfter(windows: readonly (typeof calm)[]): number | null {
  let tracked = FIRED
  for (const [i, window] of windows.entries()) {
    const next = nextTracked(tracked, window, CLOSING_RULE)
    if (next.cleared) return i + 1
    tracked = next.tracked
  }
  return null
}
const times = (n: number, window: typeof calm): (typeof calm)[] => Array.from({ length: n }, () => window)

describe('a resource that fired', () => {
  test('is well after twelve calm windows in a row, not after eleven', () => {
    assert.equal(clearedAfter(times(11, calm)), null)
    assert.equal(clearedAfter(times(40, calm)), 12)
  })

  test('starts again after one window that was not calm', () => {
    const windows = [...times(11, calm), { ...calm, value: 7 }, ...times(12, calm)]
    assert.equal(clearedAfter(windows), 24)
  })

  test('is not well because nobody used it: absence is never recovery', () => {
    assert.equal(clearedAfter(times(100, { ...calm, value: 0, workload: 19.9 })), null)
    assert.equal(clearedAfter(times(100, { ...calm, value: 0, workload: 20 })), 12)
  })

  test('needs values below 70 % of the limit, not just below the limit', () => {
    assert.equal(clearedAfter(times(100, { ...calm, value: 7 })), null)
    assert.equal(clearedAfter(times(100, { ...calm, value: 9.9 })), null)
  })

  test('is said to be well once', () =>
    assert.equal(nextTracked({ openingWorkload: 1, calmWindows: 12 }, calm, CLOSING_RULE).cleared, false))

  test('never clears on a history without twelve calm windows in a row', () =>
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (history) => {
        const after = clearedAfter(history.map((isCalm) => ({ ...calm, value: isCalm ? 1 : 9 })))
        const text = history.map((c) => (c ? 'c' : 'x')).join('')
        const at = text.indexOf('c'.repeat(12))
        assert.equal(after, at < 0 ? null : at + 12)
      }),
    ))
})
