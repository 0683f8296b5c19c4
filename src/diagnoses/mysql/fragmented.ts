/** A table takes far more bytes a row than it once did. */
import type { TestResult } from '../../core/diagnosis.ts'
import { toMs } from '../../core/time.ts'
import {
  claimOf,
  count,
  type MysqlDiagnosis,
  notKnown,
  numberFact,
  ruledOut,
  textFact,
} from './mysql-diagnosis.ts'

/** Above this many bytes a rebuild is the other, HIGH risk action. */
export const SMALL_TABLE_BYTES = 1_073_741_824

export const fragmented: MysqlDiagnosis = {
  id: 'mysql/fragmented',
  version: 1,
  engine: 'mysql',
  title: 'Pages are mostly empty after deletions',
  rootCause: 'FRAGMENTED',
  categories: ['FRAGMENTATION'],
  needs(subject) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    return schema === '' || table === '' ? [] : [{ kind: 'table', params: { schema, table } }]
  },
  test(subject, answers) {
    const schema = textFact(subject, 'schema')
    const table = textFact(subject, 'table')
    const definition = answers.get('table', { schema, table })
    if (definition?.known !== true || definition.value === null)
      return notKnown(`the definition of ${schema}.${table}`, definition)
    const factor = numberFact(subject, 'bytesPerRow') / Math.max(1, numberFact(subject, 'bestBytesPerRow'))
    if (factor < 2) return ruledOut('its rows take less than twice the space they once did')
    const rebuilt = definition.value.createdAt ?? null
    if (rebuilt !== null && toMs(rebuilt) > toMs(subject.issue.openedAt))
      return ruledOut('the table was rebuilt since')
    const size = definition.value.dataBytes + definition.value.indexBytes
    const actionId = size > SMALL_TABLE_BYTES ? 'mysql/rebuild-large-table' : 'mysql/rebuild-small-table'
    const reclaimable = numberFact(subject, 'reclaimableBytes')
    return {
      outcome: 'supported',
      hypothesis: `${schema}.${table} takes ${count(numberFact(subject, 'bytesPerRow'))} bytes a row, ${factor.toFixed(1)} times its own best; about ${count(reclaimable / 1048576)} MiB could be given back.`,
      recommendation:
        'Rebuild the table, unless its rows simply became longer, or the job that deleted rows is still running and the space will be filled again.',
      claims: [
        claimOf('bytes per row now against the best seen', definition, {
          value: {
            bytesPerRow: numberFact(subject, 'bytesPerRow'),
            best: numberFact(subject, 'bestBytesPerRow'),
            reclaimableBytes: reclaimable,
            sizeBytes: size,
          },
          recheck: { kind: 'table', params: { schema, table } },
        }),
      ],
      weights: [
        { why: `rows take ${factor.toFixed(1)} times the space`, logOdds: factor >= 4 ? 1 : 0 },
        {
          why: 'longer rows would look the same, and so would a deletion that is still running',
          logOdds: -1,
        },
      ],
      candidates: [
        {
          actionId,
          params: { table: { schema, table } },
          why: 'A rebuild writes the rows into full pages.',
          affectedSeries: [],
        },
      ],
      affectingQueries: [],
    } satisfies TestResult
  },
}
