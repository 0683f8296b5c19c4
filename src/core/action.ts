/**
 * An action of the catalogue: the only way anything is ever changed. It renders statements from typed,
 * resolved parameters and runs nothing itself.
 */
import type { Ask } from './observer.ts'
import type { FileValue, ParameterSchema, Resolved } from './parameters.ts'
import type { Forecast, Plan, PreconditionResult, TouchedObject, VerificationPlan } from './plan.ts'
import type { UtcTime } from './time.ts'
import type { IssueCategory, RiskLevel } from './vocabulary.ts'

/** What the installation allows; from the configuration. */
export interface ActionPolicy {
  /** Objects larger than this are left alone outside a change window. */
  readonly maxUnattendedRows: number
  readonly maxUnattendedBytes: number
  /** True while the run falls into a change window of the target. */
  readonly insideChangeWindow: boolean
  readonly maxReplicaLagSeconds: number
  /** Age of the newest tested backup, hours; null if nobody told us. */
  readonly backupAgeHours: number | null
  readonly maxBackupAgeHours: number
  /** Free bytes where the data lives; null if nobody told us (the servers do not say). */
  readonly diskFreeBytes: number | null
  /** Schemas and users no action may touch. */
  readonly denySchemas: readonly string[]
  readonly denyUsers: readonly string[]
  /** Bounded statement and lock waits of a run, ms. */
  readonly lockWaitMs: number
  readonly statementTimeoutMs: number
  /** Seconds of the verification windows. */
  readonly beforeSeconds: number
  readonly settleSeconds: number
  readonly afterSeconds: number
  readonly minimumCalls: number
  /** The target's replicas as configured and watched; absent if nobody told us (a primary cannot see their lag). */
  readonly replicas?: { readonly count: number; readonly worstLagSeconds: number | null }
  /** Memory and processors of the target's machine; absent or null if nobody told us. */
  readonly memoryBytes?: number | null
  readonly cores?: number | null
  /** Longest time the applications' pools keep a connection idle, s; absent or null if nobody told us. */
  readonly poolIdleSeconds?: number | null
  /** Users of applications: the only accounts whose limits may be changed. */
  readonly applicationUsers?: readonly string[]
  /** Indexes that runs of ours hid and that nobody showed again, with the end of that run. */
  readonly hiddenIndexes?: readonly HiddenIndexRecord[]
  /** Files of the target that completed runs of ours changed, each from what to what. */
  readonly changedFiles?: readonly FileValue[]
}

/** Our own record that a run of ours hid an index. */
export interface HiddenIndexRecord {
  readonly schema: string
  readonly table: string
  readonly index: string
  readonly since: UtcTime
}

/** What an action's functions work with. */
export interface ActionContext<S extends ParameterSchema, Q> {
  readonly params: Resolved<S>
  readonly ask: Ask<Q>
  readonly policy: ActionPolicy
  /** `flavour` and `version` of the server, for dialect differences. */
  readonly server: { readonly flavour: string; readonly version: string }
  /** Series the candidate named as affected. */
  readonly affectedSeries: readonly string[]
  /** When the run began, on the target's clock; set for a postcondition, so that it can tell new from old. */
  readonly startedAt?: UtcTime
}

/** A rendered plan with its inverse. */
export interface Rendered {
  readonly plan: Plan
  /** The inverse, rendered from the state found now, or why there is none. */
  readonly undo: { readonly plan: Plan } | { readonly whyNot: string }
  readonly objects: readonly TouchedObject[]
}

/** What the state after a run says. SUCCESS means `holds`. */
export interface Postcondition {
  readonly holds: boolean | 'unknown'
  readonly found: string
}

/** What is there of a run's change: all of it, what was before it, or neither. */
export interface Effect {
  readonly is: 'there' | 'gone' | 'other' | 'unknown'
  readonly found: string
}

/** How often an action may run. */
export interface ActionLimits {
  /** On the same target object. */
  readonly coolDownSeconds: number
  readonly perTargetPerHour: number
  readonly perTargetPerDay: number
}

/** One thing that may ever be done. */
export interface Action<S extends ParameterSchema, Q> {
  /** `<engine>/<verb-object>`, the file's path. */
  readonly id: string
  readonly version: number
  readonly engine: string
  /** `INDEX`, `STATISTICS`, `SESSION`, `CONFIGURATION`, `STORAGE`, `REPLICATION`, `INSTRUMENT`. */
  readonly category: string
  readonly title: string
  readonly risk: RiskLevel
  readonly riskReason: string
  readonly issueCategories: readonly IssueCategory[]
  readonly parameters: S
  /** Statement templates for people; rendering is `render`. */
  readonly template: string
  /** It is about one live connection: short validity, identity re-read, never scheduled ahead. */
  readonly bindsConnection: boolean
  readonly estimatedDurationSeconds: number
  /** Its steps are one transaction, the last of them its COMMIT: of a run that did not come to its end nothing is there. */
  readonly isOneTransaction?: true
  /** Precondition ids it checks, in order, and guard statements it sets, for people. */
  readonly preconditions: readonly string[]
  readonly guards: readonly string[]
  readonly verification: string
  /** The inverse action's id, or why there is none. */
  readonly undo: { readonly actionId: string } | { readonly whyNot: string }
  readonly limits: ActionLimits
  /** What it needs to be granted on the target, for `dbmedic check`. */
  readonly privileges: readonly string[]
  /** Preconditions, each checked now. Unknown is not met. */
  check(context: ActionContext<S, Q>): Promise<readonly PreconditionResult[]>
  /** The exact statements. Never called unless parameters resolved. */
  render(context: ActionContext<S, Q>): Promise<Rendered>
  forecast(context: ActionContext<S, Q>): Promise<Forecast>
  /** How the effect will be measured. */
  verificationPlan(context: ActionContext<S, Q>): VerificationPlan
  /** Asked after the run, on the executor's connection, and again after a crash. */
  postcondition(context: ActionContext<S, Q>): Promise<Postcondition>
  /**
   * Where what the run changed is now, for its undo: one starts only while it is `there` and has succeeded when it is
   * `gone`, back to what it was. Absent: it is there while the postcondition holds, and gone when it does not.
   */
  effect?(context: ActionContext<S, Q>): Promise<Effect>
}
