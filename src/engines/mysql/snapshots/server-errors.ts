/** Window `serverErrors`: errors the server raised, by number (M17, M20). MySQL only. */
import type { UtcTime } from '../../../core/time.ts'
import { count, textOrEmpty } from '../cells.ts'
import {
  type Collected,
  type Collector,
  counterDeltas,
  FIRST_READING,
  known,
  targetNow,
  unknown,
  windowBetween,
} from '../collector.ts'
import type { ServerErrors } from '../shapes.ts'

const ERRORS_SQL = `SELECT ERROR_NUMBER AS number, ERROR_NAME AS name, SUM_ERROR_RAISED AS raised
FROM performance_schema.events_errors_summary_global_by_error
WHERE SUM_ERROR_RAISED > 0 AND ERROR_NUMBER IS NOT NULL LIMIT 10000`

const NONE_ON_MARIADB = unknown(
  'MariaDB does not count its errors by number',
  'Nothing to do: errors reach dbmedic there through the slow log, the error log and reports of applications.',
)

interface ErrorsState {
  readonly at: UtcTime
  readonly raised: Record<string, number>
  readonly names: Record<string, string>
}

/** Reads the window. An error number seen for the first time since the server started counts from zero. */
export const serverErrorsCollector: Collector<'serverErrors', ErrorsState> = {
  name: 'serverErrors',
  everyMs: 10_000,
  heavy: false,
  async collect(target, before): Promise<Collected<ServerErrors, ErrorsState>> {
    if (target.server.flavour === 'mariadb') return { outcome: NONE_ON_MARIADB, state: null }
    const rows = await target.query(ERRORS_SQL)
    const at = await targetNow(target)
    const raised: Record<string, number> = {}
    const names: Record<string, string> = {}
    for (const row of rows) {
      raised[textOrEmpty(row['number'])] = count(row['raised'])
      names[textOrEmpty(row['number'])] = textOrEmpty(row['name'])
    }
    const state = { at, raised, names }
    if (before === null) return { outcome: FIRST_READING, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const zeros = Object.fromEntries(Object.keys(raised).map((number) => [number, 0]))
    const deltas = counterDeltas({ ...zeros, ...before.raised }, raised)
    const errors = Object.entries(deltas)
      .filter(([, moved]) => moved > 0)
      .map(([number, moved]) => ({ errorNumber: Number(number), name: names[number] ?? '', raised: moved }))
      .sort((a, b) => b.raised - a.raised)
    const source = 'performance_schema.events_errors_summary_global_by_error'
    return { outcome: known({ ...window, errors }, at, source), state }
  },
}
