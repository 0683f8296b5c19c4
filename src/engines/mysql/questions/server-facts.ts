/** Facts of the connected server that questions branch on. Asked once per context; a reconnect makes a new one. */
import { isOn, number, textOrEmpty } from '../cells.ts'
import { readServerVersion, type ServerVersion } from '../server-version.ts'
import type { Reader } from './question.ts'

/** The server behind a reader. */
export interface ServerFacts extends ServerVersion {
  /** 0: names are case-sensitive. 1 or 2: they compare without case. */
  readonly lowerCaseTableNames: number
  /** Whether the Performance Schema is on, which only a start of the server changes; off, its tables are empty. */
  readonly performanceSchema: boolean
}

const known = new WeakMap<Reader, Promise<ServerFacts>>()

/**
 * The server behind `reader`, read once a reader. Rejects with the server's error, or with a RangeError where
 * the version is not one this engine knows; the next call asks again.
 */
export function serverFacts(reader: Reader): Promise<ServerFacts> {
  const found = known.get(reader) ?? ask(reader)
  known.set(reader, found)
  found.catch(() => known.delete(reader))
  return found
}

async function ask(reader: Reader): Promise<ServerFacts> {
  const rows = await reader.query(
    'SELECT VERSION() AS version, @@lower_case_table_names AS folds, @@performance_schema AS instrumented',
  )
  const row = rows[0] ?? {}
  const version = readServerVersion(textOrEmpty(row['version']))
  if (version === null) throw new RangeError('a server version this engine does not know')
  return {
    ...version,
    lowerCaseTableNames: number(row['folds']) ?? 0,
    performanceSchema: isOn(row['instrumented']),
  }
}
