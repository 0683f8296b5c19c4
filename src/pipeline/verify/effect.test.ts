import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { measureEffect, type WindowMeans } from './effect.ts'

const flat = (before: number, after: number, n = 12): WindowMeans => ({
  before: new Array<number>(n).fill(before),
  after: new Array<number>(n).fill(after),
})
const options = { lowerIsBetter: true, seed: 7, floor: 1e-9 }
const near = (a: number, b: number, within = 0.01): void =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`)

describe('the effect', () => {
  const five = Array.from({ length: 5 }, () => flat(4, 4))

  test('of halving is 50 % for a time and of doubling 100 % for a rate', () => {
    near(measureEffect(flat(10, 5), five, options).improvementPercent, 50)
    near(measureEffect(flat(10, 20), five, { ...options, lowerIsBetter: false }).improvementPercent, 100)
  })

  test('without noise and with enough controls has an interval of no width', () => {
    const { lowPercent, highPercent } = measureEffect(flat(10, 5), five, options)
    near(lowPercent, 50)
    near(highPercent, 50)
  })

  test('is what is left when the change of the controls is taken away', () => {
    const halved = Array.from({ length: 5 }, () => flat(8, 4))
    const { improvementPercent, controlPercent } = measureEffect(flat(10, 5), halved, options)
    near(improvementPercent, 0, 0.05)
    near(controlPercent, 50, 0.05)
  })

  test('is less sure the fewer controls there are', () => {
    const width = (n: number): number => {
      const { lowPercent, highPercent } = measureEffect(flat(10, 5), five.slice(0, n), options)
      return highPercent - lowPercent
    }
    assert.ok(width(0) > width(3) && width(3) >= width(5), `${width(0)} ${width(3)} ${width(5)}`)
    near(width(5), 0)
  })

  test('of a gauge that falls to zero is finite and nearly all', () => {
    const { improvementPercent, lowPercent } = measureEffect(flat(4, 0), [], { ...options, floor: 0.04 })
    near(improvementPercent, 99, 0.1)
    assert.ok(lowPercent > 95, String(lowPercent))
  })

  test('is the same for the same seed and contains its own estimate', () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 4, maxLength: 20 }),
        fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 4, maxLength: 20 }),
        fc.nat(),
        (before, after, seed) => {
          const effect = measureEffect({ before, after }, [], { ...options, seed })
          assert.deepEqual(measureEffect({ before, after }, [], { ...options, seed }), effect)
          assert.ok(effect.lowPercent <= effect.highPercent && effect.highPercent <= 100)
        },
      ),
      { numRuns: 30 },
    ))
})

describe('classes that wander apart by themselves', () => {
  const apart = [0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4].map((factor) => flat(4, 4 * factor))

  test('make a change of the affected one as large as theirs no surprise', () => {
    const { lowPercent, highPercent } = measureEffect(flat(10, 7), apart, options)
    assert.ok(lowPercent < 0 && highPercent > 30, `${lowPercent} to ${highPercent}`)
  })

  test('do not hide one that is far beyond theirs', () =>
    assert.ok(measureEffect(flat(10, 2), apart, options).lowPercent > 40))

  test('are not said to where one of them alone changed', () => {
    const one = [...Array.from({ length: 6 }, () => flat(4, 4)), flat(4, 12)]
    const { lowPercent, highPercent } = measureEffect(flat(10, 5), one, options)
    near(lowPercent, 50)
    near(highPercent, 50)
  })
})
