/**
 * A detector notices one condition in the windows of a target's instruments. It interprets nothing: rule,
 * threshold and severity are deterministic.
 */
import type { Json } from './canonical.ts'
import type { Reading } from './observer.ts'
import type { UtcTime } from './time.ts'
import type { DetectionSource, IssueCategory, Severity } from './vocabulary.ts'

/** A tunable limit with its default, its unit and where the figure comes from. */
export interface Threshold {
  readonly value: number
  readonly unit: string
  readonly why: string
}

/** What a detector saw in one window of one resource. */
export interface Finding {
  /** `statement`, `table`, `index`, `connection`, `transaction`, `server`, `replica`, `account`. */
  readonly resourceType: string
  /** Readable name, without values of rows. */
  readonly resourceName: string
  /** Stable key; with rule family, category and server it makes the issue's fingerprint. */
  readonly resourceKey: string
  /** `null`: measured and within limits (only reported for resources in `tracked`). */
  readonly severity: Severity | null
  readonly metricName: string
  readonly metricUnit: string
  readonly metricValue: number
  /** The limit that was crossed, or that a tracked resource is compared with; same unit. */
  readonly limit: number
  /** Calls or readings in the window: says whether the workload is still there. */
  readonly workload: number
  /** One window is enough to open an issue. */
  readonly opensAtOnce: boolean
  /** Where it was seen, if not the detector's own `source`. */
  readonly source?: DetectionSource
  /** The window it is of, if not the reading's: what is read again and again is then recorded once, by that window's end. */
  readonly window?: { readonly windowStart: UtcTime; readonly windowEnd: UtcTime }
  /** Facts for the analyst; statements are masked. */
  readonly context: { readonly [key: string]: Json }
}

/** What a detector gets to look at. */
export interface DetectorView<S> {
  /** The window of an instrument the detector named in `reads`. */
  read<K extends keyof S & string>(name: K): Promise<Reading<S[K]>>
  /** Settings of this target's detectors, by threshold name. */
  threshold(name: string): number
  /** Resource keys with an open issue of this rule: report them even when within limits. */
  readonly tracked: ReadonlySet<string>
  /** What the detector wrote at the last window of this epoch. */
  readonly memory: { get(key: string): Json | undefined; set(key: string, value: Json): void }
}

/** One condition that can be noticed on one engine. */
export interface Detector<S> {
  /** `<engine>/<condition>`, the file's path. */
  readonly id: string
  readonly version: number
  readonly engine: string
  readonly title: string
  readonly category: IssueCategory
  readonly source: DetectionSource
  /** Capability ids; without one of them the detector says so and reports nothing. */
  readonly needs: readonly string[]
  readonly reads: readonly (keyof S & string)[]
  /** Nominal interval, ms. */
  readonly everyMs: number
  readonly thresholds: { readonly [name: string]: Threshold }
  /** Findings of this window. Pure but for `memory`. Unknown readings give no finding. */
  detect(view: DetectorView<S>): Promise<readonly Finding[]>
}
