/** Lowers the connection limit again, never below what is in use. */

import { HOUR, oncePerServer } from './limits.ts'
import { withinBounds } from './preconditions/bounds.ts'
import { GRANT_SET_CONNECTIONS } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = { connections: { type: 'integer', min: 10, max: 20000, unit: 'connections' } } as const

/** The action. */
export const lowerMaxConnections = defineSetting({
  id: 'mysql/lower-max-connections',
  category: 'CONFIGURATION',
  title: 'Lower the connection limit',
  risk: 'HIGH',
  riskReason: 'Clients are refused when the lower limit is reached.',
  issueCategories: ['CONNECTION_EXHAUSTION', 'MEMORY'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL max_connections={connections}',
  assign: ({ params }) => [{ name: 'max_connections', value: whole(params.connections) }],
  conditions: [
    withinBounds<typeof PARAMETERS>({
      text: 'The new limit is below the present one and leaves a quarter above the most ever used since the start.',
      variable: 'max_connections',
      wanted: ({ params }) => params.connections,
      bounds: async (now, { ask }) => {
        const status = await ask('status', { names: ['Max_used_connections'] })
        const used = status.known ? status.value['max_used_connections'] : undefined
        return used === undefined ? null : { low: Math.ceil(used * 1.25), high: now - 1 }
      },
    }),
  ],
  blocks: 'clients beyond the limit are refused',
  measure: { metricName: 'connections_refused', metricUnit: 'connections/s' },
  verification: 'Reading back gives the value; no connection is refused.',
  undo: { actionId: 'mysql/raise-max-connections' },
  limits: oncePerServer(HOUR, 1),
  privileges: GRANT_SET_CONNECTIONS,
})
