/** The slow log and the reports of deadlocks. */
import { isOn, number } from '../cells.ts'
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
