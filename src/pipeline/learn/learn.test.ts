import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ISSUE, NOW, outcome } from '../../../test/support/analysis-scene.ts'
import { after } from '../../../test/support/pipeline-rows.ts'
import { sigmoid } from '../../core/calibration.ts'
import type { Execution, Verification } from '../../core/nouns.ts'
import { seededRandom } from '../../core/random.ts'
import type { Calibrator, LearnPort, PastOutcome } from '../../core/store-ports.ts'
import type { Verdict } from '../../core/vocabulary.ts'
import { calibrateConfidence, REFIT_DAYS } from './calibrate-confidence.ts'
import { decisiveVerdict, lessonOf } from './lessons.ts'
import { brier, FEWEST_RECORDS, fitPlatt, type Prediction } from './platt.ts'

const near = (a: number | null, b: number, within = 1e-4): void =>
  assert.ok(a !== null && Math.abs(a - b) <= within, `${a} is not ${b}`)

/** Predictions whose true probability is `truth(confidence)`. */
function predictions(n: number, truth: (confidence: number) => number, seed = 1): Prediction[] {
  const random = seededRandom(seed)
  return Array.from({ length: n }, () => {
    const confidence = 0.3 + 0.69 * random()
    return { confidence, resolved: random() < truth(confidence) }
  })
}
const overconfident = (c: number): number => sigmoid(0.5 * Math.log(c / (1 - c)) - 0.8)

describe('calibration by Platt', () => {
  test(`is the identity below ${FEWEST_RECORDS} records, however wrong they are`, () => {
    const wrong = Array.from({ length: FEWEST_RECORDS - 1 }, () => ({ confidence: 0.95, resolved: false }))
    assert.deepEqual(fitPlatt(wrong), { method: 'identity' })
  })

  test('beats the identity on records it has not seen where confidence was too high', () => {
    const map = fitPlatt(predictions(400, overconfident))
    assert.equal(map.method, 'platt')
    const unseen = predictions(4000, overconfident, 2)
    const [fitted, plain] = [brier(unseen, map) ?? 1, brier(unseen) ?? 0]
    assert.ok(fitted < plain - 0.02, `${fitted} against ${plain}`)
  })

  test('changes little where confidence was right', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const map = fitPlatt(predictions(300, (c) => c, seed))
      const unseen = predictions(3000, (c) => c, 100 + seed)
      assert.ok((brier(unseen, map) ?? 1) < (brier(unseen) ?? 0) + 0.01)
    }
  })

  test('gives a finite, rising map for any records', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ confidence: fc.double({ min: 0, max: 1, noNaN: true }), resolved: fc.boolean() }),
          {
            minLength: FEWEST_RECORDS,
            maxLength: 80,
          },
        ),
        (records) => {
          const map = fitPlatt(records)
          if (map.method === 'identity') return
          assert.ok(Number.isFinite(map.slope) && map.slope >= 0.05 && Number.isFinite(map.intercept))
        },
      ),
    ))

  test('does not learn certainty from records that all came true', () => {
    const map = fitPlatt(Array.from({ length: 100 }, () => ({ confidence: 0.7, resolved: true })))
    assert.ok(map.method === 'identity' || sigmoid(map.slope * Math.log(0.7 / 0.3) + map.intercept) < 0.999)
  })
})

describe('the Brier score', () => {
  test('is the mean squared difference', () => {
    near(
      brier([
        { confidence: 0.8, resolved: true },
        { confidence: 0.3, resolved: false },
      ]),
      (0.04 + 0.09) / 2,
    )
    assert.equal(brier([]), null)
  })
})

