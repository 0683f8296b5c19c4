/** The window of deadlocks against a server whose report comes later than its count. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CollectorTarget } from '../collector.ts'
import { readServerVersion } from '../server-version.ts'
import { deadlocksCollector } from './deadlocks.ts'

const REPORT = `
------------------------
LATEST DETECTED DEADLOCK
------------------------
2026-01-05 10:00:04 140000000000000
*** (1) TRANSACTION:
TRANSACTION 4001, ACTIVE 1 sec starting index read
mysql tables in use 1, locked 1
LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s)
MySQL thread id 11, OS thread handle 1, query id 21 localhost shop updating
UPDATE stock SET reserved = 1 WHERE id = 2
*** (1) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 5 page no 4 n bits 80 index PRIMARY of table \`shop\`.\`stock\` trx id 4001 lock_mode X locks rec but not gap waiting
*** (2) TRANSACTION:
TRANSACTION 4002, ACTIVE 1 sec starting index read
mysql tables in use 1, locked 1
3 lock struct(s), heap size 1128, 2 row lock(s)
MySQL thread id 12, OS thread handle 2, query id 22 localhost shop updating
UPDATE stock SET reserved = 1 WHERE id = 1
*** (2) HOLDS THE LOCK(S):
RECORD LOCKS space id 5 page no 4 n bits 80 index PRIMARY of table \`shop\`.\`stock\` trx id 4002 lock_mode X locks rec but not gap
*** (2) WAITING FOR THIS LOCK TO BE GRANTED:
RECORD LOCKS space id 5 page no 4 n bits 80 index PRIMARY of table \`shop\`.\`stock\` trx id 4002 lock_mode X locks rec but not gap waiting
*** WE ROLL BACK TRANSACTION (1)
------------
TRANSACTIONS
------------
`

/** The windows of a server that shows these counts and these status texts, one a reading. */
async function windows(readings: readonly (readonly [counter: number, status: string])[]) {
  let state = null as Parameters<typeof deadlocksCollector.collect>[1]
  const told: (readonly [counted: number, reports: number, missed: number])[] = []
  for (const [i, [counter, status]] of readings.entries()) {
    const target = {
      shared: {
        status: async () => ({ at: `2026-01-05T10:00:${String(5 * i).padStart(2, '0')}.000000Z` }),
        innodb: async () => ({ innodb_deadlocks: counter }),
      },
      query: async () => [{ Status: status }],
      options: { errorLogFile: null },
      identity: { epoch: 'epoch-1' },
      dialect: 'mysql',
      nominalMs: 5_000,
      server: readServerVersion('8.4.3'),
    } as unknown as CollectorTarget
    const { outcome, state: next } = await deadlocksCollector.collect(target, state)
    state = next
    if (outcome.known) told.push([outcome.value.counted, outcome.value.reports.length, outcome.value.missed])
  }
  return told
}

describe('the window of deadlocks', () => {
  test('gives a report that is written after it was counted with the next window, and misses nothing', async () => {
    assert.deepEqual(
      await windows([
        [0, ''],
        [1, ''],
        [1, REPORT],
        [1, REPORT],
      ]),
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ],
    )
  })
  test('says one window later, and once, that a report was not caught', async () => {
    assert.deepEqual(
      await windows([
        [0, ''],
        [2, REPORT],
        [2, REPORT],
        [2, REPORT],
      ]),
      [
        [2, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
    )
  })
  test('counts a later report for the one that is still looked for', async () => {
    assert.deepEqual(
      await windows([
        [0, ''],
        [1, ''],
        [2, REPORT],
        [2, REPORT],
      ]),
      [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    )
  })
})
