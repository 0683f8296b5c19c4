/** Everything got slower at equal work because reads go to disk. */
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import type { IoProfile } from '../../engines/mysql/shapes.ts'
import { claimOf, type MysqlDiagnosis, notKnown, ruledOut } from './mysql-diagnosis.ts'

/** Growth of physical reads that counts. */
export const READS_FACTOR = 3
/** Classes slower together that tell I/O from one bad statement where nobody times the reads. */
export const SLOWER_CLASSES = 5
/** Where reads are timed: how much longer their growth makes statements take, as much as makes a class count as slower. */
export const READS_SLOW_BY = 1.5
/** … and the fewest classes that must feel it: one that is slower alone is a matter of its own. */
export const FEWEST_SLOWER = 2
/** Share of the statements' time from which reads are what the server as a whole is busy with, percent. */
export const READS_ARE_MOST = 50

const question = { kind: 'io-profile', params: {} } as const

/**
 * Three ways lead to it, all beside three times the usual physical reads. Timed: with a share s of the statements' time
 * spent on reads, what does not read takes 1 - s of it, so a share that grew from s0 to s makes them take
 * (1 - s0) / (1 - s) times as long (Amdahl, AFIPS 1967); 1.5 times is what makes a class count as slower, and at least
 * two unrelated classes must be that. How many feel it depends on how many read what was evicted, so no more are asked
 * for. Timed, where the issue is the reads themselves: statements spend half of their time on them or more, whether or
 * not those that were there before got slower. Untimed: five classes slower at equal work, as no other evidence tells the
 * disk from one bad statement.
 */
export const ioPressure: MysqlDiagnosis = {
  id: 'mysql/io-pressure',
  version: 2,
  engine: 'mysql',
  title: 'Reads go to disk and everything waits for them',
  rootCause: 'IO_PRESSURE',
  categories: ['STORAGE', 'QUERY_PERFORMANCE'],
  needs: () => [question],
  test(subject, answers) {
    const io = answers.get('io-profile', {})
    if (io?.known !== true) return notKnown('physical reads', io)
    const { physicalReadsPerSecond, baselineReadsPerSecond, missPercent, slowerClasses, classes } = io.value
    const timed = slowdownByReads(io.value)
    const claim = claimOf(
      `${physicalReadsPerSecond.toFixed(0)} physical reads a second, ${missPercent.toFixed(2)} % misses, ${timed.words}, ${slowerClasses} of ${classes} statement classes slower at equal work`,
      io,
      { value: { ...io.value }, recheck: question },
    )
    if (baselineReadsPerSecond === null)
      return notKnown('how many physical reads are usual', {
        known: false,
        because: 'there are too few earlier windows',
        toProceed: 'Wait until the observer has watched for a while.',
      })
    const factor = physicalReadsPerSecond / Math.max(1, baselineReadsPerSecond)
    if (factor < READS_FACTOR) return ruledOut('physical reads are as usual', [claim])
    const isMeasured = isFelt(subject, io.value, timed.factor)
    if (!isMeasured && slowerClasses < SLOWER_CLASSES)
      return ruledOut(
        slowerClasses < FEWEST_SLOWER
          ? 'other statements are as quick as usual, so it is not the disk'
          : `${slowerClasses} statement classes are slower, but ${timed.words}, so it need not be the disk`,
        [claim],
      )
    const others =
      slowerClasses === 0
        ? 'no other statement class is slower yet'
        : `${slowerClasses} statement classes got slower together at equal work per call`
    return {
      outcome: 'supported',
      hypothesis: `Physical reads are ${factor.toFixed(1)} times their baseline, ${timed.words}, and ${others}.`,
      recommendation:
        'Find what evicted the working set (a backup, a report, a bulk load); if memory is free, a larger buffer pool can be decided.',
      claims: [claim],
      weights: weigh(missPercent, isMeasured),
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

/** Whether the time of reads was measured, and is long enough for what the issue is about. */
function isFelt(
  { issue }: Subject,
  { readWaitPercent, slowerClasses }: IoProfile,
  slowBy: number | null,
): boolean {
  if (slowBy !== null && slowBy >= READS_SLOW_BY && slowerClasses >= FEWEST_SLOWER) return true
  return issue.issueCategory === 'STORAGE' && (readWaitPercent ?? 0) >= READS_ARE_MOST
}

/** How many times as long statements take for the reads they did not wait for before; null where nobody times reads. */
function slowdownByReads({ readWaitPercent, baselineReadWaitPercent }: IoProfile): {
  readonly factor: number | null
  readonly words: string
} {
  if (readWaitPercent === null || baselineReadWaitPercent === null)
    return { factor: null, words: 'how long statements wait for them is not measured' }
  const words = `they take ${readWaitPercent.toFixed(0)} % of the statements’ time (${baselineReadWaitPercent.toFixed(0)} % before)`
  return { factor: (100 - baselineReadWaitPercent) / Math.max(1, 100 - readWaitPercent), words }
}

function weigh(missPercent: number, isMeasured: boolean): readonly Weight[] {
  const weights: Weight[] = []
  if (missPercent > 1)
    weights.push({ why: 'more than one read in a hundred misses the buffer pool', logOdds: 1 })
  if (isMeasured)
    weights.push({ why: 'the time statements wait for reads was measured, not concluded', logOdds: 1 })
  return weights
}
