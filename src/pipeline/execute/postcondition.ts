/** What the target says about the effect of a run: the action's own postcondition, asked of the server approved. */
import type { Action, ActionContext, ActionPolicy, Effect } from '../../core/action.ts'
import type { ActSession } from '../../core/actuator.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'
import { assumedParameters } from '../../core/proposal.ts'
import type { Runnable } from '../../core/store-ports.ts'
import type { UtcTime } from '../../core/time.ts'

/** What a postcondition is asked with. */
export interface PostconditionInput<Q> {
  readonly policy: ActionPolicy
  readonly action: Action<ParameterSchema, Q>
  readonly binding: Binding
  readonly runnable: Pick<Runnable, 'purpose'>
  /** When the run began, on the target's clock. */
  readonly startedAt?: UtcTime
}

/** What was found: does the postcondition hold, and in words. */
export interface Found {
  readonly holds: boolean | 'unknown'
  readonly found: string
}

/** The action's own postcondition; for an undo run that its effect is gone. It never throws: what fails is unknown. */
export const postcondition = <Q>(input: PostconditionInput<Q>, session: ActSession<Q>): Promise<Found> =>
  asked(input, session, async (context) => {
    if (input.runnable.purpose === 'DO') return input.action.postcondition(context)
    return gone(input.action, context)
  })

/** Whether what an undo would take back is as the run left it. It never throws. */
export const effectIsThere = <Q>(
  input: Omit<PostconditionInput<Q>, 'runnable'>,
  session: ActSession<Q>,
): Promise<Found> =>
  asked(input, session, async (context) => {
    const effect = await input.action.effect?.(context)
    return effect === undefined ? input.action.postcondition(context) : foundOf(effect, 'there')
  })

const foundOf = ({ is, found }: Effect, wanted: Effect['is']): Found => ({
  holds: is === 'unknown' ? is : is === wanted,
  found,
})

async function gone<Q>(action: Action<ParameterSchema, Q>, context: Context<Q>): Promise<Found> {
  const effect = await action.effect?.(context)
  if (effect !== undefined) return foundOf(effect, 'gone')
  const { holds, found } = await action.postcondition(context)
  return { holds: holds === 'unknown' ? holds : !holds, found }
}

type Context<Q> = ActionContext<ParameterSchema, Q>

async function asked<Q>(
  input: Omit<PostconditionInput<Q>, 'runnable'>,
  session: ActSession<Q>,
  question: (context: Context<Q>) => Promise<Found>,
): Promise<Found> {
  try {
    return await ask(input, session, question)
  } catch (error) {
    return { holds: 'unknown', found: error instanceof Error ? error.message : 'it failed' }
  }
}

async function ask<Q>(
  input: Omit<PostconditionInput<Q>, 'runnable'>,
  session: ActSession<Q>,
  question: (context: Context<Q>) => Promise<Found>,
): Promise<Found> {
  const { action, binding } = input
  const identity = await session.identity()
  if (!identity.known) return { holds: 'unknown', found: identity.because }
  // After a crash or a failover another server may answer; what holds there says nothing of this run.
  if (identity.value.instanceUid !== binding.target.instanceUid)
    return { holds: 'unknown', found: 'another server answers at the target’s address than the one approved' }
  return question({
    params: assumedParameters(action.parameters, binding.parameters),
    ask: session.ask,
    policy: input.policy,
    server: { flavour: identity.value.flavour, version: identity.value.version },
    affectedSeries: binding.verification.affectedSeries,
    ...(input.startedAt === undefined ? {} : { startedAt: input.startedAt }),
  })
}
