/** Lets InnoDB keep a table's statistics up to date by itself, from a stated number of sample pages. */
import type { Postcondition } from '../../core/action.ts'
import { renderWholeNumber } from '../../sql/quoting.ts'
import { ifStatisticsOptionsAre, onlyIfLeft } from './as-left.ts'
import { instantForecast } from './forecast.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { DAY, oncePerTable } from './limits.ts'
import { type Condition, defineAction, type MysqlContext, met, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { askTable, schemaAllowed, tableAsApproved, withTable } from './preconditions/objects.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable, nobodyHoldsTable } from './preconditions/table-state.ts'
import { GRANT_ALTER } from './privileges.ts'
import { touchedTable } from './table-plan.ts'
import { verifyBy } from './verification.ts'

const PARAMETERS = {
  table: { type: 'table' },
  samplePages: { type: 'integer', min: 20, max: 1000, unit: 'pages' },
} as const

/** The two options as the catalog states them; DEFAULT where it states none. */
function optionsNow(createOptions: string): { readonly recalc: string; readonly pages: string } {
  const recalc = /stats_auto_recalc=([01])/i.exec(createOptions)?.[1]
  const pages = /stats_sample_pages=(\d{1,5})/i.exec(createOptions)?.[1]
  return { recalc: recalc ?? 'DEFAULT', pages: pages ?? 'DEFAULT' }
}

const isSet = (createOptions: string, samplePages: number): boolean => {
  const { recalc, pages } = optionsNow(createOptions)
  return recalc === '1' && pages === String(samplePages)
}

const changesOptions: Condition<typeof PARAMETERS> = {
  id: 'changes-something',
  rule: 'The options are others now.',
  test: (context) =>
    withTable(context, (table) =>
      isSet(table.createOptions, context.params.samplePages)
        ? unmet('the options are set already', 'There is nothing to change.')
        : met('the options differ from those wanted'),
    ),
}

async function optionsAreSet(context: MysqlContext<typeof PARAMETERS>): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  if (reading.value === null) return { holds: false, found: 'the table is gone' }
  const { recalc, pages } = optionsNow(reading.value.createOptions)
  return {
    holds: isSet(reading.value.createOptions, context.params.samplePages),
    found: `stats_auto_recalc is ${recalc}, stats_sample_pages is ${pages}`,
  }
}

/** The action. */
export const setStatisticsOptions = defineAction({
  id: 'mysql/set-statistics-options',
  version: 2,
  category: 'STATISTICS',
  title: 'Keep a table’s statistics up to date',
  risk: 'LOW',
  riskReason: 'Only the dictionary changes; InnoDB samples the table again after a tenth of it changed.',
  issueCategories: ['STATISTICS', 'QUERY_PERFORMANCE'],
  parameters: PARAMETERS,
  template:
    'ALTER TABLE {table} STATS_AUTO_RECALC=1, STATS_SAMPLE_PAGES={samplePages}, ALGORITHM=INPLACE, LOCK=NONE',
  estimatedDurationSeconds: 1,
  conditions: [
    tableAsApproved,
    schemaAllowed,
    changesOptions,
    innodbTable,
    nobodyHoldsTable,
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
  ],
  guards: DDL_GUARDS,
  verification: 'The table has the options; its statistics follow its changes.',
  undo: {
    whyNot:
      'no action takes the options off; the plan itself carries the statement that puts the old ones back',
  },
  limits: oncePerTable(DAY),
  privileges: [GRANT_ALTER],
  render: async (context) => {
    const { params, policy, server } = context
    const alter = (recalc: string, pages: string): string =>
      `ALTER TABLE ${quotedTable(params.table)} STATS_AUTO_RECALC=${recalc}, STATS_SAMPLE_PAGES=${pages}, ALGORITHM=INPLACE, LOCK=NONE`
    const reading = await askTable(context)
    const now = reading.known && reading.value !== null ? optionsNow(reading.value.createOptions) : null
    return {
      plan: ddlPlan(alter('1', renderWholeNumber(params.samplePages)), policy, server),
      undo:
        now === null
          ? { whyNot: 'the present options could not be read' }
          : {
              plan: onlyIfLeft(
                ddlPlan(alter(now.recalc, now.pages), policy, server),
                ifStatisticsOptionsAre(params.table, params.samplePages),
              ),
            },
      objects: [touchedTable(params.table)],
    }
  },
  forecast: async () =>
    instantForecast({
      lockClass: 'metadata lock, exclusive for a moment',
      blocks: 'for at most the lock guard’s seconds, statements that begin on this table',
      durationMs: { low: 1, expected: 50, high: 5_000 },
      basis: 'only the dictionary changes, whatever the size of the table',
    }),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the table has both options',
      metricName: 'mean_ms',
      metricUnit: 'ms',
    }),
  postcondition: optionsAreSet,
})
