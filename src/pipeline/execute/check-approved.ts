/**
 * What must hold before an approved plan may be sent, recomputed here and now: the digest of the stored
 * text, the votes and their signatures, who the target is, the plan rendered again from live state, and
 * every precondition. Any difference refuses; nothing is repaired on the way.
 */
import type { Action, ActionPolicy } from '../../core/action.ts'
import type { ActSession } from '../../core/actuator.ts'
import { canonicalJson, type Json, type Sha256 } from '../../core/canonical.ts'
import type { Resolve } from '../../core/engine.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding, Plan } from '../../core/plan.ts'
import { differenceFrom, firstUnmet, propose } from '../../core/proposal.ts'
import type { Runnable } from '../../core/store-ports.ts'
import { toMs } from '../../core/time.ts'
import { effectIsThere } from './postcondition.ts'

/** What the check is made with. */
export interface CheckInput<Q> {
  readonly runnable: Runnable
  readonly session: ActSession<Q>
  readonly identity: Reading<Identity>
  readonly actionOf: (name: string, version: number) => Action<ParameterSchema, Q> | null
  readonly definitionDigestOf: (name: string) => string | null
  readonly resolve: Resolve<Q>
  readonly policy: ActionPolicy
  /** Null if every vote that carries the decision has a valid signature of a registered key. */
  readonly verifyVotes: (runnable: Runnable) => Promise<string | null>
  readonly sha256: Sha256
}

/** What may be sent, or why nothing may. */
export type Checked<Q> =
  | { readonly plan: Plan; readonly binding: Binding; readonly action: Action<ParameterSchema, Q> }
  | { readonly refusedBecause: string }

/** Recomputes everything an approval stands on. */
export async function checkApproved<Q>(input: CheckInput<Q>): Promise<Checked<Q>> {
  const stored = readBinding(input)
  if ('refusedBecause' in stored) return stored
  const { binding } = stored
  const outside = (await input.verifyVotes(input.runnable)) ?? targetProblem(binding, input.identity)
  if (outside !== null) return { refusedBecause: outside }
  const action = input.actionOf(binding.action.name, binding.action.version)
  if (action === null) {
    return { refusedBecause: `this program has no ${binding.action.name} version ${binding.action.version}` }
  }
  if (input.definitionDigestOf(binding.action.name) !== binding.action.definitionDigest) {
    return { refusedBecause: `the definition of ${binding.action.name} is not the one that was approved` }
  }
  // The store's rows say what a vote needed; only this program's own catalogue says what it should have needed.
  if (action.risk !== binding.riskLevel) {
    return { refusedBecause: `${action.id} is ${action.risk} risk, and was voted on as ${binding.riskLevel}` }
  }
  return input.runnable.purpose === 'UNDO'
    ? undoPlan(input, binding, action)
    : recompute(input, binding, action)
}

/** Renders the plan again from live state and compares it with the approved one. */
async function recompute<Q>(
  input: CheckInput<Q>,
  binding: Binding,
  action: Action<ParameterSchema, Q>,
): Promise<Checked<Q>> {
  if (!input.identity.known) return { refusedBecause: input.identity.because }
  const { flavour, version, weak } = input.identity.value
  const proposal = await propose({
    action,
    given: binding.parameters,
    resolve: input.resolve,
    ask: input.session.ask,
    policy: input.policy,
    server: { flavour, version, weakIdentity: weak },
    affectedSeries: binding.verification.affectedSeries,
  })
  if ('refused' in proposal) return { refusedBecause: proposal.because }
  const unmet = firstUnmet(proposal)
  if (unmet !== null) return { refusedBecause: unmet.because }
  const difference = differenceFrom(binding, proposal)
  if (difference !== null) {
    return {
      refusedBecause: `${difference} since decision ${input.runnable.decision.decisionId} was approved`,
    }
  }
  return { plan: { guards: binding.guards, steps: binding.steps }, binding, action }
}

function readBinding<Q>(
  input: CheckInput<Q>,
): { readonly binding: Binding } | { readonly refusedBecause: string } {
  const { decision, approval } = input.runnable
  const digest = input.sha256(decision.bindingText)
  if (digest !== decision.planDigest || digest !== approval.planDigest) {
    return { refusedBecause: 'the stored plan does not have the digest that was approved' }
  }
  const binding = JSON.parse(decision.bindingText) as Binding
  // A member written twice would read differently to the store and to us; canonical text has each once.
  if (canonicalJson(binding as unknown as Json) !== decision.bindingText) {
    return { refusedBecause: 'the stored plan is not in its canonical form' }
  }
  if (binding.schema !== 'dbmedic/binding/1') return { refusedBecause: 'the stored plan has an unknown form' }
  if (binding.expiresAt !== decision.expiresAt || toMs(binding.expiresAt) !== toMs(decision.expiresAt)) {
    return { refusedBecause: 'the decision’s expiry is not the one that was approved' }
  }
  if (binding.riskLevel !== decision.riskLevel || binding.target.id !== decision.targetId) {
    return { refusedBecause: 'the decision’s risk or target is not the one that was approved' }
  }
  return { binding }
}

function targetProblem(binding: Binding, identity: Reading<Identity>): string | null {
  if (!identity.known) return `who the target is could not be found out: ${identity.because}`
  if (identity.value.instanceUid !== binding.target.instanceUid) {
    return 'another server answers at the target’s address than the one approved'
  }
  const { epoch } = binding.target
  if (epoch !== null && Math.abs(toMs(epoch) - toMs(identity.value.epoch)) > 5000) {
    return 'the target was restarted since, so its connections are others'
  }
  return null
}

/** The approved inverse, if what it takes back is there. Its bytes were approved; the state it was rendered for must be. */
async function undoPlan<Q>(
  input: CheckInput<Q>,
  binding: Binding,
  action: Action<ParameterSchema, Q>,
): Promise<Checked<Q>> {
  if (!('plan' in binding.undo)) return { refusedBecause: 'the approved plan has no undo' }
  const effect = await effectIsThere({ ...input, binding, action }, input.session)
  if (effect.holds !== true) {
    const because = effect.holds === false ? 'is not there any more' : 'could not be checked'
    return { refusedBecause: `what the undo would take back ${because}: ${effect.found}` }
  }
  return { plan: binding.undo.plan, binding, action }
}
