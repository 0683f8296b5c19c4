/**
 * One analysis of one issue: asks what the diagnoses must know (as rows, in at most four rounds), tests
 * them, and writes down what explains the issue, with what evidence, and what was ruled out. In doubt it
 * abstains and says what would decide it. It recommends; it decides nothing.
 */

import type { CalibrationMap } from '../../core/calibration.ts'
import { canonicalJson, type Json } from '../../core/canonical.ts'
import type { Diagnosis, Subject } from '../../core/diagnosis.ts'
import type { Log } from '../../core/log.ts'
import type { DetectionEvent, EvidenceQuestion, Hypothesis, Issue, NewAnalysis } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { PastOutcome } from '../../core/store-ports.ts'
import { AnswerBook } from './answers.ts'
import { baseRates } from './base-rates.ts'
import { type Ranking, rankHypotheses, type Supported } from './rank-hypotheses.ts'
import { similarCases } from './similar-cases.ts'

/** Rounds of questions a diagnosis may take. */
export const MOST_ROUNDS = 4
/** Questions asked in one round over all diagnoses. */
export const MOST_QUESTIONS = 40

/** Gets an answer to a question: a row to the observer, or the store's own samples. */
export type Inquire = (question: EvidenceQuestion) => Promise<Reading<unknown>>

/** What an analysis works with. */
export interface AnalysisInput<Q> {
  readonly issue: Issue
  /** Newest first. */
  readonly events: readonly DetectionEvent[]
  readonly alongside: readonly Issue[]
  readonly engine: string
  readonly diagnoses: readonly Diagnosis<Q>[]
  readonly inquire: Inquire
  readonly outcomes: readonly PastOutcome[]
  readonly calibration: { readonly version: number; readonly map: CalibrationMap }
  /** Below this confidence an analysis abstains; 0..1. */
  readonly abstainBelow: number
  readonly settings: { readonly [name: string]: number }
  readonly now: string
  readonly version: string
  readonly log: Log
}

/** Analyses one issue. Never throws for what the answers hold. */
export async function analyzeIssue<Q>(input: AnalysisInput<Q>): Promise<NewAnalysis> {
  const subject = subjectOf(input)
  const concerned = input.diagnoses.filter((d) => d.categories.includes(input.issue.issueCategory))
  const book = new AnswerBook()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const questions = openQuestions(concerned, subject, book)
    if (questions.length === 0) break
    const readings = await Promise.all(questions.map((q) => input.inquire(q)))
    readings.forEach((reading, i) => {
      const question = questions[i]
      if (question !== undefined) book.put(question, reading)
    })
  }
  const place = {
    category: input.issue.issueCategory,
    engine: input.engine,
    instanceUid: input.issue.instanceUid,
  }
  const ranking = rankHypotheses(
    concerned,
    { subject, answers: book.view<Q>() },
    { baseRate: baseRates(input.outcomes, place, input.now), calibration: input.calibration.map },
  )
  return toAnalysis(input, ranking)
}

function subjectOf<Q>(input: AnalysisInput<Q>): Subject {
  return {
    issue: input.issue,
    events: input.events,
    context: contextOf(input.events.find((e) => e.eventKind === 'BREACH') ?? input.events[0]),
    alongside: input.alongside,
    settings: input.settings,
  }
}

function contextOf(event: DetectionEvent | undefined): { readonly [key: string]: Json } {
  if (event === undefined) return {}
  try {
    const value: unknown = JSON.parse(event.rawContext)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: Json })
      : {}
  } catch {
    return {}
  }
}

function openQuestions<Q>(
  diagnoses: readonly Diagnosis<Q>[],
  subject: Subject,
  book: AnswerBook,
): EvidenceQuestion[] {
  const fresh = new Map<string, EvidenceQuestion>()
  for (const diagnosis of diagnoses) {
    for (const question of needsSafely(diagnosis, subject, book)) {
      if (!book.has(question)) fresh.set(canonicalJson({ ...question }), question)
    }
  }
  return [...fresh.values()].slice(0, MOST_QUESTIONS)
}

/** A diagnosis that cannot say what it needs asks nothing; its test then says what went wrong. */
function needsSafely<Q>(
  diagnosis: Diagnosis<Q>,
  subject: Subject,
  book: AnswerBook,
): readonly EvidenceQuestion[] {
  try {
    return diagnosis.needs(subject, book.view<Q>())
  } catch {
    return []
  }
}

