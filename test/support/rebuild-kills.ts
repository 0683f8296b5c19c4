/** Kills the process that rebuilds a table, at an instant, and says what is found when the file is opened again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from '../../src/core/plan.ts'
import { openSession, sendPlan } from './column-change.ts'

/** What is found in a file. */
export interface Found {
  /** True: the column has its new type. */
  readonly isChanged: boolean
  /** What is not as it must be; empty if it all is. */
  readonly problems: readonly string[]
}

/** What a kill left. */
export interface Left extends Found {
  /** True: some step had been sent when the process was killed, and some had not. */
  readonly wasAtWork: boolean
}

/** Sends the plan, kills -9 the process of its connection after so many ms, wherever it is then, and looks at the file. */
export async function killDuring(
  file: string,
  plan: Plan,
  { afterMs, look }: { readonly afterMs: number; readonly look: () => Found },
): Promise<Left> {
  const session = await openSession(file)
  let sent = 0
  const run = sendPlan(session, plan, () => {
    sent += 1
  }).catch(() => 'ended at COMMIT')
  await sleep(afterMs)
  try {
    process.kill(Number(session.connectionId), 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  const wasAtWork = (await run) !== null && sent > 0
  await session.close()
  return { wasAtWork, ...look() }
}
