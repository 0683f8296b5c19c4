/** X6 and X11: what an installation has to bear or to fall back on, which no single server knows. */
import type { ParameterSchema } from '../../../core/parameters.ts'
import { type Condition, type Finding, type MysqlContext, met, unknown, unmet } from '../mysql-action.ts'

/**
 * X6: every connected replica is watched and close behind, and applying the change will not put it further behind
 * than allowed. A primary does not know how far its replicas are behind, so the policy must say.
 * @param applySeconds how long a replica will take to apply it; 0 where nothing is replicated.
 */
export function replicasCloseBehind<S extends ParameterSchema>(
  applySeconds: (context: MysqlContext<S>) => Promise<number | null>,
): Condition<S> {
  return {
    id: 'X6',
    rule: 'Replicas are all watched, less than `maxReplicaLagSeconds` behind, and will stay so while they apply it; or there are none.',
    test: async (context) => {
      const topology = await context.ask('topology', {})
      if (!topology.known) return unknown(topology.because, topology.toProceed)
      const connected = topology.value.replicas
      const lag = replicaLag(context, connected)
      if (lag !== null) return lag
      return applyTime(context, connected, await applySeconds(context))
    },
  }
}

/** Null: all is well so far. */
function replicaLag<S extends ParameterSchema>(context: MysqlContext<S>, connected: number): Finding | null {
  const { replicas, maxReplicaLagSeconds } = context.policy
  if (connected === 0 && (replicas === undefined || replicas.count === 0)) return null
  if (replicas === undefined || replicas.worstLagSeconds === null) {
    return unknown(
      `${connected} replicas are connected and how far they are behind is not known`,
      'Make every replica a target of dbmedic that names this one in `replicaOf`, so that its lag is measured.',
    )
  }
  if (replicas.count !== connected) {
    return unmet(
      `${replicas.count} replicas are watched, ${connected} are connected`,
      'Reconnect the missing replica, or make the unknown one a target.',
    )
  }
  if (replicas.worstLagSeconds >= maxReplicaLagSeconds) {
    return unmet(
      `a replica is ${replicas.worstLagSeconds} s behind, the limit is ${maxReplicaLagSeconds} s`,
      'Wait until the replicas have caught up.',
    )
  }
  return null
}

function applyTime<S extends ParameterSchema>(
  context: MysqlContext<S>,
  connected: number,
  seconds: number | null,
): Finding {
  if (connected === 0) return met('no replica is connected')
  const { maxReplicaLagSeconds, insideChangeWindow } = context.policy
  if (seconds === null) return unknown('how long replicas will take is not known', 'Ask again in a minute.')
  const facts = `${connected} replicas are close behind and will take about ${Math.ceil(seconds)} s to apply it`
  if (insideChangeWindow || seconds <= maxReplicaLagSeconds) return met(facts)
  return unmet(
    `${facts}, more than ${maxReplicaLagSeconds} s`,
    'Approve it for a change window, when lag is accepted.',
  )
}

/** X11: the newest tested backup is young enough. */
export const backupFresh: Condition<ParameterSchema> = {
  id: 'X11',
  rule: 'The newest tested backup is younger than `maxBackupAgeHours`.',
  test: async ({ policy }) => {
    const { backupAgeHours, maxBackupAgeHours } = policy
    if (backupAgeHours === null) {
      return unknown(
        'the age of the newest tested backup is not known',
        'State `actions.backupAgeHours` in dbmedic.yaml, the age of the newest backup that was restored as a test.',
      )
    }
    const facts = `the newest tested backup is ${backupAgeHours} h old`
    if (backupAgeHours <= maxBackupAgeHours) return met(facts)
    return unmet(`${facts}, more than ${maxBackupAgeHours} h`, 'Take and test a backup first.')
  },
}
