/** Sets from which duration on a statement goes to the slow log. Sessions that are open keep their old value. */

import { MINUTE, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting } from './set-variable.ts'

/** The action. */
export const setLongQueryTime = defineSetting({
  id: 'mysql/set-long-query-time',
  category: 'CONFIGURATION',
  title: 'Set the threshold of the slow log',
  risk: 'LOW',
  riskReason: 'A lower threshold writes more to the slow log; statements themselves are not touched.',
  issueCategories: ['QUERY_PERFORMANCE', 'MONITORING_GAP'],
  parameters: { threshold: { type: 'decimal', min: '0.05', max: '10', digits: 6, unit: 's' } },
  template: 'SET GLOBAL long_query_time={threshold}',
  assign: ({ params }) => [{ name: 'long_query_time', value: params.threshold }],
  conditions: [],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'slow_log_events', metricUnit: 'events/s' },
  verification: 'Reading back gives the value; new sessions log accordingly.',
  undo: { actionId: 'mysql/set-long-query-time' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
