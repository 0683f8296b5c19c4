import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { normalDraw, seededRandom } from '../../core/random.ts'
import { type Control, readGuards } from './guards.ts'
import { accuses } from './verdict.ts'

const SIDE = 30

/** Classes with noise of a tenth; `factor` says how slow each is in each window, the run being window 0. */
function controls(factor: (series: number, window: number) => number, seed = 1, count = 12): Control[] {
  const random = seededRandom(seed)
  const side = (series: number, from: number, to: number) => {
    const at = Array.from({ length: to - from }, (_, i) => from + i)
    const means = at.map(
      (window) => (1 + series) * factor(series, window) * Math.exp(0.1 * normalDraw(random)),
    )
    return { at, means, calls: 100 * at.length }
  }
  return Array.from({ length: count }, (_, series) => ({
    key: `q${series}`,
    before: side(series, -SIDE, 0),
    after: side(series, 0, 2 * SIDE),
  }))
}

const read = (given: Control[], savedMsPerSecond = 0) =>
  readGuards({ controls: given, seed: 1, savedMsPerSecond, savesOthers: false, afterSeconds: 1800 })
const accused = (given: Control[], savedMsPerSecond = 0) =>
  read(given, savedMsPerSecond)
    .filter(accuses)
    .map((guard) => guard.name)

const SERVER = 'the mean time of untouched statements'
const own = (series: number) => `the mean time of statement q${series} beside the others`

describe('guarded figures', () => {
  test('accuse nobody where nothing changed, however many are looked at', () => {
    for (let seed = 1; seed <= 40; seed += 1) assert.deepEqual(accused(controls(() => 1, seed, 20)), [])
  })

  test('accuse where all untouched statements are slower since the run', () =>
    assert.deepEqual(accused(controls((_series, window) => (window >= 0 ? 1.6 : 1))), [SERVER]))

  test('accuse where one of them alone is, by its name', () =>
    assert.deepEqual(accused(controls((series, window) => (series === 3 && window >= 0 ? 2 : 1))), [own(3)]))

  test('name a slowdown of another time, or a drift, without accusing', () => {
    for (const factor of [
      (_series: number, window: number) => (window >= 15 ? 2 : 1),
      (_series: number, window: number) => Math.exp(window / 40),
    ]) {
      const readings = read(controls(factor))
      assert.ok(
        readings.some((guard) => guard.name === SERVER && guard.worsePercent > 20 && !guard.beganThen),
      )
      assert.deepEqual(readings.filter(accuses), [])
    }
  })

  test('of one class do not accuse where the action saves more time than that class loses', () => {
    const one = controls((series, window) => (series === 3 && window >= 0 ? 2 : 1))
    const lost = (6000 / 1800) * 4
    assert.deepEqual(accused(one, 2 * lost), [])
    assert.deepEqual(accused(one, lost / 2), [own(3)])
  })

  test('of all together do not accuse where it saves more than all of them lose, but are named', () => {
    const all = controls((_series, window) => (window >= 0 ? 1.6 : 1))
    // Twelve classes of 6000 calls each, of 1 ms to 12 ms, each now 0.6 times as long again.
    const lost = (6000 / 1800) * 0.6 * 78
    assert.deepEqual(accused(all, lost / 2), [SERVER])
    const weighed = read(all, 2 * lost).find((guard) => guard.name === SERVER)
    assert.ok(weighed?.outweighed && weighed.worsePercent > 40)
    assert.deepEqual(accused(all, 2 * lost), [])
  })

  test('are not read of fewer than three classes, nor of each by itself of fewer than six', () => {
    const slower = (_series: number, window: number) => (window >= 0 ? 2 : 1)
    assert.deepEqual(read(controls(slower, 1, 2)), [])
    assert.deepEqual(accused(controls(slower, 1, 3)), [SERVER])
    assert.deepEqual(
      accused(controls((series, window) => (series === 3 ? slower(series, window) : 1), 1, 5)),
      [],
    )
  })

  test('have to be surer the more of them there are', () => {
    const sure = (count: number) =>
      read(controls((series, window) => (series === 3 && window >= 0 ? 2 : 1), 1, count)).find(
        (guard) => guard.name === own(3),
      )?.surelyWorsePercent ?? 0
    const few = controls((series, window) => (series === 3 && window >= 0 ? 2 : 1), 1, 20)
    assert.ok(sure(20) > 10)
    const alone = read(few).find((guard) => guard.name === own(3))
    assert.ok(alone !== undefined && alone.surelyWorsePercent < alone.worsePercent)
  })
})
