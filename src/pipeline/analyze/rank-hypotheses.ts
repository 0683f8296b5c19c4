/**
 * Tests every diagnosis against the answers and ranks what is supported. Deterministic: the same answers
 * give the same analysis, so that any past decision can be replayed.
 */
import { type CalibrationMap, calibrate, rawConfidence } from '../../core/calibration.ts'
import type { Answers, Diagnosis, Subject, TestResult } from '../../core/diagnosis.ts'
import type { Claim, Hypothesis } from '../../core/nouns.ts'
import type { RootCauseCode } from '../../core/vocabulary.ts'

/** The base rate for a root cause with its first candidate action (null: advice only). */
export type BaseRate = (rootCause: RootCauseCode, actionId: string | null) => number

/** A supported hypothesis with its numbers. */
export interface Supported extends Hypothesis {
  readonly recommendation: string
  readonly rawConfidence: number
  readonly affectingQueries: readonly string[]
}

/** The outcome of testing all diagnoses. */
export interface Ranking {
  /** Most confident first. */
  readonly supported: readonly Supported[]
  readonly refuted: readonly Hypothesis[]
  /** What could not be tested and what would let it be. */
  readonly unknown: readonly {
    readonly rootCause: RootCauseCode
    readonly missing: string
    readonly toProceed: string
  }[]
  /** Every claim of every test, then what is shown besides, with ids `e1`, `e2`, … in order. */
  readonly claims: readonly Claim[]
}

/**
 * Runs every diagnosis of the subject's category. A diagnosis that throws, or that supports its cause without
 * a claim anybody could check, counts as unknown.
 */
export function rankHypotheses<Q>(
  diagnoses: readonly Diagnosis<Q>[],
  evidence: { readonly subject: Subject; readonly answers: Answers<Q> },
  confidence: { readonly baseRate: BaseRate; readonly calibration: CalibrationMap },
): Ranking {
  const claims: Claim[] = []
  const supported: Supported[] = []
  const refuted: Hypothesis[] = []
  const unknown: Ranking['unknown'][number][] = []
  for (const diagnosis of diagnoses) {
    const result = testSafely(diagnosis, evidence.subject, evidence.answers)
    if (result.outcome === 'unknown') {
      unknown.push({ rootCause: diagnosis.rootCause, missing: result.missing, toProceed: result.toProceed })
      continue
    }
    const evidenceIds = result.claims.map((claim) => {
      const id = `e${claims.length + 1}`
      claims.push({ id, ...claim })
      return id
    })
    if (result.outcome === 'refuted') {
      refuted.push({
        rootCauseCode: diagnosis.rootCause,
        hypothesis: diagnosis.title,
        confidence: 0.01,
        lostBecause: result.because,
        ...(result.decidedIn === undefined ? {} : { decidedIn: result.decidedIn }),
        evidenceIds,
        candidates: [],
      })
      continue
    }
    const base = confidence.baseRate(diagnosis.rootCause, result.candidates[0]?.actionId ?? null)
    const raw = rawConfidence(
      base,
      result.weights.map((w) => w.logOdds),
    )
    supported.push({
      rootCauseCode: diagnosis.rootCause,
      hypothesis: result.hypothesis,
      recommendation: result.recommendation,
      confidence: calibrate(raw, confidence.calibration),
      rawConfidence: raw,
      lostBecause: null,
      ...(result.decidedIn === undefined ? {} : { decidedIn: result.decidedIn }),
      evidenceIds,
      candidates: result.candidates,
      affectingQueries: result.affectingQueries,
    })
  }
  for (const claim of diagnoses.flatMap((each) => exhibitsSafely(each, evidence)))
    claims.push({ id: `e${claims.length + 1}`, ...claim })
  supported.sort((a, b) => b.rawConfidence - a.rawConfidence || (a.rootCauseCode < b.rootCauseCode ? -1 : 1))
  return { supported, refuted, unknown, claims }
}

/** What cannot be shown is left out: it decides nothing. */
function exhibitsSafely<Q>(
  diagnosis: Diagnosis<Q>,
  { subject, answers }: { readonly subject: Subject; readonly answers: Answers<Q> },
): readonly Omit<Claim, 'id'>[] {
  try {
    return diagnosis.exhibits?.(subject, answers) ?? []
  } catch {
    return []
  }
}

function testSafely<Q>(diagnosis: Diagnosis<Q>, subject: Subject, answers: Answers<Q>): TestResult {
  try {
    const result = diagnosis.test(subject, answers)
    if (result.outcome !== 'supported' || result.claims.length > 0) return result
    return {
      outcome: 'unknown',
      missing: `${diagnosis.id} names no evidence for what it says`,
      toProceed: 'Report this with the evidence bundle of the issue.',
    }
  } catch (error) {
    return {
      outcome: 'unknown',
      missing: `the test of ${diagnosis.id} failed: ${error instanceof Error ? error.message : 'unknown'}`,
      toProceed: 'Report this with the evidence bundle of the issue.',
    }
  }
}
