/** Sets how many pages a second InnoDB flushes in the background. */

import { HOUR, oncePerServer } from './limits.ts'
import { withinBounds } from './preconditions/bounds.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = { pages: { type: 'integer', min: 100, max: 20000, unit: 'pages/s' } } as const

/** The action. */
export const setIoCapacity = defineSetting({
  id: 'mysql/set-io-capacity',
  category: 'CONFIGURATION',
  title: 'Set the background I/O rate',
  risk: 'MEDIUM',
  riskReason: 'Flushing competes with the application’s own reads and writes.',
  issueCategories: ['CONFIGURATION', 'STORAGE'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL innodb_io_capacity={pages}',
  assign: ({ params }) => [{ name: 'innodb_io_capacity', value: whole(params.pages) }],
  conditions: [
    withinBounds<typeof PARAMETERS>({
      text: 'It is at most innodb_io_capacity_max: MySQL would cut it to that, MariaDB would raise that too.',
      variable: 'innodb_io_capacity_max',
      wanted: ({ params }) => params.pages,
      bounds: async (most) => ({ low: 100, high: most }),
    }),
  ],
  blocks: 'nobody',
  measure: { metricName: 'dirty_pages', metricUnit: 'pages' },
  verification: 'Reading back gives the value; fewer pages are dirty.',
  undo: { actionId: 'mysql/set-io-capacity' },
  limits: oncePerServer(HOUR),
  privileges: GRANT_SET_GLOBAL,
})
