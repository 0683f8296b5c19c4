/** What a person may ask for to take a finished run back. */
import { type Inverse, inverseOf, inverseOfChange, inverseOfRebuild } from '../actions/index.ts'
import type { Binding } from '../core/plan.ts'
import { actionOf } from './catalogue.ts'

export type { Inverse }

/** The request that takes back what a decision's plan did, or why there is none. */
export function inverseRequest(binding: Binding): Inverse {
  const action = actionOf(binding.action.name, binding.action.version)
  if (action === null)
    return { whyNot: `this program has no ${binding.action.name} version ${binding.action.version}` }
  if (action.engine === 'source') return inverseOfChange(binding)
  if (action.engine === 'sqlite') return inverseOfRebuild(binding)
  return inverseOf(action, binding, (id) => actionOf(id)?.parameters ?? null)
}
