/** Idle sessions of one account use the connections up. */
import type { TestResult } from '../../core/diagnosis.ts'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
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
/** Idle for longer than this no pool needs them, s. */
const LONG_IDLE_SECONDS = 600

export const poolLeak: MysqlDiagnosis = {
  id: 'mysql/pool-leak',
  version: 3,
  engine: 'mysql',
  title: 'One account keeps idle connections open',
  rootCause: 'POOL_LEAK',
  categories: ['CONNECTION_EXHAUSTION'],
  needs: (_subject, answers) => [CONNECTIONS, ...laterLooks(answers).map(laterQuestion)],
  test(_subject, answers) {
    const reading = lastLook(answers)
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

/**
 * In how many seconds each later look is made. A leak that has just begun looks like a busy pool between two statements, and is looked at
 * again when what leaked before has been idle for long enough; once more where it has grown so fast that half of it is younger.
 */
function laterLooks(answers: MysqlAnswers): readonly number[] {
  const first = momentary(answers.get('connections', {}))
  if (first === null) return []
  const second = Math.max(1, Math.ceil(LEAST_IDLE_SECONDS - first))
  const median = momentary(answers.get('later-connections', { afterSeconds: second }))
  return median === null || median < 1 ? [second] : [second, LEAST_IDLE_SECONDS + 1 - second]
}

const laterQuestion = (afterSeconds: number): EvidenceQuestion => ({
  kind: 'later-connections',
  params: { afterSeconds },
})

/** The latest look there is. */
function lastLook(answers: MysqlAnswers): Reading<ConnectionUse> | undefined {
  const looks = laterLooks(answers).flatMap(
    (afterSeconds) => answers.get('later-connections', { afterSeconds }) ?? [],
  )
  return looks.at(-1) ?? answers.get('connections', {})
}

/** How long the connections of the one account that holds most idle have been so, if that is but a moment, s; else null. */
function momentary(reading: Reading<ConnectionUse> | undefined): number | null {
  if (reading?.known !== true) return null
  const { worst, percent } = worstOf(reading.value)
  const isOfThisMoment = worst !== null && percent >= LEAK_PERCENT && worst.medianSeconds < LEAST_IDLE_SECONDS
  return isOfThisMoment ? worst.medianSeconds : null
}
