/** Sets after how long the server ends an idle connection. Sessions that are open keep their old value. */

import { HOUR, oncePerServer } from './limits.ts'
import { type Condition, met, unknown, unmet } from './mysql-action.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = { seconds: { type: 'integer', min: 60, max: 28800, unit: 's' } } as const

const longerThanPools: Condition<typeof PARAMETERS> = {
  id: 'pools-known',
  rule: 'It is longer than the applications’ pools keep a connection idle (`poolIdleSeconds`).',
  test: async ({ params, policy }) => {
    const pools = policy.poolIdleSeconds ?? null
    if (pools === null)
      return unknown(
        'how long pools keep a connection idle is not known',
        'State `actions.poolIdleSeconds` in dbmedic.yaml.',
      )
    const facts = `pools keep a connection idle for up to ${pools} s, ${params.seconds} s are wanted`
    return params.seconds > pools
      ? met(facts)
      : unmet(facts, 'Shorten the pools’ idle time first, or choose a longer timeout.')
  },
}

/** The action. */
export const setWaitTimeout = defineSetting({
  id: 'mysql/set-wait-timeout',
  category: 'CONFIGURATION',
  title: 'Set the idle timeout of connections',
  risk: 'MEDIUM',
  riskReason: 'A pool that keeps connections longer than this hands out dead ones.',
  issueCategories: ['CONNECTION_EXHAUSTION'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL wait_timeout={seconds}',
  assign: ({ params }) => [{ name: 'wait_timeout', value: whole(params.seconds) }],
  conditions: [longerThanPools],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'sleeping_connections', metricUnit: 'connections' },
  verification: 'Reading back gives the value; fewer connections sleep.',
  undo: { actionId: 'mysql/set-wait-timeout' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
