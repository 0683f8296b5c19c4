/**
 * Standing approvals: whether a human's grant covers a waiting decision. Only LOW risk, exactly this action
 * and version, these targets, these parameter bounds, this category and root cause, enough confidence, uses
 * left, unexpired and unrevoked. In doubt it does not.
 */
import { canonicalJson, type Json } from '../../core/canonical.ts'
import type { Analysis, Decision, Issue } from '../../core/nouns.ts'
import type { Binding } from '../../core/plan.ts'
import type { StandingApproval } from '../../core/store-ports.ts'
import { toMs, type UtcTime } from '../../core/time.ts'

/** A decision with what a grant looks at. */
export interface Waiting {
  readonly decision: Decision
  readonly analysis: Analysis
  readonly issue: Issue
}

/** The first grant that covers the decision; null: a person must vote. */
export function coveringGrant(
  waiting: Waiting,
  grants: readonly StandingApproval[],
  now: UtcTime,
): StandingApproval | null {
  return grants.find((grant) => whyNotCovered(waiting, grant, now) === null) ?? null
}

/** Why a grant does not cover a decision; null if it does. */
export function whyNotCovered(waiting: Waiting, grant: StandingApproval, now: UtcTime): string | null {
  const { decision, analysis, issue } = waiting
  const binding = JSON.parse(decision.bindingText) as Binding
  if (decision.riskLevel !== 'LOW') return 'only LOW risk can be covered'
  if (grant.revokedAt !== null) return 'the grant was revoked'
  if (toMs(grant.validUntil) <= toMs(now)) return 'the grant has expired'
  if (grant.usesLeft < 1) return 'the grant is used up'
  if (grant.actionName !== binding.action.name) return 'it is for another action'
  if (grant.actionVersion !== binding.action.version) return 'it is for another version of the action'
  if (!grant.targetIds.includes(decision.targetId)) return 'it is for other targets'
  if (grant.issueCategory !== issue.issueCategory) return 'it is for another category'
  if (grant.rootCauseCode !== analysis.rootCauseCode) return 'it is for another root cause'
  if (analysis.confidenceScore < grant.minimumConfidence) return 'the confidence is below the grant’s minimum'
  return outOfBounds(binding.parameters, grant.parameterBounds)
}

function outOfBounds(
  parameters: { readonly [name: string]: Json },
  bounds: { readonly [name: string]: Json },
): string | null {
  for (const [name, value] of Object.entries(parameters)) {
    const bound = bounds[name]
    if (bound === undefined || !within(value, bound)) return `parameter ${name} is outside the grant’s bounds`
  }
  return null
}

/** A bound is `{min, max}` for numbers, `{anyOf: [...]}` for listed values, or `{any: true}`. */
function within(value: Json, bound: Json): boolean {
  if (typeof bound !== 'object' || bound === null || Array.isArray(bound)) return false
  const rule = bound as { readonly [key: string]: Json }
  if (rule.any === true) return true
  if (Array.isArray(rule.anyOf)) return rule.anyOf.some((v) => canonicalJson(v) === canonicalJson(value))
  if (typeof rule.min === 'number' && typeof rule.max === 'number' && typeof value === 'number') {
    return value >= rule.min && value <= rule.max
  }
  return false
}
