import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { candidate, diagnosis, ISSUE, NOW, outcome, supported } from '../../../test/support/analysis-scene.ts'
import type { Subject } from '../../core/diagnosis.ts'
import type { DetectionEvent, EvidenceQuestion } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import { type AnalysisInput, analyzeIssue, MOST_QUESTIONS, MOST_ROUNDS } from './analyze-issue.ts'

const known: Reading<unknown> = { known: true, value: 1, at: NOW, source: 'test' }

function analyze(change: Partial<AnalysisInput<never>> = {}) {
  return analyzeIssue<never>({
    issue: ISSUE,
    events: [],
    alongside: [],
    engine: 'mysql',
    diagnoses: [],
    inquire: async () => known,
    outcomes: [],
    calibration: { version: 3, map: { method: 'identity' } },
    abstainBelow: 0.6,
    settings: {},
    now: NOW,
    version: '0.1.0',
    log: () => undefined,
    ...change,
  })
}

describe('an analysis', () => {
  test('names the most confident cause with its evidence, candidates and what was ruled out', async () => {
    const analysis = await analyze({
      diagnoses: [
        diagnosis('STALE_STATISTICS', () => supported('old statistics', [-1])),
        diagnosis('MISSING_INDEX', () => supported('no index')),
        diagnosis('IO_PRESSURE', () => ({ outcome: 'refuted', because: 'the disk is idle', claims: [] })),
      ],
    })
    assert.deepEqual(
      [
        analysis.analysisStatus,
        analysis.rootCauseCode,
        analysis.rootCauseHypothesis,
        analysis.calibratorVersion,
      ],
      ['COMPLETED', 'MISSING_INDEX', 'no index', 3],
    )
    assert.equal(analysis.confidenceScore.toFixed(2), '0.88')
    assert.deepEqual(
      analysis.competingHypotheses.map((h) => [h.rootCauseCode, h.lostBecause]),
      [
        ['MISSING_INDEX', null],
        ['STALE_STATISTICS', 'its evidence weighs less: 0.73 against 0.88'],
        ['IO_PRESSURE', 'the disk is idle'],
      ],
    )
    assert.deepEqual(analysis.competingHypotheses[0]?.candidates, [candidate('mysql/create-index')])
    assert.deepEqual(analysis.affectingQueries, ['q1'])
  })

  test('tests only diagnoses of the issue’s category', async () => {
    const other = { ...diagnosis('LOCK_ORDER', () => supported('x')), categories: ['DEADLOCK'] as const }
    assert.equal((await analyze({ diagnoses: [other] })).analysisStatus, 'ABSTAINED')
  })

  test('is the same for the same answers', async () => {
    const diagnoses = [
      diagnosis('MISSING_INDEX', () => supported('a')),
      diagnosis('HOT_ROW', () => supported('b')),
    ]
    assert.deepEqual(await analyze({ diagnoses }), await analyze({ diagnoses }))
  })

  test('says how like the nearest earlier case this one is, and nothing where there is none', async () => {
    const diagnoses = [diagnosis('MISSING_INDEX', () => supported('a'))]
    assert.equal((await analyze({ diagnoses })).historicalSimilarityScore, null)
    assert.equal((await analyze({ diagnoses, outcomes: [outcome()] })).historicalSimilarityScore, 1)
  })

  test('looks at the facts of the newest breach, and at none where they cannot be read', async () => {
    const seen: Subject[] = []
    const looking = {
      ...diagnosis('MISSING_INDEX', () => supported('a')),
      needs: (subject: Subject) => {
        seen.push(subject)
        return []
      },
    }
    const event = (eventKind: string, rawContext: string) => ({ eventKind, rawContext }) as DetectionEvent
    await analyze({
      diagnoses: [looking],
      events: [event('NOTICE', '{"n":1}'), event('BREACH', '{"n":2}'), event('BREACH', '{"n":3}')],
    })
    await analyze({ diagnoses: [looking], events: [event('BREACH', 'not json')] })
    await analyze({ diagnoses: [looking], events: [event('BREACH', '[1]')] })
    assert.deepEqual(
      seen.map((s) => s.context),
      [{ n: 2 }, {}, {}],
    )
  })
})

describe('what another issue decides', () => {
  const elsewhere = (decidedIn: number | null) =>
    diagnosis('MISSING_INDEX', () => ({
      outcome: 'refuted',
      because: 'the statement mostly waits for locks',
      claims: [],
      decidedIn,
    }))

  test('is said with that issue, and kept with the hypothesis that lost', async () => {
    const analysis = await analyze({ diagnoses: [elsewhere(null), elsewhere(12)] })
    assert.deepEqual([analysis.analysisStatus, analysis.rootCauseCode], ['ABSTAINED', 'UNKNOWN'])
    assert.equal(
      analysis.rootCauseHypothesis,
      'No root cause of its own: the statement mostly waits for locks. Issue 12 decides it.',
    )
    assert.match(analysis.recommendationSummary, /^See issue 12/)
    assert.deepEqual(
      analysis.competingHypotheses.map((h) => h.decidedIn),
      [null, 12],
    )
  })

  test('is said to be still to come where that issue is not open', async () => {
    const analysis = await analyze({ diagnoses: [elsewhere(null)] })
    assert.match(analysis.rootCauseHypothesis, /No issue beside it says what for/)
  })

  test('is not mentioned where a root cause stands', async () => {
    const named = diagnosis('IO_PRESSURE', () => supported('a slow disk'))
    const analysis = await analyze({ diagnoses: [elsewhere(12), named] })
    assert.equal(analysis.rootCauseHypothesis, 'a slow disk')
  })
})

