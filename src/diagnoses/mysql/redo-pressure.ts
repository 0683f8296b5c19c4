/** Writers wait for the redo log: its buffer is too small, or the log itself is. Advice with the settings as they are. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  claimOfEvent,
  fact,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
} from './mysql-diagnosis.ts'

/** Share of the log not yet checkpointed beyond which InnoDB flushes in a hurry, percent. */
export const FULL_LOG_PERCENT = 80

const SETTINGS = {
  kind: 'variables',
  params: { names: ['innodb_log_buffer_size', 'innodb_log_file_size', 'innodb_redo_log_capacity'] },
} as const
const MIB = 1_048_576

export const redoPressure: MysqlDiagnosis = {
  id: 'mysql/redo-pressure',
  version: 1,
  engine: 'mysql',
  title: 'The redo log is too small for what is written',
  rootCause: 'REDO_PRESSURE',
  categories: ['CONFIGURATION'],
  needs: () => [SETTINGS],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/redo-pressure') return ruledOut('the issue is not about the redo log')
    const settings = answers.get('variables', SETTINGS.params)
    if (settings?.known !== true) return notKnown('how large the redo log is', settings)
    const age = fact(subject, 'checkpointAgePercent')
    const full = typeof age === 'number' && age > FULL_LOG_PERCENT
    const waits = numberFact(subject, 'logWaits')
    if (!full && waits === 0) return ruledOut('neither the log nor its buffer was full')
    return {
      outcome: 'supported',
      hypothesis: full
        ? `${age.toFixed(0)} % of the redo log was not yet checkpointed: InnoDB flushes pages in a hurry at the expense of everything else.`
        : `Writers waited ${waits} time(s) in a window because the log buffer (${mib(settings.value['innodb_log_buffer_size'])}) was full.`,
      recommendation: full ? logAdvice(settings.value) : bufferAdvice(settings.value),
      claims: [
        claimOf('the sizes of the redo log and its buffer', settings, {
          value: settings.value,
          recheck: SETTINGS,
        }),
        claimOfEvent(subject, 'log waits and checkpoint age of the window', seen(subject)),
      ],
      weights: full ? [] : [{ why: 'a slow disk under the log fills its buffer too', logOdds: -0.5 }],
      candidates: [],
      affectingQueries: [],
    } satisfies TestResult
  },
}

const seen = (subject: Subject): Json => ({
  logWaits: numberFact(subject, 'logWaits'),
  checkpointAgePercent: fact(subject, 'checkpointAgePercent') ?? null,
})

const mib = (bytes: string | undefined): string =>
  bytes === undefined ? 'of unknown size' : `${(Number(bytes) / MIB).toFixed(0)} MiB`

type Settings = { readonly [name: string]: string }

/** innodb_redo_log_capacity (MySQL 8.0.30) and MariaDB 10.9's innodb_log_file_size can be set while it runs. */
function logAdvice(settings: Settings): string {
  const name =
    settings['innodb_redo_log_capacity'] === undefined ? 'innodb_log_file_size' : 'innodb_redo_log_capacity'
  const now = Number(settings[name] ?? 0)
  return `Set ${name} to ${2 * now} (twice the present ${mib(settings[name])}), and keep that much disk free; MySQL 8.0.30 and MariaDB 10.9 take it while running. Larger logs lengthen recovery after a crash.`
}

function bufferAdvice(settings: Settings): string {
  const now = Number(settings['innodb_log_buffer_size'] ?? 0)
  return `Set innodb_log_buffer_size to ${2 * now} (twice the present), and look for transactions that write many megabytes at once. MySQL 8.0 takes it while running, MariaDB at a restart.`
}
