/** The approval audit. */
import { z } from 'zod'
import { RUBBER_STAMP_CODES } from '../../core/approval-audit.ts'
import { APPROVE_REASONS, DECLINE_REASONS } from '../../core/vocabulary.ts'
import { list } from './parts.ts'

/** How one person approves. */
const approverSchema = z
  .object({
    userName: z.string(),
    approved: z.int(),
    declined: z.int(),
    declinedPercent: z.number(),
    approvalsInBusiestHour: z.int().meta({ description: 'Most approvals within any 60 minutes.' }),
    medianReadingSeconds: z.number().nullable().meta({
      description: 'From opening the evidence in the panel to approving; null: it was not opened there.',
    }),
    readings: z.int().meta({ description: 'Approvals whose reading time is known.' }),
    reasons: list(z.object({ key: z.enum([...APPROVE_REASONS, ...DECLINE_REASONS]), count: z.int() })),
    warnings: list(
      z.object({ code: z.enum(RUBBER_STAMP_CODES), limit: z.number(), unit: z.string(), why: z.string() }),
    ).meta({ description: 'What looks like a rubber stamp, with its limit and why it is there.' }),
  })
  .meta({ id: 'Approver', description: 'How one person voted; uses of standing approvals are not among it.' })

/** How people approve. */
export const approvalAuditSchema = z
  .object({ days: z.int(), items: list(approverSchema) })
  .meta({ id: 'ApprovalAudit', description: 'How people approved over the last days.' })
