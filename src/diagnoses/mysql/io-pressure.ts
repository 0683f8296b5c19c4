/** B2 row 12: everything got slower at equal work because reads go to disk. */
import type { TestResult } from '../../core/diagnosis.ts'
import { claimOf, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

/** Growth of physical reads, and classes that got slower together, that tell I/O from one bad statement. */
export const READS_FACTOR = 3
export const SLOWER_CLASSES = 5

const question = { kind: 'io-profile', params: {} } as const

export const ioPressure: MysqlDiagnosis = {
  id: 'mysql/io-pressure',
  version: 1,
  engine: 'mysql',
  title: 'Reads go to disk and everything waits for them',
  rootCause: 'IO_PRESSURE',
  categories: ['STORAGE', 'MEMORY', 'QUERY_PERFORMANCE'],
  needs: () => [question],
  test(_subject, answers) {
    const io = answers.get('io-profile', {})
    if (io?.known !== true) return notKnown('physical reads', io)
    const { physicalReadsPerSecond, baselineReadsPerSecond, missPercent, slowerClasses } = io.value
    const factor =
      baselineReadsPerSecond === null ? null : physicalReadsPerSecond / Math.max(1, baselineReadsPerSecond)
    const claim = claimOf(
      `${physicalReadsPerSecond.toFixed(0)} physical reads a second, ${missPercent.toFixed(2)} % misses, ${slowerClasses} statement classes slower at equal work`,
      io,
      { physicalReadsPerSecond, baselineReadsPerSecond, missPercent, slowerClasses },
      { recheck: question },
    )
    if (factor === null || factor < READS_FACTOR || slowerClasses < SLOWER_CLASSES) {
      return ruledOut('physical reads and other statements are as usual', [claim])
    }
    return {
      outcome: 'supported',
      hypothesis: `Physical reads are ${factor.toFixed(1)} times their baseline and ${slowerClasses} statement classes got slower together at equal work per call.`,
      recommendation:
        'Find what evicted the working set (a backup, a report, a bulk load); if memory is free, a larger buffer pool can be decided.',
      claims: [claim],
      weights:
        missPercent > 1
          ? [{ why: 'more than one read in a hundred misses the buffer pool', logOdds: 1 }]
          : [],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