describe('an abstention', () => {
  test('names the likeliest cause, its confidence and the threshold', async () => {
    const analysis = await analyze({ diagnoses: [diagnosis('MISSING_INDEX', () => supported('a', [-3]))] })
    assert.deepEqual([analysis.analysisStatus, analysis.rootCauseCode], ['ABSTAINED', 'UNKNOWN'])
    assert.equal(
      analysis.rootCauseHypothesis,
      'No root cause is certain enough: the likeliest is MISSING_INDEX at 0.27, below 0.60.',
    )
    assert.match(analysis.competingHypotheses[0]?.lostBecause ?? '', /below the threshold/)
    assert.ok(
      analysis.competingHypotheses.every((h) => h.lostBecause !== null),
      'nothing is proposed',
    )
  })

  test('says what would decide it, each thing once', async () => {
    const unknown = () => ({ outcome: 'unknown', missing: 'no plan', toProceed: 'Grant SELECT.' }) as const
    const analysis = await analyze({
      diagnoses: [diagnosis('MISSING_INDEX', unknown), diagnosis('MISSING_INDEX', unknown)],
    })
    assert.equal(
      analysis.rootCauseHypothesis,
      'No root cause could be established from the evidence at hand.',
    )
    assert.equal(analysis.recommendationSummary, 'To decide it: MISSING_INDEX: no plan. Grant SELECT.')
  })

  test('says so where everything known was ruled out', async () => {
    const analysis = await analyze({
      diagnoses: [diagnosis('MISSING_INDEX', () => ({ outcome: 'refuted', because: 'x', claims: [] }))],
    })
    assert.equal(
      analysis.rootCauseHypothesis,
      'Every known root cause was tested and ruled out by the evidence.',
    )
    assert.equal(
      analysis.recommendationSummary,
      'A person should look: nothing further can be collected automatically.',
    )
  })

  test('is what comes of no diagnosis at all', async () =>
    assert.equal((await analyze()).analysisStatus, 'ABSTAINED'))

  test('ends where calibration brings a confidence up to the threshold', async () => {
    const diagnoses = [diagnosis('MISSING_INDEX', () => supported('a', [-2]))]
    assert.equal((await analyze({ diagnoses })).analysisStatus, 'ABSTAINED')
    const map = { method: 'platt', slope: 1, intercept: 1 } as const
    assert.equal((await analyze({ diagnoses, calibration: { version: 1, map } })).analysisStatus, 'COMPLETED')
  })
})

describe('questions', () => {
  const question = (n: number): EvidenceQuestion => ({ kind: 'table', params: { n } })
  const noted = () => {
    const asked: EvidenceQuestion[] = []
    const inquire = async (q: EvidenceQuestion): Promise<Reading<unknown>> => {
      asked.push(q)
      return known
    }
    return { asked, inquire }
  }

  test('of two diagnoses that want the same are asked once', async () => {
    const { asked, inquire } = noted()
    const wants = (): readonly EvidenceQuestion[] => [question(1)]
    const unknown = () => ({ outcome: 'unknown', missing: 'x', toProceed: 'y' }) as const
    await analyze({
      inquire,
      diagnoses: [diagnosis('MISSING_INDEX', unknown, wants), diagnosis('HOT_ROW', unknown, wants)],
    })
    assert.deepEqual(asked, [question(1)])
  })

  test(`take at most ${MOST_ROUNDS} rounds, however much a diagnosis wants`, async () => {
    const { asked, inquire } = noted()
    let n = 0
    const greedy = diagnosis(
      'MISSING_INDEX',
      () => supported('a'),
      () => {
        n += 1
        return [question(n)]
      },
    )
    assert.equal((await analyze({ inquire, diagnoses: [greedy] })).analysisStatus, 'COMPLETED')
    assert.equal(asked.length, MOST_ROUNDS)
  })

  test(`are at most ${MOST_QUESTIONS} a round`, async () => {
    const { asked, inquire } = noted()
    const many = Array.from({ length: 100 }, (_, i) => question(i))
    const wants = (has: (q: EvidenceQuestion) => boolean) => (has(question(0)) ? [] : many)
    await analyze({ inquire, diagnoses: [diagnosis('MISSING_INDEX', () => supported('a'), wants)] })
    assert.equal(asked.length, MOST_QUESTIONS)
  })

  test('that a diagnosis fails to name do not end the analysis', async () => {
    const failing = diagnosis(
      'HOT_ROW',
      () => ({ outcome: 'unknown', missing: 'x', toProceed: 'y' }),
      () => {
        throw new Error('a bug')
      },
    )
    const analysis = await analyze({ diagnoses: [failing, diagnosis('MISSING_INDEX', () => supported('a'))] })
    assert.equal(analysis.rootCauseCode, 'MISSING_INDEX')
  })
})
