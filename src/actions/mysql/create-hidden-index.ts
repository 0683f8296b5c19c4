/** Builds an index the optimizer does not use yet, so that its cost is known before its effect. */
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
export function createHiddenIndex(sha256: Sha256) {
  const build = { hidden: true, sha256 }
  return defineAction({
    id: 'mysql/create-hidden-index',
    version: 2,
    category: 'INDEX',
    title: 'Create an index hidden from the optimizer',
    risk: 'MEDIUM',
    riskReason:
      'It reads the whole table, costs every later write a little and is applied again by replicas.',
    issueCategories: ['QUERY_PERFORMANCE', 'LOCK_CONTENTION', 'DEADLOCK'],
    parameters: NEW_INDEX_PARAMETERS,
    template:
      'CREATE INDEX {new index} ON {table} ({columns}) INVISIBLE ALGORITHM=INPLACE LOCK=NONE (MariaDB: IGNORED)',
    estimatedDurationSeconds: 60,
    conditions: buildConditions(build),
    guards: DDL_GUARDS,
    verification: 'The index exists and is hidden; no statement class gets slower.',
    undo: { actionId: 'mysql/drop-index' },
    limits: oncePerTable(DAY),
    privileges: [GRANT_INDEX],
    render: async (context) => renderBuild(context, build),
    forecast: forecastBuild,
    verificationPlan: (context) =>
      verifyBy(context, {
        postcondition: 'the index exists, hidden, with exactly these columns',
        metricName: 'mean_ms',
        metricUnit: 'ms',
      }),
    postcondition: (context) => indexBuilt(context, build),
  })
}
