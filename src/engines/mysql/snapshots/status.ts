/** Window `status`: counters as deltas, gauges as values, and the settings they are judged against (M7, M13–M15). */
import type { UtcTime } from '../../../core/time.ts'
import {
  type Collected,
  type Collector,
  counterDeltas,
  FIRST_READING,
  known,
  targetNow,
  windowBetween,
} from '../collector.ts'
import type { StatusWindow } from '../shapes.ts'
import { readInnodbMetrics, readStatus, readVariables } from './global-status.ts'

/** Counters since the server started. */
export const COUNTERS = [
  'questions',
  'slow_queries',
  'connections',
  'aborted_clients',
  'aborted_connects',
  'access_denied_errors',
  'threads_created',
  'created_tmp_tables',
  'created_tmp_disk_tables',
  'created_tmp_files',
  'sort_merge_passes',
  'select_scan',
  'select_full_join',
  'handler_read_rnd_next',
  'table_open_cache_misses',
  'table_open_cache_overflows',
  'table_locks_waited',
  'innodb_buffer_pool_read_requests',
  'innodb_buffer_pool_reads',
  'innodb_buffer_pool_wait_free',
  'innodb_buffer_pool_pages_flushed',
  'innodb_data_reads',
  'innodb_data_writes',
  'innodb_data_fsyncs',
  'innodb_data_read',
  'innodb_data_written',
  'innodb_log_waits',
  'innodb_log_writes',
  'innodb_os_log_written',
  'innodb_row_lock_waits',
  'innodb_row_lock_time',
  'innodb_rows_read',
  'innodb_rows_inserted',
  'innodb_rows_updated',
  'innodb_rows_deleted',
  'innodb_deadlocks',
  'performance_schema_digest_lost',
] as const

/** Values of the moment. */
export const GAUGES = [
  'uptime',
  'threads_connected',
  'threads_running',
  'max_used_connections',
  'open_tables',
  'innodb_buffer_pool_pages_total',
  'innodb_buffer_pool_pages_free',
  'innodb_buffer_pool_pages_dirty',
  'innodb_buffer_pool_bytes_data',
  'innodb_data_pending_reads',
  'innodb_data_pending_writes',
  'innodb_data_pending_fsyncs',
  'innodb_row_lock_current_waits',
  'innodb_history_list_length',
  'innodb_checkpoint_age',
  'innodb_checkpoint_max_age',
  'innodb_redo_log_logical_size',
  'innodb_redo_log_capacity_resized',
  'innodb_redo_log_current_lsn',
  'innodb_redo_log_checkpoint_lsn',
  'performance_schema_accounts_lost',
  'performance_schema_users_lost',
  'wsrep_cluster_size',
] as const

/** Settings. */
export const SETTINGS = [
  'max_connections',
  'innodb_buffer_pool_size',
  'innodb_log_file_size',
  'innodb_redo_log_capacity',
  'innodb_io_capacity',
  'innodb_io_capacity_max',
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
  'innodb_lock_wait_timeout',
  'lock_wait_timeout',
  'wait_timeout',
  'interactive_timeout',
  'idle_transaction_timeout',
  'tmp_table_size',
  'max_heap_table_size',
  'tmp_memory_table_size',
  'temptable_max_ram',
  'sort_buffer_size',
  'join_buffer_size',
  'table_open_cache',
  'long_query_time',
  'slow_query_log',
  'log_output',
  'read_only',
  'super_read_only',
  'performance_schema',
  'performance_schema_digests_size',
  'innodb_print_all_deadlocks',
  'innodb_stats_persistent_sample_pages',
  'innodb_page_size',
  'event_scheduler',
  'innodb_read_only',
  'lower_case_table_names',
  'sql_mode',
] as const

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
    const status = {
      ...(await readStatus(target, [...COUNTERS, ...GAUGES])),
      ...(await readInnodbMetrics(target)),
    }
    const at = await targetNow(target)
    const settings = await freshSettings(target, before)
    const counters = only(status, COUNTERS)
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
    return { outcome: known(value, at, 'global status, global variables, INNODB_METRICS'), state }
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
