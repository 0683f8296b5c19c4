/** What a person may still do about a run that has ended: ask for its inverse, settle what measurement left open. */
import type { Refusal } from '../core/errors.ts'
import type { NewVerification } from '../core/nouns.ts'
import { type Inverse, inverseRequest } from './inverse-request.ts'
import { notNow } from './not-now.ts'
import type { DecisionStory } from './story.ts'

/** The request that takes a run back. */
export type Undo = Exclude<Inverse, { readonly whyNot: string }>

/** The request that takes a decision's run back, or why there is none: nothing ran, it was undone, it cannot be. */
export function undoOf({ decision, binding, executions }: DecisionStory): Undo | Refusal {
  const { decisionId, issueId } = decision
  const see = `See: dbmedic show ${issueId}`
  const done = executions.find((each) => each.execution.purpose === 'DO')?.execution
  if (done?.executionStatus !== 'COMPLETED')
    return notNow(`decision ${decisionId} changed nothing: no run of it completed`, see)
  const undone = executions.some(
    (each) => each.execution.purpose === 'UNDO' && each.execution.executionStatus !== 'FAILED',
  )
  if (undone) return notNow(`decision ${decisionId} was undone already`, see)
  const inverse = inverseRequest(binding)
  return 'whyNot' in inverse
    ? notNow(`decision ${decisionId} cannot be undone: ${inverse.whyNot}`, byHand(binding, see))
    : inverse
}

/** The measurement a person settles, or why there is none: a verdict is settled once. */
export function undecidedOf({ decision, executions }: DecisionStory): NewVerification | Refusal {
  const run = executions.find((each) => each.execution.purpose === 'DO')
  const [newest] = run?.verifications ?? []
  if (newest?.verdict === 'undecided') {
    const { verificationId: _id, verifiedAt: _at, ...measured } = newest
    return measured
  }
  return notNow(
    `decision ${decision.decisionId} has no undecided verdict${newest === undefined ? '' : `: it is ${newest.verdict}`}`,
    `See: dbmedic show ${decision.issueId}`,
  )
}

/** Where the catalogue cannot, a person can: the statements stand in what was approved. */
const byHand = ({ undo }: DecisionStory['binding'], see: string): string =>
  'plan' in undo ? `By hand: ${undo.plan.steps.map((each) => each.text).join('; ')}` : see
