/** An observer of a private server at a laboratory's pace, and the waiting that tests of windows need. */
import { setTimeout as sleep } from 'node:timers/promises'
import assert from 'node:assert/strict'
import type { TargetAddress } from '../../src/core/engine.ts'
import type { Reading } from '../../src/core/observer.ts'
import type { SnapshotName } from '../../src/engines/mysql/collector.ts'
import { createMysqlObserver, type MysqlObserver } from '../../src/engines/mysql/observer.ts'
import type { MysqlSnapshots } from '../../src/engines/mysql/shapes.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { ACCOUNTS, addressOf, PASSWORD } from './mysql-target.ts'

/** Intervals are this share of production's: 10 s become 0.5 s. */
export const PACE = 0.05

/** Observes `server` with the monitor's and the planner's account; nothing is shed, whatever it costs. */
export function observe(server: PrivateServer, options: TargetAddress['options'] = {}): MysqlObserver {
  return createMysqlObserver({
    address: addressOf(server, { pace: PACE, budgetMsPerSecond: 100, slowCollectorMs: 10_000, ...options }),
    monitor: { user: ACCOUNTS.monitor, password: PASSWORD },
    planner: { user: ACCOUNTS.planner, password: PASSWORD },
  })
}

/** Waits one interval of an instrument that is read every `everyMs` in production. */
export function interval(everyMs: number): Promise<void> {
  return sleep(everyMs * PACE * 1.05)
}

/** Waits an interval and reads. The first reading of counters is no window: read once before. */
export async function nextWindow<K extends SnapshotName>(
  observer: MysqlObserver,
  name: K,
  everyMs = 10_000,
): Promise<MysqlSnapshots[K]> {
  await interval(everyMs)
  const reading: Reading<MysqlSnapshots[K]> = await observer.read(name)
  if (!reading.known) assert.fail(`${name}: ${reading.because} (${reading.toProceed})`)
  return reading.value
}

/** Reads until `accept` takes a value or 15 s are over. */
export async function eventually<K extends SnapshotName>(
  observer: MysqlObserver,
  name: K,
  accept: (value: MysqlSnapshots[K]) => boolean,
): Promise<MysqlSnapshots[K]> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const reading: Reading<MysqlSnapshots[K]> = await observer.read(name)
    if (reading.known && accept(reading.value)) return reading.value
    if (Date.now() > deadline)
      assert.fail(`${name} never came to be as expected: ${JSON.stringify(reading).slice(0, 600)}`)
    await sleep(100)
  }
}
