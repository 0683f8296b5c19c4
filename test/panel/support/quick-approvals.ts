/** Somebody who approves within a moment of opening the evidence. */
import type { Decision } from '../../../src/core/nouns.ts'
import { signInOf } from '../../server/support/api-world.ts'
import { decide, makeIssue, newVote } from '../../support/pipeline-rows.ts'
import type { PanelWorld } from './panel-world.ts'

/** A decision that waits for carl. */
export const openDecision = async (
  { api: { world } }: Pick<PanelWorld, 'api'>,
  resource: string,
): Promise<Decision> => decide(world, await makeIssue(world, resource))

/** Carl's yes to it. */
export async function approveAsCarl(
  { api: { world } }: Pick<PanelWorld, 'api'>,
  decision: Decision,
): Promise<void> {
  await world.store.serve.insertApproval(await newVote(world, decision, world.carl))
}

/** Carl opens and approves so many. */
export async function approveQuickly(panel: Pick<PanelWorld, 'api'>, count: number): Promise<void> {
  const { store, carl } = panel.api.world
  for (let at = 1; at <= count; at += 1) {
    const decision = await openDecision(panel, `shop.quick_${at}`)
    const { decisionId, planDigest } = decision
    await signInOf(store).recordReading({ decisionId, userName: carl.userName, planDigest })
    await approveAsCarl(panel, decision)
  }
}
