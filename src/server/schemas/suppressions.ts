/** Suppressions: what is sent to make them, and how one reads. */
import { z } from 'zod'
import { SUPPRESSION_SECONDS_LEAST, SUPPRESSION_SECONDS_MOST } from '../../core/suppressions.ts'
import { ISSUE_CATEGORIES, SEVERITIES } from '../../core/vocabulary.ts'
import { digest, id, list, time } from './parts.ts'
import { reason } from './writes.ts'

/** Issues whose conditions open nothing for a while. */
export const suppressSchema = z.strictObject({
  issueIds: z.array(id).min(1).max(100),
  seconds: z.int().min(SUPPRESSION_SECONDS_LEAST).max(SUPPRESSION_SECONDS_MOST).meta({
    description: 'For how long from now: 90 days at most, 7 days for an issue that is CRITICAL.',
  }),
  reason,
})

/** What suppressing one of them came to. */
const suppressed = z.object({
  issueId: id,
  suppressionId: id.nullable().meta({ description: 'null: it is not suppressed by this.' }),
  problem: z
    .object({ code: z.string(), detail: z.string(), hint: z.string() })
    .nullable()
    .meta({ description: 'Why it is not.' }),
})
/** One of them. */
export type Suppressed = z.infer<typeof suppressed>
/** What came of all of them, in the order they were named. */
export const suppressedSchema = z
  .object({ items: list(suppressed) })
  .meta({ id: 'Suppressed', description: 'What suppressing each of the issues came to.' })

/** A suppression. */
export const suppressionSchema = z
  .object({
    suppressionId: id,
    issueId: id.meta({ description: 'The issue it was made from.' }),
    targetId: id,
    targetName: z.string(),
    issueFingerprint: digest,
    issueCategory: z.enum(ISSUE_CATEGORIES),
    ruleId: z.string(),
    affectedResourceName: z.string(),
    severity: z.enum(SEVERITIES).meta({ description: 'What is worse opens an issue all the same.' }),
    reason: z.string(),
    suppressedBy: z.string(),
    suppressedAt: time,
    expiresAt: time,
    endedBy: z.string().nullable().meta({ description: 'Who ended it early; null: nobody.' }),
    endedAt: time.nullable(),
    isActive: z.boolean(),
    heldCount: z.int().meta({ description: 'Issues that would have opened.' }),
  })
  .meta({
    id: 'Suppression',
    description:
      'A rule on a resource of a target that opens no issue until a time; its events are recorded.',
  })
