/** Why a decision does not run now, in words that name what to do; from the store's rows alone. */
import type { Decision } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { Halt, ReadPort } from '../core/store-ports.ts'
import { utc } from './terminal.ts'

/** A reason and the next step. */
export interface NotNow {
  readonly because: string
  readonly toProceed: string
}

/** The stop that is on for what a decision would run; null if none is. */
export async function stopOn(read: ReadPort, decision: Decision): Promise<Halt | null> {
  const { action, target } = JSON.parse(decision.bindingText) as Binding
  const keys: Record<Halt['scope'], string> = {
    ALL: '',
    ENGINE: target.engine,
    TARGET: String(target.id),
    ACTION: action.name,
  }
  return (await read.halts()).find((h) => h.scope === 'ALL' || h.key === keys[h.scope]) ?? null
}

/** The first thing in the way; null if the rows show none (a cool-down, another run: the executor says those). */
export async function whyNotNow(read: ReadPort, decision: Decision): Promise<NotNow | null> {
  const { decisionId, issueId, decisionStatus } = decision
  const see = `See: dbmedic show ${issueId}`
  const [ran] = await read.executions({ decisionId, limit: 1 })
  if (ran !== undefined)
    return { because: `it ran already: ${ran.executionOutcome ?? ran.executionStatus}`, toProceed: see }
  if (decisionStatus === 'PENDING_APPROVAL') {
    const votes = (await read.approvals(decisionId)).length
    const because = votes === 0 ? 'it is not approved' : 'it is not approved: a second person must consent'
    return { because, toProceed: `Run: dbmedic approve ${decisionId}` }
  }
  if (decisionStatus !== 'APPROVED')
    return { because: `it is not approved but ${decisionStatus}`, toProceed: see }
  const stop = await stopOn(read, decision)
  if (stop !== null)
    return {
      because: `stop ${stop.haltId} by ${stop.setBy} is on: ${stop.reason}`,
      toProceed: `Lift it: dbmedic lift ${stop.haltId}`,
    }
  const now = await read.now()
  const approvals = await read.approvals(decisionId)
  const start = approvals.map((a) => a.conditions.windowStart).find((w) => w !== null && w > now)
  if (start != null) return { because: `its window starts at ${utc(start)} UTC`, toProceed: 'Wait for it.' }
  return approvals.some((a) => a.expiresAt <= now) || decision.expiresAt <= now
    ? { because: 'its validity ended', toProceed: 'Wait for the new decision.' }
    : null
}
