import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { median } from '../../../core/median.ts'
import { type Lasted, quantileOf } from './survival.ts'

/** `9` ended after 9, `13+` has lasted 13 so far. */
const cases = (text: string): readonly Lasted[] =>
  text.split(' ').map((each) => ({ time: Number.parseFloat(each), ended: !each.endsWith('+') }))

/** Remission of leukaemia in weeks, Freireich and others 1963 (Blood 21:699), as printed by Gehan 1965. */
const TREATED = cases('6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+')
const PLACEBO = cases('1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23')

test('median and interval agree with the published ones of the leukaemia trial', () => {
  assert.deepEqual(quantileOf(TREATED, 0.5), { value: 23, low: 13, high: null })
  assert.deepEqual(quantileOf(PLACEBO, 0.5), { value: 8, low: 4, high: 11 })
})

test('without open cases the median is the ordinary one, whatever the cases', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 40 }), (times) => {
      const { value } = quantileOf(
        times.map((time) => ({ time, ended: true })),
        0.5,
      )
      assert.equal(value, median(times))
    }),
  )
})

test('what nobody has reached is not known, and one case has no interval', () => {
  const nothing = { value: null, low: null, high: null }
  assert.deepEqual(quantileOf([], 0.5), nothing)
  assert.deepEqual(quantileOf(cases('5+ 8+ 13+'), 0.5), nothing)
  assert.deepEqual(quantileOf(cases('3 8+ 13+'), 0.5), { ...nothing, low: 3 })
  assert.deepEqual(quantileOf(cases('7'), 0.5), { value: 7, low: null, high: null })
})

test('open cases lengthen the figure, and never shorten it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }),
      fc.array(fc.nat(80), { maxLength: 30 }),
      (ended, open) => {
        const done = ended.map((time) => ({ time, ended: true }))
        const without = quantileOf(done, 0.5).value ?? Number.POSITIVE_INFINITY
        const all = [...done, ...open.map((time) => ({ time: time + 51, ended: false }))]
        assert.ok((quantileOf(all, 0.5).value ?? Number.POSITIVE_INFINITY) >= without)
      },
    ),
  )
})

test('the interval holds the true median about nineteen times in twenty', () => {
  // A fixed linear congruential generator (Numerical Recipes), so that the run is the same each time.
  let state = 20_261_122
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  let held = 0
  const runs = 1_000
  for (let run = 0; run < runs; run += 1) {
    const sample = Array.from({ length: 60 }, () => {
      const [time, until] = [-Math.log(random()), -Math.log(random()) * 3]
      return { time: Math.min(time, until), ended: time <= until }
    })
    const { low, high } = quantileOf(sample, 0.5)
    if ((low ?? 0) <= Math.LN2 && Math.LN2 <= (high ?? Number.POSITIVE_INFINITY)) held += 1
  }
  assert.ok(held / runs > 0.93 && held / runs < 0.98, `held in ${held} of ${runs}`)
})
