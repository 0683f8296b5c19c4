/** Turns the slow log on. */

import type { ParameterSchema } from '../../core/parameters.ts'
import { MINUTE, oncePerServer } from './limits.ts'
import { type Condition, given, met, unmet } from './mysql-action.ts'
import { diskForLogs } from './preconditions/table-state.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { GIB } from './quantities.ts'
import { defineSetting } from './set-variable.ts'

const logHasOutput: Condition<ParameterSchema> = {
  id: 'log-has-output',
  rule: 'log_output names FILE or TABLE, so that the log has somewhere to go.',
  test: async ({ ask }) =>
    given(await ask('variables', { names: ['log_output'] }), (values) =>
      /FILE|TABLE/.test(values['log_output'] ?? '')
        ? met(`log_output is ${values['log_output']}`)
        : unmet(
            `log_output is ${values['log_output'] ?? 'unknown'}`,
            "Run on the target: SET GLOBAL log_output='FILE'",
          ),
    ),
}

/** The action. */
export const turnSlowLogOn = defineSetting({
  id: 'mysql/turn-slow-log-on',
  category: 'INSTRUMENT',
  title: 'Turn the slow log on',
  risk: 'LOW',
  riskReason: 'It writes to the disk of the server, in proportion to the slow statements.',
  issueCategories: ['MONITORING_GAP', 'QUERY_PERFORMANCE'],
  parameters: {},
  template: 'SET GLOBAL slow_query_log=ON',
  assign: () => [{ name: 'slow_query_log', value: 'ON' }],
  conditions: [diskForLogs(GIB), logHasOutput],
  blocks: 'nobody',
  measure: { metricName: 'slow_log_events', metricUnit: 'events/s', lowerIsBetter: false },
  verification: 'Reading back gives ON; events arrive.',
  undo: { actionId: 'mysql/turn-slow-log-off' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
