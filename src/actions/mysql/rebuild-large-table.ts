/** Rebuilds a table above 1 GiB in place, to give back the space of deleted rows. */
import { DDL_GUARDS } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { defineAction } from './mysql-action.ts'
import { GRANT_REBUILD } from './privileges.ts'
import { forecastRebuild, rebuildConditions, rebuilt, renderRebuild } from './rebuild-table.ts'
import { verifyBy } from './verification.ts'

/** The action. */
export const rebuildLargeTable = defineAction({
  id: 'mysql/rebuild-large-table',
  category: 'STORAGE',
  title: 'Rebuild a large table',
  risk: 'HIGH',
  riskReason:
    'It takes the disk space of the table again, runs for minutes to hours, can end in vain when writes outgrow the online log, and puts replicas behind by as long as it runs.',
  issueCategories: ['FRAGMENTATION', 'STORAGE'],
  parameters: { table: { type: 'table' } },
  template: 'ALTER TABLE {table} ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE',
  estimatedDurationSeconds: 1800,
  conditions: rebuildConditions(false),
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
