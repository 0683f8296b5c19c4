import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Effect } from './effect.ts'
import { type GuardReading, judgeEffect, type VerdictInput } from './verdict.ts'

const effect = (lowPercent: number, highPercent: number): Effect => ({
  medianBefore: 10,
  medianAfter: 5,
  improvementPercent: (lowPercent + highPercent) / 2,
  lowPercent,
  highPercent,
  controlPercent: 0,
  controls: 5,
})
const judge = (change: Partial<VerdictInput>) =>
  judgeEffect({
    plan: { minimumGainPercent: 20 },
    fewest: { before: 30, after: 30, of: 'calls' },
    effect: effect(30, 60),
    beganThen: true,
    callsBefore: 100,
    callsAfter: 100,
    guards: [],
    ...change,
  })

describe('a verdict', () => {
  for (const [low, high, verdict] of [
    [30, 60, 'improved'],
    [20.1, 60, 'improved'],
    [20, 60, 'undecided'],
    [-10, 60, 'undecided'],
    [-10, 20, 'no_effect'],
    [5, 15, 'no_effect'],
    [-60, -20.1, 'regressed'],
    [-60, -20, 'undecided'],
    [-40, 0, 'no_effect'],
  ] as const) {
    test(`of an interval from ${low} to ${high} % is ${verdict}`, () =>
      assert.equal(judge({ effect: effect(low, high) }).verdict, verdict))
  }

  test('needs the plan’s calls on both sides', () => {
    assert.equal(judge({ callsBefore: 29 }).verdict, 'undecided')
    assert.equal(judge({ callsAfter: 29 }).verdict, 'undecided')
    assert.equal(judge({ callsBefore: 30, callsAfter: 30 }).verdict, 'improved')
    assert.equal(judge({ effect: null }).verdict, 'undecided')
  })

  test('is neither improved nor regressed by a change that began at another time', () => {
    for (const interval of [effect(30, 60), effect(-60, -30)]) {
      const { verdict, because } = judge({ effect: interval, beganThen: false })
      assert.equal(verdict, 'undecided')
      assert.match(because, /did not begin when the action ran/)
    }
    assert.equal(judge({ effect: effect(-10, 10), beganThen: false }).verdict, 'no_effect')
  })

  test('is regressed where a guarded figure surely got worse, whatever the gain', () => {
    const guard = (worsePercent: number, surelyWorsePercent: number, change: Partial<GuardReading> = {}) =>
      judge({
        guards: [
          {
            name: 'the rest',
            worsePercent,
            surelyWorsePercent,
            beganThen: true,
            outweighed: false,
            ...change,
          },
        ],
      })
    assert.equal(guard(50, 30).verdict, 'regressed')
    assert.equal(guard(50, 30).because, 'the rest got 50 % worse')
    assert.equal(guard(19, 15).verdict, 'improved')
    assert.equal(guard(50, 5).verdict, 'improved', 'chance could have done it')
    assert.equal(guard(50, 30, { beganThen: false }).verdict, 'improved', 'it began at another time')
    assert.equal(guard(50, 30, { outweighed: true }).verdict, 'improved', 'the action saves more')
  })
})
