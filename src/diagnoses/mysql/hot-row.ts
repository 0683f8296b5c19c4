/** Many short transactions want the same rows: nobody blocks for long, yet much of the time is spent waiting. */
import type { TestResult } from '../../core/diagnosis.ts'
import { concernedRoot, lasted, lockGraph, lockGraphQuestions } from './blocker-evidence.ts'
import { claimOf, type MysqlDiagnosis, notKnown, ruledOut, textFact } from './mysql-diagnosis.ts'
import { WAIT_SECONDS, WAITING_PERCENT } from './statement-evidence.ts'

/** A blocker that holds others up for longer is a case of its own, s. */
const SHORT_WAIT_SECONDS = 2
/** Samples below which a share says nothing. */
const SAMPLES_MIN = 5

const WAITS = { kind: 'wait-profile', params: { fingerprintId: '', seconds: WAIT_SECONDS } } as const

export const hotRow: MysqlDiagnosis = {
  id: 'mysql/hot-row',
  version: 1,
  engine: 'mysql',
  title: 'Many short transactions want the same rows',
  rootCause: 'HOT_ROW',
  categories: ['LOCK_CONTENTION'],
  needs: (subject, answers) => [...lockGraphQuestions(subject, answers), WAITS],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/lock-wait') return ruledOut('the issue is not about row locks')
    const graph = lockGraph(answers)
    if (graph?.known !== true) return notKnown('who waits for whom', graph)
    const root = concernedRoot(subject, graph.value)
    if (root !== null && (root.longestWaitSeconds >= SHORT_WAIT_SECONDS || lasted(subject, answers, root)))
      return ruledOut(`one session, connection ${root.connectionId}, holds the others up`)
    const waits = answers.get('wait-profile', WAITS.params)
    if (waits?.known !== true) return notKnown('how much of the time sessions wait', waits)
    const percent = waits.value.lockWaitPercent - waits.value.metadataWaitPercent
    const claim = claimOf(
      `in ${percent.toFixed(0)} % of ${waits.value.samples} samples of running statements the session waited for a row lock`,
      waits,
      { value: { percent, samples: waits.value.samples }, unit: 'percent', recheck: WAITS },
    )
    if (waits.value.samples < SAMPLES_MIN || percent < WAITING_PERCENT)
      return ruledOut('sessions do not spend much of their time waiting for row locks', [claim])
    const on = subject.issue.affectedResourceName
    const index = textFact(subject, 'index')
    return {
      outcome: 'supported',
      hypothesis: `No single session holds the others up, yet ${percent.toFixed(0)} % of the running statements wait for row locks: many short transactions want the same rows of ${on}.`,
      recommendation: `In the application: update these rows last in the transaction, split a counter over several rows, or queue the updates.${index === '' ? '' : ` The waits are on index ${index}: a statement that finds its rows by a better index locks fewer of them.`}`,
      claims: [claim],
      weights: [{ why: 'the blockers were gone when they were looked for', logOdds: -0.5 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}
