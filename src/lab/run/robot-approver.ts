/**
 * A scripted approver with keys of its own, who votes as people do: one vote for LOW and MEDIUM risk, two persons'
 * for HIGH. It approves what a scenario expects and nothing else.
 */
import { type Identified, type Installation, undoOffered, vote } from '../../app/index.ts'
import type { Decision } from '../../core/nouns.ts'

/** Votes for the decision through the ordinary gate; gives why it could not, or null. */
export async function approve(
  installation: Installation,
  people: readonly Identified[],
  decision: Decision,
): Promise<string | null> {
  const { serve } = installation.store
  if (serve === null) return 'the installation has no serve port'
  const voters = people.slice(0, decision.riskLevel === 'HIGH' ? 2 : 1)
  for (const person of voters) {
    const now = await serve.read.decision(decision.decisionId)
    if (now === null) return `decision ${decision.decisionId} is gone`
    const result = await vote(installation.config, serve, {
      decision: now,
      person,
      ballot: {
        decline: false,
        reason: 'CONFIDENT',
        notes: 'lab: scripted approver',
        conditions: { undoPreconsented: undoOffered(now), windowStart: null },
      },
    })
    if ('refused' in result) return result.because
  }
  return null
}
