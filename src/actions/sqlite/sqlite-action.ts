/** What actions on a database of this engine have in common. Types only. */
import type { Action, ActionContext } from '../../core/action.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { SqliteQuestions } from '../../engines/sqlite/shapes.ts'

/** What a rendering or a condition of this engine works with. */
export type SqliteContext<S extends ParameterSchema> = ActionContext<S, SqliteQuestions>

/** An action of this engine, with the rules behind its precondition ids. */
export type SqliteAction<S extends ParameterSchema> = Action<S, SqliteQuestions> & {
  readonly conditions: readonly { readonly id: string; readonly rule: string }[]
}
