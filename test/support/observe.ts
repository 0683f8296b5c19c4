/** An observer of a private server at a laboratory's pace, and the waiting that tests of windows need. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TargetAddress } from '../../src/core/engine.ts'
import type { Reading } from '../../src/core/observer.ts'
import type { SnapshotName } from '../../src/engines/mysql/collector.ts'
import { createMysqlObserver, type MysqlObserver } from '../../src/engines/mysql/observer.ts'
import type { MysqlSnapshots } from '../../src/engines/mysql/shapes.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import { ACCOUNTS, addressOf, connectAs, PASSWORD, prepareTarget } from './mysql-target.ts'
import { PATIENCE_MS } from './until.ts'

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

/** Reads until `accept` takes a value or 30 s are over. */
export async function eventually<K extends SnapshotName>(
  observer: MysqlObserver,
  name: K,
  accept: (value: MysqlSnapshots[K]) => boolean,
): Promise<MysqlSnapshots[K]> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const reading: Reading<MysqlSnapshots[K]> = await observer.read(name)
    if (reading.known && accept(reading.value)) return reading.value
    if (performance.now() > deadline)
      assert.fail(`${name} never came to be as expected: ${JSON.stringify(reading).slice(0, 600)}`)
    await sleep(100)
  }
}

/** A schema with tables, 600 rows, and every kind of index the catalog window speaks of. */
export async function prepareShop(server: PrivateServer): Promise<void> {
  await prepareTarget(server)
  await using root = await connectAs(server, undefined, 'shop')
  const ddl = [
    'CREATE TABLE customers (id TINYINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40)) ENGINE=InnoDB AUTO_INCREMENT=205',
    `CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer TINYINT UNSIGNED, a INT, b INT, note VARCHAR(200),
      KEY ka (a), KEY kab (a, b), KEY ka_twin (a), UNIQUE KEY ua (a, id), KEY kc (customer),
      CONSTRAINT fk FOREIGN KEY (customer) REFERENCES customers (id)) ENGINE=InnoDB STATS_AUTO_RECALC=0`,
    "INSERT INTO customers (name) VALUES ('x'), ('y'), ('z')",
  ]
  for (const sql of ddl) await root.query(sql)
  const rows = Array.from(
    { length: 600 },
    (_, i) => `(${205 + (i % 3)}, ${i}, ${i % 7}, REPEAT('n', 100))`,
  ).join(',')
  await root.query(`INSERT INTO orders (customer, a, b, note) VALUES ${rows}`)
  await root.query('ANALYZE TABLE orders, customers')
}

/** The value that must be there. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) assert.fail('it is not there')
  return value
}
