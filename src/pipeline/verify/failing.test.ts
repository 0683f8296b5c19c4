import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  FINISHED,
  readerOf,
  runOf,
  sample,
  samplesOf,
  UNCHANGED,
} from '../../../test/support/workload-samples.ts'
import type { MetricSample } from '../../core/nouns.ts'
import { seededRandom } from '../../core/random.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { readFailing } from './failing.ts'
import { accusation, accuses, isWorse } from './verdict.ts'
import { verifyRun } from './verify-run.ts'

const STEP_MS = 5000
const BIN_SECONDS = 30
const SIDE_MS = 900_000

/** One class's windows of 20 calls each; `share` says how many of them fail at a moment, the run being 0. */
function classOf(key: string, share: (atMs: number) => number, random: () => number): MetricSample[] {
  const samples: MetricSample[] = []
  for (let at = -SIDE_MS; at < SIDE_MS; at += STEP_MS) {
    const failed = Array.from({ length: 20 }).filter(() => random() < share(at)).length
    samples.push(sample(key, FINISHED + at, { calls: 20, totalMs: 20, measures: { errors: failed } }))
  }
  return samples
}

const sides = (samples: readonly MetricSample[]) => ({
  before: samples.filter((s) => toMs(s.windowStart) < FINISHED),
  after: samples.filter((s) => toMs(s.windowStart) >= FINISHED),
})

const readWhole = (samples: readonly MetricSample[]) => {
  const all = sides(samples)
  return readFailing({ all, isWhole: true, readAlone: async () => all, binSeconds: BIN_SECONDS })
}
const read = (share: (atMs: number) => number, seed = 1) =>
  readWhole(classOf('q1', share, seededRandom(seed)))
const accusers = async (share: (atMs: number) => number) => (await read(share)).filter(accuses)
const since = (before: number, after: number) => (at: number) => (at >= 0 ? after : before)

describe('failing calls', () => {
  test('accuse where a class fails that did not before, with both shares', async () => {
    const [guard] = await accusers(since(0, 0.1))
    assert.ok(guard !== undefined)
    assert.match(
      accusation(guard),
      /^the share of failing calls of statement q1 went from 0\.0 to (9|10|11)\.\d %$/,
    )
  })

  test('accuse though few calls fail, and though half of them failed before, if they are far more', async () => {
    for (const share of [since(0.001, 0.05), since(0.5, 1)]) assert.equal((await accusers(share)).length, 1)
  })

  test('are never weighed against what the action gains', async () =>
    assert.equal((await read(since(0, 1)))[0]?.outweighed, false))

  test('accuse nobody where as many fail as before, in bursts or evenly, of however many classes', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seededRandom(seed)
      const bursts = Array.from({ length: 12 }, () => [
        (random() * 2 - 1) * SIDE_MS,
        60_000 * random(),
        random(),
      ])
      const bursty = (at: number): number =>
        bursts.reduce((most, [from = 0, long = 0, share = 0]) => {
          const isIn = at >= from && at < from + long
          return isIn ? Math.max(most, 0.4 * share) : most
        }, 0.01)
      const samples = Array.from({ length: 10 }, (_, i) =>
        classOf(`q${i}`, i % 2 === 0 ? bursty : () => 0.03, random),
      )
      assert.deepEqual((await readWhole(samples.flat())).filter(accuses), [], `seed ${seed}`)
    }
  })

  test('that became half as many again are nothing to speak of', async () =>
    assert.deepEqual(await read(since(0.1, 0.15)), []))

  test('that began at another time are named without accusing', async () => {
    for (const began of [-SIDE_MS / 2, SIDE_MS / 2])
      assert.deepEqual(await accusers((at) => (at >= began ? 0.5 : 0)), [], `since ${began} ms`)
    const late = await read((at) => (at >= SIDE_MS / 2 ? 0.5 : 0))
    assert.equal(late.filter(isWorse).length, 1)
  })

  test('are dated by the class’s own rows where the newest of all classes leave out what was right after the run', async () => {
    const whole = sides(classOf('q1', (at) => (at >= SIDE_MS / 2 ? 0.5 : 0), seededRandom(1)))
    const cutAt = FINISHED + SIDE_MS / 2
    const all = { ...whole, after: whole.after.filter((s) => toMs(s.windowStart) >= cutAt) }
    const readings = (isWhole: boolean) =>
      readFailing({ all, isWhole, readAlone: async () => whole, binSeconds: BIN_SECONDS })
    assert.equal((await readings(true)).filter(accuses).length, 1)
    assert.deepEqual((await readings(false)).filter(accuses), [])
  })

  test('are not read of a class that was not called on both sides, nor of one or two that failed', async () => {
    const whole = classOf('q1', since(0, 1), seededRandom(1))
    const { before, after } = sides(whole)
    for (const side of [before, after]) assert.deepEqual(await readWhole(side), [])
    assert.deepEqual(await read((at) => (at === 0 ? 0.1 : 0)), [])
  })
})

describe('an action that makes a statement fail', () => {
  /** The affected class at a hundredth of its time since the run; `failing` of its calls end in an error. */
  async function verdictOf(failing: number) {
    const samples = samplesOf({
      ...UNCHANGED,
      factor: (series, at) => (series === 0 && at >= FINISHED ? 0.01 : 1),
    }).map((s) =>
      s.seriesKey === 'q0' && toMs(s.windowStart) >= FINISHED
        ? { ...s, measures: { errors: Math.round(s.calls * failing) } }
        : s,
    )
    const { execution, decision } = runOf()
    const now = fromMs(FINISHED + 30_000 + 2 * 900_000)
    return verifyRun({
      read: readerOf(samples),
      now,
      onset: fromMs(FINISHED - 900_000),
      execution,
      decision,
    })
  }

  test('is found regressed, though the statement is a hundred times as quick', async () => {
    const row = await verdictOf(1)
    assert.equal(row?.verdict, 'regressed')
    assert.match(JSON.stringify(row?.details), /failing calls of statement q0 went from 0\.0 to 100\.0 %/)
    assert.equal((await verdictOf(0))?.verdict, 'improved')
  })
})
