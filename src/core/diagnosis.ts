/**
 * A diagnosis explains issues by one root cause: it says what it must know, tests it, and names candidate
 * actions. It never sees a target; its questions travel as rows.
 */
import type { Json } from './canonical.ts'
import type { Claim, DetectionEvent, EvidenceQuestion, Issue, ProposedAction } from './nouns.ts'
import type { Reading } from './observer.ts'
import type { IssueCategory, RootCauseCode } from './vocabulary.ts'

/** What an issue is about, as a diagnosis sees it. */
export interface Subject {
  readonly issue: Issue
  /** Newest first, at most 20. */
  readonly events: readonly DetectionEvent[]
  /** Parsed `rawContext` of the newest event. */
  readonly context: { readonly [key: string]: Json }
  /** Other open issues on the same target: what else is wrong at the same time. */
  readonly alongside: readonly Issue[]
  /** Configured bounds a diagnosis may need (minimum rows, …). */
  readonly settings: { readonly [name: string]: number }
}

/** Answers so far, by question. */
export interface Answers<Q> {
  /** The answer to a question asked in this analysis; undefined if it was not asked. */
  get<K extends keyof Q & string>(
    kind: K,
    params: Q[K] extends { params: infer P } ? P : never,
  ): Reading<Q[K] extends { answer: infer A } ? A : never> | undefined
}

/** A weighed reason, in log-odds. */
export interface Weight {
  readonly why: string
  readonly logOdds: number
}

/** What a test found. */
export type TestResult =
  | {
      readonly outcome: 'supported'
      readonly hypothesis: string
      readonly recommendation: string
      readonly claims: readonly Omit<Claim, 'id'>[]
      readonly weights: readonly Weight[]
      /** In order of preference; empty: advice only (`recommendation` says what a person can do). */
      readonly candidates: readonly ProposedAction[]
      readonly affectingQueries: readonly string[]
      /** Set where another issue carries the proposal: its number, or null while none is open. */
      readonly decidedIn?: number | null
    }
  | {
      readonly outcome: 'refuted'
      readonly because: string
      readonly claims: readonly Omit<Claim, 'id'>[]
      /** Set where another issue decides what is behind it: its number, or null while none is open. */
      readonly decidedIn?: number | null
    }
  | { readonly outcome: 'unknown'; readonly missing: string; readonly toProceed: string }

/** One root cause on one engine. */
export interface Diagnosis<Q> {
  /** `<engine>/<root-cause>`, the file's path. */
  readonly id: string
  readonly version: number
  readonly engine: string
  readonly title: string
  readonly rootCause: RootCauseCode
  /** Which issues it may explain. */
  readonly categories: readonly IssueCategory[]
  /**
   * Questions still to be asked, given the answers so far; empty when it can be tested. At most four
   * rounds are run.
   */
  needs(subject: Subject, answers: Answers<Q>): readonly EvidenceQuestion[]
  /** Pure. In doubt it answers `unknown`. */
  test(subject: Subject, answers: Answers<Q>): TestResult
  /**
   * What a person is shown with the evidence, whatever the tests conclude; left out: nothing. Pure. It weighs nothing,
   * and no hypothesis rests on it.
   */
  exhibits?(subject: Subject, answers: Answers<Q>): readonly Omit<Claim, 'id'>[]
}
