/** The catalogue as people read it: what an action takes, needs and did. */
import { z } from 'zod'
import { EXECUTION_OUTCOMES, ISSUE_CATEGORIES, RISK_LEVELS, VERDICTS } from '../../core/vocabulary.ts'
import { json, list, time } from './parts.ts'

const ofTable = z.string().meta({ description: 'Name of the parameter that holds the table.' })
const kind = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('table') }),
    z.object({ type: z.literal('index'), of: ofTable }),
    z.object({ type: z.literal('columns'), of: ofTable, most: z.int() }),
    z.object({ type: z.literal('connection') }),
    z.object({ type: z.literal('account') }),
    z.object({ type: z.literal('integer'), min: z.number(), max: z.number(), unit: z.string() }),
    z.object({
      type: z.literal('decimal'),
      min: z.string(),
      max: z.string(),
      digits: z.int(),
      unit: z.string(),
    }),
    z.object({ type: z.literal('enum'), values: list(z.string()) }),
    z.object({ type: z.literal('instant'), minimumAgeSeconds: z.number() }),
    z.object({ type: z.literal('file') }),
    z.object({
      type: z.literal('fixes'),
      of: z.string().meta({ description: 'Name of the parameter that holds the file.' }),
      most: z.int(),
    }),
  ])
  .meta({ id: 'ParameterKind', description: 'What a parameter may be. There is no free text among them.' })

/** A parameter of an action. */
const parameterSchema = z.object({ name: z.string(), kind, words: z.string(), example: json })

const count = <T extends z.ZodType>(key: T) => z.object({ key, count: z.int() })

/** How its runs went. */
const recordSchema = z
  .object({
    runs: z.int(),
    outcomes: list(count(z.enum(EXECUTION_OUTCOMES))),
    verdicts: list(count(z.enum(VERDICTS))),
    medianImprovementPercent: z.number().nullable(),
    lastRunAt: time.nullable(),
  })
  .meta({
    id: 'ActionRecord',
    description: 'How the runs of an action went in the workspace; undo runs are left out.',
  })

/** An action of the catalogue, as this program has it. */
export const catalogueItemSchema = z
  .object({
    actionName: z.string(),
    actionVersion: z.int(),
    engine: z.string(),
    actionCategory: z.string(),
    title: z.string(),
    prose: list(z.string()).meta({
      description: 'What to know, in paragraphs; `code` and **strong** words are marked.',
    }),
    riskLevel: z.enum(RISK_LEVELS),
    riskReason: z.string(),
    issueCategories: list(z.enum(ISSUE_CATEGORIES)),
    template: z.string(),
    parameters: list(parameterSchema),
    conditions: list(z.object({ id: z.string(), rule: z.string() })),
    guards: list(z.string()),
    verification: z.string(),
    undo: z.union([z.object({ actionName: z.string() }), z.object({ whyNot: z.string() })]),
    limits: z.object({
      coolDownSeconds: z.number(),
      perTargetPerHour: z.number(),
      perTargetPerDay: z.number(),
    }),
    privileges: list(z.string()),
    bindsConnection: z.boolean(),
    enabled: z.boolean().nullable().meta({
      description: 'Null: the store has no row of this version yet; `dbmedic start` makes it.',
    }),
    record: recordSchema,
  })
  .meta({ id: 'CatalogueItem', description: 'What an action does, needs, guards, verifies, and did so far.' })
