/** Sets how many open tables the server keeps. */

import { HOUR, oncePerServer } from './limits.ts'
import { fileHeadroom, filesNeeded } from './preconditions/memory.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { numberVariables } from './read-variables.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = { tables: { type: 'integer', min: 400, max: 20000, unit: 'tables' } } as const

/** The action. */
export const setTableCache = defineSetting({
  id: 'mysql/set-table-cache',
  category: 'CONFIGURATION',
  title: 'Set the table cache',
  risk: 'LOW',
  riskReason: 'Each cached table takes memory and up to two file handles.',
  issueCategories: ['CONFIGURATION', 'QUERY_PERFORMANCE'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL table_open_cache={tables}',
  assign: ({ params }) => [{ name: 'table_open_cache', value: whole(params.tables) }],
  conditions: [
    fileHeadroom<typeof PARAMETERS>(async (context) => {
      const { max_connections } = await numberVariables(context, ['max_connections'])
      return filesNeeded(max_connections, context.params.tables)
    }),
  ],
  blocks: 'nobody',
  measure: { metricName: 'table_open_cache_overflows', metricUnit: '1/s' },
  verification: 'Reading back gives the value; the cache overflows less.',
  undo: { actionId: 'mysql/set-table-cache' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
