/** The lexical rules of the connected server under its global sql_mode, which most sessions have. */
import { type SqlDialect, withSqlMode } from '../../../sql/index.ts'
import { textOrEmpty } from '../cells.ts'
import { dialectOf } from '../server-version.ts'
import type { Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'

/** Reads `@@GLOBAL.sql_mode` each time: it can be changed while the server runs. */
export async function serverDialect(reader: Reader): Promise<SqlDialect> {
  const { flavour } = await serverFacts(reader)
  const rows = await reader.query('SELECT @@GLOBAL.sql_mode AS mode')
  return withSqlMode(dialectOf(flavour), textOrEmpty(rows[0]?.['mode']))
}
