import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServerVersion } from '../server-version.ts'
import type { Deadlock, DeadlockTransaction } from './deadlock.ts'
import { withRightVictim } from './right-victim.ts'

const deadlockOf = (count: number, victim: number | null, incomplete = false): Deadlock => ({
  at: null,
  victim,
  incomplete,
  transactions: Array.from({ length: count }, (_, at) => ({ n: at + 1 }) as DeadlockTransaction),
  missing: [],
  notes: [],
})
const victimOn = (versionText: string, deadlock: Deadlock): number | null =>
  withRightVictim(deadlock, readServerVersion(versionText) ?? assert.fail(versionText)).victim

for (const [version, count, printed, right] of [
  ['10.11.18-MariaDB-0+deb12u1', 2, 2, 1],
  ['10.11.18-MariaDB', 2, 1, 2],
  ['10.11.18-MariaDB', 3, 1, 3],
  ['10.11.18-MariaDB', 3, 2, 1],
  ['10.11.18-MariaDB', 3, null, null],
  ['10.11.19-MariaDB', 2, 2, 2],
  ['10.6.9-MariaDB', 2, 1, 1],
  ['10.6.22-MariaDB', 2, 1, null],
  ['11.4.7-MariaDB', 2, 1, null],
  ['8.4.3', 2, 2, 2],
] as const)
  test(`of ${count} transactions ${version} means ${right ?? 'nobody knows which'} by ${printed}`, () =>
    assert.equal(victimOn(version, deadlockOf(count, printed)), right))

test('of a report in part the number is not moved, and a note says why it is not taken', () => {
  const found = withRightVictim(
    deadlockOf(2, 1, true),
    readServerVersion('10.11.18-MariaDB') ?? assert.fail(),
  )
  assert.equal(found.victim, null)
  assert.match(found.notes.join(), /printed 1 .*MDEV-37977/)
})
