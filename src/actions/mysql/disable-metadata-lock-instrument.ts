/** Switches off the instrument that shows who holds and who waits for metadata locks. */
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
export const disableMetadataLockInstrument = defineAction({
  id: 'mysql/disable-metadata-lock-instrument',
  version: 2,
  category: 'INSTRUMENT',
  title: 'Switch the metadata-lock instrument off',
  risk: 'LOW',
  riskReason: 'Who holds metadata locks is no longer seen; nothing else changes.',
  issueCategories: ['LOCK_CONTENTION', 'MONITORING_GAP'],
  parameters: {},
  template: INSTRUMENT_TEMPLATE(false),
  estimatedDurationSeconds: 1,
  conditions: [instrumentExists, touchesNoObject, instrumentDiffers(false), serverHealthy, serverWritable],
  guards: LOCK_WAIT_GUARDS,
  verification: 'Reading back gives NO.',
  undo: { actionId: 'mysql/enable-metadata-lock-instrument' },
  limits: oncePerServer(10 * MINUTE),
  privileges: GRANT_INSTRUMENT,
  render: async (context) => renderInstrument(context, false),
  forecast: instrumentForecast,
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the instrument is off',
      metricName: 'blind_metadata_waits',
      metricUnit: 'sessions',
    }),
  postcondition: (context) => instrumentIs(context, false),
})
