/**
 * The clock of the store's server steps an hour either way while approvals wait and runs are under way. What ran out by the
 * store's clock does not run; a run whose lease is over by it sends nothing more, and one that had been sent is told as it
 * was; nothing is sent twice either way.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Execution } from '../../src/core/nouns.ts'
import { type PrivateServer, startServer } from '../../src/lab/servers/index.ts'
import { clockLibrary } from '../../src/lab/servers/stepped-clock.ts'
import { startTarget, type Target } from '../support/consented-run.ts'
import { consentAll, endingOf, type ReadyRuns, recoverAll } from '../support/consented-runs.ts'
import { startPaused } from '../support/paused-runs.ts'
import { makeServerStore } from '../support/server-store.ts'

const HOUR = 3_600
const LEASE_SECONDS = 60

interface Expected {
  readonly outcome: Execution['executionOutcome'] | 'no row'
  readonly received: number
}
const DONE: Expected = { outcome: 'SUCCESS', received: 1 }
const REFUSED: Expected = { outcome: 'REFUSED', received: 0 }

/** Where the runs are when the clock steps: before they are queued, begun, at their last guard, and done. */
const POINTS = {
  ahead: {
    'queue-before': { outcome: 'no row', received: 0 },
    started: REFUSED,
    'record-9-before': REFUSED,
    'send-5-returned': DONE,
    'finish-before': DONE,
  },
  back: {
    'queue-before': DONE,
    started: DONE,
    'record-9-before': DONE,
    'send-5-returned': DONE,
    'finish-before': DONE,
  },
} as const satisfies Record<string, Record<string, Expected>>

const noClock = await clockLibrary().then(
  () => false as const,
  (error: Error) => `a clock of its own cannot be had: ${error.message}`,
)

for (const [direction, step] of [
  ['ahead', HOUR],
  ['back', -HOUR],
] as const) {
  describe(`the store’s clock steps an hour ${direction}`, { skip: noClock }, () => {
    const points: Readonly<Record<string, Expected>> = POINTS[direction]
    let target: Target
    let server: PrivateServer
    let of: ReadyRuns

    before(async () => {
      target = await startTarget()
      server = await startServer('mariadb', { ownClock: true })
      const names = Object.keys(points)
      of = await consentAll(target, {
        names,
        leaseSeconds: LEASE_SECONDS,
        store: await makeServerStore(server),
      })
      const paused = [...of.runs.values()].map((run) => startPaused(of, run, { point: run.name }))
      await Promise.all(paused.map((run) => run.arrived))
      await server.stepClock(step)
      for (const run of paused) run.release()
      await Promise.allSettled(paused.map((run) => run.ended))
      await recoverAll(of)
    })
    after(async () => {
      await of?.stop()
      await server?.stop()
      await target?.stop()
    })

    for (const [point, expected] of Object.entries(points)) {
      test(`at ${point}: ${expected.outcome}, received ${expected.received} times`, async (t) => {
        const { run, received } = await endingOf(of, point, target)
        t.diagnostic(
          `${direction} | ${point} | ${run?.executionOutcome} | ${received} | ${run?.executionErrors}`,
        )
        assert.deepEqual(
          { outcome: run === null ? 'no row' : run.executionOutcome, received },
          expected,
          run?.executionErrors ?? '',
        )
      })
    }
    test('nothing is left to run', async () => assert.deepEqual(await of.store.act.runnable(100), []))
  })
}
