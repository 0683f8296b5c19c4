/** Window `connections`: use of the connection limit and who uses it (M8). */
import type { UtcTime } from '../../../core/time.ts'
import { count, textOrEmpty } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  counterDeltas,
  FIRST_READING,
  known,
  targetNow,
  windowBetween,
} from '../collector.ts'
import { processListTable } from '../questions/process-list.ts'
import type { ConnectionCount, ConnectionUse } from '../shapes.ts'
import { readKnownVariables, readStatus } from './global-status.ts'

const REFUSED = 'connection_errors_max_connections'
const NAMES = ['threads_connected', 'threads_running', REFUSED, 'aborted_connects']
/** Sessions looked at for the counts by account. */
const SESSIONS_MAX = 20_000
/** Accounts and commands kept, the most numerous first. */
const COUNTS_MAX = 200

interface ConnectionsState {
  readonly at: UtcTime
  readonly counters: Record<string, number>
}

/** Reads the window. The counts leave our own sessions out; the totals are the server's own and include them. */
export const connectionsCollector: Collector<'connections', ConnectionsState> = {
  name: 'connections',
  everyMs: 5_000,
  heavy: false,
  async collect(target, before): Promise<Collected<ConnectionUse, ConnectionsState>> {
    const status = await readStatus(target, NAMES)
    const settings = await readKnownVariables(target, ['max_connections'])
    const counts = await readCounts(target)
    const at = await targetNow(target)
    const counters = { refused: status[REFUSED] ?? 0, aborted: status['aborted_connects'] ?? 0 }
    const state = { at, counters }
    if (before === null) return { outcome: FIRST_READING, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const deltas = counterDeltas(before.counters, counters)
    const value: ConnectionUse = {
      ...window,
      maxConnections: count(settings['max_connections']),
      threadsConnected: status['threads_connected'] ?? 0,
      threadsRunning: status['threads_running'] ?? 0,
      // A counter that went down was reset inside the window; what it counts since then happened in it.
      refused: deltas['refused'] ?? counters.refused,
      abortedConnects: deltas['aborted'] ?? counters.aborted,
      counts,
    }
    return { outcome: known(value, at, 'global status, process list'), state }
  },
}

async function readCounts(target: CollectorTarget): Promise<readonly ConnectionCount[]> {
  const rows = await target.query(
    `SELECT USER AS user_name, COMMAND AS command, TIME AS seconds, ID AS id
FROM ${processListTable({ ...target.server, lowerCaseTableNames: 0 })} LIMIT ${SESSIONS_MAX}`,
  )
  const own = new Set(target.accounts.ownConnections())
  const others = rows.filter((row) => !own.has(textOrEmpty(row['id'])))
  const groups = Map.groupBy(others, (row) =>
    JSON.stringify([textOrEmpty(row['user_name']), textOrEmpty(row['command'])]),
  )
  const counts = [...groups.values()].map((group) => ({
    user: textOrEmpty(group[0]?.['user_name']),
    command: textOrEmpty(group[0]?.['command']),
    count: group.length,
    medianSeconds: median(group.map((row) => Math.max(0, count(row['seconds'])))),
  }))
  return counts.sort((a, b) => b.count - a.count).slice(0, COUNTS_MAX)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
