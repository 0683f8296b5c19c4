/**
 * The shape all actions for MySQL and MariaDB share: an action is written as its facts, its conditions and its
 * rendering, and `defineAction` makes the catalogue entry, so that what is listed is what is checked.
 */
import type { Action, ActionContext } from '../../core/action.ts'
import type { Ask, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { PreconditionResult } from '../../core/plan.ts'
import type { MysqlQuestions } from '../../engines/mysql/shapes.ts'

/** What a rendering or a condition of this engine works with. */
export type MysqlContext<S extends ParameterSchema> = ActionContext<S, MysqlQuestions>
/** An action of this engine. */
export type MysqlAction<S extends ParameterSchema = ParameterSchema> = Action<S, MysqlQuestions>

/** What one condition found. `unknown` counts as not met. */
export type Finding = Omit<PreconditionResult, 'id'>

/** One precondition. */
export interface Condition<S extends ParameterSchema> {
  /** `X1` … `X12`, or a kebab-case name of its own. */
  readonly id: string
  /** What must hold, one sentence for people. */
  readonly rule: string
  test(context: MysqlContext<S>): Promise<Finding>
}

/** An action as it is written: the conditions stand in the order they are checked. */
export interface ActionSource<S extends ParameterSchema>
  extends Omit<MysqlAction<S>, 'engine' | 'version' | 'preconditions' | 'bindsConnection' | 'check'> {
  readonly conditions: readonly Condition<NoInfer<S>>[]
  /** Default 1. Raised with every change of what is rendered or required. */
  readonly version?: number
  /** Default false. */
  readonly bindsConnection?: boolean
}

/** A catalogue entry and the rules behind its precondition ids, for its page. */
export type DescribedAction<S extends ParameterSchema = ParameterSchema> = MysqlAction<S> & {
  readonly conditions: readonly Condition<S>[]
}

/** Makes the catalogue entry of an action. */
export function defineAction<const S extends ParameterSchema>(source: ActionSource<S>): DescribedAction<S> {
  return {
    version: 1,
    bindsConnection: false,
    ...source,
    engine: 'mysql',
    preconditions: source.conditions.map((condition) => condition.id),
    check: (context) => checkAll(source.conditions, context),
  }
}

/** Every condition, in order, each against the same answers: one check asks a question once. */
async function checkAll<S extends ParameterSchema>(
  conditions: readonly Condition<S>[],
  context: MysqlContext<S>,
): Promise<readonly PreconditionResult[]> {
  const once = { ...context, ask: rememberAnswers(context.ask) }
  const results: PreconditionResult[] = []
  for (const condition of conditions) {
    results.push({ id: condition.id, ...(await condition.test(once)) })
  }
  return results
}

function rememberAnswers(ask: Ask<MysqlQuestions>): Ask<MysqlQuestions> {
  const answers = new Map<string, Promise<Reading<never>>>()
  return ((kind, params) => {
    const key = JSON.stringify([kind, params])
    const answer = answers.get(key) ?? (ask(kind, params) as Promise<Reading<never>>)
    answers.set(key, answer)
    return answer
  }) as Ask<MysqlQuestions>
}

/** The condition holds. */
export const met = (found: string): Finding => ({ met: true, found, toProceed: '' })
/** The condition does not hold. */
export const unmet = (found: string, toProceed: string): Finding => ({ met: false, found, toProceed })
/** Nobody can say whether it holds, which counts as no. */
export const unknown = (found: string, toProceed: string): Finding => ({ met: 'unknown', found, toProceed })

/** The finding of a condition on one answer; an answer that is not known is not met. */
export function given<T>(reading: Reading<T>, judge: (value: T, at: string) => Finding): Finding {
  return reading.known ? judge(reading.value, reading.at) : unknown(reading.because, reading.toProceed)
}
