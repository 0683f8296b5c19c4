/** Starts the applier of a replica again after a fault that passes by itself. It never skips an event. */

import type { Postcondition } from '../../core/action.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import { instantForecast } from './forecast.ts'
import { LOCK_WAIT_GUARDS, lockWaitGuard, statement } from './guards.ts'
import { MINUTE } from './limits.ts'
import { type Condition, defineAction, given, type MysqlContext, met, unmet } from './mysql-action.ts'
import { touchesNoObject } from './preconditions/objects.ts'
import { serverHealthy } from './preconditions/server-state.ts'
import { verifyBy } from './verification.ts'

type Context = MysqlContext<ParameterSchema>

/**
 * Errors of an applier that may be gone by now: none at all (it was stopped or the server restarted), a lock wait
 * timeout, a deadlock, and a query or server that was interrupted. Anything else is a difference between the servers
 * that starting again would only meet again.
 */
const PASSING_ERRORS: readonly number[] = [0, 1205, 1213, 1317, 1053]
/** A started applier that fails does so on its first event: looked at this often, this many times. */
const LOOK_AGAIN_MS = 500
const LOOKS = 6

const askChannels = ({ ask }: Context) => ask('replication-channels', {})

const oneChannel: Condition<ParameterSchema> = {
  id: 'X1',
  rule: 'The server is a replica with exactly one channel, whose applier is stopped.',
  test: async (context) =>
    given(await askChannels(context), (channels) => {
      if (channels.length !== 1)
        return unmet(`the server has ${channels.length} channels`, 'Start the channel by hand, by its name.')
      return channels[0]?.applierRunning === false
        ? met('the server is a replica whose applier is stopped')
        : unmet('the applier is running', 'There is nothing to start.')
    }),
}

const passingError: Condition<ParameterSchema> = {
  id: 'passing-error',
  rule: `The applier’s last error is one that passes by itself: ${PASSING_ERRORS.join(', ')}.`,
  test: async (context) =>
    given(await askChannels(context), (channels) => {
      const error = channels[0]?.lastErrorNumber ?? -1
      return PASSING_ERRORS.includes(error)
        ? met(error === 0 ? 'it has no error' : `its last error is ${error}`)
        : unmet(
            `its last error is ${error}`,
            'Find the difference between the servers; no event is ever skipped here.',
          )
    }),
}

/** X8 turned round: a replica is read-only as a rule. */
const isReplica: Condition<ParameterSchema> = {
  id: 'X8',
  rule: 'The server is a replica: this is the one action that is not for the primary.',
  test: async ({ ask }) =>
    given(await ask('topology', {}), (topology) =>
      topology.isReplica
        ? met('the server is a replica')
        : unmet('the server is no replica', 'There is nothing to start.'),
    ),
}

async function applierRuns(context: Context): Promise<Postcondition> {
  for (let look = 1; ; look += 1) {
    const reading = await askChannels(context)
    if (!reading.known) return { holds: 'unknown', found: reading.because }
    const channel = reading.value[0]
    if (channel === undefined || !channel.applierRunning)
      return {
        holds: false,
        found: `the applier does not run, its last error is ${channel?.lastErrorNumber ?? 'unknown'}`,
      }
    if (look === LOOKS) return { holds: true, found: 'the applier runs' }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

/** The action. */
export const startReplicaApplier = defineAction({
  id: 'mysql/start-replica-applier',
  category: 'REPLICATION',
  title: 'Start the applier of a replica',
  risk: 'MEDIUM',
  riskReason:
    'It applies what has piled up as fast as it can, which loads the replica; somebody may have stopped it on purpose.',
  issueCategories: ['REPLICATION'],
  parameters: {},
  template: 'START REPLICA SQL_THREAD',
  estimatedDurationSeconds: 5,
  conditions: [oneChannel, touchesNoObject, passingError, serverHealthy, isReplica],
  guards: LOCK_WAIT_GUARDS,
  verification: 'The applier runs and goes on running; its lag falls.',
  undo: {
    whyNot:
      'what was applied stays applied; the plan itself carries the statement that stops the applier again',
  },
  limits: { coolDownSeconds: 10 * MINUTE, perTargetPerHour: 3, perTargetPerDay: 6 },
  privileges: [
    '[MySQL] GRANT REPLICATION_SLAVE_ADMIN, REPLICATION CLIENT ON *.* TO {executor}',
    '[MariaDB] GRANT REPLICATION SLAVE ADMIN, SLAVE MONITOR ON *.* TO {executor}',
  ],
  render: async ({ policy }) => {
    const plan = (text: string) => ({
      guards: [lockWaitGuard(policy)],
      steps: [statement(text, policy.statementTimeoutMs)],
    })
    return {
      plan: plan('START REPLICA SQL_THREAD'),
      undo: { plan: plan('STOP REPLICA SQL_THREAD') },
      objects: [],
    }
  },
  forecast: async () =>
    instantForecast({
      lockClass: 'none of its own; the applier takes row locks as the primary did',
      blocks: 'readers of the replica where they meet rows being applied',
      basis: 'the statement returns at once; how long catching up takes depends on what has piled up',
    }),
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the applier runs',
      metricName: 'replica_lag_seconds',
      metricUnit: 's',
    }),
  postcondition: applierRuns,
})
