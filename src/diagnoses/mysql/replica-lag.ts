/** A replica runs and is behind. What the source wrote is not seen from here, so it is advice. */
import type { TestResult } from '../../core/diagnosis.ts'
import type { Reading } from '../../core/observer.ts'
import { cannotTell, claimOf, count, type MysqlDiagnosis, numberFact, ruledOut } from './mysql-diagnosis.ts'
import { CHANNELS, type ChannelCase, channelCase } from './replica-evidence.ts'

/** A replica less behind than this has caught up, s … */
const CAUGHT_UP_SECONDS = 10
/** … and so has one less behind than this share of the lag it was noticed with, where less is configured to be noticed. */
const CAUGHT_UP_SHARE = 1 / 3

const WORKERS = {
  kind: 'variables',
  params: { names: ['replica_parallel_workers', 'slave_parallel_workers', 'slave_parallel_threads'] },
} as const

export const replicaLag: MysqlDiagnosis = {
  id: 'mysql/replica-lag',
  version: 2,
  engine: 'mysql',
  title: 'A replica applies more slowly than its source writes',
  rootCause: 'REPLICA_LAG',
  categories: ['REPLICATION'],
  needs: () => [CHANNELS, WORKERS],
  test(subject, answers) {
    const found = channelCase(subject, answers)
    if ('outcome' in found) return found
    const { channel, claim } = found
    if (!channel.receiverRunning || !channel.applierRunning)
      return ruledOut('it does not lag, it is stopped', [claim])
    if (channel.lagSeconds === null)
      return cannotTell('how far behind the channel is', 'Ask again: the server did not know.')
    const noticed = numberFact(subject, 'lagSeconds') || Number.POSITIVE_INFINITY
    if (channel.lagSeconds < Math.min(CAUGHT_UP_SECONDS, CAUGHT_UP_SHARE * noticed))
      return ruledOut('it has caught up', [claim])
    return supported(found, channel.lagSeconds, answers.get('variables', WORKERS.params))
  },
}

type Settings = Reading<{ readonly [name: string]: string }> | undefined

/** Workers that apply in parallel, the most of what the server calls them; null if it is not known. */
function workersOf(settings: Settings): number | null {
  if (settings?.known !== true) return null
  const numbers = Object.values(settings.value).map(Number).filter(Number.isFinite)
  return Math.max(0, ...numbers)
}

function supported({ name, claim }: ChannelCase, lagSeconds: number, settings: Settings): TestResult {
  const workers = workersOf(settings)
  const one = workers !== null && workers <= 1
  const claims = [claim]
  if (settings?.known === true)
    claims.push(
      claimOf('workers that apply in parallel', settings, { value: settings.value, recheck: WORKERS }),
    )
  const weights = [{ why: 'what its source writes is not seen from here', logOdds: -1 }]
  if (one) weights.push({ why: 'one worker applies what many sessions wrote', logOdds: 0.5 })
  return {
    outcome: 'supported',
    hypothesis: `${name} is ${count(lagSeconds)} s behind: it applies more slowly than its source writes${one ? ', with one worker' : ''}.`,
    recommendation: `Look on the source for one large transaction or DDL, and for tables without a primary key, whose row events scan the table.${one ? ' Apply in parallel: replica_parallel_workers (MySQL), slave_parallel_threads (MariaDB).' : ''} A delay set on purpose (SOURCE_DELAY, MASTER_DELAY) looks the same.`,
    claims,
    weights,
    candidates: [],
    affectingQueries: [],
  }
}
