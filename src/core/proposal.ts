/**
 * From an action and given parameters to the exact thing a person can consent to. The same code runs when
 * a decision is prepared (on the observer's connection) and when it is recomputed before it runs (on the
 * executor's own), so that any difference between the two is a difference of the target.
 */
import type { Action, ActionPolicy } from './action.ts'
import { canonicalJson, type Json, type Sha256 } from './canonical.ts'
import type { Resolve } from './engine.ts'
import { type Refusal, refusal } from './errors.ts'
import type { Ask } from './observer.ts'
import type { ParameterSchema, Resolved } from './parameters.ts'
import type {
  Binding,
  Forecast,
  Interval,
  Plan,
  PreconditionResult,
  TouchedObject,
  VerificationPlan,
} from './plan.ts'

/** What a proposal is made from. */
export interface ProposalInput<Q> {
  readonly action: Action<ParameterSchema, Q>
  /** As a diagnosis, a person or a stored binding gave them; hostile until resolved. */
  readonly given: { readonly [name: string]: Json }
  readonly resolve: Resolve<Q>
  readonly ask: Ask<Q>
  readonly policy: ActionPolicy
  readonly server: { readonly flavour: string; readonly version: string; readonly weakIdentity: boolean }
  readonly affectedSeries: readonly string[]
}

/** What would be done, as it stands now. JSON through and through: it travels as a row. */
export interface Proposal {
  readonly actionName: string
  readonly actionVersion: number
  readonly parameters: { readonly [name: string]: Json }
  readonly preconditions: readonly PreconditionResult[]
  readonly plan: Plan
  readonly undo: { readonly plan: Plan } | { readonly whyNot: string }
  readonly objects: readonly TouchedObject[]
  readonly forecast: Forecast
  readonly verification: VerificationPlan
}

/**
 * Resolves, checks, renders and forecasts. A refusal names the first thing in the way; preconditions that
 * are not met are part of the proposal, so that they can be shown.
 */
export async function propose<Q>(input: ProposalInput<Q>): Promise<Proposal | Refusal> {
  const { action } = input
  if (input.server.weakIdentity && action.risk !== 'LOW') {
    return refusal('DBM_PRECONDITION_FAILED', {
      precondition: 'identity',
      action: action.id,
      problem: 'this server has no unique identity of its own',
      remedy: 'Upgrade the server to a version that has one.',
    })
  }
  const found = await input.resolve(action.parameters, input.given, input.ask)
  if ('refused' in found) return found
  const context = {
    params: found.resolved,
    ask: input.ask,
    policy: input.policy,
    server: input.server,
    affectedSeries: input.affectedSeries,
  }
  const preconditions = await action.check(context)
  const rendered = await action.render(context)
  return {
    actionName: action.id,
    actionVersion: action.version,
    parameters: input.given,
    preconditions,
    plan: rendered.plan,
    undo: rendered.undo,
    objects: rendered.objects,
    forecast: await action.forecast(context),
    verification: action.verificationPlan(context),
  }
}

/** The first precondition that is not met, as a refusal; null if all are. */
export function firstUnmet(proposal: Proposal): Refusal | null {
  const unmet = proposal.preconditions.find((p) => p.met !== true)
  if (unmet === undefined) return null
  return refusal('DBM_PRECONDITION_FAILED', {
    precondition: unmet.id,
    action: proposal.actionName,
    problem: unmet.met === 'unknown' ? `it could not be checked (${unmet.found})` : unmet.found,
    remedy: unmet.toProceed,
  })
}

/** Everything around a proposal that a binding needs. */
export interface BindingInput {
  readonly action: Action<ParameterSchema, never>
  readonly definitionDigest: string
  readonly target: Binding['target']
  readonly evidenceDigest: string
  readonly expiresAt: string
}

/** The binding of a proposal. Its canonical JSON is what is stored, hashed, signed and recomputed. */
export function bindingOf(proposal: Proposal, input: BindingInput): Binding {
  return {
    schema: 'dbmedic/binding/1',
    action: {
      name: proposal.actionName,
      version: proposal.actionVersion,
      definitionDigest: input.definitionDigest,
    },
    riskLevel: input.action.risk,
    target: input.target,
    parameters: proposal.parameters,
    guards: proposal.plan.guards,
    steps: proposal.plan.steps,
    undo: proposal.undo,
    objects: proposal.objects,
    evidenceDigest: input.evidenceDigest,
    forecast: proposal.forecast,
    verification: proposal.verification,
    expiresAt: input.expiresAt,
  }
}

/** Canonical text of a binding. */
export const bindingText = (binding: Binding): string => canonicalJson(binding as unknown as Json)

/** Digest of the preconditions as they were found, for the reviewer. */
export const preflightDigest = (proposal: Proposal, sha256: Sha256): string =>
  sha256(canonicalJson(proposal.preconditions as unknown as Json))

/**
 * What differs between an approved binding and a proposal recomputed from live state: the parts that must
 * be equal byte for byte, and a forecast beyond an approved upper bound. Null: nothing does.
 */
export function differenceFrom(approved: Binding, now: Proposal): string | null {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['action', [approved.action.name, approved.action.version], [now.actionName, now.actionVersion]],
    ['parameters', approved.parameters, now.parameters],
    ['guards', approved.guards, now.plan.guards],
    ['statements', approved.steps, now.plan.steps],
    ['undo plan', approved.undo, now.undo],
    ['definitions of the objects touched', approved.objects, now.objects],
  ]
  for (const [name, before, after] of pairs) {
    if (canonicalJson(before as Json) !== canonicalJson(after as Json)) return `the ${name} changed`
  }
  return forecastBeyond(approved.forecast, now.forecast)
}

const QUANTITIES = [
  'durationMs',
  'rowsTouched',
  'bytesWritten',
  'replicaLagSeconds',
  'diskPeakBytes',
] as const

function forecastBeyond(approved: Forecast, now: Forecast): string | null {
  if (approved.lockClass !== now.lockClass)
    return `the lock changed from ${approved.lockClass} to ${now.lockClass}`
  for (const name of QUANTITIES) {
    const limit: Interval = approved[name]
    // Not `>`: a forecast that is no number compares false with everything, and unknown means no.
    if (!(now[name].expected <= limit.high)) {
      return `the forecast of ${name} rose to ${now[name].expected}, beyond the approved ${limit.high}`
    }
  }
  return null
}

/**
 * Parameters of an approved binding in resolved form without looking anything up: what a postcondition
 * needs, because the index or connection it asks about may be gone by design. Digests are empty.
 */
export function assumedParameters(
  schema: ParameterSchema,
  given: { readonly [name: string]: Json },
): Resolved<ParameterSchema> {
  const tableOf = (value: Json | undefined): { schema: string; table: string; definitionDigest: string } => {
    const named = (value ?? {}) as { readonly schema?: string; readonly table?: string }
    return { schema: named.schema ?? '', table: named.table ?? '', definitionDigest: '' }
  }
  const entries = Object.entries(schema).map(([name, parameter]): [string, unknown] => {
    if (parameter.type === 'table') return [name, tableOf(given[name])]
    if (parameter.type === 'index') return [name, { ...tableOf(given[parameter.of]), index: given[name] }]
    return [name, given[name]]
  })
  return Object.fromEntries(entries) as Resolved<ParameterSchema>
}
