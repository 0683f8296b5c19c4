/** Lets more clients connect at once. It hides a pile-up rather than healing it, so its cause comes first. */

import { HOUR, oncePerServer } from './limits.ts'
import { withinBounds } from './preconditions/bounds.ts'
import { fileHeadroom, filesNeeded, memoryHeadroom, promisedMemory } from './preconditions/memory.ts'
import { GRANT_SET_CONNECTIONS } from './privileges.ts'
import { numberVariables } from './read-variables.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = { connections: { type: 'integer', min: 10, max: 20000, unit: 'connections' } } as const

/** The action. */
export const raiseMaxConnections = defineSetting({
  id: 'mysql/raise-max-connections',
  category: 'CONFIGURATION',
  title: 'Raise the connection limit',
  risk: 'HIGH',
  riskReason:
    'Every connection may take its buffers, so memory can run out; and a pile-up only grows larger.',
  issueCategories: ['CONNECTION_EXHAUSTION'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL max_connections={connections}',
  assign: ({ params }) => [{ name: 'max_connections', value: whole(params.connections) }],
  conditions: [
    withinBounds<typeof PARAMETERS>({
      text: 'The new limit is above the present one and at most twice it.',
      variable: 'max_connections',
      wanted: ({ params }) => params.connections,
      bounds: async (now) => ({ low: now + 1, high: 2 * now }),
    }),
    memoryHeadroom<typeof PARAMETERS>(async (context) => {
      const promised = await promisedMemory(context)
      return promised === null ? null : promised.global + context.params.connections * promised.perConnection
    }),
    fileHeadroom<typeof PARAMETERS>(async (context) => {
      const { table_open_cache } = await numberVariables(context, ['table_open_cache'])
      return filesNeeded(context.params.connections, table_open_cache)
    }),
  ],
  blocks: 'nobody',
  measure: { metricName: 'connections_refused', metricUnit: 'connections/s' },
  verification: 'Reading back gives the value; connections are no longer refused.',
  undo: { actionId: 'mysql/lower-max-connections' },
  limits: oncePerServer(HOUR, 1),
  privileges: GRANT_SET_CONNECTIONS,
})
