/**
 * From an analysis to one decision a person can take: the first candidate whose exact plan can be rendered
 * on the live target and whose preconditions all hold. What was tried before in this issue is not proposed
 * again. It proposes; a person decides.
 */

import type { Action } from '../../core/action.ts'
import { canonicalJson, type Json, type Sha256 } from '../../core/canonical.ts'
import type { Refusal } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type {
  Analysis,
  Decision,
  Issue,
  NewDecision,
  PredefinedAction,
  ProposedAction,
  Target,
} from '../../core/nouns.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import { bindingOf, bindingText, firstUnmet, type Proposal, preflightDigest } from '../../core/proposal.ts'
import { fromMs, toMs } from '../../core/time.ts'

/** How long a decision waits for votes, seconds: a day, or half an hour where it is about one connection. */
export const DECISION_VALIDITY_SECONDS = { ordinary: 86_400, connection: 1_800 } as const

/** What a preview of a candidate says: rendered on the target through the observer. */
export interface Preview {
  readonly proposal: Proposal
  readonly instanceUid: string
  readonly epoch: string
}

/** What a decision is made from. */
export interface DecideInput {
  readonly issue: Issue
  readonly analysis: Analysis
  readonly target: Target
  readonly earlier: readonly Decision[]
  /** The catalogue, by action id; null: not in this program. */
  readonly actionOf: (actionId: string) => Action<ParameterSchema, never> | null
  /** The store's row of the current version of an action. */
  readonly mirrored: (actionId: string) => PredefinedAction | null
  readonly preview: (candidate: ProposedAction) => Promise<Preview | Refusal>
  readonly sha256: Sha256
  readonly now: string
  readonly proposedBy: string
  readonly log: Log
}

/** A candidate that cannot be proposed now, and why. */
export interface RefusedCandidate {
  readonly actionId: string
  readonly because: string
  readonly toProceed: string
}

/** Either a decision to store, or why there is none. */
export type Decided =
  | { readonly decision: NewDecision; readonly refused: readonly RefusedCandidate[] }
  | { readonly decision: null; readonly refused: readonly RefusedCandidate[] }

/** Tries the candidates of the named hypothesis in order. */
export async function decideIssue(input: DecideInput): Promise<Decided> {
  const refused: RefusedCandidate[] = []
  const named = input.analysis.competingHypotheses.find((h) => h.lostBecause === null)
  for (const candidate of named?.candidates ?? []) {
    const outcome = await tryCandidate(input, candidate)
    if ('because' in outcome) refused.push({ actionId: candidate.actionId, ...outcome })
    else return { decision: outcome, refused }
  }
  return { decision: null, refused }
}

async function tryCandidate(
  input: DecideInput,
  candidate: ProposedAction,
): Promise<NewDecision | { because: string; toProceed: string }> {
  const action = input.actionOf(candidate.actionId)
  const row = input.mirrored(candidate.actionId)
  if (action === null || row === null) {
    return { because: `${candidate.actionId} is not in the catalogue`, toProceed: 'Run: dbmedic actions' }
  }
  if (!row.actionEnabled) {
    return {
      because: `${candidate.actionId} is disabled here`,
      toProceed: `Run: dbmedic actions enable ${candidate.actionId}`,
    }
  }
  if (wasTried(input.earlier, candidate)) {
    return {
      because: `${candidate.actionId} with these parameters was already decided on in this issue`,
      toProceed: `Run: dbmedic show ${input.issue.issueId}`,
    }
  }
  const preview = await input.preview(candidate)
  if ('refused' in preview) return { because: preview.because, toProceed: preview.toProceed }
  const unmet = firstUnmet(preview.proposal)
  if (unmet !== null) return { because: unmet.because, toProceed: unmet.toProceed }
  return toDecision(input, { candidate, action, row, preview })
}

function wasTried(earlier: readonly Decision[], candidate: ProposedAction): boolean {
  const text = canonicalJson(candidate.params as Json)
  return earlier.some((decision) => {
    if (decision.decisionStatus === 'EXPIRED' || decision.decisionStatus === 'CANCELLED') return false
    const binding: unknown = JSON.parse(decision.bindingText)
    const bound = binding as { readonly action: { readonly name: string }; readonly parameters: Json }
    return bound.action.name === candidate.actionId && canonicalJson(bound.parameters) === text
  })
}

function toDecision(
  input: DecideInput,
  made: {
    readonly candidate: ProposedAction
    readonly action: Action<ParameterSchema, never>
    readonly row: PredefinedAction
    readonly preview: Preview
  },
): NewDecision {
  const { candidate, action, row, preview } = made
  const seconds = DECISION_VALIDITY_SECONDS[action.bindsConnection ? 'connection' : 'ordinary']
  const expiresAt = fromMs(toMs(input.now) + seconds * 1000)
  const text = bindingText(
    bindingOf(preview.proposal, {
      action,
      definitionDigest: row.definitionDigest,
      target: {
        id: input.target.targetId,
        name: input.target.targetName,
        engine: input.target.engine,
        instanceUid: preview.instanceUid,
        epoch: action.bindsConnection ? preview.epoch : null,
      },
      evidenceDigest: input.sha256(canonicalJson(input.analysis.evidence as unknown as Json)),
      expiresAt,
    }),
  )
  return {
    analysisId: input.analysis.analysisId,
    targetId: input.target.targetId,
    recommendedActionId: row.actionId,
    riskLevel: row.riskLevel,
    bindingText: text,
    planDigest: input.sha256(text),
    preflightDigest: preflightDigest(preview.proposal, input.sha256),
    confidenceBasedScore: input.analysis.confidenceScore,
    decisionRationale: candidate.why,
    proposedBy: input.proposedBy,
    expiresAt,
  }
}
