/** Names of targets by number, for lines of the log: one look at the store for each target, not for each line. */
import type { Target } from './nouns.ts'

/** The name of a target; `number N` where it cannot be found out. Never rejects: a line must not fail for it. */
export type TargetNameOf = (targetId: number) => Promise<string>

/** Asks `read` for the targets when it meets a number it does not know. The name of a target never changes. */
export function targetNames(read: { targets(): Promise<readonly Target[]> }): TargetNameOf {
  const known = new Map<number, string>()
  return async (targetId) => {
    if (!known.has(targetId)) {
      const targets = await read.targets().catch(() => [])
      for (const target of targets) known.set(target.targetId, target.targetName)
    }
    return known.get(targetId) ?? `number ${targetId}`
  }
}
