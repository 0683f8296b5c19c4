/** What the diagnoses of replication share: the channel an issue is about, as it is now. */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import type { Reading } from '../../core/observer.ts'
import type { ReplicationChannel } from '../../engines/mysql/shapes.ts'
import { claimOf, type MysqlAnswers, type NewClaim, notKnown, ruledOut, textFact } from './mysql-diagnosis.ts'

/** The question of how the channels are. */
export const CHANNELS = { kind: 'replication-channels', params: {} } as const

/** A channel with how many there are and the claim of how it is. */
export interface ChannelCase {
  readonly channel: ReplicationChannel
  readonly name: string
  readonly claim: NewClaim
}

/** The channel this issue is about, or why nothing can be said of it. */
export function channelCase(subject: Subject, answers: MysqlAnswers): ChannelCase | TestResult {
  if (subject.issue.ruleId !== 'mysql/replication-lag') return ruledOut('the issue is not about a channel')
  const reading: Reading<readonly ReplicationChannel[]> | undefined = answers.get('replication-channels', {})
  if (reading?.known !== true) return notKnown('how the replica’s channels are', reading)
  const channel = reading.value.find((c) => c.channel === textFact(subject, 'channel'))
  if (channel === undefined) return ruledOut('the server has no such channel any more')
  const name = channel.channel === '' ? 'The default channel' : `Channel ${channel.channel}`
  const claim = claimOf(
    `receiver ${channel.receiverRunning ? 'runs' : 'stopped'}, applier ${channel.applierRunning ? 'runs' : 'stopped'}, last error ${channel.lastErrorNumber}, lag ${channel.lagSeconds === null ? 'unknown' : `${channel.lagSeconds} s`}`,
    reading,
    { value: { ...channel }, recheck: CHANNELS },
  )
  return { channel, name, claim }
}
