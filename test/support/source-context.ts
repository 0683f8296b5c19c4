/** What an action on a repository works with, answered from a table: a question without an answer is not known. */
import type { ActionContext, ActionPolicy } from '../../src/core/action.ts'
import type { ParameterSchema } from '../../src/core/parameters.ts'
import type { SourceQuestions } from '../../src/engines/source/shapes.ts'
import { PERMISSIVE } from './action-policy.ts'

/** The answers of a repository without a commit. */
export const REPOSITORY = { root: '/r', commit: null, digest: 'c'.repeat(64) }

/** The context of these parameters; `repository` is answered unless told otherwise. */
export const sourceContext = <S extends ParameterSchema>(
  params: ActionContext<S, SourceQuestions>['params'],
  answers: { readonly [K in keyof SourceQuestions]?: unknown },
  policy: Partial<ActionPolicy> = {},
): ActionContext<S, SourceQuestions> => {
  const all: { readonly [kind: string]: unknown } = { repository: REPOSITORY, ...answers }
  return {
    params,
    ask: async (kind: string) =>
      all[kind] == null
        ? { known: false, because: 'it is not known', toProceed: 'no' }
        : { known: true, value: all[kind], at: '', source: '' },
    policy: { ...PERMISSIVE, ...policy },
    server: { flavour: 'git', version: '' },
    affectedSeries: [],
  } as unknown as ActionContext<S, SourceQuestions>
}
