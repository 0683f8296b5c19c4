/** Sets how much MySQL writes to its error log: 2 errors and warnings, 3 notes too (deadlocks are notes). MariaDB has no such variable. */

import { MINUTE, oncePerServer } from './limits.ts'
import { diskForLogs } from './preconditions/table-state.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { GIB } from './quantities.ts'
import { defineSetting, whole } from './set-variable.ts'

/** The action. */
export const setErrorVerbosity = defineSetting({
  id: 'mysql/set-error-verbosity',
  category: 'INSTRUMENT',
  title: 'Set the verbosity of the error log',
  risk: 'LOW',
  riskReason: 'Notes take a little more of the error log.',
  issueCategories: ['MONITORING_GAP', 'DEADLOCK'],
  parameters: { verbosity: { type: 'integer', min: 2, max: 3, unit: 'level' } },
  template: 'SET GLOBAL log_error_verbosity={verbosity}',
  assign: ({ params }) => [{ name: 'log_error_verbosity', value: whole(params.verbosity) }],
  conditions: [diskForLogs(GIB)],
  blocks: 'nobody',
  measure: { metricName: 'deadlocks_missed', metricUnit: 'deadlocks' },
  verification: 'Reading back gives the value.',
  undo: { actionId: 'mysql/set-error-verbosity' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_SET_GLOBAL,
})
