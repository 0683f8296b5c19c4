/**
 * The slow log outran its reader. What filled it stands in the part nobody read, so no root cause is named; what would
 * let it be read is.
 */
import { cannotTell, type MysqlDiagnosis, notKnown, numberFact, ruledOut } from './mysql-diagnosis.ts'

const SETTINGS = {
  kind: 'variables',
  params: { names: ['long_query_time', 'log_queries_not_using_indexes', 'log_slow_rate_limit'] },
} as const
const MIB = 2 ** 20

export const slowLogOutrun: MysqlDiagnosis = {
  id: 'mysql/slow-log-outrun',
  version: 1,
  engine: 'mysql',
  title: 'The slow log grows faster than it is read',
  rootCause: 'UNKNOWN',
  categories: ['MONITORING_GAP'],
  needs: () => [SETTINGS],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/slow-log-gap') return ruledOut('the issue is not about the slow log')
    const reading = answers.get('variables', SETTINGS.params)
    if (reading?.known !== true) return notKnown('how the slow log is set', reading)
    const [skipped, behind] = [numberFact(subject, 'skippedBytes'), numberFact(subject, 'behindBytes')]
    const rows = numberFact(subject, 'behindRows')
    const unread =
      rows > 0
        ? `${rows} rows of mysql.slow_log are still to be read`
        : `${mib(skipped)} of the slow log were left out in a window and ${mib(behind)} are still to be read`
    return cannotTell(`${unread}, so what fills it is not known`, advice(reading.value))
  },
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`

/** What makes less be written, the likeliest first. https://mariadb.com/kb/en/slow-query-log-overview/ */
function advice(settings: { readonly [name: string]: string }): string {
  const isOn = /^(1|on)$/i.test(settings['log_queries_not_using_indexes'] ?? '')
  const parts = [
    ...(isOn ? ['Set log_queries_not_using_indexes = OFF: quick statements fill the log with it'] : []),
    `Raise long_query_time (now ${settings['long_query_time'] ?? 'unknown'} s)`,
    ...(settings['log_slow_rate_limit'] === undefined
      ? []
      : ['or let log_slow_rate_limit take one of several statements']),
  ]
  return `${parts.join('; ')}. Until then read the file with dbmedic digest.`
}
