/** Errors that applications report: the batch the guard sends, and what is on record. */
import { z } from 'zod'
import { FAILURE_ENGINES } from '../../app/index.ts'
import { FAILURE_OUTCOMES } from '../../core/failure-patterns.ts'
import { WATCH_DAYS_MOST, WATCH_KINDS, WATCH_RESULTS } from '../../core/failure-watches.ts'
import { ATTEMPTS_SHOWN, RECOVERY_STRATEGIES } from '../../core/recovery-records.ts'
import { SEVERITIES } from '../../core/vocabulary.ts'
import { digest, id, json, list, time } from './parts.ts'

/** Texts of any length an honest sender has; what is kept is shorter, and masked once more. */
const text = z.string().max(10_000)
const count = z.int().min(0).max(1_000_000_000)
const signature = z.string().regex(/^[0-9a-f]{64}$/)
/** Longest call that makes sense, ms: a year. */
const milliseconds = z.number().min(0).max(31_536_000_000)

const reportSchema = z.strictObject({
  signature: signature.meta({
    description: 'As the sender computed it; replaced where it is not that of the rest.',
  }),
  engine: z.enum(FAILURE_ENGINES),
  code: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .nullable(),
  type: z.string().regex(/^[A-Z_]{1,40}$/),
  object: text.nullable(),
  masked: text,
  statement: z.strictObject({ fingerprint: z.string().max(64), text }).nullable(),
  callSite: z.strictObject({ file: text, line: count, column: count, function: text.nullable() }).nullable(),
  outcome: z.enum(FAILURE_OUTCOMES),
  durationMs: milliseconds,
  longestMs: milliseconds,
  at: z.string().max(40).meta({ description: 'By the clock of the application; not kept.' }),
  lastAt: z.string().max(40).meta({ description: 'The same.' }),
  count: z.int().min(1).max(1_000_000_000),
})

/** A batch as docs/guard.md describes it. */
export const failureBatchSchema = z.strictObject({
  form: z.literal('dbmedic-failures-1'),
  application: text.nullable(),
  process: z.string().max(100),
  dropped: count,
  failures: z.array(reportSchema).min(1).max(100),
})

/** What became of it. */
export const failureReceiptSchema = z
  .object({
    counted: z.int().meta({ description: 'Failures that were counted.' }),
    leftOut: z.int().meta({ description: 'Failures of kinds beyond the 100,000 a workspace keeps.' }),
  })
  .meta({ id: 'FailureReceipt', description: 'A batch of failures that was taken.' })

const patternShape = {
  workspaceId: id,
  signature: digest.meta({ description: 'One for all failures of this kind: 64 hex digits.' }),
  engine: z.string(),
  code: z.string().nullable(),
  failureType: z.string(),
  object: z.string().nullable(),
  masked: z.string().meta({ description: 'The message with ? for every value.' }),
  occurrences: z.int(),
  sites: z.int().meta({ description: 'Places that are kept of it.' }),
  firstSeenAt: time,
  lastSeenAt: time,
}

/** A kind of failure. */
export const failurePatternSchema = z
  .object(patternShape)
  .meta({ id: 'FailurePattern', description: 'A kind of failure that applications reported.' })

const siteSchema = z.object({
  targetId: id.nullable(),
  targetName: z.string().nullable(),
  application: z.string().nullable(),
  outcome: z
    .enum(FAILURE_OUTCOMES)
    .nullable()
    .meta({ description: 'Null: all places beyond those that are kept, as one.' }),
  statement: z.object({ fingerprint: z.string(), text: z.string() }).nullable(),
  place: z
    .object({ file: z.string(), line: z.int(), column: z.int(), function: z.string().nullable() })
    .nullable(),
  occurrences: z.int(),
  longestMs: z.number(),
  firstSeenAt: time,
  lastSeenAt: time,
})

const knowledgeSchema = z.object({
  id: z.string(),
  title: z.string(),
  symptom: z.string(),
  causes: list(z.object({ cause: z.string(), check: z.string(), tells: z.string() })),
  remedy: list(z.object({ do: z.string(), action: z.string().optional() })),
  prevention: z.string(),
  sources: list(z.string()),
})

const strategy = z.enum(RECOVERY_STRATEGIES).meta({
  description:
    'Who answers it, by the type of the error. IMMEDIATE: the client tries again. PREVENTIVE: a watch. SELF_HEALING: a decision, with its approval. AI_POWERED: an explanation. ESCALATE: a person, now.',
})

