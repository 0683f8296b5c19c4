/**
 * A person's own wish for an action: it becomes event (MANUAL), issue, analysis (by `human`) and decision like
 * any other, with that person as proposer, so that the same preconditions, votes and guards stand before it.
 */
import { canonicalJson, type Json, type Sha256 } from '../core/canonical.ts'
import type { Issue, NewAnalysis, NewDetectionEvent, ProposedAction, Target } from '../core/nouns.ts'
import type { ReasonPort, RecoveryRequest } from '../core/store-ports.ts'
import type { IssueCategory } from '../core/vocabulary.ts'
import { issueFingerprint } from './detect/index.ts'

/** The rule of a wish's event, after the engine's id. */
const WISH_RULE = '/manual-request'

/** What turning a wish into an issue needs. */
export interface ManualInput {
  readonly port: ReasonPort
  readonly request: RecoveryRequest
  readonly target: Target
  readonly category: IssueCategory
  readonly sha256: Sha256
  readonly version: string
}

/**
 * Writes event, issue and analysis of a wish. Gives the issue's id and the analysis', or why there is none.
 */
export async function recordWish(
  input: ManualInput,
): Promise<{ readonly issueId: number; readonly analysisId: number } | { readonly because: string }> {
  const { port, target } = input
  if (target.instanceUid === null)
    return { because: 'the target was never reached, so it has no identity to bind to' }
  const now = await port.read.now()
  const event = manualEvent(input, now, target.instanceUid)
  const eventId = await port.appendManualEvent(event)
  const open = await port.openIssueOf(event.issueFingerprint)
  if (open !== null) return { because: `issue ${open.issueId} is open for the same wish already` }
  const issueId = await port.openIssue({
    targetId: target.targetId,
    instanceUid: target.instanceUid,
    issueCategory: input.category,
    issueFingerprint: event.issueFingerprint,
    ruleId: event.ruleId,
    severity: 'INFO',
    affectedResourceType: 'server',
    affectedResourceName: event.affectedResourceName,
    occurrenceCount: 1,
    firstOccurrenceEventId: eventId,
    lastDetectionEventId: eventId,
    recurrenceOfIssueId: null,
  })
  if (issueId === null) return { because: 'another analyst took the wish' }
  await port.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  const analysisId = await port.insertAnalysis(wishAnalysis(input, issueId))
  await port.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  return { issueId, analysisId }
}

/** Was the issue opened by a person's wish, and by no instrument? */
export const isWish = (issue: Issue): boolean => issue.ruleId.endsWith(WISH_RULE)

/**
 * Ends a wish whose decision came to nothing, or that no decision could be made of. No instrument will ever report
 * its condition gone, and while it is open the same wish cannot be made again.
 */
export async function endWish(port: ReasonPort, issueId: number): Promise<void> {
  for (const from of ['AWAITING_DECISION', 'UNDER_ANALYSIS'] as const) {
    if (await port.moveIssue(issueId, from, 'NO_ACTION')) {
      await port.moveIssue(issueId, 'NO_ACTION', 'CLOSED')
      return
    }
  }
}

/**
 * Closes an issue at a person's request: one whose analysis abstained, or of which no decision could be made. One with
 * a decision ends by that decision's own verbs. Gives what became of it.
 */
export async function closeIssue(port: ReasonPort, request: RecoveryRequest): Promise<string> {
  const { issueId } = request
  const issue = issueId === null ? null : await port.read.issue(issueId)
  if (issue === null || issue.targetId !== request.targetId) return 'there is no such issue on that target'
  const { issueStatus } = issue
  const closed = `issue ${issue.issueId} closed for ${request.requestedBy}`
  if (issueStatus === 'AWAITING_DECISION' && (await port.moveIssue(issue.issueId, issueStatus, 'NO_ACTION')))
    return (await port.moveIssue(issue.issueId, 'NO_ACTION', 'CLOSED')) ? closed : IS_MOVING
  if (issueStatus === 'NO_ACTION' && (await port.moveIssue(issue.issueId, issueStatus, 'CLOSED')))
    return closed
  if (issueStatus === 'AWAITING_DECISION' || issueStatus === 'NO_ACTION') return IS_MOVING
  return `issue ${issue.issueId} is ${issueStatus}: only one that waits without a decision is closed`
}

const IS_MOVING = 'the issue moved on at that moment'

/** A person's word stands in for the analysis: no evidence, even odds, that person's reason. */
function wishAnalysis({ request, version }: ManualInput, issueId: number): NewAnalysis {
  return {
    issueId,
    rootCauseCode: 'HUMAN_REQUEST',
    rootCauseHypothesis: `${request.requestedBy} asks for ${request.actionName}: ${request.reason}`.slice(
      0,
      2000,
    ),
    confidenceScore: 0.5,
    rawConfidence: 0.5,
    calibratorVersion: 0,
    recommendationSummary: `Run ${request.actionName} as asked for.`,
    historicalSimilarityScore: null,
    analysisStatus: 'COMPLETED',
    affectingQueries: [],
    evidence: [],
    competingHypotheses: [
      {
        rootCauseCode: 'HUMAN_REQUEST',
        hypothesis: 'A person asks for it.',
        confidence: 0.5,
        lostBecause: null,
        evidenceIds: [],
        candidates: [wished(request)],
      },
    ],
    analyzer: 'human',
    analyzerVersion: version,
    model: null,
    promptDigest: null,
    droppedClaims: [],
  }
}

const wished = (request: RecoveryRequest): ProposedAction => ({
  actionId: request.actionName,
  params: request.params,
  why: request.reason,
  affectedSeries: [],
})

/** Longest path in an issue's name, characters from its end. */
const PATH_MOST = 200

/** Requests for files differ in nothing else that a list shows. */
function fileOf({ params }: RecoveryRequest): string {
  const file = params['file']
  const path = typeof file === 'object' && file !== null && 'path' in file ? file.path : null
  if (typeof path !== 'string') return ''
  return path.length > PATH_MOST ? ` on …${path.slice(-PATH_MOST)}` : ` on ${path}`
}

function manualEvent(input: ManualInput, now: string, instanceUid: string): NewDetectionEvent {
  const { request, target, sha256 } = input
  const key = canonicalJson([request.actionName, request.params as Json])
  const ruleId = `${target.engine}${WISH_RULE}`
  return {
    targetId: target.targetId,
    instanceUid,
    eventTimestamp: now,
    detectionSource: 'MANUAL',
    // An issue rests on a BREACH; alone, and not opening at once, this one opens nothing but the wish's own.
    eventKind: 'BREACH',
    ruleId,
    ruleVersion: 1,
    severityIndicator: 'INFO',
    issueCategory: input.category,
    issueFingerprint: issueFingerprint(sha256, {
      instanceUid,
      category: input.category,
      ruleId,
      resourceKey: key,
    }),
    affectedResourceType: 'server',
    affectedResourceName: `${request.actionName}${fileOf(request)} asked for by ${request.requestedBy}`,
    metricName: 'requests',
    metricValue: 1,
    metricUnit: 'count',
    windowStart: now,
    windowEnd: now,
    epoch: now,
    partial: false,
    opensAtOnce: false,
    dedupeKey: sha256(canonicalJson(['request', request.recoveryRequestId])),
    rawContext: canonicalJson({
      key,
      workload: 1,
      limit: 1,
      facts: { requestId: request.recoveryRequestId },
    }),
  }
}
