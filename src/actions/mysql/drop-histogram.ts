/** Drops histograms of columns on MySQL: the inverse of collecting them. */
import {
  askMeasured,
  columnList,
  columnsAre,
  columnsMeasurable,
  type OnColumns,
  onlyOn,
} from './column-statistics.ts'
import { instantForecast } from './forecast.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { type Condition, defineAction, given, met, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { schemaAllowed, tableAsApproved } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable } from './preconditions/table-state.ts'
import { GRANT_ANALYZE } from './privileges.ts'
import { touchedTable } from './table-plan.ts'
import { verifyBy } from './verification.ts'

const WHY_NOT =
  'the histogram of the earlier data cannot be put back; mysql/analyze-histogram collects a new one'

const allMeasured: Condition<OnColumns> = {
  id: 'changes-something',
  rule: 'Each of the columns has a histogram now.',
  test: async (context) =>
    given(await askMeasured(context), (measured) => {
      const without = context.params.columns.filter((item) => !measured.includes(item.column))
      return without.length === 0
        ? met('each of the columns has a histogram')
        : unmet(`${without.length} of the columns have none`, 'Leave those columns out.')
    }),
}

/** The action. */
export const dropHistogram = defineAction({
  id: 'mysql/drop-histogram',
  category: 'STATISTICS',
  title: 'Drop histograms of columns',
  risk: 'MEDIUM',
  riskReason: 'Plans that relied on the histograms may get worse until they are collected again.',
  issueCategories: ['STATISTICS', 'PLAN_REGRESSION'],
  parameters: { table: { type: 'table' }, columns: { type: 'columns', of: 'table', most: 5 } },
  template: 'ANALYZE NO_WRITE_TO_BINLOG TABLE {table} DROP HISTOGRAM ON {columns}',
  estimatedDurationSeconds: 1,
  conditions: [
    onlyOn('mysql'),
    tableAsApproved,
    schemaAllowed,
    columnsMeasurable,
    allMeasured,
    innodbTable,
    serverHealthy,
    serverWritable,
  ],
  guards: DDL_GUARDS,
  verification: 'None of the columns has a histogram; no statement class gets slower.',
  undo: { whyNot: WHY_NOT },
  limits: oncePerTable(DAY),
  privileges: [GRANT_ANALYZE],
  render: async ({ params, policy, server }) => ({
    plan: ddlPlan(
      `ANALYZE NO_WRITE_TO_BINLOG TABLE ${quotedTable(params.table)} DROP HISTOGRAM ON ${columnList(params.columns)}`,
      policy,
      server,
    ),
    undo: { whyNot: WHY_NOT },
    objects: [touchedTable(params.table)],
  }),
  forecast: async () =>
    instantForecast({
      lockClass: 'metadata lock, shared read',
      blocks: 'nobody who reads or writes rows',
      basis: 'only the dictionary changes',
    }),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'none of the columns has a histogram',
      metricName: 'mean_ms',
      metricUnit: 'ms',
    }),
  postcondition: (context) => columnsAre(context, false),
})