const words = {
  summary: z.string().meta({ description: 'What fails.' }),
  rootCause: z.string().meta({ description: 'What may be behind it, the likeliest first, and how to tell.' }),
  retryDecision: z.string().meta({ description: 'Whether to try again, how, and who does it.' }),
  userAction: z
    .string()
    .nullable()
    .meta({ description: 'What a person has to do; null: nothing, as long as it does not go on.' }),
  severity: z.enum(SEVERITIES),
  strategy,
}

const explanationSchema = z.object({
  symbol: z.string(),
  sqlstate: z.string(),
  means: z.string(),
  retry: z.enum(['never', 'statement', 'transaction']),
  condition: z.enum(['none', 'idempotent', 'after-rollback', 'other-server']),
  strategy,
  words: z.object(words).meta({ description: 'By rules, from the type and the knowledge entry.' }),
  knowledge: knowledgeSchema.nullable().meta({ description: 'Null: nobody wrote that down yet.' }),
})

const watchSchema = z
  .object({
    watchId: id,
    targetName: z.string(),
    kind: z.enum(WATCH_KINDS),
    subject: z.string().nullable().meta({ description: 'Null: the target as a whole.' }),
    question: json.meta({ description: 'What the observer is asked, and nothing else.' }),
    limit: z.number().nullable().meta({ description: 'Null: it is yes or no.' }),
    intervalSeconds: z.int(),
    reason: z.string(),
    proposedAt: time,
    acceptedBy: z.string().nullable(),
    expiresAt: time.nullable(),
    endedBy: z.string().nullable(),
    runs: z.boolean().meta({ description: 'It is accepted, not ended, and not over.' }),
    look: z
      .object({
        number: z.int(),
        result: z.enum(WATCH_RESULTS).meta({ description: 'UNKNOWN: neither good nor bad.' }),
        value: z.number().nullable(),
        says: z.string(),
        at: time,
      })
      .nullable()
      .meta({ description: 'The newest one.' }),
  })
  .meta({ id: 'FailureWatch', description: 'A check of a target that a failure which comes back proposed.' })

/** For how long a watch is accepted. */
export const watchDaysSchema = z.strictObject({ days: z.int().min(1).max(WATCH_DAYS_MOST) })

const recoverySchema = z
  .object({
    attempts: z.int().meta({ description: 'How often it was tried.' }),
    lastAttemptAt: time.nullable(),
    enabled: z
      .boolean()
      .meta({ description: 'False: nothing is proposed by itself, and no grant lets it through.' }),
    switched: z
      .object({ on: z.boolean(), by: z.string(), reason: z.string(), at: time })
      .nullable()
      .meta({ description: 'Who switched it last, and why; null: nobody ever did.' }),
    explanation: z
      .object({
        ...words,
        number: z.int(),
        explainer: z.string().meta({ description: '`rules`, or the name of a model.' }),
        knowledgeId: z.string().nullable(),
        basisDigest: digest.meta({ description: 'Of all it was made from.' }),
        evidence: list(json).meta({ description: 'References; the first is the failure itself.' }),
        at: time,
      })
      .nullable()
      .meta({ description: 'The newest one.' }),
    watches: list(watchSchema).meta({
      description:
        'Checks that it proposed, the newest first, 20 at most. One that nobody accepted looks at nothing.',
    }),
    latest: list(
      z.object({
        number: z.int(),
        strategy,
        decisionId: id.nullable().meta({ description: 'Of SELF_HEALING, and of no other.' }),
        reasoning: z.string(),
        evidence: json,
        startedAt: time,
        endedAt: time.nullable(),
        success: z.boolean().nullable().meta({ description: 'Null: not ended.' }),
      }),
    ).meta({ description: `The newest attempts first, ${ATTEMPTS_SHOWN} at most.` }),
  })
  .meta({ id: 'FailureRecovery', description: 'What was done about a kind of failure.' })

/** One kind with its places, what was done about it and what is known of it. */
export const failureDetailSchema = z
  .object({
    pattern: failurePatternSchema,
    sites: list(siteSchema).meta({ description: 'The most frequent first.' }),
    recovery: recoverySchema.nullable().meta({ description: 'Null: nobody has looked at it yet.' }),
    explanation: explanationSchema
      .nullable()
      .meta({ description: 'Null: of an engine or type this program does not know.' }),
  })
  .meta({ id: 'FailureDetail', description: 'A kind of failure, where it happens and what it means.' })

/** First digits of a signature. */
export const signaturePrefix = z.string().regex(/^[0-9a-f]{1,64}$/)
/** A whole one. */
export const wholeSignature = signature
