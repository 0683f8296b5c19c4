/** The question `id-headroom`: how much of its type an auto-increment column has used; of one table, or the fullest of all. */
import { toMs } from '../../../core/time.ts'
import { number, textOrEmpty, utcTime } from '../cells.ts'
import type { IdHeadroom } from '../shapes.ts'
import { usedPercentOf } from '../snapshots/auto-increment.ts'
import { exactly, objectName, orNull } from './params.ts'
import type { Found, Question, QuestionContext, Reader } from './question.ts'

/** The catalog is read once a day at least, whatever it costs; an hour for one that is late. */
const CATALOG_AGE_MOST_MS = 25 * 3_600_000
const SOURCE = 'information_schema.COLUMNS, TABLES'

/**
 * Of a table two rows of the catalog are read; of all tables nothing is read now: the newest look at the catalog says it,
 * which the observer takes within its budget anyway. Null: no such table, or none with ids of its own.
 */
export const idHeadroom: Question<'id-headroom'> = {
  params: exactly({ schema: orNull(objectName), table: orNull(objectName) }),
  answer: async (context, { schema, table }) =>
    schema === null || table === null ? fullest(context) : ofTable(context.reader, { schema, table }),
}

async function fullest({
  collected,
  reader,
}: Pick<QuestionContext, 'collected' | 'reader'>): Promise<Found<IdHeadroom | null>> {
  const found = collected?.catalog() ?? null
  if (found === null)
    return {
      because: 'the catalog has not been read yet, or the monitor’s account sees no table of an application',
      toProceed:
        'Ask again after the observer has watched for a while; dbmedic check says what it may not see.',
    }
  const now = utcTime((await reader.query('SELECT UTC_TIMESTAMP(6) AS now'))[0]?.['now'])
  if (now === null || toMs(now) - toMs(found.at) > CATALOG_AGE_MOST_MS)
    return {
      because: `the catalog was last read ${found.at}, and could not be read since`,
      toProceed: 'dbmedic check says what the monitor’s account may not see.',
    }
  // Kept with the fullest first.
  const [first] = found.autoIncrement
  return { value: first === undefined ? null : { ...first, readAt: found.at }, source: SOURCE }
}

const COLUMN_SQL = `SELECT COLUMN_NAME AS column_name, COLUMN_TYPE AS column_type FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND EXTRA LIKE '%auto_increment%' LIMIT 1`
const NEXT_SQL = `SELECT AUTO_INCREMENT AS next_value FROM information_schema.TABLES
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND AUTO_INCREMENT IS NOT NULL LIMIT 1`

async function ofTable(
  reader: Reader,
  name: { readonly schema: string; readonly table: string },
): Promise<Found<IdHeadroom | null>> {
  const [column] = await reader.query(COLUMN_SQL, [name.schema, name.table])
  if (column === undefined) return { value: null, source: SOURCE }
  const columnType = textOrEmpty(column['column_type'])
  const [row] = await reader.query(NEXT_SQL, [name.schema, name.table])
  const usedPercent = usedPercentOf(columnType, number(row?.['next_value']))
  if (usedPercent === null)
    return {
      because: `the server does not say which id of ${name.schema}.${name.table} is the next one`,
      toProceed: 'Ask again in a minute: a table that is being changed shows none.',
    }
  return {
    value: { ...name, column: textOrEmpty(column['column_name']), columnType, usedPercent, readAt: null },
    source: SOURCE,
  }
}
