/** Ends an idle connection whose open transaction holds locks and modified nothing: there is nothing to roll back. */
import { IDENTITY_GUARDS } from './guards.ts'
import { boundIsGone, forecastKill, idDigits, renderKill, verifyKill } from './kill-plan.ts'
import { MINUTE } from './limits.ts'
import { defineAction, met, unmet } from './mysql-action.ts'
import {
  blocksSomebody,
  connectionAsBound,
  connectionState,
  transactionBound,
} from './preconditions/bound-connection.ts'
import { connectionAllowed, connectionPresent } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { GRANT_KILL } from './privileges.ts'

const idleAndUnmodified = connectionState(
  'idle-reader',
  'It sleeps inside its transaction, which modified no row.',
  (now) => {
    if (now.command !== 'Sleep')
      return unmet(`it runs ${now.command ?? 'nothing we know'}`, 'Propose to kill its statement instead.')
    if (!now.hasTransaction) return unmet('it has no transaction open', 'Leave it alone.')
    return now.rowsModified === 0
      ? met('it sleeps in its transaction, which modified no row')
      : unmet(
          `its transaction modified ${now.rowsModified ?? 'an unknown number of'} rows`,
          'Use mysql/kill-idle-transaction, which two people approve.',
        )
  },
)

/** The action. */
export const killIdleReader = defineAction({
  id: 'mysql/kill-idle-reader',
  category: 'SESSION',
  title: 'End an idle transaction that modified nothing',
  risk: 'MEDIUM',
  riskReason:
    'The client loses its connection and its read snapshot; no change is lost, because none was made.',
  issueCategories: ['LOCK_CONTENTION', 'CONNECTION_EXHAUSTION', 'DEADLOCK'],
  parameters: { connection: { type: 'connection' } },
  template: 'KILL CONNECTION {connection}',
  bindsConnection: true,
  estimatedDurationSeconds: 1,
  conditions: [
    connectionPresent,
    connectionAllowed,
    connectionAsBound,
    transactionBound,
    idleAndUnmodified,
    blocksSomebody,
    serverHealthy,
    serverWritable,
  ],
  guards: IDENTITY_GUARDS,
  verification: 'The transaction is gone; sessions that waited because of it go on.',
  undo: { whyNot: 'an ended connection cannot be brought back; the client connects again' },
  limits: { coolDownSeconds: 5 * MINUTE, perTargetPerHour: 6, perTargetPerDay: 10 },
  privileges: GRANT_KILL,
  render: async (context) =>
    renderKill(context, `KILL CONNECTION ${idDigits(context.params.connection.connectionId)}`, 'idle-reader'),
  forecast: async () =>
    forecastKill(
      'nobody; its client sees a lost connection',
      0,
      'nothing was modified, so nothing is rolled back',
    ),
  verificationPlan: (context) => verifyKill(context, 'the bound transaction is gone'),
  postcondition: boundIsGone,
})
