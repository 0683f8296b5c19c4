/** What the executor says of runs it does not start. What runs do is the business of the stages' own tests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINDING } from '../../test/support/bindings.ts'
import { FINISHED, readerOf, runOf, STARTED, sample } from '../../test/support/workload-samples.ts'
import type { LogLine } from '../core/log.ts'
import type { NewVerification } from '../core/nouns.ts'
import type { Runnable } from '../core/store-ports.ts'
import { fromMs } from '../core/time.ts'
import { type ActRole, Executor } from './act-role.ts'

const runnable = (decisionId: number, targetId: number): Runnable =>
  ({ decision: { decisionId, targetId, bindingText: JSON.stringify(BINDING) }, purpose: 'DO' }) as Runnable

function executor(due: readonly Runnable[]) {
  const lines: LogLine[] = []
  let looks = 0
  const targets = async () => {
    looks += 1
    return [
      { targetId: 1, targetName: 'shop' },
      { targetId: 2, targetName: 'stock' },
    ]
  }
  const port = {
    abandoned: async () => [],
    unverified: async () => [],
    runnable: async () => due,
    read: { targets },
  }
  const role: ActRole = {
    port: port as unknown as ActRole['port'],
    lease: { owner: 'me', seconds: 15 },
    engineOf: async () => 'mysql',
    limitsOf: () => null,
    execute: async () => assert.fail('nothing may run'),
    askAbandoned: async () => assert.fail('nothing was abandoned'),
    runsByItself: true,
    log: (line) => void lines.push(line),
  }
  return { made: new Executor(role), role, lines, looks: () => looks }
}

test('what waits is said once, with its reason and the name of its target, for one look at the targets', async () => {
  const { made, lines, looks } = executor([runnable(5, 1), runnable(6, 2), runnable(7, 1)])
  await made.turn()
  await made.turn()
  assert.deepEqual(
    lines.map((l) => [l.message, l.decision, l.target]),
    [
      ['approved, but waiting', 5, 'shop'],
      ['approved, but waiting', 6, 'stock'],
      ['approved, but waiting', 7, 'shop'],
    ],
  )
  assert.match(String(lines[0]?.because), /this program has no action/)
  assert.equal(looks(), 1)
})

/** The verdict on a gauge that stood at 0, at 4 since the trouble began half a minute before the run, and at 0 after it. */
async function verdictOf(targetAheadMs: number): Promise<string | undefined> {
  const onset = STARTED - 30_000
  const gauge = (from: number, to: number, waiting: number) =>
    Array.from({ length: Math.floor((to - from) / 5_000) }, (_, i) =>
      sample('waits', from + i * 5_000, {
        seriesKind: 'server',
        calls: 1,
        measures: { waiting_sessions: waiting },
      }),
    )
  const samples = [
    ...gauge(STARTED - 900_000, onset, 0),
    ...gauge(onset, STARTED, 4),
    ...gauge(FINISHED, FINISHED + 1_800_000, 0),
  ]
  const first = {
    eventId: 3,
    windowStart: fromMs(onset + targetAheadMs),
    windowEnd: fromMs(onset + 5_000 + targetAheadMs),
    recordedAt: fromMs(onset + 5_500),
  }
  const read = {
    ...readerOf(samples),
    events: async () => [first],
    now: async () => fromMs(FINISHED + 930_000),
    targets: async () => [],
    verifications: async () => [],
  }
  const plan = { affectedSeries: ['server:waits'], metricName: 'waiting_sessions', metricUnit: 'sessions' }
  const issue = { issueFingerprint: 'f', firstOccurrenceEventId: 3, openedAt: fromMs(onset + 6_000) }
  const rows: NewVerification[] = []
  const port = {
    abandoned: async () => [],
    unverified: async () => [{ ...runOf(plan), issue }],
    insertVerification: async (row: NewVerification) => void rows.push(row),
    read,
  }
  const { role } = executor([])
  await new Executor({ ...role, port: port as unknown as ActRole['port'], runsByItself: false }).turn()
  return rows[0]?.verdict
}

test('a gauge is compared with the time of trouble, also of a target whose clock is an hour off', async () => {
  for (const aheadMs of [0, 3_600_000, -3_600_000]) assert.equal(await verdictOf(aheadMs), 'improved')
})
