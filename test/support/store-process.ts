/**
 * A second process on an SQLite store, for tests: claims issues, queues runs and writes events against its
 * parent until nothing is left. Usage: node store-process.ts PATH NAME TARGET EVENTS [backwards]; says ready, waits for a
 * line, works, and prints its share as one JSON line.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { ROLES } from '../../src/core/vocabulary.ts'
import { openStore } from '../../src/store/index.ts'
import { full, newEvent, type World } from './pipeline-rows.ts'

/** What a process got. */
export interface Share {
  readonly issues: readonly number[]
  readonly executions: readonly number[]
  readonly events: number
}

/** Takes what it can get. */
export async function takeShare(
  path: string,
  work: {
    readonly name: string
    readonly targetId: number
    readonly events: number
    readonly backwards: boolean
  },
): Promise<Share> {
  const store = full(await openStore({ path, roles: ROLES }))
  try {
    const issues: number[] = []
    const executions: number[] = []
    let events = 0
    let open: number | undefined
    // A target takes one run at a time: ours ends when there is another to run, or nothing more to do.
    const settle = async (): Promise<void> => {
      if (open !== undefined) await store.act.finishExecution(open, work.name, ENDED)
      open = undefined
    }
    for (let round = 0; round < work.events; round++) {
      const world = { store, targetId: work.targetId } as World
      // Both processes send the same events: each must be counted by one of them.
      const dedupeKey = createHash('sha256')
        .update(`event ${work.backwards ? work.events - 1 - round : round}`)
        .digest('hex')
      events += await store.observe.appendEvents([await newEvent(world, 'shared', { dedupeKey })])
      const claimed = await store.reason.claimIssues({ owner: work.name, seconds: 60 }, ['DETECTED'], 1)
      issues.push(...claimed.map((issue) => issue.issueId))
      const [runnable] = await store.act.runnable(1)
      if (runnable === undefined) continue
      await settle()
      const executionId = await store.act.queueExecution(runnable, work.name)
      if (executionId === null) continue
      if (await store.act.startExecution(executionId, { owner: work.name, seconds: 60 }, null)) {
        executions.push(executionId)
        open = executionId
      }
    }
    await settle()
    return { issues, executions, events }
  } finally {
    await store.close()
  }
}

const ENDED = {
  status: 'FAILED',
  outcome: 'UNKNOWN',
  steps: [],
  durationMs: null,
  affectedRows: null,
  errors: null,
} as const

const [, script = '', path, name, targetId, events, order] = process.argv
if (import.meta.filename === script && path !== undefined && name !== undefined) {
  console.log('ready')
  // Until its parent says go (or says nothing at all), so that two begin at the same time.
  await Promise.race([once(process.stdin, 'data'), once(process.stdin, 'end')])
  process.stdin.destroy()
  const share = await takeShare(path, {
    name,
    targetId: Number(targetId),
    events: Number(events),
    backwards: order === 'backwards',
  })
  console.log(JSON.stringify(share))
}
