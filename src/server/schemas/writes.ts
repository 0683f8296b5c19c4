/** What changes the pipeline: bodies that are sent, and what comes back. */
import { z } from 'zod'
import { ISSUE_STATES } from '../../core/lifecycle.ts'
import {
  APPROVAL_STATUSES,
  APPROVE_REASONS,
  DECLINE_REASONS,
  ISSUE_CATEGORIES,
  RISK_LEVELS,
  ROOT_CAUSES,
  VERDICTS,
} from '../../core/vocabulary.ts'
import { digest, id, instant, json, list, time } from './parts.ts'
import { passkeyAnswer } from './passkeys.ts'
import { code, keyId, password } from './people.ts'

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{16,100}$/)
  .meta({ description: 'Chosen by the caller, one for each change: asked twice, done once.' })
/** The header of every change of the pipeline; the others stay as they are. */
export const keyedHeaders = z.looseObject({ 'idempotency-key': idempotencyKey })
/** The same for every other change, where the key may be left out. */
export const keyableHeaders = z.looseObject({ 'idempotency-key': idempotencyKey.optional() })

const planDigest = digest.regex(/^[0-9a-f]{64}$/)
const signature = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length === 64)
  .meta({ description: 'Ed25519, base64.' })
/** Why, for the record. */
export const reason = z.string().trim().min(1).max(1000)
/** A body that says why. */
export const reasonSchema = z.strictObject({ reason })

const ballot = {
  planDigest: planDigest.meta({ description: 'SHA-256 of the plan that was shown.' }),
  decline: z.boolean(),
  reason: z.enum([...APPROVE_REASONS, ...DECLINE_REASONS]),
  undoPreconsented: z.boolean().default(false),
  windowStart: instant.nullable().default(null).meta({ description: 'Not before this; null: at once.' }),
}

/** What somebody is about to vote. */
export const ballotSchema = z.strictObject(ballot)

/** The vote to sign. */
export const toSignSchema = z
  .object({
    vote: z.object({
      decisionId: id,
      actionId: id,
      planDigest: digest,
      riskLevel: z.enum(RISK_LEVELS),
      approvalStatus: z.enum(APPROVAL_STATUSES),
      approvalReason: z.string(),
      conditions: z.object({ undoPreconsented: z.boolean(), windowStart: time.nullable() }),
      adminUserId: z.string(),
      keyId: digest,
      standingApprovalId: id.nullable(),
      expiresAt: time,
    }),
    text: z.string().meta({
      description:
        'The canonical text of that vote; a page writes it itself from what it shows, and compares.',
    }),
    needs: list(z.enum(['evidence', 'password', 'password-or-code'])).meta({
      description:
        'What must come first: the evidence opened; with the vote the password, or a code of the second factor. A passkey of the voter stands for either.',
    }),
  })
  .meta({ id: 'ToSign', description: 'A vote, ready to be signed where the key is.' })

/** A signed vote. */
export const voteSchema = z.strictObject({
  ...ballot,
  notes: z.string().trim().min(1).max(2000).nullable().default(null),
  approvalStatus: z.enum(APPROVAL_STATUSES).meta({ description: 'As it stands in the signed text.' }),
  expiresAt: instant.meta({ description: 'As it stands in the signed text.' }),
  signature,
  password: password.optional().meta({ description: 'For a yes to HIGH risk.' }),
  code: code.optional().meta({ description: 'The same, of a second factor, in place of the password.' }),
  passkey: passkeyAnswer
    .optional()
    .meta({ description: 'The same, to a challenge for this plan, in place of the password.' }),
})

/** A stored vote. */
export const votedSchema = z
  .object({ approvalId: id, approvalStatus: z.enum(APPROVAL_STATUSES), expiresAt: time })
  .meta({ id: 'Voted', description: 'A vote that was taken.' })

/** Which plan's evidence was opened. */
export const readingSchema = z.strictObject({ planDigest })

/** A stop switch. */
export const stopSchema = z
  .object({
    haltId: id,
    scope: z.enum(['ALL', 'ENGINE', 'TARGET', 'ACTION']),
    key: z.string(),
    reason: z.string(),
    setBy: z.string(),
    setAt: time,
  })
  .meta({ id: 'Stop', description: 'A stop switch that is on.' })

