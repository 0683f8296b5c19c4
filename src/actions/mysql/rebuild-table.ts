/** What rebuilding a small and a large table shares: size class, conditions, rendering, forecast, proof. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { Forecast } from '../../core/plan.ts'
import { estimatedRows, lagOf, ratesText, workMs } from './forecast.ts'
import { ddlPlan } from './guards.ts'
import { type Condition, type MysqlContext, met, unmet } from './mysql-action.ts'
import { quotedTable } from './names.ts'
import { askTable, type OnTable, schemaAllowed, tableAsApproved, withTable } from './preconditions/objects.ts'
import { backupFresh, replicasCloseBehind } from './preconditions/replicas-and-backups.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import {
  diskForTable,
  nobodyHoldsTable,
  rebuildsOnline,
  sizeAllowed,
  tableBytes,
  windowIfLarge,
  windowOpen,
} from './preconditions/table-state.ts'
import { bytesText, GIB, MIB } from './quantities.ts'
import { touchedTable, unknownForecast } from './table-plan.ts'

/** Up to here a rebuild is a matter of seconds, and one person may approve it. */
export const SMALL_BYTES_MAX = GIB
/** Default of innodb_online_alter_log_max_size; error 1799 when writes during the rebuild exceed it. */
const ONLINE_LOG_BYTES = 128 * MIB
/** `CREATE_TIME` has whole seconds, ms. */
const CLOCK_STEP_MS = 1_000
/** Without knowing when the run began, a rebuild this long ago may be the run's or not, ms. */
const SURELY_NEW_MS = 60_000

/** The table is of the size the action's risk is for. */
function sizeClass(small: boolean): Condition<OnTable> {
  return {
    id: 'size-class',
    rule: `The table with its indexes is ${small ? 'at most' : 'above'} ${bytesText(SMALL_BYTES_MAX)}.`,
    test: (context) =>
      withTable(context, (table) => {
        const facts = `the table has ${bytesText(tableBytes(table))}`
        if (tableBytes(table) <= SMALL_BYTES_MAX === small) return met(facts)
        const other = small ? 'large' : 'small'
        return unmet(facts, `Use mysql/rebuild-${other}-table.`)
      }),
  }
}

/** Preconditions of a rebuild, in order. A large one always waits for a change window. */
export const rebuildConditions = (small: boolean): readonly Condition<OnTable>[] => [
  tableAsApproved,
  schemaAllowed,
  sizeClass(small),
  rebuildsOnline,
  sizeAllowed,
  nobodyHoldsTable,
  diskForTable,
  replicasCloseBehind<OnTable>(
    async (context) => (await forecastRebuild(context)).durationMs.expected / 1000,
  ),
  serverHealthy,
  serverWritable,
  noClusterWideDdl,
  small ? windowIfLarge : windowOpen,
  backupFresh,
]

const WHY_NOT = 'the rebuilt table holds the same rows; there is nothing to put back'

/** The null ALTER that rebuilds in place; OPTIMIZE TABLE is mapped to it but may fall back to a copy. */
export function renderRebuild({ params, policy, server }: MysqlContext<OnTable>): Rendered {
  const text = `ALTER TABLE ${quotedTable(params.table)} ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE`
  return {
    plan: ddlPlan(text, policy, server),
    undo: { whyNot: WHY_NOT },
    objects: [touchedTable(params.table)],
  }
}

const LOCK = 'metadata lock, exclusive at the start and the end; none on rows in between (LOCK=NONE)'
const BLOCKS =
  'for at most the lock guard’s seconds, twice, statements that begin on this table; reads and writes go on in between'

/** Every page is read once and written once; the copy and the online log are on disk until it ends. */
export async function forecastRebuild(context: MysqlContext<OnTable>): Promise<Forecast> {
  const [reading, topology] = [await askTable(context), await context.ask('topology', {})]
  if (!reading.known || reading.value === null) return unknownForecast(LOCK, BLOCKS)
  const bytes = tableBytes(reading.value)
  const durationMs = workMs(2 * bytes)
  return {
    lockClass: LOCK,
    blocks: BLOCKS,
    durationMs,
    rowsTouched: estimatedRows(reading.value.rows),
    bytesWritten: { low: Math.round(bytes / 10), expected: bytes, high: 2 * bytes },
    replicaLagSeconds: lagOf(durationMs, topology.known ? topology.value.replicas : 0),
    diskPeakBytes: {
      low: Math.round(bytes / 10),
      expected: bytes + ONLINE_LOG_BYTES,
      high: Math.round(2.5 * bytes) + ONLINE_LOG_BYTES,
    },
    basis: `${bytesText(bytes)} read and as much written at most; ${ratesText(2 * bytes)}. More than ${bytesText(ONLINE_LOG_BYTES)} of writes meanwhile end it with error 1799 (default of innodb_online_alter_log_max_size)`,
  }
}

/** The table is newer than the run: the servers give a rebuilt table a new CREATE_TIME. */
export async function rebuilt(context: MysqlContext<OnTable>): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const at = reading.value?.createdAt ?? null
  if (at === null) return { holds: 'unknown', found: 'the server does not say when the table was rebuilt' }
  const found = `the table was built at ${at}`
  if (context.startedAt !== undefined) {
    return { holds: Date.parse(at) >= Date.parse(context.startedAt) - CLOCK_STEP_MS, found }
  }
  return { holds: Date.parse(reading.at) - Date.parse(at) <= SURELY_NEW_MS ? true : 'unknown', found }
}
