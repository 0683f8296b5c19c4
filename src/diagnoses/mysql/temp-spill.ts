/** Temporary tables or sorts of one statement class, or of all, do not fit into memory. Advice, with the sizes set now. */
import type { Subject, TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  claimOfEvent,
  type MysqlAnswers,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'

const SIZES = {
  kind: 'variables',
  params: {
    names: ['tmp_table_size', 'max_heap_table_size', 'tmp_memory_table_size', 'temptable_max_ram'],
  },
} as const
const SORT_SIZE = { kind: 'variables', params: { names: ['sort_buffer_size'] } } as const
const SORTS = 'mysql/sort-spill'
const KIB = 1_024
const MIB = 1_048_576

/** A size in words: `16 MiB`, `512 KiB`. */
const sizeText = (bytes: number): string =>
  bytes >= MIB ? `${(bytes / MIB).toFixed(0)} MiB` : `${(bytes / KIB).toFixed(0)} KiB`

export const tempSpill: MysqlDiagnosis = {
  id: 'mysql/temp-spill',
  version: 2,
  engine: 'mysql',
  title: 'Temporary tables or sorts do not fit into memory',
  rootCause: 'TEMP_SPILL',
  categories: ['MEMORY'],
  needs: (subject) => [subject.issue.ruleId === SORTS ? SORT_SIZE : SIZES],
  test(subject, answers) {
    if (subject.issue.ruleId === SORTS) return testSorts(subject, answers)
    if (subject.issue.ruleId !== 'mysql/temporary-spill')
      return ruledOut('the issue is about neither temporary tables nor sorts')
    const sizes = answers.get('variables', SIZES.params)
    if (sizes?.known !== true) return notKnown('how large a temporary table may be in memory', sizes)
    const limit = Math.min(
      ...['tmp_table_size', 'max_heap_table_size'].map((n) => Number(sizes.value[n] ?? Number.NaN)),
    )
    const worst = textFact(subject, 'worstFingerprint')
    const worstId = textFact(subject, 'worstFingerprintId')
    const size = Number.isFinite(limit) ? sizeText(limit) : 'the limit'
    return {
      outcome: 'supported',
      hypothesis: `Temporary tables larger than ${size}, or with long columns, go to disk${worst === '' ? '' : `; most of them are made by one statement class: ${worst.slice(0, 200)}`}.`,
      recommendation:
        'See whether an index gives the order or the groups the statement asks for, and whether it selects long columns (TEXT, BLOB) it does not need: MariaDB puts those on disk whatever the size. Only then raise tmp_table_size and max_heap_table_size (mysql/set-temporary-table-sizes), which each session may use.',
      claims: [
        claimOf(`a temporary table may take ${size} of memory`, sizes, {
          value: sizes.value,
          recheck: SIZES,
        }),
        claimOfEvent(
          subject,
          `${numberFact(subject, 'diskPercent').toFixed(0)} % of temporary tables went to disk, ${numberFact(subject, 'perSecond').toFixed(1)} a second`,
          { diskPercent: numberFact(subject, 'diskPercent'), perSecond: numberFact(subject, 'perSecond') },
        ),
      ],
      weights: [
        worstId === ''
          ? { why: 'which statements make them is not known', logOdds: -1.5 }
          : { why: 'a size limit and a long column look the same from outside', logOdds: -0.5 },
      ],
      candidates: [],
      affectingQueries: worstId === '' ? [] : [worstId],
    } satisfies TestResult
  },
}

/**
 * A sort that outgrows its buffer is written out in pieces and merged again
 * (https://dev.mysql.com/doc/refman/8.4/en/order-by-optimization.html, https://mariadb.com/kb/en/server-status-variables/#sort_merge_passes).
 */
function testSorts(subject: Subject, answers: MysqlAnswers): TestResult {
  const setting = answers.get('variables', SORT_SIZE.params)
  if (setting?.known !== true) return notKnown('how much memory a sort may take', setting)
  const bytes = Number(setting.value['sort_buffer_size'] ?? Number.NaN)
  const size = Number.isFinite(bytes) ? sizeText(bytes) : 'the limit'
  const worst = textFact(subject, 'worstFingerprint')
  const worstId = textFact(subject, 'worstFingerprintId')
  const [rate, share] = [numberFact(subject, 'perSecond'), numberFact(subject, 'timeSharePercent')]
  return {
    outcome: 'supported',
    hypothesis: `Sorts larger than ${size} are merged from temporary files${worst === '' ? '' : `; most of them by one statement class: ${worst.slice(0, 200)}`}.`,
    recommendation:
      'See whether an index gives the order the statement asks for, whether it selects long columns it does not need (they are sorted along), and whether it needs all the rows. Only then give that one application a larger sort buffer (SET SESSION sort_buffer_size); set for all, every session may take it.',
    claims: [
      claimOf(`a sort may take ${size} of memory`, setting, { value: setting.value, recheck: SORT_SIZE }),
      claimOfEvent(
        subject,
        `${rate.toFixed(1)} merges a second; statements that merge take ${share.toFixed(0)} % of the time`,
        { perSecond: rate, timeSharePercent: share },
      ),
    ],
    weights: [{ why: 'the server counts merges for each statement class', logOdds: 0.5 }],
    candidates: [],
    affectingQueries: worstId === '' ? [] : [worstId],
  }
}
