/** Hides an index from the optimizer: the reversible first step of retiring it. */
import { DDL_GUARDS } from './guards.ts'
import {
  INDEX_PARAMETERS,
  indexIs,
  ordinaryIndex,
  renderVisibility,
  visibilityForecast,
  visibilityIs,
} from './index-visibility.ts'
import { HOUR, oncePerTable } from './limits.ts'
import { defineAction } from './mysql-action.ts'
import { indexAsApproved, schemaAllowed } from './preconditions/objects.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable, nobodyHoldsTable } from './preconditions/table-state.ts'
import { GRANT_ALTER } from './privileges.ts'
import { verifyBy } from './verification.ts'

/** The action. */
export const hideIndex = defineAction({
  id: 'mysql/hide-index',
  version: 2,
  category: 'INDEX',
  title: 'Hide an index from the optimizer',
  risk: 'MEDIUM',
  riskReason:
    'Statements that used the index change their plans, and those that name it in a hint fail, until it is shown again.',
  issueCategories: ['INDEX_HYGIENE', 'QUERY_PERFORMANCE', 'PLAN_REGRESSION'],
  parameters: INDEX_PARAMETERS,
  template:
    'ALTER TABLE {table} ALTER INDEX {index} INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE (MariaDB: IGNORED)',
  estimatedDurationSeconds: 1,
  conditions: [
    indexAsApproved,
    schemaAllowed,
    ordinaryIndex,
    indexIs(true),
    innodbTable,
    nobodyHoldsTable,
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
  ],
  guards: DDL_GUARDS,
  verification: 'The index is hidden; no statement class gets slower.',
  undo: { actionId: 'mysql/show-index' },
  limits: oncePerTable(HOUR),
  privileges: [GRANT_ALTER],
  render: async (context) => renderVisibility(context, false),
  forecast: visibilityForecast,
  verificationPlan: (context) =>
    verifyBy(context, { postcondition: 'the index is hidden', metricName: 'mean_ms', metricUnit: 'ms' }),
  postcondition: (context) => visibilityIs(context, false),
})
