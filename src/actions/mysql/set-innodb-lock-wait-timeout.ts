/** Sets how long a statement waits for a row lock. Sessions that are open keep their old value. */

import { HOUR, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

/** The action. */
export const setInnodbLockWaitTimeout = defineSetting({
  id: 'mysql/set-innodb-lock-wait-timeout',
  category: 'CONFIGURATION',
  title: 'Set the row-lock wait timeout',
  risk: 'MEDIUM',
  riskReason:
    'Statements that would have got their lock later fail with error 1205, which the application must handle; only the statement is rolled back.',
  issueCategories: ['LOCK_CONTENTION', 'DEADLOCK'],
  parameters: { seconds: { type: 'integer', min: 5, max: 120, unit: 's' } },
  template: 'SET GLOBAL innodb_lock_wait_timeout={seconds}',
  assign: ({ params }) => [{ name: 'innodb_lock_wait_timeout', value: whole(params.seconds) }],
  conditions: [],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'waiting_sessions', metricUnit: 'sessions' },
  verification:
    'Reading back gives the value; no statement class fails (error 1205) more than twice as often as before.',
  undo: { actionId: 'mysql/set-innodb-lock-wait-timeout' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