describe('a lesson', () => {
  const verification = (verificationId: number, verdict: Verdict): Verification =>
    ({
      verificationId,
      verdict,
      metricName: 'mean_ms',
      metricUnit: 'ms',
      metricBefore: 10,
      metricAfter: 5,
      samplesBefore: 40,
      samplesAfter: 50,
      lowerIsBetter: true,
      improvementPercent: 50,
      verifiedAt: after(ISSUE.openedAt, 600),
    }) as Verification
  const execution = (change: Partial<Execution> = {}): Execution =>
    ({ executionId: 9, executionStatus: 'COMPLETED', executionOutcome: 'SUCCESS', ...change }) as Execution
  const lesson = (run: Parameters<typeof lessonOf>[2]) => lessonOf({ issueId: 1, decisionId: 5 }, ISSUE, run)

  test('of an improvement is resolved, with its figures and its time', () => {
    const learned = lesson({ execution: execution(), verifications: [verification(1, 'improved')] })
    assert.deepEqual(
      [
        learned.machineResolvedFlag,
        learned.timeToResolutionSeconds,
        learned.metricImprovementPercent,
        learned.executionId,
      ],
      [true, 600, 50, 9],
    )
  })

  for (const verdict of ['no_effect', 'regressed'] as const)
    test(`of ${verdict} is not resolved`, () => {
      const learned = lesson({ execution: execution(), verifications: [verification(1, verdict)] })
      assert.deepEqual([learned.machineResolvedFlag, learned.timeToResolutionSeconds], [false, null])
    })

  test('of an undecided verdict is unknown, and no outcome to train on', () =>
    assert.equal(
      lesson({ execution: execution(), verifications: [verification(1, 'undecided')] }).machineResolvedFlag,
      null,
    ))

  test('of a run that failed is not resolved; of one that was refused or is unknown it is unknown', () => {
    const ended = (executionOutcome: Execution['executionOutcome']) =>
      lesson({ execution: execution({ executionStatus: 'FAILED', executionOutcome }), verifications: [] })
        .machineResolvedFlag
    assert.deepEqual([ended('FAILED'), ended('REFUSED'), ended('UNKNOWN')], [false, null, null])
  })

  test('of a decision that never ran says nothing about what helps', () => {
    const learned = lesson(null)
    assert.deepEqual(
      [learned.executionId, learned.machineResolvedFlag, learned.metricName],
      [null, null, null],
    )
  })

  test('goes by the newest decided verdict, else by the newest', () => {
    const [a, b, c] = [
      verification(1, 'improved'),
      verification(2, 'regressed'),
      verification(3, 'undecided'),
    ]
    assert.equal(decisiveVerdict([c, a, b])?.verdict, 'regressed')
    assert.equal(decisiveVerdict([c])?.verdict, 'undecided')
    assert.equal(decisiveVerdict([]), null)
  })
})

describe('the calibrator in the store', () => {
  function port(outcomes: readonly PastOutcome[], fittedAt: string | null) {
    const inserted: Omit<Calibrator, 'calibratorVersion' | 'fittedAt'>[] = []
    const calibrators = fittedAt === null ? [] : [{ fittedAt } as Calibrator]
    const made = {
      read: { calibrators: async () => calibrators, now: async () => NOW },
      outcomes: async () => outcomes,
      insertCalibrator: async (c: (typeof inserted)[number]) => inserted.push(c),
    } as unknown as LearnPort
    return { made, inserted }
  }
  const outcomes = predictions(200, overconfident).map((p) =>
    outcome({ predictedConfidence: p.confidence, resolved: p.resolved }),
  )
  const fit = (made: LearnPort): Promise<number | null> => calibrateConfidence(made, () => undefined)

  test('is fitted once a week at most', async () => {
    for (const [age, fitted] of [
      [REFIT_DAYS - 0.01, false],
      [REFIT_DAYS, true],
    ] as const) {
      const { made, inserted } = port(outcomes, after(NOW, -age * 86_400))
      assert.equal((await fit(made)) !== null, fitted)
      assert.equal(inserted.length, fitted ? 1 : 0)
    }
  })

  test('waits for enough decided outcomes', async () => {
    const undecided = outcomes
      .slice(0, FEWEST_RECORDS)
      .map((o, i) => (i === 0 ? { ...o, resolved: null } : o))
    assert.equal(await fit(port(undecided, null).made), null)
  })

  test('is stored with what it was fitted from', async () => {
    const { made, inserted } = port([...outcomes].reverse(), null)
    await fit(made)
    assert.deepEqual([inserted[0]?.method, inserted[0]?.records], ['platt', 200])
    near(
      inserted[0]?.brier ?? null,
      brier(predictions(200, overconfident), fitPlatt(predictions(200, overconfident))) ?? 0,
      1e-9,
    )
  })
})
