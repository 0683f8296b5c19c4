/** The shape all detectors of this folder share, and the few words they have in common. */
import type { Detector, DetectorView, Finding } from '../../core/detector.ts'
import type { MysqlSnapshots } from '../../engines/mysql/shapes.ts'
import type { Severity } from '../../core/vocabulary.ts'

/** A detector of MySQL and MariaDB. */
export type MysqlDetector = Detector<MysqlSnapshots>
/** What such a detector looks at. */
export type MysqlView = DetectorView<MysqlSnapshots>

/** CRITICAL, WARNING, or null where neither condition holds. */
export function grade(critical: boolean, warning: boolean): Severity | null {
  if (critical) return 'CRITICAL'
  return warning ? 'WARNING' : null
}

/** Keeps findings that say something: a severity, or a resource that is being followed. */
export function worthSaying(findings: readonly Finding[], tracked: ReadonlySet<string>): Finding[] {
  return findings.filter((f) => f.severity !== null || tracked.has(f.resourceKey))
}

/** Exponentially weighted mean and count kept in a detector's memory between windows. */
export interface Baseline {
  readonly mean: number
  readonly windows: number
}

/**
 * The baseline a value is compared with, and the one to remember. Values far above it enter with little
 * weight, so that trouble does not become normal while it lasts.
 */
export function nextBaseline(before: Baseline | null, value: number): Baseline {
  if (before === null) return { mean: value, windows: 1 }
  const weight = value > before.mean * 2 ? 0.01 : 0.1
  return { mean: before.mean + weight * (value - before.mean), windows: Math.min(before.windows + 1, 10_000) }
}

/** Reads a baseline back from memory. */
export function readBaseline(view: MysqlView, key: string): Baseline | null {
  const value = view.memory.get(key)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { mean, windows } = value as { readonly mean?: unknown; readonly windows?: unknown }
  return typeof mean === 'number' && typeof windows === 'number' ? { mean, windows } : null
}
