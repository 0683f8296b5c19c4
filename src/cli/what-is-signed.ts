/** The one line that names what a signature is given to, read from the plan itself and from nothing beside it. */
import type { Story } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { Decision } from '../core/nouns.ts'
import { printable } from './terminal.ts'

/**
 * The plan of a decision whose story is shown.
 * @throws DbmedicError DBM_VOTE_INVALID where that story tells another plan than the one that would be signed
 */
export function whatIsSigned(story: Pick<Story, 'decisions'>, decision: Decision): string {
  const shown = story.decisions.find((each) => each.decision.decisionId === decision.decisionId)
  if (shown?.decision.planDigest !== decision.planDigest)
    throw new DbmedicError('DBM_VOTE_INVALID', { problem: 'the story of its issue tells another plan' })
  const { action, target, riskLevel } = shown.binding
  const place = `${printable(target.name)} (${printable(target.engine)}, ${printable(target.instanceUid)})`
  return `You sign: ${printable(action.name)} on ${place}, ${riskLevel} risk, plan ${decision.planDigest}`
}
