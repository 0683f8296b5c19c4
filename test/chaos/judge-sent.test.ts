/** The judge of what was sent: what it passes and, for each promise, a log that breaks it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoggedConnection } from './general-log.ts'
import { judgeSent, type RecordedRun } from './judge-sent.ts'

const AT = Date.parse('2026-11-21T08:00:00Z')
const GUARD = 'SET SESSION lock_wait_timeout=1'
const BUILD = 'CREATE INDEX i ON t (a)'

const run = (more: Partial<RecordedRun> = {}): RecordedRun => ({
  executionId: 1,
  targetId: 1,
  instanceUid: 'one',
  connectionId: '5',
  startedMs: AT + 100,
  finishedMs: AT + 5_000,
  guards: [GUARD],
  statements: [BUILD],
  ...more,
})

let order = 0
const connection = (
  id: string,
  texts: readonly string[],
  more: Partial<LoggedConnection> = {},
): LoggedConnection => ({
  life: 0,
  id,
  user: 'dbm_exec',
  openedMs: AT,
  sent: texts.map((text) => {
    order += 1
    return { order, atMs: AT + 1_000, text }
  }),
  ...more,
})

const OPENING = [
  'SELECT VERSION() AS version, CONNECTION_ID() AS connection_id',
  "SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', lc_messages='en_US', autocommit=1, lock_wait_timeout=2, innodb_lock_wait_timeout=2",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  '/* dbmedic */ SELECT @@server_uid',
]
const judged = (
  connections: readonly LoggedConnection[],
  runs: readonly RecordedRun[] = [run()],
): readonly string[] => judgeSent(runs, [{ instanceUid: 'one', connections }]).violations

test('a run that sent its plan once, a cancel and a fence of own connections pass', () => {
  const verdict = judgeSent(
    [run()],
    [
      {
        instanceUid: 'one',
        connections: [
          connection('5', [...OPENING, GUARD, BUILD, 'SHOW WARNINGS LIMIT 64', 'DO 0']),
          connection('6', ['KILL QUERY 5', '/* dbmedic */ KILL CONNECTION 5']),
        ],
      },
    ],
  )
  assert.deepEqual(verdict.violations, [])
  assert.deepEqual([...verdict.times], [[1, 1]])
  assert.deepEqual([verdict.guards, verdict.statements, verdict.ownKills], [1, 1, 2])
})

for (const [what, connections, runs, expected] of [
  ['a statement nobody approved', [connection('9', ['DROP TABLE t'])], [run()], /no run was given leave/],
  [
    'a change of a session nobody approved',
    [connection('9', ['SET SESSION sql_mode=""'])],
    [run()],
    /no run/,
  ],
  [
    'a SELECT that writes',
    [connection('9', ['SELECT 1 INTO OUTFILE "/x"'])],
    [run()],
    /no run was given leave/,
  ],
  [
    'somebody else’s connection ended',
    [connection('9', ['KILL CONNECTION 77'])],
    [run()],
    /no run was given/,
  ],
  ['one byte more than was approved', [connection('5', [GUARD, `${BUILD} `])], [run()], /not in its plan/],
  [
    'a statement twice on its connection',
    [connection('5', [BUILD, BUILD])],
    [run()],
    /again or out of order/,
  ],
  [
    'a statement again on another connection',
    [connection('5', [BUILD]), connection('9', [BUILD])],
    [run()],
    /received 2 times, approved and started 1 times/,
  ],
  ['a guard after its statement', [connection('5', [BUILD, GUARD])], [run()], /again or out of order/],
  [
    'a run that never started',
    [connection('5', [BUILD])],
    [run({ startedMs: null })],
    /no run was given leave/,
  ],
  [
    'a run for another server',
    [connection('5', [BUILD])],
    [run({ instanceUid: 'two' })],
    /no run was given leave/,
  ],
  [
    'a statement after its run ended',
    [connection('5', [BUILD])],
    [run({ finishedMs: AT - 2_000 })],
    /after its end/,
  ],
  [
    'a statement long before its run began',
    [connection('5', [BUILD])],
    [run({ startedMs: AT + 60_000 })],
    /no run was given leave/,
  ],
] as const) {
  test(`${what} is found`, () => {
    const violations = judged(connections, runs)
    assert.ok(
      violations.some((violation) => expected.test(violation)),
      `found: ${violations.join('; ')}`,
    )
  })
}

test('two runs at once on one target are found, on two targets they pass', () => {
  const sent = (id: string, orders: readonly number[]): LoggedConnection => ({
    ...connection(id, []),
    sent: [GUARD, BUILD].map((text, n) => ({ order: orders[n] ?? 0, atMs: AT + 1_000, text })),
  })
  const together = [sent('5', [100, 102]), sent('6', [101, 103])]
  const other = { executionId: 2, connectionId: '6' }
  const one = judged(together, [run(), run(other)])
  assert.ok(one.some((violation) => /sent at the same time/.test(violation)))
  assert.deepEqual(judged(together, [run(), run({ ...other, targetId: 2 })]), [])
})
