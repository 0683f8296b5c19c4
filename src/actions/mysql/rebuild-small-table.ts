/** Rebuilds a table of at most 1 GiB in place, to give back the space of deleted rows. */
import { DDL_GUARDS } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { defineAction } from './mysql-action.ts'
import { GRANT_REBUILD } from './privileges.ts'
import { forecastRebuild, rebuildConditions, rebuilt, renderRebuild } from './rebuild-table.ts'
import { verifyBy } from './verification.ts'

/** The action. */
export const rebuildSmallTable = defineAction({
  id: 'mysql/rebuild-small-table',
  category: 'STORAGE',
  title: 'Rebuild a small table',
  risk: 'MEDIUM',
  riskReason:
    'It takes the disk space of the table again while it runs, waits twice for running transactions, and is applied again by replicas.',
  issueCategories: ['FRAGMENTATION', 'STORAGE'],
  parameters: { table: { type: 'table' } },
  template: 'ALTER TABLE {table} ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE',
  estimatedDurationSeconds: 30,
  conditions: rebuildConditions(true),
  guards: DDL_GUARDS,
  verification: 'The table was built anew; bytes per row fall.',
  undo: { whyNot: 'the rebuilt table holds the same rows; there is nothing to put back' },
  limits: oncePerTable(7 * DAY),
  privileges: [GRANT_REBUILD],
  render: async (context) => renderRebuild(context),
  forecast: forecastRebuild,
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the table was built after the run began',
      metricName: 'bytes_per_row',
      metricUnit: 'bytes',
    }),
  postcondition: rebuilt,
})
