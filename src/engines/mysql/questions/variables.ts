/** The questions `variables` and `status`: global values by name. Neither needs a privilege. */
import { number, textOrEmpty } from '../cells.ts'
import { placeholders } from '../placeholders.ts'
import { exactly, listOf, matching } from './params.ts'
import type { Question, Reader } from './question.ts'

const NAMES_MAX = 100
/** Names of system and status variables, structured ones (`hot_cache.key_buffer_size`) included. */
const names = exactly({
  names: listOf(matching(/^[A-Za-z][A-Za-z0-9_.]{0,63}$/, 'a name of a variable'), 1, NAMES_MAX),
})

/** Global system variables, by lower-case name. */
export const variables: Question<'variables'> = {
  params: names,
  answer: async ({ reader }, params) => ({
    value: await globalVariables(reader, params.names),
    source: 'SHOW GLOBAL VARIABLES',
  }),
}

/** Global status counters that are numbers, by lower-case name. */
export const status: Question<'status'> = {
  params: names,
  answer: async ({ reader }, params) => ({
    value: await globalStatus(reader, params.names),
    source: 'SHOW GLOBAL STATUS',
  }),
}

/** Reads global variables; unknown names are absent. Rejects with the server's error. */
export async function globalVariables(
  reader: Reader,
  wanted: readonly string[],
): Promise<{ readonly [name: string]: string }> {
  const rows = await show(reader, 'VARIABLES', wanted)
  return Object.fromEntries(rows)
}

/** Reads global status counters; unknown names and values that are no numbers are absent. */
export async function globalStatus(
  reader: Reader,
  wanted: readonly string[],
): Promise<{ readonly [name: string]: number }> {
  const rows = await show(reader, 'STATUS', wanted)
  return Object.fromEntries(
    rows.flatMap(([name, value]) => (number(value) === null ? [] : [[name, Number(value)]])),
  )
}

async function show(
  reader: Reader,
  what: 'VARIABLES' | 'STATUS',
  wanted: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const marks = placeholders(wanted)
  const rows = await reader.query(`SHOW GLOBAL ${what} WHERE Variable_name IN (${marks})`, wanted)
  return rows.map((row) => [textOrEmpty(row['Variable_name']).toLowerCase(), textOrEmpty(row['Value'])])
}
