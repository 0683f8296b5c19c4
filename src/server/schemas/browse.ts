/** Rows of lists, the dashboard, targets, actions, the chain. */
import { z } from 'zod'
import { DECISION_STATES, EXECUTION_STATES } from '../../core/lifecycle.ts'
import {
  APPROVAL_STATUSES,
  EXECUTION_OUTCOMES,
  EXECUTION_PURPOSES,
  ISSUE_CATEGORIES,
  RISK_LEVELS,
  ROOT_CAUSES,
  SEVERITIES,
  VERDICTS,
} from '../../core/vocabulary.ts'
import { digest, id, json, list, time } from './parts.ts'
import {
  analysisSchema,
  decisionStorySchema,
  eventSchema,
  executionSchema,
  issueSchema,
  lessonSchema,
  verificationSchema,
} from './pipeline.ts'

/** A decision in a list. */
export const decisionRowSchema = z
  .object({
    decisionId: id,
    issueId: id,
    targetId: id,
    targetName: z.string(),
    actionName: z.string(),
    actionVersion: z.int(),
    riskLevel: z.enum(RISK_LEVELS),
    decisionStatus: z.enum(DECISION_STATES),
    confidenceBasedScore: z.number(),
    issueCategory: z.enum(ISSUE_CATEGORIES),
    severity: z.enum(SEVERITIES),
    affectedResourceName: z.string(),
    rootCauseCode: z.enum(ROOT_CAUSES),
    proposedBy: z.string(),
    planDigest: digest,
    votes: z.int(),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'DecisionRow', description: 'A decision in a list.' })

/** A run in a list. */
export const executionRowSchema = z
  .object({
    executionId: id,
    decisionId: id,
    issueId: id,
    targetId: id,
    targetName: z.string(),
    actionName: z.string(),
    purpose: z.enum(EXECUTION_PURPOSES),
    executionStatus: z.enum(EXECUTION_STATES),
    executionOutcome: z.enum(EXECUTION_OUTCOMES).nullable(),
    verdict: z.enum(VERDICTS).nullable(),
    improvementPercent: z.number().nullable(),
    actualDurationMs: z.number().nullable(),
    affectedRows: z.number().nullable(),
    executedBy: z.string(),
    queuedAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'ExecutionRow', description: 'A run in a list.' })

/** A target. Secrets are references and are not sent either. */
export const targetSchema = z
  .object({
    targetId: id,
    targetName: z.string(),
    engine: z.string(),
    enabled: z.boolean(),
    instanceUid: z.string().nullable(),
    watchedBy: z.string().nullable(),
  })
  .meta({ id: 'Target', description: 'A database server under care.' })

/** An action of the catalogue. */
export const actionSchema = z
  .object({
    actionId: id,
    actionName: z.string(),
    actionVersion: z.int(),
    engine: z.string(),
    actionCategory: z.string(),
    executionQuery: z.string(),
    riskLevel: z.enum(RISK_LEVELS),
    applicableIssueCategories: list(z.enum(ISSUE_CATEGORIES)),
    requiresManualVerification: z.boolean(),
    actionEnabled: z.boolean(),
    estimatedDurationSeconds: z.number(),
    parameterSchema: json,
    preconditions: list(z.string()),
    guards: list(z.string()),
    verification: z.string(),
    undo: z.string(),
    definitionDigest: digest,
  })
  .meta({ id: 'Action', description: 'The only way anything is changed: one version of one action.' })

/** An issue with its whole story. */
export const storySchema = z
  .object({
    issue: issueSchema,
    target: targetSchema.nullable(),
    events: list(eventSchema),
    analyses: list(analysisSchema),
    decisions: list(decisionStorySchema),
    lessons: list(lessonSchema),
  })
  .meta({ id: 'Story', description: 'An issue from its first event to its learning record.' })

/** A decision as its voter must see it. */
export const decisionDetailSchema = decisionStorySchema
  .extend({
    issue: issueSchema,
    target: targetSchema.nullable(),
    analysis: analysisSchema.nullable(),
    lastRuns: list(executionRowSchema).meta({ description: 'The last three runs of this action.' }),
  })
  .meta({
    id: 'DecisionDetail',
    description: 'What a vote is given on: statements, evidence, forecast, undo.',
  })

/** A run with all its steps. */
export const executionDetailSchema = z
  .object({
    run: executionRowSchema,
    execution: executionSchema,
    verifications: list(verificationSchema),
  })
  .meta({ id: 'ExecutionDetail', description: 'A run, statement by statement, with its verdicts.' })

const count = <T extends z.ZodType>(key: T) => z.object({ key, count: z.int() })

/** The dashboard. */
export const dashboardSchema = z
  .object({
    at: time,
    pending: list(z.object({ riskLevel: z.enum(RISK_LEVELS), count: z.int(), oldestSeconds: z.number() })),
    openIssues: list(count(z.enum(SEVERITIES)).extend({ oldestSeconds: z.number() })),
    suppressed: z.int().meta({ description: 'Suppressions that hold now.' }),
    runs: z
      .object({
        byOutcome: list(count(z.enum(EXECUTION_OUTCOMES))),
        judged: z.int(),
        improved: z.int(),
        meanImprovementPercent: z.number().nullable(),
        open: z.int(),
      })
      .meta({ description: 'Runs that ended in the last 24 hours.' }),
    votes: list(
      z.object({
        userName: z.string(),
        status: z.enum(APPROVAL_STATUSES),
        standing: z.boolean(),
        count: z.int(),
        meanSecondsToVote: z.number(),
      }),
    ).meta({ description: 'Votes of the last 7 days.' }),
    targets: list(
      z.object({
        targetId: id,
        targetName: z.string(),
        engine: z.string(),
        enabled: z.boolean(),
        seen: z.boolean(),
        openIssues: z.int(),
        criticalIssues: z.int(),
        lastEventAt: time.nullable(),
      }),
    ),
    resolved: list(z.object({ day: z.string(), count: z.int(), meanSeconds: z.number() })).meta({
      description: 'Issues resolved a day, newest first.',
    }),
    halts: list(
      z.object({
        haltId: id,
        scope: z.enum(['ALL', 'ENGINE', 'TARGET', 'ACTION']),
        key: z.string(),
        reason: z.string(),
        setBy: z.string(),
        setAt: time,
      }),
    ).meta({ description: 'Stop switches that are on.' }),
  })
  .meta({ id: 'Dashboard', description: 'What is wrong, what waits, how it went.' })

/** A link of the chain. */
export const auditRowSchema = z
  .object({ seq: id, at: time, canonical: z.string(), prevHash: digest, rowHash: digest })
  .meta({ id: 'AuditRow', description: 'One link of the audit chain.' })

/** A link with what it says of itself. */
export const auditHitSchema = auditRowSchema
  .extend({
    role: z.string().meta({ description: 'The role or account of the store that wrote it.' }),
    who: z.string().nullable().meta({
      description: 'The login it names as the one who did it; null: the program did it by itself.',
    }),
    kind: z.string().meta({ description: 'The table of the row that changed.' }),
    key: z.string(),
    op: z.enum(['insert', 'update']),
  })
  .meta({ id: 'AuditHit', description: 'One link of the audit chain, with who did what to which row.' })

/** Whether the chain is unbroken. */
export const auditVerdictSchema = z
  .object({
    ok: z.boolean(),
    rows: z.int(),
    firstBadSeq: z.int().nullable(),
    problem: z.string().nullable(),
    head: digest,
    events: z.object({ batches: z.int(), pruned: z.int() }),
  })
  .meta({ id: 'AuditVerdict', description: 'Whether every link of the chain is there and as it was.' })
