/** The slow log and the reports of deadlocks. */
import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { isOn, number } from '../cells.ts'
import { TAIL_BYTES_PER_SECOND } from '../slow-log/index.ts'
import { slowLogPlace } from '../slow-log-place.ts'
import { isAllowed, type Probe, report, setGlobal } from './capability.ts'

/** A threshold above this misses what people wait for, seconds. */
const LONG_QUERY_SECONDS_MAX = 2

/** Slow log: written, readable from here, and with a useful threshold. */
export const slowLogProbe: Probe = {
  ids: ['slow-log', 'slow-log-readable', 'long-query-time'],
  async run(context) {
    const { variables, options, address, account } = context
    const on = isOn(variables['slow_query_log'])
    const seconds = number(variables['long_query_time'])
    const place = await slowLogPlace(variables, options, address)
    const readable =
      place.kind === 'table'
        ? await isAllowed(context, 'SELECT 1 AS found FROM mysql.slow_log LIMIT 1')
        : place.kind === 'file'
    const grant = place.kind === 'table' ? [`GRANT SELECT ON mysql.slow_log TO ${account}`] : []
    return [
      report('slow-log', on, {
        found: `slow_query_log=${variables['slow_query_log'] ?? 'unknown'}, log_output=${variables['log_output'] ?? 'unknown'}`,
        consequence:
          'Single slow statements, their texts and, on MariaDB, the plans they ran with are not seen.',
        remedy: setGlobal(context, 'slow_query_log', 'ON'),
      }),
      report('slow-log-readable', readable, {
        found:
          place.kind === 'file'
            ? place.path
            : place.kind === 'table'
              ? 'the table mysql.slow_log'
              : place.because,
        consequence: 'The slow log is written but not read here.',
        remedy: place.kind === 'none' ? [place.toProceed] : grant,
      }),
      report('long-query-time', seconds === null ? null : seconds <= LONG_QUERY_SECONDS_MAX, {
        found: `long_query_time=${variables['long_query_time'] ?? 'unknown'} s`,
        consequence: 'Statements that are slow to people but under the threshold leave no text.',
        remedy: setGlobal(context, 'long_query_time', '0.5'),
      }),
    ]
  },
}

/** How long growth is looked at, ms. */
const GROWTH_MS = 250

/** Whether the log could be read as fast as it is written now. Nothing is said of a table: it is asked for what is new. */
export const slowLogPaceProbe: Probe = {
  ids: ['slow-log-pace'],
  async run(context) {
    const { variables, options, address } = context
    const place = await slowLogPlace(variables, options, address)
    if (place.kind !== 'file') return []
    const before = await stat(place.path)
    await pause(GROWTH_MS)
    const grown = Math.max(0, (await stat(place.path)).size - before.size)
    const perSecond = (grown * 1000) / GROWTH_MS
    return [
      report('slow-log-pace', perSecond <= TAIL_BYTES_PER_SECOND, {
        found: `it grows by ${kilobytes(perSecond)} a second now; at most ${kilobytes(TAIL_BYTES_PER_SECOND)} a second are read`,
        consequence:
          'What lies too far behind is left out: statements in it are not seen, and an issue says so.',
        remedy: setGlobal(context, 'long_query_time', raised(variables['long_query_time'])),
      }),
    ]
  },
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000).toLocaleString('en-US')} kB`

/** Twice the threshold, and no less than a second: what fills a log are the many that are hardly slow. */
const raised = (seconds: string | undefined): string => String(Math.max(1, 2 * Number(seconds ?? 0)))

/** Deadlock reports beyond the latest one. */
export const deadlockLogProbe: Probe = {
  ids: ['deadlock-log'],
  async run(context) {
    const { variables, server } = context
    const on = isOn(variables['innodb_print_all_deadlocks'])
    const verbosity = number(variables['log_error_verbosity'])
    const isCut = server.flavour === 'mysql' && (verbosity ?? 0) < 3
    return [
      report('deadlock-log', on && !isCut, {
        found: `innodb_print_all_deadlocks=${variables['innodb_print_all_deadlocks'] ?? 'unknown'}${server.flavour === 'mysql' ? `, log_error_verbosity=${verbosity ?? 'unknown'}` : ''}`,
        consequence:
          'Of several deadlocks within seconds only the latest is seen; the others are counted as missed.',
        remedy: [
          ...(on ? [] : setGlobal(context, 'innodb_print_all_deadlocks', 'ON')),
          ...(isCut ? setGlobal(context, 'log_error_verbosity', '3') : []),
        ],
      }),
    ]
  },
}
