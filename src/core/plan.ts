/**
 * A plan: what would be sent, byte for byte, and the binding a person consents to. Data only.
 */
import type { Json } from './canonical.ts'
import type { EvidenceQuestion } from './nouns.ts'
import type { UtcTime } from './time.ts'
import type { RiskLevel } from './vocabulary.ts'

/** One statement or command. The bytes sent are exactly `text` in UTF-8. */
export interface Step {
  /** `guard`: a session setting that bounds what follows. `statement`: the change itself. */
  readonly kind: 'guard' | 'statement'
  readonly text: string
  /** Upper bound, ms; the watchdog cancels the statement then. */
  readonly timeoutMs: number
  /**
   * Re-read on the same connection right before sending; unless the answer equals `equals` (canonical
   * JSON) nothing is sent. How an action on a connection binds an identity and not just a number.
   */
  readonly onlyIf: { readonly question: EvidenceQuestion; readonly equals: Json } | null
}

/** Guards first, then steps, in order, on one connection. Guards are stated lines of their own. */
export interface Plan {
  readonly guards: readonly Step[]
  readonly steps: readonly Step[]
}

/** What a run is expected to do to the target. Stored, shown, and later scored against the actuals. */
export interface Forecast {
  /** The strongest lock the plan takes, in the engine's terms. */
  readonly lockClass: string
  /** Who waits because of it, and for how long, in words. */
  readonly blocks: string
  readonly durationMs: Interval
  readonly rowsTouched: Interval
  readonly bytesWritten: Interval
  readonly replicaLagSeconds: Interval
  readonly diskPeakBytes: Interval
  /** What the numbers are made from: sizes, measured rates, earlier runs. */
  readonly basis: string
}

/** A forecast quantity: lower bound, expectation, upper bound. Beyond `high` an approval is void. */
export interface Interval {
  readonly low: number
  readonly expected: number
  readonly high: number
}

/** How success will be measured. Fixed before approval. */
export interface VerificationPlan {
  /** What must be true right afterwards; asked again on the executor's connection. */
  readonly postcondition: string
  /** Series whose change decides, e.g. `statement:<fingerprint id>`; empty: the postcondition decides. */
  readonly affectedSeries: readonly string[]
  /** What is compared, with unit: `mean_ms`, `rows_examined_per_call`, `waiting_sessions`, … */
  readonly metricName: string
  readonly metricUnit: string
  readonly lowerIsBetter: boolean
  readonly beforeSeconds: number
  readonly settleSeconds: number
  readonly afterSeconds: number
  readonly minimumCalls: number
  /** Gain, percent, the whole 95 % interval must exceed for `improved`. */
  readonly minimumGainPercent: number
}

/** An object the plan touches and the digest of its definition at approval. */
export interface TouchedObject {
  readonly kind: string
  readonly name: string
  readonly definitionDigest: string
}

/** The exact thing a person consents to. Its canonical JSON is `bindingText`, whose SHA-256 is the plan digest. */
export interface Binding {
  readonly schema: 'dbmedic/binding/1'
  readonly action: { readonly name: string; readonly version: number; readonly definitionDigest: string }
  readonly riskLevel: RiskLevel
  readonly target: {
    readonly id: number
    readonly name: string
    readonly engine: string
    readonly instanceUid: string
    /** Set for actions on a connection: the epoch the connection lives in. */
    readonly epoch: UtcTime | null
  }
  readonly parameters: { readonly [name: string]: Json }
  readonly guards: readonly Step[]
  readonly steps: readonly Step[]
  readonly undo: { readonly plan: Plan } | { readonly whyNot: string }
  readonly objects: readonly TouchedObject[]
  readonly evidenceDigest: string
  readonly forecast: Forecast
  readonly verification: VerificationPlan
  readonly expiresAt: UtcTime
}

/** One precondition as it was found. `unknown` counts as not met. */
export interface PreconditionResult {
  /** `X1` … `X12`, or an action's own id. */
  readonly id: string
  readonly met: boolean | 'unknown'
  readonly found: string
  readonly toProceed: string
}
