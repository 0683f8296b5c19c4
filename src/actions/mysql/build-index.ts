/** What building an index shares, visible or hidden: name, conditions, rendering, forecast, postcondition. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Sha256 } from '../../core/canonical.ts'
import type { Forecast } from '../../core/plan.ts'
import type { TableDefinition } from '../../engines/mysql/shapes.ts'
import { composeIndexName } from '../../sql/identifiers.ts'
import { ifIndexIs, onlyIfLeft } from './as-left.ts'
import { dropIndexPlan } from './drop-plan.ts'
import { isMariadb } from './flavour.ts'
import { estimatedRows, indexBytes, lagOf, ratesText, scaled, workMs } from './forecast.ts'
import { ddlPlan } from './guards.ts'
import type { Condition, MysqlContext } from './mysql-action.ts'
import { quotedColumns, quotedName, quotedTable } from './names.ts'
import {
  fewSecondaryIndexes,
  indexBuildsOnline,
  indexIsNew,
  type OnNewIndex,
} from './preconditions/new-index.ts'
import { askTable, schemaAllowed, tableAsApproved } from './preconditions/objects.ts'
import { replicasCloseBehind } from './preconditions/replicas-and-backups.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { diskForTable, nobodyHoldsTable, sizeAllowed, windowIfLarge } from './preconditions/table-state.ts'
import { bytesText, MIB } from './quantities.ts'
import { touchedTable, unknownForecast } from './table-plan.ts'

/** Parameters of both actions: at most five columns, each once. */
export const NEW_INDEX_PARAMETERS = {
  table: { type: 'table' },
  columns: { type: 'columns', of: 'table', most: 5 },
} as const satisfies OnNewIndex

/** How an index is built. */
export interface Build {
  readonly hidden: boolean
  readonly sha256: Sha256
}

/** Default of innodb_online_alter_log_max_size: writes made during the build. */
const ONLINE_LOG_BYTES = 128 * MIB

/** The name the index will have, from the table's own strings. */
export function newIndexName(
  build: Build,
  table: { readonly schema: string; readonly table: string },
  columns: MysqlContext<OnNewIndex>['params']['columns'],
): string {
  const options = build.hidden ? ['hidden'] : []
  return composeIndexName({ schema: table.schema, table: table.table, columns, options }, build.sha256)
}

/** Preconditions of building an index, in order. */
export function buildConditions(build: Build): readonly Condition<OnNewIndex>[] {
  return [
    tableAsApproved,
    schemaAllowed,
    indexIsNew(({ params }) => newIndexName(build, params.table, params.columns)),
    indexBuildsOnline,
    fewSecondaryIndexes,
    sizeAllowed,
    nobodyHoldsTable,
    diskForTable,
    replicasCloseBehind(async (context) => (await forecastBuild(context)).durationMs.expected / 1000),
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
    windowIfLarge,
  ]
}

/** The statement, and as its inverse dropping the index again, if it is still the one that was built. */
export function renderBuild(context: MysqlContext<OnNewIndex>, build: Build): Rendered {
  const { params, policy, server } = context
  const index = newIndexName(build, params.table, params.columns)
  const name = quotedName(index)
  const table = quotedTable(params.table)
  const hidden = build.hidden ? ` ${isMariadb(server) ? 'IGNORED' : 'INVISIBLE'}` : ''
  const create = `CREATE INDEX ${name} ON ${table} (${quotedColumns(params.columns)})${hidden} ALGORITHM=INPLACE LOCK=NONE`
  return {
    plan: ddlPlan(create, policy, server),
    undo: {
      plan: onlyIfLeft(
        dropIndexPlan({ index: name, table }, policy, server),
        ifIndexIs(params.table, {
          index,
          kind: 'BTREE',
          unique: false,
          visible: !build.hidden,
          supportsForeignKey: false,
          columns: params.columns,
        }),
      ),
    },
    objects: [touchedTable(params.table)],
  }
}

/** Duration from the bytes read and written, size from rows and key widths. */
export async function forecastBuild(context: MysqlContext<OnNewIndex>): Promise<Forecast> {
  const [table, topology] = [await askTable(context), await context.ask('topology', {})]
  if (!table.known || table.value === null) return unknownForecast(BUILD_LOCK, BUILD_BLOCKS)
  return buildForecast(table.value, context, topology.known ? topology.value.replicas : 0)
}

const BUILD_LOCK = 'metadata lock, exclusive at the start and the end; none on rows in between (LOCK=NONE)'
const BUILD_BLOCKS =
  'for at most the lock guard’s seconds, statements that begin on this table while the build waits for running transactions; reads and writes go on during the build'

function buildForecast(
  table: TableDefinition,
  context: MysqlContext<OnNewIndex>,
  replicas: number,
): Forecast {
  const size = indexBytes(table, context.params.columns)
  const worked = table.dataBytes + 2 * size.expected
  const durationMs = workMs(worked)
  const peak = scaled(size, 2)
  return {
    lockClass: BUILD_LOCK,
    blocks: BUILD_BLOCKS,
    durationMs,
    rowsTouched: estimatedRows(table.rows),
    bytesWritten: peak,
    replicaLagSeconds: lagOf(durationMs, replicas),
    diskPeakBytes: { ...peak, high: peak.high + ONLINE_LOG_BYTES },
    basis: `about ${table.rows} rows, ${bytesText(table.dataBytes)} read, an index of about ${bytesText(size.expected)} sorted and written; ${ratesText(worked)}`,
  }
}

/** The index is there, an ordinary one with exactly these columns, visible or hidden as built. */
export async function indexBuilt(context: MysqlContext<OnNewIndex>, build: Build): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  if (reading.value === null) return { holds: false, found: 'the table is gone' }
  const name = newIndexName(build, reading.value, context.params.columns)
  const index = reading.value.indexes.find((item) => item.index === name)
  if (index === undefined) return { holds: false, found: `there is no index ${name}` }
  const isOrdinary = index.kind === 'BTREE' && !index.unique
  const sameColumns = index.columns.every(({ column, prefix, direction }, at) => {
    const wanted = context.params.columns[at]
    return wanted?.column === column && wanted.prefix === prefix && wanted.direction === direction
  })
  const asBuilt = sameColumns && index.columns.length === context.params.columns.length
  const found = [
    `the index ${name} exists`,
    index.visible ? 'visible' : 'hidden',
    ...(asBuilt ? [] : ['with other columns']),
    ...(isOrdinary ? [] : [`as a ${index.unique ? 'unique' : index.kind} one`]),
  ]
  return { holds: asBuilt && isOrdinary && index.visible === !build.hidden, found: found.join(', ') }
}
