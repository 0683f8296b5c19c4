/** What the installation allows an action, from the configuration and the moment. */
import { statfs } from 'node:fs/promises'
import type { ActionPolicy } from '../core/action.ts'
import type { ReadPort } from '../core/store-ports.ts'
import type { Config } from './config/schema.ts'

/** The policy for a run on a target now. */
export async function policyFor(config: Config, read: ReadPort, targetId: number): Promise<ActionPolicy> {
  const now = await read.now()
  const windows = await read.changeWindows(targetId)
  return {
    ...config.actions,
    diskFreeBytes: await diskFreeBytes(config, read, targetId),
    insideChangeWindow: windows.some((w) => w.startsAt <= now && now < w.endsAt),
    beforeSeconds: config.verification.beforeSeconds,
    settleSeconds: config.verification.settleSeconds,
    afterSeconds: config.verification.afterSeconds,
    minimumCalls: config.verification.minimumCalls,
  }
}

/** Free bytes where the target's data lies: read now where we can see it, else what the configuration says. */
async function diskFreeBytes(config: Config, read: ReadPort, targetId: number): Promise<number | null> {
  const target = (await read.targets()).find((t) => t.targetId === targetId)
  const path = config.targets.find((t) => t.name === target?.targetName)?.dataPath ?? null
  if (path === null) return config.actions.diskFreeBytes
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}
