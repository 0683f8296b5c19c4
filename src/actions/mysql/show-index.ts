/** Shows a hidden index to the optimizer again. It was maintained all the time, so it is whole. */
import { DDL_GUARDS } from './guards.ts'
import {
  INDEX_PARAMETERS,
  indexIs,
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
export const showIndex = defineAction({
  id: 'mysql/show-index',
  version: 2,
  category: 'INDEX',
  title: 'Show a hidden index to the optimizer',
  risk: 'LOW',
  riskReason: 'The index was maintained while hidden; statements get one more path, which they had before.',
  issueCategories: ['INDEX_HYGIENE', 'QUERY_PERFORMANCE', 'PLAN_REGRESSION'],
  parameters: INDEX_PARAMETERS,
  template:
    'ALTER TABLE {table} ALTER INDEX {index} VISIBLE, ALGORITHM=INPLACE, LOCK=NONE (MariaDB: NOT IGNORED)',
  estimatedDurationSeconds: 1,
  conditions: [
    indexAsApproved,
    schemaAllowed,
    indexIs(false),
    innodbTable,
    nobodyHoldsTable,
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
  ],
  guards: DDL_GUARDS,
  verification: 'The index is visible; mean time per call of the affected statements falls.',
  undo: { actionId: 'mysql/hide-index' },
  limits: oncePerTable(HOUR),
  privileges: [GRANT_ALTER],
  render: async (context) => renderVisibility(context, true),
  forecast: visibilityForecast,
  verificationPlan: (context) =>
    verifyBy(context, { postcondition: 'the index is visible', metricName: 'mean_ms', metricUnit: 'ms' }),
  postcondition: (context) => visibilityIs(context, true),
})
