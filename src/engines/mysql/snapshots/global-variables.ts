/** Global variables. */
import { text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { placeholders } from '../placeholders.ts'

/** Global variables as text by lower-case name; names the server does not know are absent. */
export async function readVariables(
  target: Pick<CollectorTarget, 'query'>,
  names: readonly string[],
): Promise<Record<string, string>> {
  const marks = placeholders(names)
  const rows = await target.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${marks})`, names)
  return Object.fromEntries(
    rows.map((row) => [textOrEmpty(row['Variable_name']).toLowerCase(), text(row['Value']) ?? '']),
  )
}

/**
 * Global variables that every supported server has, as text by name: a fraction of what SHOW costs. Booleans come
 * as `1` and `0`. `names` are constants of this program.
 */
export async function readKnownVariables(
  target: Pick<CollectorTarget, 'query'>,
  names: readonly string[],
): Promise<Record<string, string>> {
  const [row] = await target.query(`SELECT ${names.map((name) => `@@GLOBAL.${name} AS ${name}`).join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, text(row?.[name]) ?? '']))
}
