/** The catalogue of actions on a database file. */
import type { ParameterSchema } from '../../core/parameters.ts'
import { changeColumnType } from './change-column-type.ts'
import type { SqliteAction } from './sqlite-action.ts'

export { changeColumnType } from './change-column-type.ts'

/** Every action of engine `sqlite`. */
export const sqliteActions = (): readonly SqliteAction<ParameterSchema>[] =>
  [changeColumnType] as unknown as readonly SqliteAction<ParameterSchema>[]
