/** The target a command names, as the store knows it. */
import { DbmedicError } from '../core/errors.ts'
import type { Target } from '../core/nouns.ts'
import { type Door, found } from './context.ts'

/**
 * The target of this name. @throws DbmedicError DBM_USAGE for one that stands in the configuration but was never
 * watched, which the store therefore does not know, and DBM_NOT_FOUND for any other
 */
export async function knownTarget(
  { store, config }: Pick<Door, 'store' | 'config'>,
  name: string,
): Promise<Target> {
  const target = (await store.read.targets()).find((t) => t.targetName === name) ?? null
  if (target === null && config.targets.some((t) => t.name === name)) {
    throw new DbmedicError('DBM_USAGE', {
      problem: `target ${name} is configured, but was not watched yet`,
      hint: 'Its row in the store is made by the first: dbmedic start',
    })
  }
  return found(target, 'target', name)
}
