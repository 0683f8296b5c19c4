/** Writes every deadlock to the error log; the server itself remembers only the last one. */

import { MINUTE, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting } from './set-variable.ts'

/** The action. */
export const printAllDeadlocks = defineSetting({
  id: 'mysql/print-all-deadlocks',
  category: 'INSTRUMENT',
  title: 'Write every deadlock to the error log',
  risk: 'LOW',
  riskReason: 'A few kilobytes of error log a deadlock.',
  issueCategories: ['DEADLOCK', 'MONITORING_GAP'],
  parameters: {},
  template: 'SET GLOBAL innodb_print_all_deadlocks=ON',
  assign: () => [{ name: 'innodb_print_all_deadlocks', value: 'ON' }],
  conditions: [],
  blocks: 'nobody',
  measure: { metricName: 'deadlocks_missed', metricUnit: 'deadlocks' },
  verification: 'Reading back gives ON; no deadlock is missed any more.',
  undo: { actionId: 'mysql/print-all-deadlocks-off' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
