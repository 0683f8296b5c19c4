/** The rows of the pipeline as the API sends them: what is not listed here is not sent. */
import { z } from 'zod'
import { DECISION_STATES, EXECUTION_STATES, ISSUE_STATES } from '../../core/lifecycle.ts'
import {
  ANALYSIS_STATUSES,
  APPROVAL_STATUSES,
  APPROVE_REASONS,
  DECISION_ENDINGS,
  DECLINE_REASONS,
  DETECTION_SOURCES,
  EVENT_KINDS,
  EXECUTION_OUTCOMES,
  EXECUTION_PURPOSES,
  ISSUE_CATEGORIES,
  RISK_LEVELS,
  ROOT_CAUSES,
  SEVERITIES,
  VERDICTS,
} from '../../core/vocabulary.ts'
import { bindingSchema } from './binding.ts'
import { digest, id, json, list, time } from './parts.ts'

/** An issue. */
export const issueSchema = z
  .object({
    issueId: id,
    targetId: id,
    instanceUid: z.string(),
    issueCategory: z.enum(ISSUE_CATEGORIES),
    issueFingerprint: digest,
    ruleId: z.string(),
    severity: z.enum(SEVERITIES),
    affectedResourceType: z.string(),
    affectedResourceName: z.string(),
    occurrenceCount: z.int(),
    issueStatus: z.enum(ISSUE_STATES),
    firstOccurrenceEventId: id,
    lastDetectionEventId: id,
    recurrenceOfIssueId: id.nullable(),
    openedAt: time,
    closedAt: time.nullable(),
  })
  .meta({ id: 'Issue', description: 'Events of one fingerprint that mean trouble.' })

/** An event. */
export const eventSchema = z
  .object({
    eventId: id,
    eventTimestamp: time,
    recordedAt: time,
    detectionSource: z.enum(DETECTION_SOURCES),
    eventKind: z.enum(EVENT_KINDS),
    ruleId: z.string(),
    ruleVersion: z.int(),
    severityIndicator: z.enum(SEVERITIES),
    issueCategory: z.enum(ISSUE_CATEGORIES),
    affectedResourceType: z.string(),
    affectedResourceName: z.string(),
    metricName: z.string(),
    metricValue: z.number(),
    metricUnit: z.string(),
    windowStart: time,
    windowEnd: time,
    partial: z.boolean(),
    rawContext: z.string().meta({ description: 'JSON text as hashed; literals are masked.' }),
  })
  .meta({ id: 'Event', description: 'A fact an instrument reported in one window.' })

const claimSchema = z.object({
  id: z.string(),
  claim: z.string(),
  source: z.string(),
  value: json,
  unit: z.string().nullable(),
  at: time,
  recheck: z.object({ kind: z.string(), params: json }).nullable(),
})

const hypothesisSchema = z.object({
  rootCauseCode: z.enum(ROOT_CAUSES),
  hypothesis: z.string(),
  confidence: z.number(),
  lostBecause: z.string().nullable(),
  decidedIn: id.nullable().optional().meta({
    description:
      'Set where another issue decides what is behind it or carries the proposal: that issue, or null while none is open.',
  }),
  evidenceIds: list(z.string()),
  candidates: list(
    z.object({ actionId: z.string(), params: json, why: z.string(), affectedSeries: list(z.string()) }),
  ),
})

/** An analysis. */
export const analysisSchema = z
  .object({
    analysisId: id,
    issueId: id,
    analysedAt: time,
    analysisStatus: z.enum(ANALYSIS_STATUSES),
    rootCauseCode: z.enum(ROOT_CAUSES),
    rootCauseHypothesis: z.string(),
    confidenceScore: z.number(),
    rawConfidence: z.number(),
    calibratorVersion: z.int(),
    recommendationSummary: z.string(),
    historicalSimilarityScore: z.number().nullable(),
    affectingQueries: list(z.string()),
    evidence: list(claimSchema),
    competingHypotheses: list(hypothesisSchema),
    analyzer: z.string(),
    analyzerVersion: z.string(),
    model: z.string().nullable(),
    droppedClaims: list(json),
  })
  .meta({ id: 'Analysis', description: 'One interpretation of an issue, with its evidence.' })

/** A decision. */
export const decisionSchema = z
  .object({
    decisionId: id,
    issueId: id,
    analysisId: id,
    targetId: id,
    recommendedActionId: id,
    riskLevel: z.enum(RISK_LEVELS),
    decisionStatus: z.enum(DECISION_STATES),
    bindingText: z
      .string()
      .meta({ description: 'Canonical JSON of the binding: what a person consents to.' }),
    planDigest: digest,
    preflightDigest: digest,
    confidenceBasedScore: z.number(),
    decisionRationale: z.string(),
    proposedBy: z.string(),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'Decision', description: 'One proposal waiting for, or past, its votes.' })

