/** Window `connections`: use of the connection limit and who uses it (M8). */
import { median } from '../../../core/median.ts'
import type { UtcTime } from '../../../core/time.ts'
import { count } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  counterDeltas,
  FIRST_READING,
  known,
  windowBetween,
} from '../collector.ts'
import type { LiveSession } from '../questions/process-list.ts'
import type { ConnectionCount, ConnectionUse } from '../shapes.ts'
import { readKnownVariables } from './global-variables.ts'

const REFUSED = 'connection_errors_max_connections'
/** Accounts and commands kept, the most numerous first. */
const COUNTS_MAX = 200

/** Setting and counts may be this old, ms. */
const LIMIT_MS = 60_000
const SESSIONS_MS = 4_000

interface ConnectionsState {
  readonly at: UtcTime
  readonly counters: Record<string, number>
  readonly limit: { readonly connections: number; readonly readMs: number }
}

/** Reads the window. The counts leave our own sessions out; the totals are the server's own and include them. */
export const connectionsCollector: Collector<'connections', ConnectionsState> = {
  name: 'connections',
  everyMs: 5_000,
  heavy: false,
  async collect(target, before): Promise<Collected<ConnectionUse, ConnectionsState>> {
    const { at, values } = await target.shared.status()
    const limit = await freshLimit(target, before)
    const counters = { refused: values[REFUSED] ?? 0, aborted: values['aborted_connects'] ?? 0 }
    const state = { at, counters, limit }
    if (before === null) return { outcome: FIRST_READING, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const deltas = counterDeltas(before.counters, counters)
    const value: ConnectionUse = {
      ...window,
      maxConnections: limit.connections,
      threadsConnected: values['threads_connected'] ?? 0,
      threadsRunning: values['threads_running'] ?? 0,
      // A counter that went down was reset inside the window; what it counts since then happened in it.
      refused: deltas['refused'] ?? counters.refused,
      abortedConnects: deltas['aborted'] ?? counters.aborted,
      counts: countsOf(target, (await target.shared.sessions(SESSIONS_MS)).sessions),
    }
    return { outcome: known(value, at, 'global status, process list'), state }
  },
}

/** `max_connections` decides about CONNECTION_EXHAUSTION, but it hardly ever changes. */
async function freshLimit(
  target: CollectorTarget,
  before: ConnectionsState | null,
): Promise<ConnectionsState['limit']> {
  const readMs = performance.now()
  if (before !== null && readMs - before.limit.readMs < LIMIT_MS) return before.limit
  const settings = await readKnownVariables(target, ['max_connections'])
  return { connections: count(settings['max_connections']), readMs }
}

function countsOf(target: CollectorTarget, sessions: readonly LiveSession[]): readonly ConnectionCount[] {
  const own = target.accounts.ownConnections()
  const others = sessions.filter((session) => !own.has(session.connectionId))
  const groups = Map.groupBy(others, (session) => JSON.stringify([session.user, session.command]))
  const counts = [...groups.values()].map((group) => ({
    user: group[0]?.user ?? '',
    command: group[0]?.command ?? '',
    count: group.length,
    medianSeconds: median(group.map((session) => Math.max(0, session.seconds))),
  }))
  return counts.sort((a, b) => b.count - a.count).slice(0, COUNTS_MAX)
}
