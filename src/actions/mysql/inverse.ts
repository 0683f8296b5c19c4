/**
 * What takes a finished run back when nobody consented to its undo in advance: the inverse action of the catalogue
 * with its parameters, from the plan as it was approved. It becomes a request like any other, with conditions,
 * decision and votes of its own; nothing here is ever sent.
 */
import type { Json } from '../../core/canonical.ts'
import type { Parameter, ParameterSchema } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'

/** An action to ask for, or why there is none. */
export type Inverse =
  | {
      readonly actionId: string
      readonly params: { readonly [name: string]: Json }
      /** Where it is not what the approved undo would have done: what differs and why, for a person. */
      readonly differs?: string
    }
  | { readonly whyNot: string }

/** The parts of an action this needs. */
export interface Invertible {
  readonly id: string
  readonly undo: { readonly actionId: string } | { readonly whyNot: string }
}

/** Statements of ours that end with the old value: `SET GLOBAL name=value`, `… WITH MAX_USER_CONNECTIONS n`. */
const OLD_VALUE = /^(?:SET GLOBAL [a-z0-9_]+=|ALTER USER .* WITH MAX_USER_CONNECTIONS )([0-9]+(?:\.[0-9]+)?)$/
/** The same in the plan itself. */
const NEW_INDEX = /^CREATE INDEX `(dbm_[a-z0-9_]+)` /

/**
 * The inverse of a run. A new index is hidden, which takes it out of every plan at once and can be taken back; it is
 * dropped only after seven days, as any other. One that was built hidden is in no plan already.
 * @param schemaOf parameters of an action by id, to see whether an old value is one the inverse takes.
 */
export function inverseOf(
  action: Invertible,
  binding: Binding,
  schemaOf: (actionId: string) => ParameterSchema | null,
): Inverse {
  if ('whyNot' in action.undo) return { whyNot: action.undo.whyNot }
  if ('whyNot' in binding.undo) return { whyNot: binding.undo.whyNot }
  const { actionId } = action.undo
  const { parameters } = binding
  if (actionId === 'mysql/drop-index') return hidden(action, binding)
  const schema = schemaOf(actionId)
  if (schema === null) return { whyNot: `this program has no action ${actionId}` }
  if (action.id === 'mysql/drop-index')
    return { whyNot: 'the columns of the dropped index stand in its undo plan: ask for create-hidden-index' }
  const valued = Object.entries(schema).find(([, p]) => p.type === 'integer' || p.type === 'decimal')
  const kept = Object.fromEntries(Object.entries(parameters).filter(([name]) => name in schema))
  if (valued === undefined) return { actionId, params: kept }
  const [name, parameter] = valued
  const old = oldValue(binding, Number(parameters[name]))
  if (old === null) return { whyNot: 'the old values are not one value of the action’s parameter' }
  return bounded({ actionId, kept, name, parameter, old })
}

/** The rule `hidden-7-days` of `mysql/drop-index`. */
const HIDES_FIRST =
  'It hides the index instead of dropping it: that takes it out of every plan at once and can be taken back. Statements may rely on the index by now, so mysql/drop-index takes only one that a run of ours hid at least seven days ago.'
const NEVER_HID =
  'mysql/drop-index takes only an index that a run of ours hid at least seven days ago, and this one was built hidden; mysql/show-index and after it mysql/hide-index begin that time'

/** A new index is hidden; for one that was built hidden there is no record from when on, so nothing is proposed. */
function hidden(action: Invertible, { parameters, steps }: Binding): Inverse {
  const index = NEW_INDEX.exec(steps[0]?.text ?? '')?.[1]
  if (index === undefined || parameters['table'] === undefined)
    return { whyNot: 'the name of the index does not stand in the plan' }
  if (action.id !== 'mysql/create-index') return { whyNot: NEVER_HID }
  return {
    actionId: 'mysql/hide-index',
    params: { table: parameters['table'], index },
    differs: HIDES_FIRST,
  }
}

/**
 * The old value in the parameter's unit. What was set is the parameter times some unit (1000 for ms), the same for
 * every statement; the old value is divided by it. Null where statements disagree.
 */
function oldValue(binding: Binding, given: number): number | null {
  if ('whyNot' in binding.undo) return null
  const valuesOf = (texts: readonly string[]): number[] =>
    texts.map((text) => Number(OLD_VALUE.exec(text)?.[1] ?? Number.NaN))
  const set = valuesOf(binding.steps.map((s) => s.text))
  const old = valuesOf(binding.undo.plan.steps.map((s) => s.text))
  const units = set.map((value) => value / given)
  const answers = new Set([...old].reverse().map((value, i) => value / (units[i] ?? Number.NaN)))
  const [answer = Number.NaN] = answers
  return answers.size === 1 && Number.isFinite(answer) ? answer : null
}

function bounded(found: {
  readonly actionId: string
  readonly kept: { readonly [name: string]: Json }
  readonly name: string
  readonly parameter: Parameter
  readonly old: number
}): Inverse {
  const { actionId, kept, name, parameter, old } = found
  if (parameter.type !== 'integer' && parameter.type !== 'decimal')
    return { whyNot: `${name} takes no number` }
  const within = old >= Number(parameter.min) && old <= Number(parameter.max)
  if (!within || (parameter.type === 'integer' && !Number.isInteger(old)))
    return {
      whyNot: `the old value ${old} ${parameter.unit} is not one ${actionId} sets (${parameter.min} to ${parameter.max})`,
    }
  const value = parameter.type === 'decimal' ? String(old) : old
  return { actionId, params: { ...kept, [name]: value } }
}
