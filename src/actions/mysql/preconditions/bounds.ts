/** Bounds that depend on the value a setting has now. */
import type { ParameterSchema } from '../../../core/parameters.ts'
import { type Condition, type MysqlContext, met, unknown, unmet } from '../mysql-action.ts'
import { numberVariables } from '../read-variables.ts'

/** A wanted value and the bounds the present one gives it; null where a value is not known. */
export interface RelativeBounds {
  readonly low: number
  readonly high: number
}

/**
 * The wanted value lies within bounds made from the present one.
 * @param bounds from the present value and the context; null if they cannot be known.
 */
export function withinBounds<S extends ParameterSchema>(rule: {
  readonly text: string
  readonly variable: string
  wanted(context: MysqlContext<S>): number
  bounds(now: number, context: MysqlContext<S>): Promise<RelativeBounds | null>
}): Condition<S> {
  return {
    id: 'within-bounds',
    rule: rule.text,
    test: async (context) => {
      const now = (await numberVariables(context, [rule.variable]))[rule.variable] ?? null
      const bounds = now === null ? null : await rule.bounds(now, context)
      if (now === null || bounds === null)
        return unknown(`${rule.variable} or what bounds it could not be read`, 'Run: dbmedic check <target>')
      const wanted = rule.wanted(context)
      const facts = `${wanted} is wanted, ${rule.variable} is ${now}, allowed is ${bounds.low} to ${bounds.high}`
      return wanted >= bounds.low && wanted <= bounds.high
        ? met(facts)
        : unmet(facts, 'Choose a value within the bounds; go further in steps, looking at the effect.')
    },
  }
}
