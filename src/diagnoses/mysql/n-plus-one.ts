/** A cheap statement called far more often than it used to be. Advice for the application. */
import type { TestResult } from '../../core/diagnosis.ts'
import { cannotTell, claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'
import { LEAN_RATIO, statementQuestions, workingStatement } from './statement-evidence.ts'

/** Growth of calls that tells a loop from work. */
export const CALLS_FACTOR = 3
/** Rows a call may return to be one of a loop's. */
const FEW_ROWS = 100

export const nPlusOne: MysqlDiagnosis = {
  id: 'mysql/n-plus-one',
  version: 1,
  engine: 'mysql',
  title: 'A cheap statement is called in a loop',
  rootCause: 'N_PLUS_ONE',
  categories: ['QUERY_PERFORMANCE'],
  needs: statementQuestions,
  test(subject, answers) {
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    const history = answers.get('statement-history', { fingerprintId })
    if (history?.known !== true) return notKnown('how the statement behaved before', history)
    const { current, baseline } = history.value
    if (baseline === null)
      return cannotTell(
        'how often the statement used to be called is not on record',
        'Wait until it has been watched for some hours.',
      )
    const factor = current.callsPerSecond / Math.max(1e-9, baseline.callsPerSecond)
    const ratio = current.rowsExaminedPerCall / Math.max(1, current.rowsSentPerCall)
    const claim = claimOf(
      `${current.callsPerSecond.toFixed(1)} calls a second against ${baseline.callsPerSecond.toFixed(1)} before`,
      history,
      {
        value: { factor, rowsExaminedPerRowReturned: ratio },
        recheck: { kind: 'statement-history', params: { fingerprintId } },
      },
    )
    if (factor < CALLS_FACTOR) return ruledOut('it is not called much more often than before', [claim])
    if (ratio > LEAN_RATIO || current.rowsSentPerCall > FEW_ROWS)
      return ruledOut('each call is costly, so it is not a loop of cheap ones', [claim])
    return {
      outcome: 'supported',
      hypothesis: `Each call is cheap (${count(current.rowsExaminedPerCall)} rows), but it is called ${factor.toFixed(1)} times as often as before.`,
      recommendation:
        'In the application: fetch these rows in one statement (a join or an IN list) instead of one call for each.',
      claims: [claim],
      weights: [{ why: 'that one caller makes them is not seen', logOdds: -0.5 }],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  },
}
