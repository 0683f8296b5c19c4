/** Questions a person has the observer ask of a target, and what came back. */
import { z } from 'zod'
import { bindingSchema } from './binding.ts'
import { id, json, list, time } from './parts.ts'

/** What every question's answer begins with. */
const progress = {
  state: z.enum(['REQUESTED', 'ANSWERED', 'FAILED', 'EXPIRED']).meta({
    description: 'REQUESTED: ask again in a second. EXPIRED: nobody watches the target.',
  }),
  because: z
    .string()
    .nullable()
    .meta({ description: 'Why there is no answer; null: there is one, or not yet.' }),
  toProceed: z.string().nullable(),
  askedAt: time,
}

const capability = z.object({
  id: z.string(),
  available: z.boolean().nullable().meta({ description: 'Null: it could not be found out.' }),
  found: z.string(),
  consequence: z.string(),
  remedy: list(z.string()).meta({
    description: 'The exact statements that give it; none: nothing gives it on such a server.',
  }),
})

/** How a target is for who watches it. */
export const checkValue = z.object({
  identity: z.object({ version: z.string(), flavour: z.string(), epoch: z.string(), weak: z.boolean() }),
  capabilities: list(capability),
  cost: z.object({
    busyMsPerSecond: z.number(),
    sharePercent: z.number().nullable(),
    allowedMsPerSecond: z.number(),
    shed: list(z.string()),
    shedsMuch: z.boolean(),
  }),
})
/** A check of a target. */
export const checkSchema = z.object({ ...progress, targetId: id, check: checkValue.nullable() }).meta({
  id: 'TargetCheck',
  description: 'What is there and missing on a target, and what watching it costs.',
})

/** An action as it would be proposed now. */
export const proposalValue = z.object({
  actionName: z.string(),
  actionVersion: z.int(),
  parameters: json,
  preconditions: list(
    z.object({
      id: z.string(),
      met: z.union([z.boolean(), z.literal('unknown')]),
      found: z.string(),
      toProceed: z.string(),
    }),
  ),
  plan: z.object({ guards: bindingSchema.shape.guards, steps: bindingSchema.shape.steps }),
  undo: bindingSchema.shape.undo,
  forecast: bindingSchema.shape.forecast,
  verification: bindingSchema.shape.verification,
})
/** A preview. */
export const previewSchema = z
  .object({ ...progress, targetId: id, proposal: proposalValue.nullable() })
  .meta({ id: 'Preview', description: 'The exact statements and the forecast of an action, asked for now.' })
/** What is previewed. */
export const newPreviewSchema = z.strictObject({
  targetId: id,
  actionName: z.string().max(100),
  params: z.record(z.string().max(100), json),
})

const name = z.string().min(1).max(64)
/** What a form wants to know. */
export const newLookupSchema = z.strictObject({
  targetId: id,
  of: z.enum(['table', 'blockers']),
  schema: name.optional().meta({ description: 'Of a table.' }),
  table: name.optional().meta({ description: 'Of a table.' }),
})
const connection = z.record(z.string(), z.string().nullable())
/** What was found. */
export const lookupSchema = z
  .object({
    ...progress,
    targetId: id,
    table: z
      .object({
        exists: z.boolean(),
        columns: list(z.object({ column: z.string(), columnType: z.string() })),
        indexes: list(
          z.object({
            index: z.string(),
            unique: z.boolean(),
            visible: z.boolean(),
            columns: list(z.string()),
          }),
        ),
      })
      .nullable(),
    blockers: list(
      z.object({
        user: z.string(),
        command: z.string(),
        kind: z.string(),
        idleSeconds: z.number().nullable(),
        statement: z.string().nullable(),
        waiters: z.int(),
        longestWaitSeconds: z.number(),
        objects: list(z.string()),
        connection,
      }),
    ).nullable(),
  })
  .meta({ id: 'Lookup', description: 'Columns and indexes of a table, or the sessions others wait for.' })
