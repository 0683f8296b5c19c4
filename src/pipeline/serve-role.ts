/** The serve role's background work: uses of standing approvals, each recorded as a vote of its own. */
import { DbmedicError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Decision, NewApproval } from '../core/nouns.ts'
import type { ServePort, StandingApproval } from '../core/store-ports.ts'
import { type TargetNameOf, targetNames } from '../core/target-names.ts'
import { fromMs, toMs, type UtcTime } from '../core/time.ts'
import { coveringGrant } from './approve/index.ts'

/**
 * Votes on decisions that a human's standing approval covers. Gives how many. A use the store refuses (used up
 * or revoked meanwhile, the person no longer active) is logged once and holds up no other decision.
 * @param refused decisions whose use was refused so far; kept by the caller between turns.
 */
export async function useStandingApprovals(
  port: ServePort,
  log: Log,
  refused: Set<number> = new Set(),
): Promise<number> {
  const grants = (await port.read.standingApprovals()).filter((g) => g.revokedAt === null && g.usesLeft > 0)
  if (grants.length === 0) return 0
  const nameOf = targetNames(port.read)
  let used = 0
  for (const decision of await port.read.decisions({ status: 'PENDING_APPROVAL', limit: 100 })) {
    if (decision.riskLevel !== 'LOW' || refused.has(decision.decisionId)) continue
    try {
      if (await useOne(port, decision, { grants, log, nameOf })) used += 1
    } catch (error) {
      if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED')) throw error
      refused.add(decision.decisionId)
      const { message } = error
      const target = await nameOf(decision.targetId)
      log({ level: 'warn', stage: 'approve', message, target, decision: decision.decisionId })
    }
  }
  return used
}

/** One decision: true if a grant covers it and its use was stored. */
async function useOne(
  port: ServePort,
  decision: Decision,
  about: { readonly grants: readonly StandingApproval[]; readonly log: Log; readonly nameOf: TargetNameOf },
): Promise<boolean> {
  const issue = await port.read.issue(decision.issueId)
  const analysis = (await port.read.analyses(decision.issueId)).find(
    (a) => a.analysisId === decision.analysisId,
  )
  if (issue === null || analysis === undefined) return false
  const now = await port.read.now()
  const grant = coveringGrant({ decision, analysis, issue }, about.grants, now)
  if (grant === null) return false
  await port.insertApproval(voteUnder(grant, decision, now))
  const { decisionId } = decision
  about.log({
    level: 'info',
    stage: 'approve',
    message: 'standing approval used',
    target: await about.nameOf(decision.targetId),
    decision: decisionId,
    grant: grant.standingApprovalId,
  })
  return true
}

function voteUnder(grant: StandingApproval, decision: Decision, now: UtcTime): NewApproval {
  const end = Math.min(toMs(now) + 86_400_000, toMs(decision.expiresAt), toMs(grant.validUntil))
  return {
    decisionId: decision.decisionId,
    actionId: decision.recommendedActionId,
    planDigest: decision.planDigest,
    riskLevel: decision.riskLevel,
    adminUserId: grant.grantedBy,
    approvalStatus: 'APPROVED',
    approvalReason: 'ROUTINE',
    adminNotes: `standing approval ${grant.standingApprovalId}`,
    conditions: { undoPreconsented: false, windowStart: null },
    authenticationMethod: 'standing',
    signature: grant.signature,
    keyId: grant.keyId,
    standingApprovalId: grant.standingApprovalId,
    expiresAt: fromMs(end),
  }
}
