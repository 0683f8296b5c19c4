/** What an explanation of a decision consists of, and which of it is on record: a part counts only if what it refers to is there. */
import { canonicalJson, type Json } from '../../../core/canonical.ts'
import type { Claim, Hypothesis } from '../../../core/nouns.ts'
import type { Binding, PreconditionResult } from '../../../core/plan.ts'
import { digestOf } from '../../ports/write-events.ts'

/** The eight parts. */
export const EXPLANATION_PARTS = [
  'evidence',
  'metric against its limit',
  'root cause',
  'rejected alternatives',
  'action and statements',
  'preflight results',
  'expected effect and check',
  'inverse and risk',
] as const
/** One of them. */
export type ExplanationPart = (typeof EXPLANATION_PARTS)[number]

/** A decision with what it rests on, as the store has it. */
export interface ExplainedDecision {
  /** The binding, JSON. */
  readonly bindingText: string
  readonly preflightDigest: string
  readonly rootCauseCode: string
  /** Claims of the analysis, JSON. */
  readonly evidence: string
  /** Hypotheses of the analysis, JSON. */
  readonly hypotheses: string
  readonly metricValue: number | null
  /** Of the event the issue began with, JSON. */
  readonly rawContext: string | null
  /** Answers to previews asked for its issue, JSON each. */
  readonly previews: readonly string[]
}

/** A decision whose documents were read; of a binding nothing is taken for granted. */
interface Given {
  readonly decision: ExplainedDecision
  readonly binding: Partial<Binding>
  readonly evidence: readonly Claim[]
}

/** When each part is on record. */
const ON_RECORD: Readonly<Record<ExplanationPart, (given: Given) => boolean>> = {
  // The digest that was consented to is of these very claims.
  evidence: ({ evidence, binding }) =>
    evidence.length > 0 && digestOfJson(evidence) === binding.evidenceDigest,
  'metric against its limit': ({ decision }) =>
    decision.metricValue !== null &&
    typeof parsed<{ readonly limit?: unknown }>(decision.rawContext ?? 'null')?.limit === 'number',
  'root cause': ({ decision }) => decision.rootCauseCode !== 'UNKNOWN',
  'rejected alternatives': ({ decision }) =>
    (parsed<readonly Hypothesis[]>(decision.hypotheses) ?? []).some(({ lostBecause }) =>
      isSaid(lostBecause ?? undefined),
    ),
  'action and statements': ({ binding }) =>
    isSaid(binding.action?.name) &&
    (binding.steps ?? []).some(({ kind, text }) => kind === 'statement' && isSaid(text)),
  'preflight results': ({ decision }) =>
    decision.previews.some((answer) => isPreflight(answer, decision.preflightDigest)),
  'expected effect and check': ({ binding }) =>
    isSaid(binding.forecast?.basis) && isSaid(binding.verification?.postcondition),
  'inverse and risk': ({ binding }) => binding.riskLevel !== undefined && saysInverse(binding.undo),
}

/** The parts that are on record. */
export function partsOnRecord(decision: ExplainedDecision): readonly ExplanationPart[] {
  const binding = parsed<Partial<Binding>>(decision.bindingText)
  const evidence = parsed<readonly Claim[]>(decision.evidence)
  if (binding === null || !Array.isArray(evidence)) return []
  return EXPLANATION_PARTS.filter((part) => ON_RECORD[part]({ decision, binding, evidence }))
}

const isSaid = (text: string | undefined): boolean => (text ?? '').trim() !== ''

/** How it is taken back, or why it cannot be. */
function saysInverse(undo: Binding['undo'] | undefined): boolean {
  if (undo === undefined) return false
  return 'whyNot' in undo ? isSaid(undo.whyNot) : undo.plan.steps.length > 0
}

/** Whether a preview holds the preconditions, as they were found, that the decision names by their digest. */
function isPreflight(answer: string, digest: string): boolean {
  const preconditions = parsed<{
    readonly value?: { readonly proposal?: { readonly preconditions?: readonly PreconditionResult[] } }
  }>(answer)?.value?.proposal?.preconditions
  return preconditions !== undefined && preconditions.length > 0 && digestOfJson(preconditions) === digest
}

const digestOfJson = (value: unknown): string => digestOf(canonicalJson(value as Json))

function parsed<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T
  } catch {
    return null
  }
}
