/** What collecting and dropping statistics of columns shares, in MySQL's histograms and MariaDB's table. */
import type { Postcondition } from '../../core/action.ts'
import type { ColumnsParameter, ColumnValue, ParameterSchema } from '../../core/parameters.ts'
import type { Forecast } from '../../core/plan.ts'
import { isMariadb } from './flavour.ts'
import { estimatedRows, NONE, ratesText, workMs } from './forecast.ts'
import { type Condition, type MysqlContext, met, unmet } from './mysql-action.ts'
import { quotedName } from './names.ts'
import { askTable, type OnTable, withTable } from './preconditions/objects.ts'
import { unknownForecast } from './table-plan.ts'

/** Parameters of an action on statistics of columns. */
export type OnColumns = OnTable & { readonly columns: ColumnsParameter }

/** Types neither server keeps statistics of. */
const NO_STATISTICS = /^(?:json|geometry|point|linestring|polygon|multi\w+|geom\w*collection|vector)$/

/** The action is for one flavour. */
export function onlyOn(flavour: 'mysql' | 'mariadb'): Condition<ParameterSchema> {
  const name = flavour === 'mariadb' ? 'MariaDB' : 'MySQL'
  return {
    id: 'flavour',
    rule: `The server is ${name}.`,
    test: async ({ server }) =>
      isMariadb(server) === (flavour === 'mariadb')
        ? met(`the server is ${name}`)
        : unmet(`the server is not ${name}`, 'Use the action for this flavour.'),
  }
}

/** Whole columns of types that statistics are kept of. Prefix and direction are for indexes. */
export const columnsMeasurable: Condition<OnColumns> = {
  id: 'columns-measurable',
  rule: 'The columns are given whole, without direction, and are of types that statistics are kept of.',
  test: (context) =>
    withTable(context, (table) => {
      for (const part of context.params.columns) {
        const column = table.columns.find((item) => item.column === part.column)
        if (column === undefined)
          return unmet(`the table has no column ${part.column}`, 'Analyse the issue again.')
        if (part.prefix !== null || part.direction !== 'ASC')
          return unmet(`${part.column} is given with a prefix or direction`, 'Give it without.')
        if (NO_STATISTICS.test(column.dataType))
          return unmet(`${part.column} is ${column.columnType}`, 'Leave that column out.')
      }
      return met(`${context.params.columns.length} columns that statistics are kept of`)
    }),
}

/** Names of columns, quoted, in a list. */
export const columnList = (columns: readonly ColumnValue[]): string =>
  columns.map((item) => quotedName(item.column)).join(', ')

/** Asks which columns have statistics now. */
export const askMeasured = ({ ask, params }: MysqlContext<OnTable>) =>
  ask('histogram-columns', { schema: params.table.schema, table: params.table.table })

/** All of the columns have statistics, or none. */
export async function columnsAre(
  context: MysqlContext<OnColumns>,
  measured: boolean,
): Promise<Postcondition> {
  const reading = await askMeasured(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const have = context.params.columns.filter((item) => reading.value.includes(item.column)).length
  const all = context.params.columns.length
  return { holds: measured ? have === all : have === 0, found: `${have} of ${all} columns have statistics` }
}

const LOCK = 'metadata lock, shared read'
const BLOCKS = 'nobody who reads or writes rows; DDL on the table waits until it is done'

/** A scan of the table. */
export async function scanForecast(context: MysqlContext<OnTable>): Promise<Forecast> {
  const reading = await askTable(context)
  if (!reading.known || reading.value === null) return unknownForecast(LOCK, BLOCKS)
  const { rows, dataBytes } = reading.value
  return {
    lockClass: LOCK,
    blocks: BLOCKS,
    durationMs: workMs(dataBytes),
    rowsTouched: estimatedRows(rows),
    bytesWritten: NONE,
    replicaLagSeconds: NONE,
    diskPeakBytes: NONE,
    basis: `a scan of ${rows} rows, not written to the binary log; ${ratesText(dataBytes)}`,
  }
}
