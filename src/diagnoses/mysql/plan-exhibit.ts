/** The plan of the statement an issue is about, for a person to look at beside whatever the tests conclude. */
import type { Json } from '../../core/canonical.ts'
import type { Subject } from '../../core/diagnosis.ts'
import { claimOf, fingerprintIdOf, type MysqlAnswers, type NewClaim } from './mysql-diagnosis.ts'
import { knownHistory } from './statement-evidence.ts'

/**
 * The plan as a tree, with the rows a call examines by the server's own count: of an EXPLAIN that is all that is known of
 * rows really read. Nothing where no plan is known.
 */
export function planExhibit(subject: Subject, answers: MysqlAnswers): readonly NewClaim[] {
  const fingerprintId = fingerprintIdOf(subject)
  if (fingerprintId === null) return []
  const question = { kind: 'statement-plan', params: { fingerprintId } } as const
  const reading = answers.get(question.kind, question.params)
  if (reading?.known !== true || reading.value.tree === undefined) return []
  const { tree, origin, estimatedCost } = reading.value
  const examined = knownHistory(subject, answers)?.current.rowsExaminedPerCall ?? null
  return [
    claimOf('how the server runs the statement', reading, {
      value: {
        plan: tree as unknown as Json,
        origin,
        estimatedCost,
        examinedPerCall: examined === null ? null : Math.round(examined),
      },
      recheck: question,
    }),
  ]
}
