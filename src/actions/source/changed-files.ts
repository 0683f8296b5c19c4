/** Our own record of which files runs of ours changed, and from what to what. A repository's own folder says nothing of that. */
import type { Json } from '../../core/canonical.ts'
import type { FileValue } from '../../core/parameters.ts'
import type { PastRun } from '../../core/store-ports.ts'

/** Names of the actions whose runs `changedFiles` reads. */
export const CHANGING_ACTIONS: readonly string[] = ['source/apply-patch', 'source/restore-file']

/**
 * What runs on this very folder replaced: those that completed, in whole or as far as was proven. The store holds the
 * same (rules GOV-129 and GOV-130).
 */
export const changedFiles = (runs: readonly PastRun[], instanceUid: string | null): readonly FileValue[] =>
  runs
    .filter(
      (run) =>
        run.instanceUid === instanceUid &&
        CHANGING_ACTIONS.includes(run.actionName) &&
        run.purpose === 'DO' &&
        run.status === 'COMPLETED' &&
        (run.outcome === 'SUCCESS' || run.outcome === 'PARTIAL_SUCCESS'),
    )
    .map((run) => fileOf(run.parameters['file']))
    .filter((file) => file !== null)

/** Whether one of these changes is what a restore of `file` takes back. */
export const wasChanged = (changes: readonly FileValue[], file: FileValue): boolean =>
  changes.some(
    ({ path, before, after }) => path === file.path && before === file.after && after === file.before,
  )

function fileOf(value: Json | undefined): FileValue | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { path, before, after } = value as { readonly [name: string]: Json }
  return typeof path === 'string' && typeof before === 'string' && typeof after === 'string'
    ? { path, before, after }
    : null
}
