/** Findings about the server as a whole, which detectors of counters and settings share. */
import type { Json } from '../../core/canonical.ts'
import type { Finding } from '../../core/detector.ts'
import type { Severity } from '../../core/vocabulary.ts'

/** The parts of such a finding that differ. */
export interface ServerFinding {
  readonly key: string
  readonly name: string
  readonly severity: Severity | null
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly limit: number
  readonly context: { readonly [key: string]: Json }
  /** Calls or readings in the window; 1 unless given: the server itself is always there. */
  readonly workload?: number
}

/** A finding on the server; it opens an issue only after several windows, unless it is CRITICAL. */
export const serverFinding = (part: ServerFinding): Finding => ({
  resourceType: 'server',
  resourceName: part.name,
  resourceKey: part.key,
  severity: part.severity,
  metricName: part.metric,
  metricUnit: part.unit,
  metricValue: part.value,
  limit: part.limit,
  workload: part.workload ?? 1,
  opensAtOnce: false,
  context: part.context,
})
