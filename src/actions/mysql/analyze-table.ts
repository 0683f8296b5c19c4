/** Counts the distinct values of a table's indexes anew (persistent InnoDB statistics), on this server alone. */
import type { Postcondition } from '../../core/action.ts'
import type { Forecast } from '../../core/plan.ts'
import type { TableDefinition } from '../../engines/mysql/shapes.ts'
import { isAtLeast } from './flavour.ts'
import { NONE } from './forecast.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { HOUR, oncePerTable } from './limits.ts'
import { type Condition, defineAction, type MysqlContext, met, unknown, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { askTable, type OnTable, schemaAllowed, tableAsApproved } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable } from './preconditions/table-state.ts'
import { GRANT_ANALYZE } from './privileges.ts'
import { touchedTable, unknownForecast } from './table-plan.ts'
import { verifyBy } from './verification.ts'

/**
 * From these versions on ANALYZE no longer evicts the table definition, which made new queries wait for running
 * ones (https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-24.html, MDEV-15101).
 */
const NO_FLUSH_STALL = { mysql: 80_024, mariadb: 100_503 }
/** Statistics pages read an index unless the table says otherwise (innodb_stats_persistent_sample_pages). */
const SAMPLE_PAGES = 20
/** Reading one page from a slow disk, from SSD, from memory, ms. */
const PAGE_MS = { low: 0.02, expected: 0.3, high: 10 } as const
/** `last_update` has whole seconds, so statistics as new as the run may seem this much older, ms. */
const CLOCK_STEP_MS = 1_000
/** Without knowing when the run began, statistics this old may be the run's or not, ms. */
const SURELY_NEW_MS = 60_000

const noFlushStall: Condition<OnTable> = {
  id: 'no-flush-stall',
  rule: 'MySQL 8.0.24 or MariaDB 10.5.3 and later, where ANALYZE does not make queries wait for running ones.',
  test: async ({ server }) => {
    const isNew = isAtLeast(server, NO_FLUSH_STALL)
    if (isNew === null)
      return unknown(`the version ${server.version} is not one we know`, 'Report this version.')
    if (isNew) return met(`${server.version} does not flush the table`)
    return unmet(
      `${server.version} flushes the table, and queries then wait for running ones`,
      'Upgrade the server, or run ANALYZE TABLE by hand at a quiet hour.',
    )
  },
}

async function forecast(context: MysqlContext<OnTable>): Promise<Forecast> {
  const reading = await askTable(context)
  if (!reading.known || reading.value === null) return unknownForecast(LOCK, BLOCKS)
  const table = reading.value
  const pages = samplePages(table)
  return {
    lockClass: LOCK,
    blocks: BLOCKS,
    durationMs: {
      low: Math.round(pages * PAGE_MS.low),
      expected: Math.round(20 + pages * PAGE_MS.expected),
      high: Math.round(2_000 + pages * PAGE_MS.high),
    },
    rowsTouched: NONE,
    bytesWritten: NONE,
    replicaLagSeconds: NONE,
    diskPeakBytes: NONE,
    basis: `${pages} pages sampled (${table.indexes.length} indexes), ${PAGE_MS.low} to ${PAGE_MS.high} ms a page assumed; written to this server's statistics only`,
  }
}

const LOCK = 'metadata lock, shared read'
const BLOCKS = 'nobody who reads or writes rows; DDL on the table waits until it is done'

/** Pages read: the sample of every key part of every index. */
function samplePages(table: TableDefinition): number {
  const stated = /stats_sample_pages=(\d{1,6})/i.exec(table.createOptions)
  const sample = stated === null ? SAMPLE_PAGES : Number(stated[1])
  return table.indexes.reduce((sum, index) => sum + sample * index.columns.length, 0)
}

async function statisticsMoved(context: MysqlContext<OnTable>): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const at = reading.value?.statisticsAt ?? null
  if (at === null) return { holds: 'unknown', found: 'the table shows no time of its statistics' }
  const found = `the statistics are of ${at}`
  if (context.startedAt !== undefined) {
    return { holds: Date.parse(at) >= Date.parse(context.startedAt) - CLOCK_STEP_MS, found }
  }
  return { holds: Date.parse(reading.at) - Date.parse(at) <= SURELY_NEW_MS ? true : 'unknown', found }
}

/** The action. */
export const analyzeTable = defineAction({
  id: 'mysql/analyze-table',
  category: 'STATISTICS',
  title: 'Analyze a table',
  risk: 'LOW',
  riskReason:
    'It samples a few pages and blocks no reader or writer; plans may change, for the better as a rule.',
  issueCategories: ['QUERY_PERFORMANCE', 'STATISTICS', 'PLAN_REGRESSION'],
  parameters: { table: { type: 'table' } },
  template: 'ANALYZE NO_WRITE_TO_BINLOG TABLE {table}',
  estimatedDurationSeconds: 1,
  conditions: [tableAsApproved, schemaAllowed, innodbTable, noFlushStall, serverHealthy, serverWritable],
  guards: DDL_GUARDS,
  verification:
    'The table’s statistics are newer than the run; mean time per call of the affected statements falls.',
  undo: {
    whyNot: 'statistics are samples; the earlier ones cannot be put back, and analysing again replaces them',
  },
  limits: oncePerTable(HOUR),
  privileges: [GRANT_ANALYZE],
  render: async ({ params, policy, server }) => ({
    plan: ddlPlan(`ANALYZE NO_WRITE_TO_BINLOG TABLE ${quotedTable(params.table)}`, policy, server),
    undo: { whyNot: 'statistics are samples; the earlier ones cannot be put back' },
    objects: [touchedTable(params.table)],
  }),
  forecast,
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the statistics of the table are newer than the run',
      metricName: 'mean_ms',
      metricUnit: 'ms',
    }),
  postcondition: statisticsMoved,
})
