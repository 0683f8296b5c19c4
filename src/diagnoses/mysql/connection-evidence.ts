/** What the diagnoses of exhausted connections share. */
import type { Json } from '../../core/canonical.ts'
import type { ConnectionUse } from '../../engines/mysql/shapes.ts'

/** The question of who holds the connections. */
export const CONNECTIONS = { kind: 'connections', params: {} } as const

/** The largest groups of sessions, as a claim's value. */
export const countsOf = (use: ConnectionUse): Json => use.counts.slice(0, 10) as unknown as Json

/** Whose idle sessions are the most; null if none is idle. */
export function idlest(use: ConnectionUse): { user: string; count: number; medianSeconds: number } | null {
  const sleeping = use.counts.filter((c) => c.command === 'Sleep')
  return [...sleeping].sort((a, b) => b.count - a.count)[0] ?? null
}
