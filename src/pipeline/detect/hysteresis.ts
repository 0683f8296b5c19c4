/**
 * When a resource that was in trouble counts as well again: 12 windows in a row below 70 % of the limit
 * with at least 20 % of the workload it had when it fired. Absence is never recovery.
 */

/** The rule's constants; configurable for laboratories with short windows. */
export interface ClosingRule {
  readonly windows: number
  /** Share of the limit, 0..1, a value must stay below. */
  readonly belowShare: number
  /** Share of the opening workload, 0..1, that must still be there. */
  readonly workloadShare: number
}

/** The default rule. */
export const CLOSING_RULE: ClosingRule = { windows: 12, belowShare: 0.7, workloadShare: 0.2 }

/** One resource that fired and is being watched until it is well. */
export interface Tracked {
  /** Calls or readings in the window it fired in. */
  readonly openingWorkload: number
  readonly calmWindows: number
}

/** What one more window does to a tracked resource. */
export function nextTracked(
  tracked: Tracked,
  window: { readonly value: number; readonly limit: number; readonly workload: number },
  rule: ClosingRule,
): { readonly tracked: Tracked; readonly cleared: boolean } {
  const present = window.workload >= tracked.openingWorkload * rule.workloadShare
  const calm = present && window.value < window.limit * rule.belowShare
  const calmWindows = calm ? tracked.calmWindows + 1 : 0
  return { tracked: { ...tracked, calmWindows }, cleared: calmWindows === rule.windows }
}
