/** Ends a connection that has been idle for more than ten minutes outside any transaction. */
import { IDENTITY_GUARDS } from './guards.ts'
import { boundIsGone, forecastKill, idDigits, renderKill } from './kill-plan.ts'
import { MINUTE } from './limits.ts'
import { defineAction, met, unmet } from './mysql-action.ts'
import { connectionAsBound, connectionState } from './preconditions/bound-connection.ts'
import { connectionAllowed, connectionPresent } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { GRANT_KILL } from './privileges.ts'
import { verifyBy } from './verification.ts'

/** A pool that works hands a connection out more often than this, s. */
const IDLE_SECONDS_MIN = 10 * MINUTE

const idleOutsideTransaction = connectionState(
  'idle',
  `It has slept for ${IDLE_SECONDS_MIN} s or more and has no transaction open.`,
  (now) => {
    if (now.command !== 'Sleep')
      return unmet(`it runs ${now.command ?? 'nothing we know'}`, 'Leave it alone.')
    if (now.hasTransaction) return unmet('it has a transaction open', 'Use the action for idle transactions.')
    const seconds = now.idleSeconds ?? 0
    return seconds >= IDLE_SECONDS_MIN
      ? met(`it has slept for ${seconds} s`)
      : unmet(`it has slept for ${seconds} s only`, `Wait until it has slept for ${IDLE_SECONDS_MIN} s.`)
  },
)

/** The action. */
export const killConnection = defineAction({
  id: 'mysql/kill-connection',
  category: 'SESSION',
  title: 'End an idle connection',
  risk: 'HIGH',
  riskReason:
    'Session state (temporary tables, user variables, named locks) is lost, and a pool may hand the dead connection out.',
  issueCategories: ['CONNECTION_EXHAUSTION'],
  parameters: { connection: { type: 'connection' } },
  template: 'KILL CONNECTION {connection}',
  bindsConnection: true,
  estimatedDurationSeconds: 1,
  conditions: [
    connectionPresent,
    connectionAllowed,
    connectionAsBound,
    idleOutsideTransaction,
    serverHealthy,
    serverWritable,
  ],
  guards: IDENTITY_GUARDS,
  verification: 'The connection is gone; Threads_connected falls.',
  undo: { whyNot: 'an ended connection cannot be brought back; the client connects again' },
  limits: { coolDownSeconds: MINUTE, perTargetPerHour: 5, perTargetPerDay: 10 },
  privileges: GRANT_KILL,
  render: async (context) =>
    renderKill(context, `KILL CONNECTION ${idDigits(context.params.connection.connectionId)}`, 'idle'),
  forecast: async () =>
    forecastKill(
      'nobody; its client sees a lost connection',
      0,
      'no transaction is open, so nothing is rolled back',
    ),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the bound connection is gone',
      metricName: 'threads_connected',
      metricUnit: 'connections',
    }),
  postcondition: boundIsGone,
})
