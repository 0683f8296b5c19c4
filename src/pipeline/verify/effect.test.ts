import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { measureEffect, measureShift, type WindowMeans } from './effect.ts'

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

describe('the shift of untouched classes', () => {
  test('is their median change, with no width where they all agree', () => {
    const { percent, lowPercent, highPercent } = measureShift([flat(1, 2), flat(1, 2), flat(1, 2)], 1)
    near(percent, 100, 0.2)
    near(lowPercent, 100, 0.2)
    near(highPercent, 100, 0.2)
  })

  test('of classes that disagree is not sure', () =>
    assert.ok(measureShift([flat(1, 2), flat(1, 1), flat(1, 2)], 1).lowPercent < 1))
})
