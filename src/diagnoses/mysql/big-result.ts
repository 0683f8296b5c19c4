/** The statement returns what it reads, and that is much: no index reads less. Advice for the application. */
import type { TestResult } from '../../core/diagnosis.ts'
import { claimOf, count, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'
import { returnsWhatItReads, statementQuestions, workingStatement } from './statement-evidence.ts'

export const bigResult: MysqlDiagnosis = {
  id: 'mysql/big-result',
  version: 1,
  engine: 'mysql',
  title: 'The statement simply returns many rows',
  rootCause: 'BIG_RESULT',
  categories: ['QUERY_PERFORMANCE'],
  needs: statementQuestions,
  test(subject, answers) {
    const fingerprintId = workingStatement(subject, answers)
    if (typeof fingerprintId !== 'string') return fingerprintId
    const history = answers.get('statement-history', { fingerprintId })
    if (history?.known !== true) return notKnown('how many rows the statement returns', history)
    const { rowsExaminedPerCall, rowsSentPerCall } = history.value.current
    const claim = claimOf(
      `each call examines ${count(rowsExaminedPerCall)} rows to return ${count(rowsSentPerCall)}`,
      history,
      {
        value: { rowsExaminedPerCall, rowsSentPerCall },
        unit: 'rows',
        recheck: { kind: 'statement-history', params: { fingerprintId } },
      },
    )
    if (!returnsWhatItReads(history.value))
      return ruledOut('it returns few rows, or far fewer than it reads', [claim])
    return {
      outcome: 'supported',
      hypothesis: `Each call returns ${count(rowsSentPerCall)} rows and reads little more than that: the time goes into the result itself.`,
      recommendation:
        'In the application: ask for the columns and rows that are shown, page by key (WHERE id > last ORDER BY id LIMIT n), or aggregate in the statement.',
      claims: [claim],
      weights: [],
      candidates: [],
      affectingQueries: [fingerprintId],
    } satisfies TestResult
  },
}
