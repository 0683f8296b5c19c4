/** Stops writing every deadlock to the error log. */

import { MINUTE, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting } from './set-variable.ts'

/** The action. */
export const printAllDeadlocksOff = defineSetting({
  id: 'mysql/print-all-deadlocks-off',
  category: 'INSTRUMENT',
  title: 'Stop writing every deadlock to the error log',
  risk: 'LOW',
  riskReason: 'Deadlocks between two reads of the server status are no longer seen.',
  issueCategories: ['STORAGE', 'MONITORING_GAP'],
  parameters: {},
  template: 'SET GLOBAL innodb_print_all_deadlocks=OFF',
  assign: () => [{ name: 'innodb_print_all_deadlocks', value: 'OFF' }],
  conditions: [],
  blocks: 'nobody; dbmedic itself sees less',
  measure: { metricName: 'error_log_bytes', metricUnit: 'bytes/s' },
  verification: 'Reading back gives OFF.',
  undo: { actionId: 'mysql/print-all-deadlocks' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
