/** Window `status`: counters as deltas, gauges as values, and the settings they are judged against (M7, M13–M15). */
import type { UtcTime } from '../../../core/time.ts'
import {
  type Collected,
  type Collector,
  counterDeltas,
  FIRST_READING,
  known,
  windowBetween,
} from '../collector.ts'
import type { StatusWindow } from '../shapes.ts'
import { readFileReads } from './file-reads.ts'
import { readVariables } from './global-variables.ts'
import { COUNTERS, GAUGES, OWN_COUNTERS, SETTINGS } from './status-names.ts'

/** Settings are read again after this long, ms; a change is no emergency. */
const SETTINGS_MS = 60_000

interface StatusState {
  readonly at: UtcTime
  readonly counters: Record<string, number>
  readonly variables: Record<string, string>
  readonly variablesReadMs: number
}

/**
 * Reads the window. `innodb_history_list_length` and `innodb_deadlocks` have MariaDB's names on MySQL too;
 * `innodb_checkpoint_age` is derived there from the redo positions where the server states them (8.0.30).
 */
export const statusCollector: Collector<'status', StatusState> = {
  name: 'status',
  everyMs: 10_000,
  heavy: false,
  async collect(target, before): Promise<Collected<StatusWindow, StatusState>> {
    const { at, values: board } = await target.shared.status()
    const own = await target.shared.ownStatus()
    const status = { ...board, ...own, ...(await target.shared.innodb()) }
    const settings = await freshSettings(target, before)
    const counters = { ...only(status, [...COUNTERS, ...OWN_COUNTERS]), ...(await readFileReads(target)) }
    const state = { at, counters, ...settings }
    if (before === null) return { outcome: FIRST_READING, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const value = {
      ...window,
      deltas: counterDeltas(before.counters, counters),
      values: withCheckpointAge(only(status, GAUGES)),
      variables: settings.variables,
    }
    return {
      outcome: known(value, at, 'global status, global variables, INNODB_METRICS, file summary'),
      state,
    }
  },
}

async function freshSettings(
  target: Parameters<typeof readVariables>[0],
  before: StatusState | null,
): Promise<Pick<StatusState, 'variables' | 'variablesReadMs'>> {
  const nowMs = performance.now()
  if (before !== null && nowMs - before.variablesReadMs < SETTINGS_MS) {
    return { variables: before.variables, variablesReadMs: before.variablesReadMs }
  }
  return { variables: await readVariables(target, SETTINGS), variablesReadMs: nowMs }
}

function only(status: Readonly<Record<string, number>>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => (status[name] === undefined ? [] : [[name, status[name]]])),
  )
}

function withCheckpointAge(gauges: Record<string, number>): Record<string, number> {
  const current = gauges['innodb_redo_log_current_lsn']
  const checkpoint = gauges['innodb_redo_log_checkpoint_lsn']
  if (gauges['innodb_checkpoint_age'] !== undefined || current === undefined || checkpoint === undefined)
    return gauges
  const capacity = gauges['innodb_redo_log_capacity_resized']
  return {
    ...gauges,
    innodb_checkpoint_age: Math.max(0, current - checkpoint),
    ...(capacity === undefined ? {} : { innodb_checkpoint_max_age: capacity }),
  }
}
