/**
 * Reasons to wait that are no fault of an approval: a stop switch, another action on the same target, a
 * cool-down, a daily limit. The approval stays valid; the run is tried again until it expires.
 */
import type { ActionLimits } from '../../core/action.ts'
import type { Json } from '../../core/canonical.ts'
import type { Binding } from '../../core/plan.ts'
import type { ActPort, Halt, Runnable } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'

/** Most actions on one target a day, over the whole catalogue. */
export const ACTIONS_PER_TARGET_PER_DAY = 10
/** Failures in a row of one action on one target after which it waits for a person. */
export const FAILURES_IN_A_ROW = 3

type Run = Awaited<ReturnType<ActPort['recentRuns']>>[number]

/** Why this run must wait; null: it may go now. `limits` are those of its action. */
export async function reasonToWait(
  port: ActPort,
  runnable: Runnable,
  context: { readonly engine: string; readonly limits: ActionLimits; readonly now: UtcTime },
): Promise<string | null> {
  const binding = JSON.parse(runnable.decision.bindingText) as Binding
  const stop = stopSwitch(await port.read.halts(), {
    engine: context.engine,
    targetId: runnable.decision.targetId,
    actionName: binding.action.name,
  })
  if (stop !== null) return stop
  const dayAgo = fromMs(toMs(context.now) - 86_400_000)
  const runs = await port.recentRuns({ targetId: runnable.decision.targetId, since: dayAgo })
  if (runs.some((r) => r.status === 'IN_PROGRESS' || r.status === 'QUEUED')) {
    return 'another action is running on this target'
  }
  if (runnable.purpose === 'UNDO') return null
  return rateProblem(runs, binding, context)
}

/** What a run is, as far as stop switches distinguish runs. */
export interface RunScope {
  readonly engine: string
  readonly targetId: number
  readonly actionName: string
}

/** The scope of a run of this binding. */
export const scopeOf = ({ action, target }: Pick<Binding, 'action' | 'target'>): RunScope => ({
  engine: target.engine,
  targetId: target.id,
  actionName: action.name,
})

/** The stop switch that applies, in words; null if none does. */
export function stopSwitch(halts: readonly Halt[], about: RunScope): string | null {
  const halt = halts.find(
    (h) =>
      h.scope === 'ALL' ||
      (h.scope === 'ENGINE' && h.key === about.engine) ||
      (h.scope === 'TARGET' && h.key === String(about.targetId)) ||
      (h.scope === 'ACTION' && h.key === about.actionName),
  )
  return halt === undefined ? null : `stopped by ${halt.setBy}: ${halt.reason}`
}

function rateProblem(
  runs: readonly Run[],
  binding: Binding,
  context: { readonly limits: ActionLimits; readonly now: UtcTime },
): string | null {
  const own = runs.filter((r) => r.actionName === binding.action.name && r.outcome !== 'REFUSED')
  const hourAgo = toMs(context.now) - 3_600_000
  if (runs.filter((r) => r.outcome !== 'REFUSED').length >= ACTIONS_PER_TARGET_PER_DAY) {
    return `${ACTIONS_PER_TARGET_PER_DAY} actions ran on this target within a day`
  }
  if (own.length >= context.limits.perTargetPerDay)
    return `${binding.action.name} ran ${own.length} times on this target within a day`
  if (own.filter((r) => toMs(r.at) >= hourAgo).length >= context.limits.perTargetPerHour) {
    return `${binding.action.name} reached its limit for an hour on this target`
  }
  if (
    own.slice(0, FAILURES_IN_A_ROW).length === FAILURES_IN_A_ROW &&
    own.slice(0, FAILURES_IN_A_ROW).every((r) => r.status === 'FAILED')
  ) {
    return `${binding.action.name} failed ${FAILURES_IN_A_ROW} times in a row on this target`
  }
  const coolUntil = toMs(context.now) - context.limits.coolDownSeconds * 1000
  const objects = namesOf(binding.objects as unknown as Json)
  const recent = own.some((r) => toMs(r.at) > coolUntil && !namesOf(r.objects).isDisjointFrom(objects))
  return recent
    ? `${binding.action.name} ran on the same object within ${context.limits.coolDownSeconds} s`
    : null
}

/** Kind and name of the objects of a plan; not their definitions, which the first run may have changed. */
function namesOf(objects: Json): Set<string> {
  const list = (Array.isArray(objects) ? objects : []) as readonly { readonly [member: string]: Json }[]
  return new Set(list.map((o) => `${String(o.kind)} ${String(o.name)}`))
}
