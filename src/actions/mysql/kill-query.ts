/** Cancels one running statement: the bound one and no other. */
import { isMariadb } from './flavour.ts'
import { IDENTITY_GUARDS } from './guards.ts'
import { boundIsGone, forecastKill, idDigits, renderKill, verifyKill } from './kill-plan.ts'
import { MINUTE } from './limits.ts'
import { type Condition, defineAction, type MysqlContext, met, unmet } from './mysql-action.ts'
import { connectionAsBound, connectionState } from './preconditions/bound-connection.ts'
import { connectionAllowed, connectionPresent, type OnConnection } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { GRANT_KILL } from './privileges.ts'

/** More than this many changed rows are rolled back for so long that waiting may be quicker. */
const ROWS_MAX = 10_000

const PARAMETERS = { connection: { type: 'connection' } } as const satisfies OnConnection

const statementBound: Condition<OnConnection> = {
  id: 'statement-bound',
  rule: 'The parameter names the statement: its query id on MariaDB, its fingerprint on MySQL.',
  test: async ({ params: { connection }, server }) => {
    if (isMariadb(server)) {
      return connection.queryId === null
        ? unmet('the parameter names no query id', 'Propose the statement with its query id.')
        : met(`query ${connection.queryId}`)
    }
    return connection.statementFingerprintId === null
      ? unmet('the parameter names no statement', 'Propose the statement with its fingerprint.')
      : met(`statement ${connection.statementFingerprintId}`)
  },
}

const runsStatement = connectionState('running', 'The connection runs a statement now.', (now) =>
  now.command === 'Query' || now.command === 'Execute'
    ? met('it runs the statement')
    : unmet(`its command is ${now.command ?? 'unknown'}`, 'KILL QUERY does nothing to an idle connection.'),
)

const smallRollback = connectionState(
  'small-rollback',
  `Its transaction modified at most ${ROWS_MAX} rows.`,
  (now) => {
    const rows = now.rowsModified ?? 0
    return rows <= ROWS_MAX
      ? met(`its transaction modified ${rows} rows`)
      : unmet(
          `its transaction modified ${rows} rows, which are undone before anybody goes on`,
          'Wait for it to end; if it must be cancelled, do it by hand and expect a long rollback.',
        )
  },
)

/** KILL QUERY ID binds the statement in KILL itself, where the server has it. */
function killText({ params, server }: MysqlContext<typeof PARAMETERS>): string {
  const { connectionId, queryId } = params.connection
  if (isMariadb(server) && queryId !== null) return `KILL QUERY ID ${idDigits(queryId)}`
  return `KILL QUERY ${idDigits(connectionId)}`
}

/** The action. */
export const killQuery = defineAction({
  id: 'mysql/kill-query',
  category: 'SESSION',
  title: 'Cancel a running statement',
  risk: 'MEDIUM',
  riskReason:
    'The statement’s own changes are rolled back and its client gets an error; its transaction stays open.',
  issueCategories: ['LOCK_CONTENTION', 'QUERY_PERFORMANCE', 'CONNECTION_EXHAUSTION'],
  parameters: PARAMETERS,
  template: 'KILL QUERY {connection} (MariaDB: KILL QUERY ID {query id})',
  bindsConnection: true,
  estimatedDurationSeconds: 1,
  conditions: [
    connectionPresent,
    connectionAllowed,
    connectionAsBound,
    statementBound,
    runsStatement,
    smallRollback,
    serverHealthy,
    serverWritable,
  ],
  guards: IDENTITY_GUARDS,
  verification: 'The statement is gone; sessions that waited because of it go on.',
  undo: { whyNot: 'a cancelled statement cannot be resumed; the client can run it again' },
  limits: { coolDownSeconds: 5 * MINUTE, perTargetPerHour: 6, perTargetPerDay: 10 },
  privileges: GRANT_KILL,
  render: async (context) => renderKill(context, killText(context), 'statement'),
  forecast: async (context) => {
    const now = await context.ask('connection', context.params.connection)
    const rows = now.known ? (now.value.rowsModified ?? 0) : 0
    return forecastKill(
      'nobody; its client gets error 1317',
      rows,
      `its transaction modified ${rows} rows so far; only those of the statement are rolled back`,
    )
  },
  verificationPlan: (context) => verifyKill(context, 'the bound statement no longer runs'),
  postcondition: boundIsGone,
})