function toAnalysis<Q>(input: AnalysisInput<Q>, ranking: Ranking): NewAnalysis {
  const best = ranking.supported[0]
  const named = best !== undefined && best.confidence >= input.abstainBelow ? best : undefined
  return {
    issueId: input.issue.issueId,
    ...(named === undefined ? withoutCause(ranking, input.abstainBelow) : withCause(named)),
    confidenceScore: best?.confidence ?? 0.01,
    rawConfidence: best?.rawConfidence ?? 0,
    calibratorVersion: input.calibration.version,
    historicalSimilarityScore: likeness(input, best),
    affectingQueries: best?.affectingQueries ?? [],
    evidence: ranking.claims,
    competingHypotheses: competingHypotheses(ranking, named),
    analyzer: 'rules',
    analyzerVersion: input.version,
    model: null,
    promptDigest: null,
    droppedClaims: [],
  }
}

type Conclusion = Pick<
  NewAnalysis,
  'rootCauseCode' | 'rootCauseHypothesis' | 'recommendationSummary' | 'analysisStatus'
>

const withCause = (best: Supported): Conclusion => ({
  rootCauseCode: best.rootCauseCode,
  rootCauseHypothesis: best.hypothesis,
  recommendationSummary: best.recommendation,
  analysisStatus: 'COMPLETED',
})

const withoutCause = (ranking: Ranking, below: number): Conclusion =>
  elsewhere(ranking) ?? {
    rootCauseCode: 'UNKNOWN',
    rootCauseHypothesis: abstention(ranking, below),
    recommendationSummary: whatWouldDecide(ranking),
    analysisStatus: 'ABSTAINED',
  }

/** Null where no other issue decides what is behind this one. */
function elsewhere({ refuted }: Ranking): Conclusion | null {
  const losses = refuted.filter((h) => h.decidedIn !== undefined)
  const known = losses.find((h) => typeof h.decidedIn === 'number')
  const first = known ?? losses[0]
  if (first === undefined) return null
  return {
    rootCauseCode: 'UNKNOWN',
    analysisStatus: 'ABSTAINED',
    ...(known === undefined
      ? {
          rootCauseHypothesis: `No root cause of its own: ${first.lostBecause}. No issue beside it says what for.`,
          recommendationSummary:
            'A person should look at what it waits for. It is thought about again once an issue opens beside it.',
        }
      : {
          rootCauseHypothesis: `No root cause of its own: ${known.lostBecause}. Issue ${known.decidedIn} decides it.`,
          recommendationSummary: `See issue ${known.decidedIn}: what is done there helps here, too.`,
        }),
  }
}

/** Likeness to the most similar earlier case; null if there is none. */
function likeness<Q>(input: AnalysisInput<Q>, best: Supported | undefined): number | null {
  const present = {
    issue: input.issue,
    engine: input.engine,
    rootCause: best?.rootCauseCode ?? 'UNKNOWN',
    affectingQueries: best?.affectingQueries ?? [],
  }
  return similarCases(present, input.outcomes)[0]?.similarity ?? null
}

function competingHypotheses(ranking: Ranking, winner: Supported | undefined): Hypothesis[] {
  const rest = ranking.supported
    .filter((h) => h !== winner)
    .map((h) => ({ ...plain(h), lostBecause: loss(h, winner) }))
  return winner === undefined ? [...rest, ...ranking.refuted] : [plain(winner), ...rest, ...ranking.refuted]
}

const plain = (h: Supported): Hypothesis => ({
  rootCauseCode: h.rootCauseCode,
  hypothesis: h.hypothesis,
  confidence: h.confidence,
  lostBecause: null,
  ...(h.decidedIn === undefined ? {} : { decidedIn: h.decidedIn }),
  evidenceIds: h.evidenceIds,
  candidates: h.candidates,
})

const loss = (h: Supported, winner: Supported | undefined): string =>
  winner === undefined
    ? `its confidence, ${h.confidence.toFixed(2)}, is below the threshold for a recommendation`
    : `its evidence weighs less: ${h.confidence.toFixed(2)} against ${winner.confidence.toFixed(2)}`

function abstention(ranking: Ranking, below: number): string {
  const best = ranking.supported[0]
  if (best !== undefined) {
    return `No root cause is certain enough: the likeliest is ${best.rootCauseCode} at ${best.confidence.toFixed(2)}, below ${below.toFixed(2)}.`
  }
  if (ranking.refuted.length > 0 && ranking.unknown.length === 0) {
    return 'Every known root cause was tested and ruled out by the evidence.'
  }
  return 'No root cause could be established from the evidence at hand.'
}

function whatWouldDecide(ranking: Ranking): string {
  if (ranking.unknown.length === 0)
    return 'A person should look: nothing further can be collected automatically.'
  // UNKNOWN names no cause: what is missing speaks for itself.
  const lines = ranking.unknown.map(
    (u) => `${u.rootCause === 'UNKNOWN' ? '' : `${u.rootCause}: `}${u.missing}. ${u.toProceed}`,
  )
  return `To decide it: ${[...new Set(lines)].slice(0, 6).join(' ')}`
}