/** A stop switch to set: at most one of the three; without any, everything stops. */
export const newStopSchema = z.strictObject({
  target: id.optional(),
  engine: z.string().max(60).optional(),
  action: z.string().max(100).optional(),
  reason,
})

/** A change window. */
export const windowSchema = z
  .object({
    changeWindowId: id,
    targetId: id,
    startsAt: time,
    endsAt: time,
    createdBy: z.string(),
    reason: z.string(),
  })
  .meta({ id: 'ChangeWindow', description: 'When a target may be changed beyond the unattended limits.' })
/** A change window to add. */
export const newWindowSchema = z.strictObject({ targetId: id, startsAt: instant, endsAt: instant, reason })

/** An action a person asks for. */
export const newRequestSchema = z.strictObject({
  targetId: id,
  issueId: id.nullable().default(null),
  actionName: z.string().max(100),
  params: z.record(z.string().max(100), json),
  reason,
})
/** What became of a request. */
export const requestSchema = z
  .object({ state: z.string(), result: z.string().nullable(), decisionId: id.nullable() })
  .meta({ id: 'Request', description: 'What became of what a person asked for.' })

const bounds = {
  actionName: z.string().max(100),
  actionVersion: z.int().min(1),
  targetIds: z.array(id).min(1).max(100),
  parameterBounds: z.record(z.string().max(100), json),
  issueCategory: z.enum(ISSUE_CATEGORIES),
  rootCauseCode: z.enum(ROOT_CAUSES),
  minimumConfidence: z.number().min(0).max(1),
  maximumUses: z.int().min(1).max(1_000_000),
}
/** A standing approval. */
export const grantSchema = z
  .object({
    ...bounds,
    targetIds: list(id),
    standingApprovalId: id,
    usesLeft: z.int(),
    validUntil: time,
    grantedBy: z.string(),
    grantedAt: time,
    revokedAt: time.nullable(),
    revokedBy: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'Grant', description: 'LOW risk decisions a person allowed ahead, within bounds.' })
/** A standing approval to give, signed where the key is. */
export const newGrantSchema = z.strictObject({ ...bounds, validUntil: instant, reason, keyId, signature })

/** Issues that nothing is to be done about. */
export const dismissSchema = z.strictObject({ issueIds: z.array(id).min(1).max(100), reason })
/** What dismissing one of them came to. */
const dismissed = z.object({
  issueId: id,
  act: z.enum(['cancel', 'close', 'ask-close']).nullable().meta({
    description:
      'cancel: its decision was cancelled. close: closed after a declined one. ask-close: its close was asked for. null: nothing was done.',
  }),
  problem: z
    .object({ code: z.string(), detail: z.string(), hint: z.string() })
    .nullable()
    .meta({ description: 'Why nothing was done with this one.' }),
})
/** One of them. */
export type Dismissed = z.infer<typeof dismissed>
/** What came of all of them, in the order they were named. */
export const dismissedSchema = z
  .object({ items: list(dismissed) })
  .meta({ id: 'Dismissals', description: 'What dismissing each of the issues came to.' })

/** A person's review of a run. */
export const reviewSchema = z.strictObject({ issueResolved: z.boolean(), wouldApproveAgain: z.boolean() })

/** What takes a finished run back. */
export const undoSchema = z
  .object({
    actionName: z.string(),
    params: z.record(z.string(), json),
    differs: z.string().nullable().meta({ description: 'Where it is not what the approved undo says.' }),
    coolDownSeconds: z
      .number()
      .meta({ description: 'After the last run of that action on the same object.' }),
  })
  .meta({ id: 'Undo', description: 'The request that would take a finished run back.' })

/** A person's verdict where measurement left it open. */
export const settleSchema = z.strictObject({ verdict: z.enum(VERDICTS).exclude(['undecided']), reason })
/** What followed from it. */
export const settledSchema = z
  .object({ verificationId: id, issueStatus: z.enum(ISSUE_STATES) })
  .meta({ id: 'Settled', description: 'A settled verdict, and where its issue went.' })

/** The switch of an action. */
export const switchSchema = z.strictObject({ enabled: z.boolean() })
