import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commonCourse, courseOf, relativeTo } from './course.ts'
import type { Binned, BinnedSides } from './window-means.ts'

const binned = (from: number, means: readonly number[]): Binned => ({
  at: means.map((_, i) => from + i),
  means,
  calls: means.length,
})
const sides = (before: readonly number[], after: readonly number[]): BinnedSides => ({
  before: binned(0, before),
  after: binned(100, after),
})
const near = (found: readonly number[], wanted: readonly number[]): void => {
  assert.equal(found.length, wanted.length)
  for (const [i, one] of found.entries()) assert.ok(Math.abs(one - (wanted[i] ?? 0)) < 0.002, `${found}`)
}

describe('what classes have in common', () => {
  test('is what all of them do, whatever their level, and not what one of them does', () => {
    const { before, after } = commonCourse([
      sides([1, 1, 1], [2, 2]),
      sides([100, 100, 100], [200, 200]),
      sides([5, 50, 5], [5, 5]),
    ])
    near(before.logs, [0, 0, 0])
    near(after.logs, [Math.LN2, Math.LN2])
  })

  test('is of the classes that were called at each moment', () => {
    const late = { ...sides([1, 1], [3]), after: binned(101, [3]) }
    const { after } = commonCourse([sides([1, 1], [2, 2]), late])
    assert.deepEqual(after.at, [100, 101])
    near(after.logs, [Math.log(2), (Math.log(2) + Math.log(3)) / 2])
  })

  test('of no class is nothing', () => assert.deepEqual(commonCourse([]).before, { at: [], logs: [] }))
})

describe('a class beside the others', () => {
  test('does not move where all move alike', () => {
    const all = [1, 2, 3].map((level) => sides([level, 2 * level, level], [4 * level, level]))
    const own = courseOf(sides([10, 20, 10], [40, 10]), 1e-3)
    const { before, after } = relativeTo(own, commonCourse(all))
    near(before.logs, [Math.log(10), Math.log(10), Math.log(10)])
    near(after.logs, [Math.log(10), Math.log(10)])
  })

  test('is left as it is where there are none', () => {
    const own = courseOf(sides([1], [2]), 0)
    assert.deepEqual(relativeTo(own, commonCourse([])), own)
  })

  test('leaves out moments at which nothing is known of the others', () => {
    const own = courseOf(sides([1, 1, 1], [2, 2]), 0)
    assert.deepEqual(relativeTo(own, commonCourse([sides([1, 1], [1])])).after.at, [100])
  })
})
