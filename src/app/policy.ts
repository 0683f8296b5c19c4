/** What the installation allows an action, from the configuration and the moment. */
import type { ActionPolicy } from '../core/action.ts'
import type { ReadPort } from '../core/store-ports.ts'
import type { Config } from './config/schema.ts'

/** The policy for a run on a target now. */
export async function policyFor(config: Config, read: ReadPort, targetId: number): Promise<ActionPolicy> {
  const now = await read.now()
  const windows = await read.changeWindows(targetId)
  return {
    ...config.actions,
    insideChangeWindow: windows.some((w) => w.startsAt <= now && now < w.endsAt),
    beforeSeconds: config.verification.beforeSeconds,
    settleSeconds: config.verification.settleSeconds,
    afterSeconds: config.verification.afterSeconds,
    minimumCalls: config.verification.minimumCalls,
  }
}
