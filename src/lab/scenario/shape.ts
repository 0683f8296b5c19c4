/**
 * What a scenario folder of /lab says: how the server is set up, what runs on it, what goes wrong, and what the
 * pipeline must then find, name and do. All of it is data, checked when it is read.
 */
import { z } from 'zod'
import { ISSUE_CATEGORIES, RISK_LEVELS, ROOT_CAUSES, VERDICTS } from '../../core/vocabulary.ts'
import type { Drawn } from './vary.ts'

const word = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes')
const sql = z.string().min(1).max(4_000)

/**
 * One step of a session: a statement (`:int(1,500)` stands for a random whole number, each as likely; `:zipf(1,500)`
 * for one where small ones are likelier) or a pause.
 */
const step = z.union([sql, z.strictObject({ pauseMs: z.int().min(1).max(60_000) })])

const session = z.strictObject({
  name: word,
  /** How many such sessions, each on a connection of its own. */
  count: z.int().min(1).max(200).default(1),
  /** Whose account: the application's, the other application's, or the schema's owner. */
  as: z.enum(['application', 'batch', 'owner']).default('application'),
  /** Pause between two passes of the script, ms; absent: the script runs once and the connection stays open. */
  everyMs: z.int().min(5).max(60_000).optional(),
  /** Not before this long after the sessions of its file start, ms. */
  afterMs: z.int().min(0).max(60_000).default(0),
  /** Pause between the starts of two of them, ms. */
  staggerMs: z.int().min(0).max(10_000).default(0),
  /** Its statements are prepared on the server and sent with their values apart, as many drivers do. */
  prepared: z.boolean().default(false),
  script: z.array(step).min(1).max(20),
})

/** workload.yaml: what runs before the fault and goes on. */
export const workloadFile = z.strictObject({
  /** The shop's steady mixed load. */
  steady: z.boolean().default(true),
  /** Calm time before the fault, s. */
  calmSeconds: z.int().min(3).max(120).default(8),
  sessions: z.array(session).max(10).default([]),
})

/** Something that happens to the server or to us while a scenario runs, after the calm or the start of a control. */
const happening = z.strictObject({
  afterSeconds: z.number().min(0).max(600),
  /**
   * `restart-server`: clean; `restart-monitor`: every role of ours ends and starts anew; `step-clock`: the server's clock
   * is `seconds` ahead of ours from then on; `busy-machine`: for `seconds`, twelve programs for each processor count beside
   * the server; else whose statements.
   */
  does: z.enum(['restart-server', 'restart-monitor', 'step-clock', 'busy-machine', 'root', 'owner']),
  seconds: z.int().min(-86_400).max(86_400).default(0),
  statements: z.array(sql).max(20).default([]),
})

/** fault.yaml: the server it needs and what goes wrong. A control has neither statements nor sessions. */
export const faultFile = z.strictObject({
  title: z.string().min(10).max(120),
  /** Number in the catalogue of faults of docs/lab.md; null for a control. */
  number: z.int().min(1).max(99).nullable(),
  /** True: nothing goes wrong, and nothing may be found. */
  control: z.boolean().default(false),
  /** Two faults at once. */
  compound: z.boolean().default(false),
  /**
   * It may be played on a server of the user's: only its own schema, no global setting, no restart, a bounded load.
   * `rows` and `megabytes` are what setup.sql loads beside the shop at most, whatever the seed.
   */
  safe: z
    .strictObject({ rows: z.int().min(0).max(500_000), megabytes: z.int().min(0).max(200) })
    .nullable()
    .default(null),
  /** The fault is in the data before anybody watches: there is no calm before it. */
  fromTheStart: z.boolean().default(false),
  /** Options of the server, as in an option file. */
  server: z.record(z.string(), z.string()).default({}),
  /** Options of the target that differ from the lab's, by name. */
  target: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Multiplies every interval of detection; what is read every 15 minutes needs less than the usual fifth. */
  pace: z.number().min(0.05).max(1).default(0.2),
  /** Thresholds that differ from the shipped ones, by detector and name. */
  thresholds: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  /** Bounds of analysis that differ from the shipped ones, by name in the configuration. */
  analysis: z.record(z.string(), z.number()).default({}),
  /** How long the fault may take to be found and decided on, s. */
  patienceSeconds: z.int().min(5).max(120).default(40),
  /** Run by the schema's owner, in order, each once. */
  statements: z.array(sql).max(20).default([]),
  sessions: z.array(session).max(10).default([]),
  happenings: z.array(happening).max(10).default([]),
})

