/** Limits how many connections one application's account may have at once. */
import type { Postcondition } from '../../core/action.ts'
import { quoteMysqlAccount, renderWholeNumber } from '../../sql/quoting.ts'
import { ifLimitIs, onlyIfLeft } from './as-left.ts'
import { instantForecast } from './forecast.ts'
import { LOCK_WAIT_GUARDS, lockWaitGuard, statement } from './guards.ts'
import { HOUR, oncePerTable } from './limits.ts'
import {
  type Condition,
  defineAction,
  given,
  type MysqlContext,
  met,
  unknown,
  unmet,
} from './mysql-action.ts'
import { accountAllowed, accountExists, type OnAccount } from './preconditions/objects.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { isListed } from './preconditions/system-objects.ts'
import { GRANT_USER_LIMIT } from './privileges.ts'
import { verifyBy } from './verification.ts'

const PARAMETERS = {
  account: { type: 'account' },
  connections: { type: 'integer', min: 5, max: 100_000, unit: 'connections' },
} as const

const applicationAccount: Condition<OnAccount> = {
  id: 'application-account',
  rule: 'The user is one of `applicationUsers`.',
  test: async ({ params, policy }) => {
    if (policy.applicationUsers === undefined)
      return unknown(
        'which users are applications’ is not known',
        'State `actions.applicationUsers` in dbmedic.yaml.',
      )
    return isListed(params.account.user, policy.applicationUsers)
      ? met(`${params.account.user} is an application’s user`)
      : unmet(
          `${params.account.user} is none of the applications’ users`,
          'Add it to `actions.applicationUsers` in dbmedic.yaml.',
        )
  },
}

const changesLimit: Condition<typeof PARAMETERS> = {
  id: 'changes-something',
  rule: 'The limit is another now.',
  test: async (context) =>
    given(await askAccount(context), (account) =>
      account?.maxUserConnections === context.params.connections
        ? unmet('the limit is already the one wanted', 'There is nothing to change.')
        : met(`the limit is ${account?.maxUserConnections ?? 'unknown'} (0: none)`),
    ),
}

const askAccount = ({ ask, params }: MysqlContext<OnAccount>) =>
  ask('account', { user: params.account.user, host: params.account.host })

async function limitIsSet(context: MysqlContext<typeof PARAMETERS>): Promise<Postcondition> {
  const reading = await askAccount(context)
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  if (reading.value === null) return { holds: false, found: 'the account is gone' }
  const now = reading.value.maxUserConnections
  return { holds: now === context.params.connections, found: `the limit is ${now}` }
}

/** The action. */
export const setUserConnectionLimit = defineAction({
  id: 'mysql/set-user-connection-limit',
  version: 2,
  category: 'CONFIGURATION',
  title: 'Limit an account’s connections',
  risk: 'MEDIUM',
  riskReason:
    'The application is refused (error 1226) beyond the limit; other applications get their share again.',
  issueCategories: ['CONNECTION_EXHAUSTION'],
  parameters: PARAMETERS,
  template: 'ALTER USER {account} WITH MAX_USER_CONNECTIONS {connections}',
  estimatedDurationSeconds: 1,
  conditions: [
    accountExists,
    accountAllowed,
    applicationAccount,
    changesLimit,
    serverHealthy,
    serverWritable,
  ],
  guards: LOCK_WAIT_GUARDS,
  verification: 'The account has the limit; the server refuses no other account.',
  undo: { actionId: 'mysql/set-user-connection-limit' },
  limits: oncePerTable(HOUR),
  privileges: GRANT_USER_LIMIT,
  render: async (context) => {
    const { params, policy } = context
    const alter = (limit: number) =>
      `ALTER USER ${quoteMysqlAccount(params.account.user, params.account.host)} WITH MAX_USER_CONNECTIONS ${renderWholeNumber(limit)}`
    const plan = (limit: number) => ({
      guards: [lockWaitGuard(policy)],
      steps: [statement(alter(limit), policy.statementTimeoutMs)],
    })
    const now = await askAccount(context)
    return {
      plan: plan(params.connections),
      undo:
        now.known && now.value !== null
          ? {
              plan: onlyIfLeft(
                plan(now.value.maxUserConnections),
                ifLimitIs(params.account, params.connections),
              ),
            }
          : { whyNot: 'the present limit could not be read' },
      objects: [],
    }
  },
  forecast: async () =>
    instantForecast({
      lockClass: 'metadata locks on the grant tables, for a moment',
      blocks: 'new connections of the account beyond the limit; open ones stay',
      basis: 'one row of the grant tables; replicated',
    }),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the account has the limit',
      metricName: 'connections_refused',
      metricUnit: 'connections/s',
    }),
  postcondition: limitIsSet,
})
