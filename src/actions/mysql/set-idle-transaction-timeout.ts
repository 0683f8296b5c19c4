/** Sets after how long MariaDB ends a connection that idles inside a transaction. MySQL has no such variable. */

import { HOUR, oncePerServer } from './limits.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

/** The action. */
export const setIdleTransactionTimeout = defineSetting({
  id: 'mysql/set-idle-transaction-timeout',
  category: 'CONFIGURATION',
  title: 'Set the idle timeout of transactions',
  risk: 'MEDIUM',
  riskReason: 'A client that thinks inside a transaction loses it and its connection.',
  issueCategories: ['LOCK_CONTENTION', 'CONNECTION_EXHAUSTION'],
  parameters: { seconds: { type: 'integer', min: 30, max: 3600, unit: 's' } },
  template: 'SET GLOBAL idle_transaction_timeout={seconds}',
  assign: ({ params }) => [{ name: 'idle_transaction_timeout', value: whole(params.seconds) }],
  conditions: [],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'oldest_idle_transaction_seconds', metricUnit: 's' },
  verification: 'Reading back gives the value; no transaction idles longer.',
  undo: { actionId: 'mysql/set-idle-transaction-timeout' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
