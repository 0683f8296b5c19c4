/** How effects are measured, in the form a decision fixes before anybody approves. */
import type { ParameterSchema } from '../../core/parameters.ts'
import type { VerificationPlan } from '../../core/plan.ts'
import type { MysqlContext } from './mysql-action.ts'

/** Gain, percent, that the whole interval must exceed for `improved`. */
const MINIMUM_GAIN_PERCENT = 20

/** What an action measures. */
export interface Measure {
  readonly postcondition: string
  readonly metricName: string
  readonly metricUnit: string
  /** Default true. */
  readonly lowerIsBetter?: boolean
}

/** The verification plan of an action: windows and minimum calls of the policy, series of the candidate. */
export function verifyBy(
  context: Pick<MysqlContext<ParameterSchema>, 'policy' | 'affectedSeries'>,
  measure: Measure,
): VerificationPlan {
  const { beforeSeconds, settleSeconds, afterSeconds, minimumCalls } = context.policy
  return {
    lowerIsBetter: true,
    ...measure,
    affectedSeries: context.affectedSeries,
    beforeSeconds,
    settleSeconds,
    afterSeconds,
    minimumCalls,
    minimumGainPercent: MINIMUM_GAIN_PERCENT,
  }
}
