/**
 * The question `near-names`: tables whose names are near one that is not there, and schemas that have a table of that very name.
 * It lists names alone, so no table is opened for it.
 */
import { nearWords } from '../../../core/near-words.ts'
import { textOrEmpty } from '../cells.ts'
import type { NearNames } from '../shapes.ts'
import { NOT_SYSTEM_SCHEMA } from '../snapshots/app-schemas.ts'
import type { Found, Question, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { type TableName, tableName } from './table-name.ts'

/** The question. */
export const nearNames: Question<'near-names'> = {
  params: tableName,
  answer: ({ reader }, params) => readNearNames(reader, params),
}

const SOURCE = 'information_schema.TABLES'
/** Names that are compared at most: tens of thousands of tables in one schema are a design of their own. */
const NAMES_MOST = 10_000
/** Near names, and schemas, that are told at most. */
const NEAR_MOST = 5
const SCHEMAS_MOST = 10

async function readNearNames(reader: Reader, { schema, table }: TableName): Promise<Found<NearNames>> {
  const { lowerCaseTableNames } = await serverFacts(reader)
  const isIt = (name: string): boolean =>
    name === table || (lowerCaseTableNames !== 0 && name.toLowerCase() === table.toLowerCase())
  const names = (await reader.query(NAMES_SQL, [schema])).map((row) => textOrEmpty(row['name']))
  const compared = names.slice(0, NAMES_MOST)
  const elsewhere = await reader.query(ELSEWHERE_SQL, [table, schema])
  return {
    value: {
      otherKind: compared.some(isIt),
      near: nearWords(
        table,
        compared.filter((name) => !isIt(name)),
        NEAR_MOST,
      ),
      elsewhere: elsewhere.map((row) => textOrEmpty(row['in_schema'])).toSorted(),
      compared: compared.length,
      more: names.length > NAMES_MOST,
    },
    source: SOURCE,
  }
}

const NAMES_SQL = `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? LIMIT ${NAMES_MOST + 1}`

/** A name that is given is looked up in each schema, not searched for. */
const ELSEWHERE_SQL = `SELECT TABLE_SCHEMA AS in_schema FROM information_schema.TABLES
WHERE TABLE_NAME = ? AND TABLE_SCHEMA <> ? AND TABLE_SCHEMA ${NOT_SYSTEM_SCHEMA} LIMIT ${SCHEMAS_MOST}`
