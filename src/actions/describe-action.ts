/** An action as data: what the store mirrors and what an approval binds as its definition. */
import type { Action } from '../core/action.ts'
import { canonicalJson, type Json, type Sha256 } from '../core/canonical.ts'
import type { PredefinedAction } from '../core/nouns.ts'
import type { ParameterSchema } from '../core/parameters.ts'

/** An action's definition without the store's own columns. */
export type ActionDescription = Omit<PredefinedAction, 'actionId' | 'actionEnabled'>

type AnyAction = Action<ParameterSchema, never>

/** Everything of the mirror that comes from code, except the digest. */
function described(action: AnyAction): Omit<ActionDescription, 'definitionDigest'> {
  return {
    actionName: action.id,
    actionVersion: action.version,
    engine: action.engine,
    actionCategory: action.category,
    executionQuery: action.template,
    riskLevel: action.risk,
    applicableIssueCategories: action.issueCategories,
    // Automatic verification decides LOW and MEDIUM; what two people approved, a person also closes.
    requiresManualVerification: action.risk === 'HIGH',
    estimatedDurationSeconds: action.estimatedDurationSeconds,
    parameterSchema: action.parameters as unknown as Json,
    preconditions: action.preconditions,
    guards: action.guards,
    verification: action.verification,
    undo: 'actionId' in action.undo ? action.undo.actionId : `none: ${action.undo.whyNot}`,
  }
}

/** SHA-256 hex over the canonical JSON of the description; a changed definition is another action. */
export const definitionDigest = (action: AnyAction, sha256: Sha256): string =>
  sha256(canonicalJson(described(action) as unknown as Json))

/** The row `predefined_actions` gets for an action. */
export const toPredefinedAction = (action: AnyAction, sha256: Sha256): ActionDescription => ({
  ...described(action),
  definitionDigest: definitionDigest(action, sha256),
})
