/** Sets how large a temporary table in memory may grow before it goes to disk: both variables, the smaller of which counts. */

import { HOUR, oncePerServer } from './limits.ts'
import { memoryHeadroom, promisedMemory } from './preconditions/memory.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

/** A multiple of 1 KiB, or max_heap_table_size is rounded and the read-back differs. */
const PARAMETERS = { bytes: { type: 'integer', min: 16_777_216, max: 268_435_456, unit: 'bytes' } } as const

/** The action. */
export const setTemporaryTableSizes = defineSetting({
  id: 'mysql/set-temporary-table-sizes',
  category: 'CONFIGURATION',
  title: 'Set the size of temporary tables in memory',
  risk: 'MEDIUM',
  riskReason: 'Every statement with a temporary table may take this much memory.',
  issueCategories: ['MEMORY', 'QUERY_PERFORMANCE'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL tmp_table_size={bytes}; SET GLOBAL max_heap_table_size={bytes}',
  assign: ({ params }) => [
    { name: 'tmp_table_size', value: whole(params.bytes) },
    { name: 'max_heap_table_size', value: whole(params.bytes) },
  ],
  conditions: [
    memoryHeadroom<typeof PARAMETERS>(async (context) => {
      const [promised, status] = [
        await promisedMemory(context),
        await context.ask('status', { names: ['Max_used_connections'] }),
      ]
      const used = status.known ? status.value['max_used_connections'] : undefined
      if (promised === null || used === undefined) return null
      return promised.global + used * (promised.perConnection + context.params.bytes)
    }),
  ],
  blocks: 'nobody; only sessions opened afterwards use it',
  measure: { metricName: 'tmp_disk_tables_per_call', metricUnit: 'tables' },
  verification: 'Reading back gives both values; fewer temporary tables go to disk.',
  undo: { actionId: 'mysql/set-temporary-table-sizes' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
