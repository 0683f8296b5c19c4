/** Our own record of which indexes are hidden and since when, read from what runs of ours did. */
import type { HiddenIndexRecord } from '../../core/action.ts'
import { canonicalJson, type Json } from '../../core/canonical.ts'
import type { PastRun } from '../../core/store-ports.ts'

/** What a run that did what it says leaves the index as. */
const LEAVES_HIDDEN: Readonly<Record<string, { readonly DO: boolean; readonly UNDO: boolean }>> = {
  'mysql/hide-index': { DO: true, UNDO: false },
  'mysql/show-index': { DO: false, UNDO: true },
  // Undone, it is another index of the same name, and somebody had missed the first.
  'mysql/drop-index': { DO: false, UNDO: false },
}

/** Names of the actions whose runs `hiddenIndexes` reads. */
export const HIDING_ACTIONS: readonly string[] = Object.keys(LEAVES_HIDDEN)

/**
 * Indexes that the runs, newest first, left hidden. A run that ended in any other way than success leaves an index
 * in a state we do not know, and so without a record; one that was refused sent nothing. Runs on another instance
 * than `instanceUid` say nothing. What people did by themselves is not in here: the live catalog must be asked.
 */
export function hiddenIndexes(
  runs: readonly PastRun[],
  instanceUid: string | null,
): readonly HiddenIndexRecord[] {
  const records = new Map<string, HiddenIndexRecord>()
  for (const run of runs.toReversed()) {
    const index = indexOf(run.parameters)
    const leaves = LEAVES_HIDDEN[run.actionName]
    if (index === null || leaves === undefined || run.instanceUid !== instanceUid) continue
    if (run.outcome === 'REFUSED') continue
    const key = canonicalJson([index.schema, index.table, index.index])
    records.delete(key)
    const succeeded = run.status === 'COMPLETED' && run.outcome === 'SUCCESS'
    if (succeeded && leaves[run.purpose] && run.finishedAt !== null) {
      records.set(key, { ...index, since: run.finishedAt })
    }
  }
  return [...records.values()]
}

function indexOf(parameters: { readonly [name: string]: Json }): Omit<HiddenIndexRecord, 'since'> | null {
  const { table, index } = parameters
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return null
  const { schema, table: name } = table as { readonly [name: string]: Json }
  if (typeof schema !== 'string' || typeof name !== 'string' || typeof index !== 'string') return null
  return { schema, table: name, index }
}
