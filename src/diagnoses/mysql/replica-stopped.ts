/** A replica's receiver or applier does not run. Only an applier that stopped without a lasting error is started. */
import type { TestResult } from '../../core/diagnosis.ts'
import type { ProposedAction } from '../../core/nouns.ts'
import type { ReplicationChannel } from '../../engines/mysql/shapes.ts'
import { type MysqlDiagnosis, ruledOut } from './mysql-diagnosis.ts'
import { CHANNELS, channelCase } from './replica-evidence.ts'

/** Errors that pass by themselves: none, lock wait timeout, deadlock, interrupted, shutdown. */
const PASSING_ERRORS: readonly number[] = [0, 1205, 1213, 1317, 1053]

export const replicaStopped: MysqlDiagnosis = {
  id: 'mysql/replica-stopped',
  version: 1,
  engine: 'mysql',
  title: 'A replica’s receiver or applier does not run',
  rootCause: 'REPLICA_STOPPED',
  categories: ['REPLICATION'],
  needs: () => [CHANNELS],
  test(subject, answers) {
    const found = channelCase(subject, answers)
    if ('outcome' in found) return found
    const { channel, name, claim } = found
    if (channel.receiverRunning && channel.applierRunning)
      return ruledOut('receiver and applier run', [claim])
    const what = channel.applierRunning ? 'receiver' : 'applier'
    return {
      outcome: 'supported',
      hypothesis: `${name}: its ${what} does not run${channel.lastErrorNumber === 0 ? ', and no error is on record' : `; the last error is ${channel.lastErrorNumber}`}.`,
      recommendation: recommendation(channel),
      claims: [claim],
      weights: [{ why: 'the server itself says that it does not run', logOdds: 1 }],
      candidates: candidates(channel),
      affectingQueries: [],
    } satisfies TestResult
  },
}

function recommendation(channel: ReplicationChannel): string {
  if (channel.applierRunning)
    return 'See why it cannot reach its source: network, account, or binary logs the source has purged (error 1236).'
  if (PASSING_ERRORS.includes(channel.lastErrorNumber))
    return 'If nobody stopped it on purpose, start the applier.'
  return `Error ${channel.lastErrorNumber} does not pass by itself: find the difference between the servers. Events are never skipped; if the data differ, rebuild the replica.`
}

function candidates(channel: ReplicationChannel): ProposedAction[] {
  if (channel.applierRunning || !PASSING_ERRORS.includes(channel.lastErrorNumber)) return []
  return [
    {
      actionId: 'mysql/start-replica-applier',
      params: {},
      why: 'No lasting error is on record; it goes on where it stopped.',
      affectedSeries: [],
    },
  ]
}