/** remedy.yaml: what the application would run once it had followed the advice. */
export const remedyFile = z.strictObject({
  seconds: z.int().min(2).max(30).default(5),
  /** Sessions of the fault that stop. */
  instead: z.array(word).max(10).default([]),
  sessions: z.array(session).min(1).max(10),
})

/** oracle.yaml: the textbook remedy, for comparison: connections root ends, then statements it runs. */
export const oracleFile = z.strictObject({
  ends: z.array(word).max(10).default([]),
  statements: z.array(sql).max(10).default([]),
})

const expectedIssue = z.strictObject({
  category: z.enum(ISSUE_CATEGORIES),
  /** Part of the affected resource's name. */
  resource: z.string().min(1).optional(),
  /** UNKNOWN: it must abstain. */
  rootCause: z.enum(ROOT_CAUSES),
  /** The one action that is right; null: nothing may be proposed. */
  action: z
    .string()
    .regex(/^mysql\/[a-z-]+$/)
    .nullable(),
  risk: z.enum(RISK_LEVELS).optional(),
  /** The session whose connection the action must be about. */
  binds: word.optional(),
  verdict: z.enum(VERDICTS).optional(),
})

const effect = z.strictObject({
  /**
   * `latency`: median time of a pass of the session, ms; `errors`: errors of the session a second; `freed`: ms from
   * the action's statement to the session's next completed pass; `file-size`: bytes of the table's file.
   */
  measure: z.enum(['latency', 'errors', 'freed', 'file-size']),
  /** Name of the session, or schema/table for a file. */
  of: z.string().min(1),
  /** Session whose figure stands for afterwards, if it is another one (a remedy's). */
  afterOf: word.optional(),
  /** Before divided by after must reach this. */
  leastFactor: z.number().min(1).optional(),
  /** The figure afterwards must stay below this, in its unit. */
  most: z.number().min(0).optional(),
  /** What was measured elsewhere, by flavour, to lay beside it. */
  reference: z.strictObject({ mariadb: z.string(), mysql: z.string() }),
})

/** expect.yaml: what must be found and done, what must not, and what it must bring. */
export const expectFile = z.strictObject({
  issues: z.array(expectedIssue).max(5),
  /** Further issues that may be opened, symptoms of the same fault, or of what happens in a control; nothing may be proposed for them. */
  alongside: z
    .array(
      z.strictObject({
        category: z.enum(ISSUE_CATEGORIES),
        /** Part of the affected resource’s name; absent: any of the category. */
        resource: z.string().min(1).optional(),
        why: z.string().min(10),
      }),
    )
    .max(5)
    .default([]),
  /** Wrong turns: an action that must never be proposed for any issue, or a root cause never named. */
  traps: z
    .array(
      z.strictObject({
        action: z.string().optional(),
        rootCause: z.enum(ROOT_CAUSES).optional(),
        why: z.string().min(10),
      }),
    )
    .max(5)
    .default([]),
  /** An action a person asks for afterwards, which must be refused for this reason (a regular expression). */
  refused: z
    .strictObject({
      action: z.string(),
      params: z.record(z.string(), z.json()),
      because: z.string().min(3),
    })
    .optional(),
  effect: effect.optional(),
  /** Capabilities `dbmedic check` must name as missing, each with its consequence and its remedy. */
  gaps: z
    .array(z.string().regex(/^[a-z-]{3,40}$/))
    .max(10)
    .default([]),
})

/** One kind of session. */
export type SessionSpec = z.output<typeof session>
/** What must be found of one issue. */
export type ExpectedIssue = z.output<typeof expectedIssue>
/** How an effect is measured beside the pipeline's own verdict. */
export type EffectSpec = z.output<typeof effect>

/** Something that happens while a scenario runs. */
export type Happening = z.output<typeof happening>

/** A scenario as a seed makes it. */
export interface Scenario {
  /** Name of its folder. */
  readonly name: string
  readonly seed: number
  /** What the seed drew of vary.yaml. */
  readonly drawn: Drawn
  /** Text of setup.sql; empty if there is none. */
  readonly setup: string
  /** Text of accounts.sql, run as root once our accounts are there; empty if there is none. */
  readonly accounts: string
  readonly workload: z.output<typeof workloadFile>
  readonly fault: z.output<typeof faultFile>
  readonly expect: z.output<typeof expectFile>
  readonly remedy: z.output<typeof remedyFile> | null
  readonly oracle: z.output<typeof oracleFile> | null
}