/** A vote. */
export const approvalSchema = z
  .object({
    approvalId: id,
    decisionId: id,
    planDigest: digest,
    adminUserId: z.string(),
    approvalStatus: z.enum(APPROVAL_STATUSES),
    approvalReason: z.enum([...APPROVE_REASONS, ...DECLINE_REASONS]),
    adminNotes: z.string().nullable(),
    conditions: z.object({ undoPreconsented: z.boolean(), windowStart: time.nullable() }),
    authenticationMethod: z.string(),
    keyId: digest,
    signature: z.string(),
    standingApprovalId: id.nullable(),
    approvalTimestamp: time,
    expiresAt: time,
  })
  .meta({ id: 'Approval', description: 'A signed vote of one person on one exact plan.' })

/** An ending. */
export const endingSchema = z
  .object({
    decisionId: id,
    ending: z.enum(DECISION_ENDINGS),
    reason: z.string(),
    endedBy: z.string(),
    endedAt: time,
  })
  .meta({ id: 'Ending', description: 'Why a decision ended other than by running.' })

const stepRecordSchema = z.object({
  index: z.int(),
  kind: z.string(),
  statement: z.string(),
  statementDigest: digest,
  startedAt: time,
  endedAt: time.nullable(),
  ok: z.boolean().nullable(),
  affectedRows: z.number().nullable(),
  messages: list(z.object({ level: z.string(), code: z.union([z.number(), z.string()]), text: z.string() })),
})

/** A run. */
export const executionSchema = z
  .object({
    executionId: id,
    approvalId: id,
    decisionId: id,
    actionId: id,
    planDigest: digest,
    purpose: z.enum(EXECUTION_PURPOSES),
    executionStatus: z.enum(EXECUTION_STATES),
    executionOutcome: z.enum(EXECUTION_OUTCOMES).nullable(),
    preExecutionMetrics: json,
    steps: list(stepRecordSchema),
    actualDurationMs: z.number().nullable(),
    affectedRows: z.number().nullable(),
    executionErrors: z.string().nullable(),
    executedBy: z.string(),
    queuedAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Execution', description: 'One run of an approved plan, DO or UNDO.' })

/** A verdict. */
export const verificationSchema = z
  .object({
    verificationId: id,
    executionId: id,
    verifiedAt: time,
    verdict: z.enum(VERDICTS),
    metricName: z.string(),
    metricUnit: z.string(),
    lowerIsBetter: z.boolean(),
    metricBefore: z.number().nullable(),
    metricAfter: z.number().nullable(),
    samplesBefore: z.number(),
    samplesAfter: z.number(),
    improvementPercent: z.number().nullable(),
    intervalLowPercent: z.number().nullable(),
    intervalHighPercent: z.number().nullable(),
    details: json,
    assessedBy: z.string(),
  })
  .meta({ id: 'Verification', description: 'The measured effect of a run.' })

/** A lesson. */
export const lessonSchema = z
  .object({
    learningRecordId: id,
    issueId: id,
    decisionId: id,
    executionId: id.nullable(),
    metricName: z.string().nullable(),
    metricUnit: z.string().nullable(),
    metricBefore: z.number().nullable(),
    metricAfter: z.number().nullable(),
    samplesBefore: z.number().nullable(),
    samplesAfter: z.number().nullable(),
    lowerIsBetter: z.boolean().nullable(),
    metricImprovementPercent: z.number().nullable(),
    machineResolvedFlag: z.boolean().nullable(),
    issueResolvedFlag: z.boolean().nullable(),
    wouldApproveAgain: z.boolean().nullable(),
    assessedBy: z.string().nullable(),
    predictedConfidence: z.number(),
    aiConfidenceAccuracy: z.number().nullable(),
    timeToResolutionSeconds: z.number().nullable(),
    learningComplete: z.boolean(),
    recordCreatedAt: time,
  })
  .meta({ id: 'Lesson', description: 'What a run taught.' })

/** A run with its verdicts. */
export const runSchema = z.object({ execution: executionSchema, verifications: list(verificationSchema) })

/** A decision with what followed. */
export const decisionStorySchema = z
  .object({
    decision: decisionSchema,
    binding: bindingSchema,
    approvals: list(approvalSchema),
    endings: list(endingSchema),
    executions: list(runSchema),
  })
  .meta({ id: 'DecisionStory', description: 'A decision with its votes, endings, runs and verdicts.' })
