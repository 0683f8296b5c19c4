/** What takes a run on a repository back: the file as it was, from its backup. It becomes a request like any other. */
import type { FileValue } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'
import { restoreFile } from './restore-file.ts'

/** The request. */
export function inverseOfChange({ parameters }: Pick<Binding, 'parameters'>) {
  const { path, before, after } = parameters['file'] as unknown as FileValue
  return { actionId: restoreFile.id, params: { file: { path, before: after, after: before } } }
}
