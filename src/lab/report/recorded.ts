/**
 * A lab run as results.json keeps it: everything the report is made from, and nothing of the running system. What an
 * older version did not record is null or empty here, never guessed.
 */
import { z } from 'zod'
import { ROOT_CAUSES } from '../../core/vocabulary.ts'

/** Version of the file. 1 was a bare list of runs without evidence, harm and circumstances; it is still read. */
export const RESULTS_SCHEMA = 'dbmedic/lab-results/2'

const text = z.string()
const figure = z.number().nullable().default(null)
const words = z.string().nullable().default(null)

/** One claim an analysis rests on. `value` is JSON text, cut to what a reader needs. */
const claim = z.object({ id: text, claim: text, source: text, value: text, unit: words })

const competing = z.object({ rootCause: text, confidence: z.number(), lostBecause: words })

/** What an analysis said, and from what. */
const reasoning = {
  confidence: figure,
  hypothesis: words,
  recommendation: words,
  evidence: z.array(claim).default([]),
  competing: z.array(competing).default([]),
}

const interval = z.object({ low: z.number(), expected: z.number(), high: z.number() })

const guardReading = z.object({ name: text, worsePercent: z.number(), surelyWorsePercent: z.number() })

/** Times in ms after the fault; null for what did not happen or was not recorded. */
const issue = z.object({
  category: text,
  resource: words,
  expectedRootCause: z.enum(ROOT_CAUSES),
  expectedAction: words,
  expectedVerdict: words,
  found: z.boolean(),
  eventAfterMs: figure,
  openedAfterMs: figure,
  explainedAfterMs: figure,
  decidedAfterMs: figure,
  /** Named above the threshold of abstention; null if the analysis abstained or there is none. */
  rootCause: words,
  abstained: z.boolean(),
  /** Root causes by confidence, likeliest first, lost ones included. */
  ranked: z.array(text),
  ...reasoning,
  action: words,
  risk: words,
  problem: words,
  /** False: the action was about another session than the scenario binds it to; null: it binds none. */
  rightSession: z.boolean().nullable().default(null),
  /** How the run of the action ended; null if none ran. */
  outcome: words,
  errors: words,
  verdict: words,
  /** Why this verdict, in the pipeline's words. */
  because: words,
  improvementPercent: figure,
  intervalPercent: z.tuple([z.number().nullable(), z.number().nullable()]).default([null, null]),
  guards: z.array(guardReading).default([]),
  /** Of the plan's own statements, ms. */
  durationMs: figure,
  forecastMs: interval.nullable().default(null),
  lockClass: words,
  blocks: words,
  /** The longest the plan's guard lets it wait for a lock, and with it whoever queues behind it, ms. */
  lockGuardMs: figure,
})

/** An issue nobody expected. */
const surprise = z.object({
  category: text,
  resource: text,
  rule: text,
  rootCause: words,
  abstained: z.boolean().default(false),
  actions: z.array(text),
  /** A symptom the scenario states, for which nothing was proposed. */
  allowed: z.boolean(),
  ...reasoning,
  /** What the detector saw: `name value unit`, newest first. */
  events: z.array(text).default([]),
})

const effect = z.object({
  measure: z.enum(['latency', 'errors', 'freed', 'file-size']),
  unit: z.enum(['ms', 'bytes', '1/s']),
  before: figure,
  after: figure,
  reference: text,
  reached: z.boolean(),
})

/** Who waited for a lock of one of our accounts while an action ran. */
const ownLockWaits = z.object({
  /** How often was looked, and how often that could not be asked. */
  looks: z.int(),
  blind: z.int(),
  sessions: z.int(),
  longestMs: z.number(),
})

/** Under what a run was made; nothing that names a machine or a person. */
const circumstances = z.object({
  at: text,
  dbmedic: text,
  commit: words,
  node: text,
  platform: text,
  processors: z.int(),
  memoryMib: z.int(),
  /** False: a server of the user's, not a private one. */
  privateServer: z.boolean().default(true),
})

const result = z.object({
  name: text,
  title: text,
  number: figure,
  kind: z.enum(['single', 'compound', 'control']),
  seed: z.int(),
  drawn: z.record(text, z.union([text, z.number()])).default({}),
  flavour: text,
  version: text,
  passed: z.boolean(),
  /** Why it could not be played at all: then nothing of it is scored, and passed is false. Left out where it was. */
  skipped: text.optional(),
  seconds: z.number(),
  ranUnder: circumstances.nullable().default(null),
  /** What the run was configured with, apart from the shipped configuration. */
  configuration: z.unknown(),
  checks: z.array(z.object({ what: text, ok: z.boolean(), found: text })),
  issues: z.array(issue),
  others: z.array(surprise),
  effect: effect.nullable().default(null),
  /** The same measure where the textbook remedy was applied, and where nothing was done. */
  oracle: effect.nullable().default(null),
  nothing: effect.nullable().default(null),
  sameSame: z
    .object({ judged: z.int(), improved: z.int(), regressed: z.int(), undecided: z.int() })
    .nullable()
    .default(null),
  ownLockWaits: ownLockWaits.nullable().default(null),
})

/** A results file of either version, as a list of runs. */
export const resultsFile = z.union([
  z.array(result),
  z.object({ schema: z.literal(RESULTS_SCHEMA), results: z.array(result) }).transform((f) => f.results),
])

/** What became of one expected issue. */
export type RecordedIssue = Readonly<z.output<typeof issue>>
/** An issue nobody expected. */
export type RecordedSurprise = Readonly<z.output<typeof surprise>>
/** A measured effect. */
export type RecordedEffect = Readonly<z.output<typeof effect>>
/** Lock waits caused by us. */
export type OwnLockWaits = Readonly<z.output<typeof ownLockWaits>>
/** One claim. */
export type RecordedClaim = Readonly<z.output<typeof claim>>
/** Under what a run was made. */
export type Circumstances = Readonly<z.output<typeof circumstances>>
/** One run. */
export type RecordedResult = Readonly<z.output<typeof result>>

/** What a run is known by when series are continued or merged. */
export const runKey = (r: Pick<RecordedResult, 'name' | 'flavour' | 'seed'>): string =>
  `${r.name} ${r.flavour} ${r.seed}`
