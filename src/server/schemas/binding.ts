/** The exact thing a person consents to. */
import { z } from 'zod'
import { RISK_LEVELS } from '../../core/vocabulary.ts'
import { digest, id, json, list, time } from './parts.ts'

const question = z.object({ kind: z.string(), params: json })
const step = z.object({
  kind: z.enum(['guard', 'statement']),
  text: z.string(),
  timeoutMs: z.number(),
  onlyIf: z.object({ question, equals: json }).nullable(),
})
const plan = z.object({ guards: list(step), steps: list(step) })
const interval = z.object({ low: z.number(), expected: z.number(), high: z.number() })

/** A binding. */
export const bindingSchema = z
  .object({
    schema: z.literal('dbmedic/binding/1'),
    action: z.object({ name: z.string(), version: z.int(), definitionDigest: digest }),
    riskLevel: z.enum(RISK_LEVELS),
    target: z.object({
      id,
      name: z.string(),
      engine: z.string(),
      instanceUid: z.string(),
      epoch: time.nullable(),
    }),
    parameters: json,
    guards: list(step),
    steps: list(step),
    undo: z.union([z.object({ plan }), z.object({ whyNot: z.string() })]),
    objects: list(z.object({ kind: z.string(), name: z.string(), definitionDigest: digest })),
    evidenceDigest: digest,
    forecast: z.object({
      lockClass: z.string(),
      blocks: z.string(),
      durationMs: interval,
      rowsTouched: interval,
      bytesWritten: interval,
      replicaLagSeconds: interval,
      diskPeakBytes: interval,
      basis: z.string(),
    }),
    verification: z.object({
      postcondition: z.string(),
      affectedSeries: list(z.string()),
      metricName: z.string(),
      metricUnit: z.string(),
      lowerIsBetter: z.boolean(),
      beforeSeconds: z.number(),
      settleSeconds: z.number(),
      afterSeconds: z.number(),
      minimumCalls: z.number(),
      minimumGainPercent: z.number(),
    }),
    expiresAt: time,
  })
  .meta({ id: 'Binding', description: 'Plan, target, evidence, forecast, verification, undo and expiry.' })
