/**
 * kill -9 of the store's server at every point of a run: all runs stop at their own point, the server is killed,
 * they go on without it, and it comes back on the same data. The target's general log says how often it received
 * each statement. Once within the lease, once for longer than it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import type { Execution, Issue } from '../../src/core/nouns.ts'
import { type PrivateServer, SERVER_FLAVOURS, startServer } from '../../src/lab/servers/index.ts'
import { startTarget, type Target } from '../support/consented-run.ts'
import { consentAll, endingOf, type ReadyRun, type ReadyRuns, recoverAll } from '../support/consented-runs.ts'
import { skipServer } from '../support/each-server.ts'
import { type Arrival, type PausedRun, startPaused } from '../support/paused-runs.ts'
import { untilArrived } from '../support/seen-waiting.ts'
import { makeServerStore } from '../support/server-store.ts'

interface Expected {
  readonly outcome: Execution['executionOutcome']
  readonly received: number
  readonly issue: Issue['issueStatus']
}
const DONE: Expected = { outcome: 'SUCCESS', received: 1, issue: 'VERIFYING' }
const REFUSED: Expected = { outcome: 'REFUSED', received: 0, issue: 'UNDER_ANALYSIS' }
const CANCELLED: Expected = { outcome: 'FAILED', received: 1, issue: 'UNDER_ANALYSIS' }

/** Steps of CREATE INDEX: its guards and the statement. */
const STEPS = { mariadb: 5, mysql: 4 } as const

/** Every point of a run of so many steps. */
const pointsOf = (steps: number): readonly string[] => [
  'queue-before',
  'queued',
  'start-before',
  'started',
  ...Array.from({ length: steps }, (_, index) => index + 1).flatMap((n) => [
    `record-${2 * n - 1}-before`,
    `record-${2 * n - 1}-after`,
    ...(n === steps ? ['sending'] : []),
    `send-${n}-returned`,
    `record-${2 * n}-before`,
    `record-${2 * n}-after`,
  ]),
  'finish-before',
  'finish-after',
]

type Points = readonly (readonly [point: string, expected: Expected])[]

/** Away for less than the lease: every run waits, goes on where it was, and tells its end itself. */
const within = (steps: number): Points => pointsOf(steps).map((point) => [point, DONE])

/** Away for longer: what was not sent is not sent any more, what runs is cancelled, what was done is told. */
const longer = (steps: number): Points => [
  ['queue-before', DONE],
  ['queued', DONE],
  ['start-before', DONE],
  ['started', REFUSED],
  ['record-1-after', REFUSED],
  ['send-1-returned', REFUSED],
  [`record-${2 * steps - 1}-before`, REFUSED],
  [`record-${2 * steps - 1}-after`, DONE],
  ['sending', CANCELLED],
  [`send-${steps}-returned`, DONE],
  [`record-${2 * steps}-after`, DONE],
  ['finish-before', DONE],
]

/** Long enough that no run loses its lease while the others get to their points. */
const LEASE_SECONDS = 60
const SHORT_LEASE_SECONDS = 12

for (const flavour of SERVER_FLAVOURS) {
  for (const [title, points, leaseSeconds] of [
    ['for less than the lease', within(STEPS[flavour]), LEASE_SECONDS],
    ['for longer than the lease', longer(STEPS[flavour]), SHORT_LEASE_SECONDS],
  ] as const) {
    const suite = `the store’s server is killed at every point, away ${title} [store and target ${flavour}]`
    describe(suite, { skip: skipServer(flavour) }, () => {
      let target: Target
      let server: PrivateServer
      let of: ReadyRuns
      before(async () => {
        target = await startTarget(flavour)
        server = await startServer(flavour)
        const names = points.map(([point]) => point)
        of = await consentAll(target, { names, leaseSeconds, store: await makeServerStore(server) })
        const awayMs = leaseSeconds === SHORT_LEASE_SECONDS ? (SHORT_LEASE_SECONDS + 2) * 1000 : 1_000
        await killWhileWaiting({ target, server, of, awayMs }).catch((error: unknown) => {
          // The runner says of a hook only that its tests did not run.
          console.error(error)
          throw error
        })
        await recoverAll(of)
      })
      after(async () => {
        await of?.stop()
        await server?.stop()
        await target?.stop()
      })
      for (const [point, expected] of points) {
        test(`at ${point}: ${expected.outcome}, received ${expected.received} times`, async (t) => {
          const { run, issue, received } = await endingOf(of, point, target)
          const row = `${flavour} away ${title} | ${target.server.version} | ${point}`
          t.diagnostic(`${row} | ${run?.executionOutcome} | ${received}`)
          const found = { outcome: run?.executionOutcome, received, issue }
          assert.deepEqual(found, expected, run?.executionErrors ?? '')
        })
      }
      test('nothing is left to run', async () => assert.deepEqual(await of.store.act.runnable(100), []))
    })
  }
}

interface Scene {
  readonly target: Target
  readonly server: PrivateServer
  readonly of: ReadyRuns
  readonly awayMs: number
}

async function killWhileWaiting({ target, server, of, awayMs }: Scene): Promise<void> {
  const blockers: Connection[] = []
  const paused: PausedRun[] = []
  try {
    // A few at a time, and last the one whose statement waits: on a slow machine it must not wait for the others.
    const inOrder = [...of.runs.values()].sort(
      (a, b) => Number(a.name === 'sending') - Number(b.name === 'sending'),
    )
    for (const [index, run] of inOrder.entries()) {
      const holdUp = (): Promise<Arrival> => holdUpStatement(target, run, blockers)
      paused.push(startPaused(of, run, { point: run.name, holdUp }))
      await paused[index - 3]?.arrived
    }
    await Promise.all(paused.map((run) => run.arrived))
    await server.kill9()
    for (const run of paused) run.release()
    await sleep(awayMs)
    await server.restart()
    for (const blocker of blockers) blocker.destroy()
    await Promise.all(paused.map((run) => run.ended))
  } finally {
    for (const run of paused) run.release()
    for (const blocker of blockers) blocker.destroy()
  }
}

/** A reader keeps the table, so that the statement waits at its metadata lock: the target works on it until told. */
async function holdUpStatement(target: Target, run: ReadyRun, blockers: Connection[]): Promise<Arrival> {
  const reader = await mysql.createConnection(target.server.rootUri)
  reader.on('error', () => undefined)
  blockers.push(reader)
  await reader.query('START TRANSACTION')
  await reader.query(`SELECT * FROM shop.${run.table} LIMIT 1`)
  return () => untilWorkedOn(target, run)
}

async function untilWorkedOn(target: Target, run: ReadyRun): Promise<void> {
  const watcher = await mysql.createConnection(target.server.rootUri)
  try {
    await untilArrived(watcher, run.statement)
  } finally {
    watcher.destroy()
  }
}
