/** Switches on the instrument that shows who holds and who waits for metadata locks. */
import { LOCK_WAIT_GUARDS } from './guards.ts'
import { MINUTE, oncePerServer } from './limits.ts'
import {
  GRANT_INSTRUMENT,
  INSTRUMENT_TEMPLATE,
  instrumentDiffers,
  instrumentExists,
  instrumentForecast,
  instrumentIs,
  renderInstrument,
} from './metadata-lock-instrument.ts'
import { defineAction } from './mysql-action.ts'
import { touchesNoObject } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { verifyBy } from './verification.ts'

/** The action. */
export const enableMetadataLockInstrument = defineAction({
  id: 'mysql/enable-metadata-lock-instrument',
  version: 2,
  category: 'INSTRUMENT',
  title: 'Switch the metadata-lock instrument on',
  risk: 'LOW',
  riskReason: 'A little memory and time for each metadata lock; nothing else changes.',
  issueCategories: ['LOCK_CONTENTION', 'MONITORING_GAP'],
  parameters: {},
  template: INSTRUMENT_TEMPLATE(true),
  estimatedDurationSeconds: 1,
  conditions: [instrumentExists, touchesNoObject, instrumentDiffers(true), serverHealthy, serverWritable],
  guards: LOCK_WAIT_GUARDS,
  verification: 'Reading back gives YES.',
  undo: { actionId: 'mysql/disable-metadata-lock-instrument' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_INSTRUMENT,
  render: async (context) => renderInstrument(context, true),
  forecast: instrumentForecast,
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the instrument is on',
      metricName: 'blind_metadata_waits',
      metricUnit: 'sessions',
    }),
  postcondition: (context) => instrumentIs(context, true),
})
