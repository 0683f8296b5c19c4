/** Temporary tables of one statement class, or of all, do not fit into memory. Advice, with the sizes set now. */
import type { TestResult } from '../../core/diagnosis.ts'
import {
  claimOf,
  claimOfEvent,
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
const KIB = 1_024
const MIB = 1_048_576

/** A size in words: `16 MiB`, `512 KiB`. */
const sizeText = (bytes: number): string =>
  bytes >= MIB ? `${(bytes / MIB).toFixed(0)} MiB` : `${(bytes / KIB).toFixed(0)} KiB`

export const tempSpill: MysqlDiagnosis = {
  id: 'mysql/temp-spill',
  version: 1,
  engine: 'mysql',
  title: 'Temporary tables do not fit into memory',
  rootCause: 'TEMP_SPILL',
  categories: ['MEMORY'],
  needs: () => [SIZES],
  test(subject, answers) {
    if (subject.issue.ruleId !== 'mysql/temporary-spill')
      return ruledOut('the issue is not about temporary tables')
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
