/** The serve role's background work: uses of standing approvals, each recorded as a vote of its own. */
import type { Log } from '../core/log.ts'
import type { ServePort } from '../core/store-ports.ts'
import { fromMs, toMs } from '../core/time.ts'
import { coveringGrant } from './approve/index.ts'

/** Votes on decisions that a human's standing approval covers. Gives how many. */
export async function useStandingApprovals(port: ServePort, log: Log): Promise<number> {
  const grants = (await port.read.standingApprovals()).filter((g) => g.revokedAt === null && g.usesLeft > 0)
  if (grants.length === 0) return 0
  let used = 0
  for (const decision of await port.read.decisions({ status: 'PENDING_APPROVAL', limit: 100 })) {
    if (decision.riskLevel !== 'LOW') continue
    const issue = await port.read.issue(decision.issueId)
    const analysis = (await port.read.analyses(decision.issueId)).find(
      (a) => a.analysisId === decision.analysisId,
    )
    if (issue === null || analysis === undefined) continue
    const now = await port.read.now()
    const grant = coveringGrant({ decision, analysis, issue }, grants, now)
    if (grant === null) continue
    const end = Math.min(toMs(now) + 86_400_000, toMs(decision.expiresAt), toMs(grant.validUntil))
    await port.insertApproval({
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
    })
    log({
      level: 'info',
      stage: 'approve',
      message: 'standing approval used',
      decision: decision.decisionId,
      grant: grant.standingApprovalId,
    })
    used += 1
  }
  return used
}
