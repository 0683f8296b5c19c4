/** Collects histograms of columns on MySQL, for columns whose values are skewed or that no index covers. */

import { renderWholeNumber } from '../../sql/quoting.ts'
import {
  askMeasured,
  columnList,
  columnsAre,
  columnsMeasurable,
  onlyOn,
  scanForecast,
} from './column-statistics.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { defineAction } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { schemaAllowed, tableAsApproved } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable, sizeAllowed } from './preconditions/table-state.ts'
import { GRANT_ANALYZE } from './privileges.ts'
import { touchedTable } from './table-plan.ts'
import { verifyBy } from './verification.ts'

/** The action. */
export const analyzeHistogram = defineAction({
  id: 'mysql/analyze-histogram',
  category: 'STATISTICS',
  title: 'Collect histograms of columns',
  risk: 'LOW',
  riskReason: 'It reads a sample of the table and blocks no reader or writer; plans may change.',
  issueCategories: ['QUERY_PERFORMANCE', 'STATISTICS'],
  parameters: {
    table: { type: 'table' },
    columns: { type: 'columns', of: 'table', most: 5 },
    buckets: { type: 'integer', min: 8, max: 1024, unit: 'buckets' },
  },
  template: 'ANALYZE NO_WRITE_TO_BINLOG TABLE {table} UPDATE HISTOGRAM ON {columns} WITH {buckets} BUCKETS',
  estimatedDurationSeconds: 10,
  conditions: [
    onlyOn('mysql'),
    tableAsApproved,
    schemaAllowed,
    columnsMeasurable,
    innodbTable,
    sizeAllowed,
    serverHealthy,
    serverWritable,
  ],
  guards: DDL_GUARDS,
  verification: 'Each column has a histogram; mean time per call of the affected statements falls.',
  undo: { actionId: 'mysql/drop-histogram' },
  limits: oncePerTable(DAY),
  privileges: [GRANT_ANALYZE],
  render: async (context) => {
    const { params, policy, server } = context
    const table = quotedTable(params.table)
    const columns = columnList(params.columns)
    const analyze = `ANALYZE NO_WRITE_TO_BINLOG TABLE ${table} UPDATE HISTOGRAM ON ${columns} WITH ${renderWholeNumber(params.buckets)} BUCKETS`
    const drop = `ANALYZE NO_WRITE_TO_BINLOG TABLE ${table} DROP HISTOGRAM ON ${columns}`
    const measured = await askMeasured(context)
    const replaces = !measured.known || params.columns.some((item) => measured.value.includes(item.column))
    return {
      plan: ddlPlan(analyze, policy, server),
      undo: replaces
        ? { whyNot: 'a histogram that is replaced cannot be put back; collecting again replaces it' }
        : { plan: ddlPlan(drop, policy, server) },
      objects: [touchedTable(params.table)],
    }
  },
  forecast: (context) => scanForecast(context),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'each of the columns has a histogram',
      metricName: 'mean_ms',
      metricUnit: 'ms',
    }),
  postcondition: (context) => columnsAre(context, true),
})
