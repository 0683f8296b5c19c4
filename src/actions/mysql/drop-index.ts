/** Drops an index that a run of ours hid at least seven days ago and that nothing has used since. */
import type { Postcondition, Rendered } from '../../core/action.ts'
import type { IndexDefinition } from '../../engines/mysql/shapes.ts'
import { dropIndexPlan } from './drop-plan.ts'
import { isMariadb } from './flavour.ts'
import { lagOf, NONE, workMs } from './forecast.ts'
import { DDL_GUARDS, ddlPlan } from './guards.ts'
import { INDEX_PARAMETERS, indexIs, ordinaryIndex, withIndex } from './index-visibility.ts'
import { DAY, oncePerTable } from './limits.ts'
import {
  type Condition,
  defineAction,
  given,
  type MysqlContext,
  met,
  unknown,
  unmet,
} from './mysql-action.ts'
import { indexName, quotedColumns, quotedName, quotedTable } from './names.ts'
import { askTable, indexAsApproved, type OnIndex, schemaAllowed } from './preconditions/objects.ts'
import { backupFresh, replicasCloseBehind } from './preconditions/replicas-and-backups.ts'
import { noClusterWideDdl, serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { innodbTable, nobodyHoldsTable } from './preconditions/table-state.ts'
import { GRANT_INDEX } from './privileges.ts'
import { touchedTable } from './table-plan.ts'
import { verifyBy } from './verification.ts'

/** Long enough for weekly jobs to have run without it, s. */
const HIDDEN_SECONDS_MIN = 7 * DAY
const TO_PROCEED = 'Hide it with mysql/hide-index and come back after seven days.'

/** How far the clocks of store and target may be apart, s; `mysql/hide-index` ends as late after its ALTER. */
const CLOCKS_APART_SECONDS = 300

/**
 * Hidden by us, long enough ago, and all the time since. Without our own record it is not known since when; and once
 * the table was altered after that, it is not known whether the index was visible in between, so time counts from
 * there. Both servers take the moment of the last ALTER for the creation time of an InnoDB table.
 */
const hiddenLongEnough: Condition<OnIndex> = {
  id: 'hidden-7-days',
  rule: 'A run of ours hid the index at least 7 days ago, by our own record, and the table was not altered since.',
  test: async (context) => {
    const { table, index } = context.params
    const name = indexName(index)
    const record = context.policy.hiddenIndexes?.find(
      (item) => item.schema === table.schema && item.table === table.table && item.index === name,
    )
    if (record === undefined) return unknown('there is no record of ours that it was hidden', TO_PROCEED)
    return given(await askTable(context), (definition, at) => {
      const altered = definition?.createdAt ?? null
      if (altered === null) return unknown('when the table was last altered is not known', TO_PROCEED)
      const hiddenAt = Date.parse(record.since)
      const unaltered = Date.parse(altered) <= hiddenAt + CLOCKS_APART_SECONDS * 1000
      const since = unaltered ? hiddenAt : Date.parse(altered)
      const days = (Date.parse(at) - since) / (1000 * DAY)
      const found = unaltered
        ? `it was hidden ${days.toFixed(1)} days ago`
        : `its table was altered ${days.toFixed(1)} days ago, and whether it was visible before that is not known`
      return days * DAY >= HIDDEN_SECONDS_MIN ? met(found) : unmet(found, TO_PROCEED)
    })
  },
}

/**
 * Nothing used it. A hidden index is hidden on the replicas too (the ALTER is replicated), so what this server
 * counts is what matters; its counters reach back to its start.
 */
const unused: Condition<OnIndex> = {
  id: 'unused',
  rule: 'The server counted no use of the index since it started.',
  test: async ({ ask, params }) => {
    const { schema, table } = params.table
    return given(await ask('index-reads', { schema, table, index: indexName(params.index) }), (found) =>
      found.reads === 0
        ? met(`no use counted in ${Math.round(found.sinceSeconds / 3600)} h`)
        : unmet(
            `${found.reads} uses counted in ${Math.round(found.sinceSeconds / 3600)} h`,
            'Find out what uses it; a statement may name it in a hint.',
          ),
    )
  },
}

/** Its definition can be written down whole, so that it can be built again. */
const rebuildable: Condition<OnIndex> = {
  id: 'rebuildable',
  rule: 'The index is an ordinary BTREE over plain columns, so that its definition can be kept for the undo.',
  test: (context) =>
    withIndex(context, (index) =>
      createText(index, '', false) === null
        ? unmet(
            `${index.index} is ${index.kind} or over an expression`,
            'Drop it by hand; keep its definition.',
          )
        : met('its definition is kept for the undo'),
    ),
}

/** The statement that builds the index again as it stands, hidden as it is; null if it cannot be written. */
function createText(index: IndexDefinition, table: string, mariadb: boolean): string | null {
  if (index.kind !== 'BTREE' || index.unique) return null
  const columns = index.columns.flatMap(({ column, prefix, direction }) =>
    column === null ? [] : [{ column, prefix, direction }],
  )
  if (columns.length !== index.columns.length) return null
  const hidden = index.visible ? '' : ` ${mariadb ? 'IGNORED' : 'INVISIBLE'}`
  return `CREATE INDEX ${quotedName(index.index)} ON ${table} (${quotedColumns(columns)})${hidden} ALGORITHM=INPLACE LOCK=NONE`
}

async function render(context: MysqlContext<OnIndex>): Promise<Rendered> {
  const { params, policy, server } = context
  const name = indexName(params.index)
  const names = { index: quotedName(name), table: quotedTable(params.table) }
  const reading = await askTable(context)
  const index = reading.known ? reading.value?.indexes.find((item) => item.index === name) : undefined
  const create = index === undefined ? null : createText(index, names.table, isMariadb(server))
  return {
    plan: dropIndexPlan(names, policy, server),
    undo:
      create === null
        ? { whyNot: 'the definition of the index cannot be written down whole' }
        : { plan: ddlPlan(create, policy, server) },
    objects: [touchedTable(params.table)],
  }
}

async function dropped(context: MysqlContext<OnIndex>): Promise<Postcondition> {
  const reading = await askTable(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  if (reading.value === null) return { holds: 'unknown', found: 'the table is gone' }
  const name = indexName(context.params.index)
  const exists = reading.value.indexes.some((item) => item.index === name)
  return { holds: !exists, found: exists ? `${name} still exists` : `${name} is gone` }
}

const LOCK = 'metadata lock, exclusive for a moment'
const BLOCKS = 'for at most the lock guard’s seconds, statements that begin on this table'

/** The action. */
export const dropIndex = defineAction({
  id: 'mysql/drop-index',
  version: 2,
  category: 'INDEX',
  title: 'Drop an index hidden for seven days',
  risk: 'HIGH',
  riskReason:
    'If something rare needs it after all, that something is slow until the index has been built again.',
  issueCategories: ['INDEX_HYGIENE'],
  parameters: INDEX_PARAMETERS,
  template: 'DROP INDEX {index} ON {table} ALGORITHM=INPLACE LOCK=NONE (MariaDB: guarded by alter_algorithm)',
  estimatedDurationSeconds: 1,
  conditions: [
    indexAsApproved,
    schemaAllowed,
    ordinaryIndex,
    indexIs(false),
    hiddenLongEnough,
    unused,
    rebuildable,
    innodbTable,
    nobodyHoldsTable,
    replicasCloseBehind(async () => 1),
    serverHealthy,
    serverWritable,
    noClusterWideDdl,
    backupFresh,
  ],
  guards: [...DDL_GUARDS, "SET SESSION alter_algorithm='INPLACE' (MariaDB before 11.5)"],
  verification: 'The index is gone; no statement class gets slower.',
  undo: { actionId: 'mysql/create-hidden-index' },
  limits: oncePerTable(7 * DAY),
  privileges: [GRANT_INDEX],
  render,
  forecast: async (context) => {
    const topology = await context.ask('topology', {})
    const durationMs = workMs(0)
    return {
      lockClass: LOCK,
      blocks: BLOCKS,
      durationMs,
      rowsTouched: NONE,
      bytesWritten: NONE,
      replicaLagSeconds: lagOf(durationMs, topology.known ? topology.value.replicas : 0),
      diskPeakBytes: NONE,
      basis: 'the index’s pages are freed in the background, whatever its size',
    }
  },
  verificationPlan: (context) =>
    verifyBy(context, { postcondition: 'the index is gone', metricName: 'mean_ms', metricUnit: 'ms' }),
  postcondition: dropped,
})
