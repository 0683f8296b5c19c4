/** Idle sessions of one account use the connections up. */
import type { TestResult } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { ConnectionUse } from '../../engines/mysql/shapes.ts'
import { CONNECTIONS, countsOf, idlest } from './connection-evidence.ts'
import {
  claimOf,
  count,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Share of connections one account must hold idle for a leak, percent. */
export const LEAK_PERCENT = 70
/** Connections idle for less are in use: a busy pool takes them again within moments, s. */
export const LEAST_IDLE_SECONDS = 2
/** How much later the second look is: what leaked before the first has been idle for long enough by then. */
const LATER = { afterSeconds: 4 } as const
/** Idle for longer than this no pool needs them, s. */
const LONG_IDLE_SECONDS = 600

export const poolLeak: MysqlDiagnosis = {
  id: 'mysql/pool-leak',
  version: 2,
  engine: 'mysql',
  title: 'One account keeps idle connections open',
  rootCause: 'POOL_LEAK',
  categories: ['CONNECTION_EXHAUSTION'],
  needs: (_subject, answers) => [CONNECTIONS, ...laterQuestions(answers)],
  test(_subject, answers) {
    const reading = answers.get('later-connections', LATER) ?? answers.get('connections', {})
    if (reading?.known !== true) return notKnown('who holds the connections', reading)
    const use = reading.value
    const { worst, percent } = worstOf(use)
    const claim = claimOf(
      `${count(use.threadsConnected)} of ${count(use.maxConnections)} connections are in use`,
      reading,
      { value: countsOf(use), recheck: CONNECTIONS },
    )
    if (worst === null || percent < LEAK_PERCENT)
      return ruledOut('no account holds most connections idle', [claim])
    if (worst.medianSeconds < LEAST_IDLE_SECONDS)
      return ruledOut(`the connections of ${worst.user} are in use again and again`, [claim])
    return {
      outcome: 'supported',
      hypothesis: `Account ${worst.user} keeps ${count(worst.count)} idle connections open (${percent.toFixed(0)} % of all), for ${count(worst.medianSeconds)} s at the median.`,
      recommendation: `Look for connections of ${worst.user} that are taken and never given back; lower its pool’s size or its idle time. Raising max_connections only delays it.`,
      claims: [claim],
      weights:
        worst.medianSeconds > LONG_IDLE_SECONDS
          ? [{ why: 'they have been idle for over ten minutes', logOdds: 2 }]
          : [],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

/** Whose idle sessions are the most, and their share of all connections, percent. */
function worstOf(use: ConnectionUse) {
  const worst = idlest(use)
  return { worst, percent: worst === null ? 0 : (100 * worst.count) / Math.max(1, use.threadsConnected) }
}

/** A leak that has just begun looks like a busy pool between two statements: it is looked at again. */
function laterQuestions(answers: MysqlAnswers): readonly EvidenceQuestion[] {
  const first = answers.get('connections', {})
  if (first?.known !== true) return []
  const { worst, percent } = worstOf(first.value)
  const isOfThisMoment = worst !== null && percent >= LEAK_PERCENT && worst.medianSeconds < LEAST_IDLE_SECONDS
  return isOfThisMoment ? [{ kind: 'later-connections', params: LATER }] : []
}
