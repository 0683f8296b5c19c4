/** Variables of the server as numbers. */
import type { ParameterSchema } from '../../core/parameters.ts'
import type { MysqlContext } from './mysql-action.ts'

/** Global variables as numbers, by name; null for one that is not known or no number. */
export async function numberVariables<N extends string>(
  context: Pick<MysqlContext<ParameterSchema>, 'ask'>,
  names: readonly N[],
): Promise<{ readonly [K in N]: number | null }> {
  const values = await context.ask('variables', { names })
  const read = names.map((name) => {
    const text = values.known ? values.value[name] : undefined
    const value = text === undefined || text === '' ? Number.NaN : Number(text)
    return [name, Number.isFinite(value) ? value : null]
  })
  return Object.fromEntries(read) as { readonly [K in N]: number | null }
}
