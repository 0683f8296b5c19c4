/** Turns the slow log off. */

import { MINUTE, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting } from './set-variable.ts'

/** The action. */
export const turnSlowLogOff = defineSetting({
  id: 'mysql/turn-slow-log-off',
  category: 'INSTRUMENT',
  title: 'Turn the slow log off',
  risk: 'LOW',
  riskReason: 'What is slow is no longer written down; statements themselves are not touched.',
  issueCategories: ['STORAGE', 'MONITORING_GAP'],
  parameters: {},
  template: 'SET GLOBAL slow_query_log=OFF',
  assign: () => [{ name: 'slow_query_log', value: 'OFF' }],
  conditions: [],
  blocks: 'nobody; dbmedic itself sees less',
  measure: { metricName: 'slow_log_events', metricUnit: 'events/s' },
  verification: 'Reading back gives OFF.',
  undo: { actionId: 'mysql/turn-slow-log-on' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
