/** The table of statement digests is too small. It can only be enlarged at a start, so it is advice. */
import type { TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  claimOfEvent,
  count,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Largest size both families accept (MariaDB's maximum). https://mariadb.com/kb/en/performance-schema-system-variables/ */
export const LARGEST_DIGESTS = 200_000
/** Sizes below it are not worth a restart. */
const LEAST_DIGESTS = 20_000

const SIZE = { kind: 'variables', params: { names: ['performance_schema_digests_size'] } } as const

export const digestOverflow: MysqlDiagnosis = {
  id: 'mysql/digest-overflow',
  version: 1,
  engine: 'mysql',
  title: 'There are more statement shapes than the server keeps',
  rootCause: 'DIGEST_OVERFLOW',
  categories: ['MONITORING_GAP'],
  needs: () => [SIZE],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/digest-overflow') return ruledOut('the issue is not about digests')
    const reading = answers.get('variables', SIZE.params)
    if (reading?.known !== true) return notKnown('how many digests the server keeps', reading)
    const now = Number(reading.value['performance_schema_digests_size'] ?? 0)
    const blind = numberFact(subject, 'blindPercent')
    return {
      outcome: 'supported',
      hypothesis: `The server keeps ${count(now)} statement shapes and has seen more: ${blind.toFixed(1)} % of the calls of a window have no name.`,
      recommendation: advice(now),
      claims: [
        claimOf(`performance_schema_digests_size is ${count(now)}`, reading, { value: now, recheck: SIZE }),
        claimOfEvent(subject, `${blind.toFixed(1)} % of calls fell into the nameless row`, {
          blindPercent: blind,
          digestsLost: numberFact(subject, 'digestsLost'),
        }),
      ],
      weights: [{ why: 'the server counts the shapes it lost', logOdds: 2 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

function advice(now: number): string {
  const next = Math.min(LARGEST_DIGESTS, Math.max(LEAST_DIGESTS, 2 * now))
  const source =
    'Look for statements built with changing names or lists, e.g. one table a tenant: each is a shape of its own.'
  return now >= LARGEST_DIGESTS
    ? `${source} The table cannot grow further.`
    : `Write performance_schema_digests_size = ${next} under [mysqld] and restart at the next opportunity; it cannot be set while running. ${source}`
}
