/** How much of a server one statement class takes, and what is said of it with every finding. */
import type { Json } from '../../core/canonical.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'

/** Share of the statement time of the window, and statement time a second of wall time. */
export interface StatementLoad {
  readonly sharePercent: number
  readonly busyMsPerSecond: number
}

/** The load of a class in its window. */
export function statementLoad(s: StatementDelta, window: StatementWindow): StatementLoad {
  return {
    sharePercent: window.totalMs > 0 ? (100 * s.totalMs) / window.totalMs : 0,
    busyMsPerSecond: window.elapsedMs > 0 ? (1000 * s.totalMs) / window.elapsedMs : 0,
  }
}

/** Stable key of a statement class in its schema. */
export const statementKey = (s: { readonly schema: string | null; readonly fingerprintId: string }): string =>
  `${s.schema ?? ''}|${s.fingerprintId}`

/** Facts of a class for the analyst; the fingerprint has no literals. */
export const statementFacts = (s: StatementDelta, load: StatementLoad): { readonly [key: string]: Json } => ({
  fingerprintId: s.fingerprintId,
  fingerprint: s.fingerprint,
  schema: s.schema,
  calls: s.calls,
  totalMs: s.totalMs,
  timeSharePercent: load.sharePercent,
  busyMsPerSecond: load.busyMsPerSecond,
  rowsExamined: s.rowsExamined,
  rowsSent: s.rowsSent,
  rowsAffected: s.rowsAffected,
  lockMs: s.lockMs,
  ...(s.within === undefined ? {} : { within: s.within }),
})
