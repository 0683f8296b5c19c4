/** Builds a secondary index online. The composed name and the columns come from the catalog. */
import type { Sha256 } from '../../core/canonical.ts'
import {
  buildConditions,
  forecastBuild,
  indexBuilt,
  NEW_INDEX_PARAMETERS,
  renderBuild,
} from './build-index.ts'
import { DDL_GUARDS } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { defineAction } from './mysql-action.ts'
import { GRANT_INDEX } from './privileges.ts'
import { verifyBy } from './verification.ts'

/** The action; `sha256` is for the composed name. */
export function createIndex(sha256: Sha256) {
  const build = { hidden: false, sha256 }
  return defineAction({
    id: 'mysql/create-index',
    version: 2,
    category: 'INDEX',
    title: 'Create an index',
    risk: 'MEDIUM',
    riskReason:
      'It reads the whole table, costs every later write a little, is applied again by replicas, and may change other plans.',
    issueCategories: ['QUERY_PERFORMANCE', 'LOCK_CONTENTION', 'DEADLOCK'],
    parameters: NEW_INDEX_PARAMETERS,
    template: 'CREATE INDEX {new index} ON {table} ({columns}) ALGORITHM=INPLACE LOCK=NONE',
    estimatedDurationSeconds: 60,
    conditions: buildConditions(build),
    guards: DDL_GUARDS,
    verification: 'The index exists and is visible; mean time per call of the affected statements falls.',
    undo: { actionId: 'mysql/drop-index' },
    limits: oncePerTable(DAY),
    privileges: [GRANT_INDEX],
    render: async (context) => renderBuild(context, build),
    forecast: forecastBuild,
    verificationPlan: (context) =>
      verifyBy(context, {
        postcondition: 'the index exists, visible, with exactly these columns',
        metricName: 'mean_ms',
        metricUnit: 'ms',
      }),
    postcondition: (context) => indexBuilt(context, build),
  })
}
