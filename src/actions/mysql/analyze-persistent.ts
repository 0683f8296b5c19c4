/** Collects engine-independent statistics of columns on MariaDB, its counterpart of histograms. */
import type { ParameterSchema } from '../../core/parameters.ts'
import { columnList, columnsAre, columnsMeasurable, onlyOn, scanForecast } from './column-statistics.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { type Condition, defineAction, given, met, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { schemaAllowed, tableAsApproved } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable, sizeAllowed } from './preconditions/table-state.ts'
import { GRANT_ANALYZE, GRANT_COLUMN_STATS } from './privileges.ts'
import { touchedTable } from './table-plan.ts'
import { verifyBy } from './verification.ts'

const WHY_NOT =
  'MariaDB has no statement that drops them; an administrator can delete the rows of mysql.column_stats'

/** Otherwise they would be collected and never read. */
const statisticsUsed: Condition<ParameterSchema> = {
  id: 'statistics-used',
  rule: 'use_stat_tables is not NEVER, so the optimizer reads what is collected.',
  test: async ({ ask }) =>
    given(await ask('variables', { names: ['use_stat_tables'] }), (values) => {
      const use = values['use_stat_tables'] ?? 'unknown'
      return /PREFERABLY|COMPLEMENTARY/i.test(use)
        ? met(`use_stat_tables is ${use}`)
        : unmet(
            `use_stat_tables is ${use}`,
            "Run on the target: SET GLOBAL use_stat_tables='PREFERABLY_FOR_QUERIES'",
          )
    }),
}

/** The action. */
export const analyzePersistent = defineAction({
  id: 'mysql/analyze-persistent',
  category: 'STATISTICS',
  title: 'Collect statistics of columns',
  risk: 'MEDIUM',
  riskReason:
    'It reads the whole table, and what it collects stays until it is collected again; plans may change.',
  issueCategories: ['QUERY_PERFORMANCE', 'STATISTICS'],
  parameters: { table: { type: 'table' }, columns: { type: 'columns', of: 'table', most: 5 } },
  template: 'ANALYZE NO_WRITE_TO_BINLOG TABLE {table} PERSISTENT FOR COLUMNS ({columns}) INDEXES ()',
  estimatedDurationSeconds: 60,
  conditions: [
    onlyOn('mariadb'),
    tableAsApproved,
    schemaAllowed,
    columnsMeasurable,
    statisticsUsed,
    innodbTable,
    sizeAllowed,
    serverHealthy,
    serverWritable,
  ],
  guards: DDL_GUARDS,
  verification: 'Each column has statistics; mean time per call of the affected statements falls.',
  undo: { whyNot: WHY_NOT },
  limits: oncePerTable(DAY),
  privileges: [GRANT_ANALYZE, GRANT_COLUMN_STATS],
  render: async ({ params, policy, server }) => ({
    plan: ddlPlan(
      `ANALYZE NO_WRITE_TO_BINLOG TABLE ${quotedTable(params.table)} PERSISTENT FOR COLUMNS (${columnList(params.columns)}) INDEXES ()`,
      policy,
      server,
    ),
    undo: { whyNot: WHY_NOT },
    objects: [touchedTable(params.table)],
  }),
  forecast: (context) => scanForecast(context),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'each of the columns has statistics',
      metricName: 'mean_ms',
      metricUnit: 'ms',
    }),
  postcondition: (context) => columnsAre(context, true),
})
