/** Everything got slower at equal work because reads go to disk. */
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
  categories: ['STORAGE', 'QUERY_PERFORMANCE'],
  needs: () => [question],
  test(_subject, answers) {
    const io = answers.get('io-profile', {})
    if (io?.known !== true) return notKnown('physical reads', io)
    const { physicalReadsPerSecond, baselineReadsPerSecond, missPercent, slowerClasses, waitFree } = io.value
    const claim = claimOf(
      `${physicalReadsPerSecond.toFixed(0)} physical reads a second, ${missPercent.toFixed(2)} % misses, ${slowerClasses} statement classes slower at equal work`,
      io,
      {
        value: { physicalReadsPerSecond, baselineReadsPerSecond, missPercent, slowerClasses, waitFree },
        recheck: question,
      },
    )
    if (baselineReadsPerSecond === null)
      return notKnown('how many physical reads are usual', {
        known: false,
        because: 'there are too few earlier windows',
        toProceed: 'Wait until the observer has watched for a while.',
      })
    const factor = physicalReadsPerSecond / Math.max(1, baselineReadsPerSecond)
    if (factor < READS_FACTOR) return ruledOut('physical reads are as usual', [claim])
    if (slowerClasses < SLOWER_CLASSES)
      return ruledOut('other statements are as quick as usual, so it is not the disk', [claim])
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
