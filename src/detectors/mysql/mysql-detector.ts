/** The shape all detectors of this folder share, and the few words they have in common. */
import type { Detector, DetectorView, Finding } from '../../core/detector.ts'
import type { StoreSnapshots } from '../../core/reported-failures.ts'
import type { Severity } from '../../core/vocabulary.ts'
import type { MysqlSnapshots } from '../../engines/mysql/shapes.ts'

/** Windows a detector may read: of the target's own instruments, and of what applications report of it. */
export type MysqlWindows = MysqlSnapshots & StoreSnapshots
/** A detector of MySQL and MariaDB. */
export type MysqlDetector = Detector<MysqlWindows>
/** What such a detector looks at. */
export type MysqlView = DetectorView<MysqlWindows>

/** CRITICAL, WARNING, or null where neither condition holds. */
export function grade(critical: boolean, warning: boolean): Severity | null {
  if (critical) return 'CRITICAL'
  return warning ? 'WARNING' : null
}

const RANK = { CRITICAL: 3, WARNING: 2, INFO: 1 } as const
const rank = (finding: Finding): number => (finding.severity === null ? 0 : RANK[finding.severity])
const excess = (finding: Finding): number => finding.metricValue / Math.max(1e-9, finding.limit)

/**
 * Keeps findings that say something: a severity, or a resource that is being followed. Worst first, because
 * whoever reads them keeps a bounded number.
 */
export function worthSaying(findings: readonly Finding[], tracked: ReadonlySet<string>): Finding[] {
  return findings
    .filter((f) => f.severity !== null || tracked.has(f.resourceKey))
    .sort((a, b) => rank(b) - rank(a) || excess(b) - excess(a) || (a.resourceKey < b.resourceKey ? -1 : 1))
}

/** One measured quantity with its limit, same unit. */
export interface Measure {
  readonly metricName: string
  readonly metricUnit: string
  readonly metricValue: number
  readonly limit: number
}

const share = (m: Measure): number => m.metricValue / Math.max(1e-9, m.limit)

/**
 * Of measures that must all be over their limits for a breach, the one furthest below (or least over): while it
 * is low the resource is well, whatever the others say. Without this a resource could never count as well again.
 */
export const leastOver = (first: Measure, ...rest: readonly Measure[]): Measure =>
  rest.reduce((least, m) => (share(m) < share(least) ? m : least), first)

/** Of measures each of which is a breach alone, the one most over its limit. */
export const mostOver = (first: Measure, ...rest: readonly Measure[]): Measure =>
  rest.reduce((most, m) => (share(m) > share(most) ? m : most), first)

/** What a calm finding of a resource that is not there any more says. */
export interface Gone {
  readonly resourceType: string
  readonly metricName: string
  readonly metricUnit: string
  readonly limit: number
}

/**
 * Followed resources that this window does not name, reported as zero: for instruments that list what is in
 * trouble (waits, redundant indexes, channels) and were read in whole, so that not being listed is being well.
 */
export function goneFindings(view: MysqlView, found: readonly Finding[], gone: Gone): Finding[] {
  const seen = new Set(found.map((f) => f.resourceKey))
  return [...view.tracked]
    .filter((key) => !seen.has(key))
    .map((key) => ({
      ...gone,
      resourceName: key.slice(key.indexOf('|') + 1),
      resourceKey: key,
      severity: null,
      metricValue: 0,
      workload: 1,
      opensAtOnce: false,
      context: {},
    }))
}
