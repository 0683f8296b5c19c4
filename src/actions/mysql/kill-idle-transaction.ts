/** Ends an idle connection whose open transaction holds locks and changed rows, which are lost. */
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

/** Beyond this the rollback may take longer than the trouble; such a connection is only reported. */
const ROWS_MAX = 10_000

const idleWriter = connectionState(
  'idle-writer',
  `It sleeps inside its transaction, which modified 1 to ${ROWS_MAX} rows.`,
  (now) => {
    if (now.command !== 'Sleep')
      return unmet(`it runs ${now.command ?? 'nothing we know'}`, 'Propose to kill its statement instead.')
    if (!now.hasTransaction) return unmet('it has no transaction open', 'Leave it alone.')
    const rows = now.rowsModified ?? Number.POSITIVE_INFINITY
    if (rows === 0) return unmet('its transaction modified no row', 'Use mysql/kill-idle-reader.')
    return rows <= ROWS_MAX
      ? met(`it sleeps in its transaction, which modified ${rows} rows`)
      : unmet(
          `its transaction modified ${now.rowsModified ?? 'an unknown number of'} rows; undoing them may take long`,
          'Ask the owner of the connection to commit or roll back.',
        )
  },
)

/** The action. */
export const killIdleTransaction = defineAction({
  id: 'mysql/kill-idle-transaction',
  category: 'SESSION',
  title: 'End an idle transaction and lose its changes',
  risk: 'HIGH',
  riskReason:
    'Uncommitted work of the client is lost, and undoing it takes time in proportion to the rows changed.',
  issueCategories: ['LOCK_CONTENTION', 'CONNECTION_EXHAUSTION', 'DEADLOCK'],
  parameters: { connection: { type: 'connection' } },
  template: 'KILL CONNECTION {connection}',
  bindsConnection: true,
  estimatedDurationSeconds: 5,
  conditions: [
    connectionPresent,
    connectionAllowed,
    connectionAsBound,
    transactionBound,
    idleWriter,
    blocksSomebody,
    serverHealthy,
    serverWritable,
  ],
  guards: IDENTITY_GUARDS,
  verification: 'The transaction is gone; sessions that waited because of it go on.',
  undo: { whyNot: 'what was rolled back cannot be brought back; the client must do its work again' },
  limits: { coolDownSeconds: 5 * MINUTE, perTargetPerHour: 3, perTargetPerDay: 10 },
  privileges: GRANT_KILL,
  render: async (context) =>
    renderKill(context, `KILL CONNECTION ${idDigits(context.params.connection.connectionId)}`, 'idle-writer'),
  forecast: async (context) => {
    const now = await context.ask('connection', context.params.connection)
    const rows = now.known ? (now.value.rowsModified ?? ROWS_MAX) : ROWS_MAX
    return forecastKill(
      'nobody; its client sees a lost connection',
      rows,
      `${rows} modified rows are rolled back`,
    )
  },
  verificationPlan: (context) => verifyKill(context, 'the bound transaction is gone'),
  postcondition: boundIsGone,
})
