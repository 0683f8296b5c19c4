/** What stands around the pipeline: what confidence was worth, what the configuration allows. */
import { z } from 'zod'
import { MEMBER_ROLES } from '../../core/member-roles.ts'
import { ISSUE_CATEGORIES, RISK_LEVELS } from '../../core/vocabulary.ts'
import { id, json, list, time } from './parts.ts'
import { lessonSchema } from './pipeline.ts'

/** A lesson in a list. */
export const lessonRowSchema = lessonSchema
  .extend({
    actionName: z.string(),
    riskLevel: z.enum(RISK_LEVELS),
    targetId: id,
    targetName: z.string(),
    issueCategory: z.enum(ISSUE_CATEGORIES),
    affectedResourceName: z.string(),
  })
  .meta({ id: 'LessonRow', description: 'What a run taught, with what it was about.' })

const share = z.object({ value: z.number(), low: z.number(), high: z.number() })

/** How far confidence can be relied on. */
export const reliabilitySchema = z
  .object({
    bins: list(
      z.object({
        from: z.number().meta({ description: 'A tenth: 0.6 is 0.6 up to, not including, 0.7.' }),
        records: z.int(),
        meanConfidence: z.number(),
        resolved: z.int(),
        share: share.meta({ description: 'Resolved, with its 95 % interval (Wilson).' }),
      }),
    ),
    records: z.int().meta({ description: 'Reviewed runs.' }),
    brier: z.number().nullable().meta({ description: 'Mean squared error; null: nothing was reviewed.' }),
    calibrationError: z.number().nullable().meta({
      description: 'Mean distance of confidence and share over the bins, by records.',
    }),
    calibrators: list(
      z.object({
        calibratorVersion: id,
        method: z.string(),
        coefficients: json,
        records: z.int(),
        brier: z.number().nullable(),
        fittedAt: time,
      }),
    ).meta({ description: 'Fitted so far, newest first; of the whole installation.' }),
  })
  .meta({ id: 'Reliability', description: 'What confidence was worth, by reviewed runs.' })

const number = z.number()
const names = list(z.string())

/** What dbmedic.yaml allows. Nothing of it can be changed over HTTP. */
export const policiesSchema = z
  .object({
    analysis: z.object({
      abstainBelow: number,
      currentSeconds: number,
      baselineSeconds: number,
      minimumCalls: number,
      unreadIndexDays: number,
    }),
    detection: z.object({ pace: number, breaches: number, ofWindows: number, closingWindows: number }),
    actions: z.object({
      maxUnattendedRows: number,
      maxUnattendedBytes: number,
      maxReplicaLagSeconds: number,
      backupAgeHours: number.nullable(),
      maxBackupAgeHours: number,
      lockWaitMs: number,
      statementTimeoutMs: number,
      denySchemas: names,
      denyUsers: names,
      applicationUsers: names,
    }),
    verification: z.object({
      beforeSeconds: number,
      settleSeconds: number,
      afterSeconds: number,
      minimumCalls: number,
    }),
    retention: z.object({
      samplesDays: number,
      fineDays: number,
      plansDays: number,
      eventsDays: number,
      automatic: z.object({ samples: z.boolean(), events: z.boolean() }),
    }),
    panel: z.object({
      idleMinutes: number,
      absoluteHours: number,
      requestsPerMinute: number,
      secondFactorFor: list(z.enum(MEMBER_ROLES)).meta({
        description: 'Roles whose people sign in with more than a password, as it is in force.',
      }),
    }),
    model: z.object({ kind: z.string(), model: z.string().nullable() }),
    runApproved: z.boolean().meta({
      description: 'Approved decisions run by themselves; false: only `dbmedic execute` runs them.',
    }),
    pinnedAdministrators: z.int().meta({
      description: 'Administrators’ keys the executor believes; 0: this process would run nothing.',
    }),
  })
  .meta({ id: 'Policies', description: 'What the configuration of the serving process allows.' })
