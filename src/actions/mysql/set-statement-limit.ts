/** Sets how long a statement may run: SELECT on MySQL, every statement on MariaDB. Sessions that are open keep their old value. */

import { isMariadb } from './flavour.ts'
import { HOUR, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

/** The action. */
export const setStatementLimit = defineSetting({
  id: 'mysql/set-statement-limit',
  category: 'CONFIGURATION',
  title: 'Set the time limit of statements',
  risk: 'HIGH',
  riskReason:
    'Statements that were merely slow fail (error 3024 or 1969); on MariaDB writes, DDL and backups too.',
  issueCategories: ['QUERY_PERFORMANCE', 'LOCK_CONTENTION'],
  parameters: { seconds: { type: 'integer', min: 5, max: 86400, unit: 's' } },
  template: 'SET GLOBAL max_execution_time={milliseconds} (MariaDB: max_statement_time={seconds})',
  assign: ({ params, server }) => [
    isMariadb(server)
      ? { name: 'max_statement_time', value: whole(params.seconds) }
      : { name: 'max_execution_time', value: whole(params.seconds * 1000) },
  ],
  conditions: [],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'mean_ms', metricUnit: 'ms' },
  verification:
    'Reading back gives the value; no statement class fails (cancelled) more than twice as often as before.',
  undo: { actionId: 'mysql/set-statement-limit' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
