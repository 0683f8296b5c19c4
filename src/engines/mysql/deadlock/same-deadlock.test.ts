import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Deadlock } from './deadlock.ts'
import { DeadlockMemory, deadlockKey, isSameDeadlock } from './same-deadlock.ts'

/** A deadlock of transactions with these ids, on connections 11, 12, …; all of them run the same statement. */
function deadlock(
  at: string | null,
  ids: readonly (string | null)[],
  statement = 'UPDATE t SET v = ?',
): Deadlock {
  return {
    at,
    victim: 1,
    incomplete: false,
    missing: [],
    notes: [],
    transactions: ids.map((trxId, i) => ({
      n: i + 1,
      trxId,
      threadId: 11 + i,
      user: 'app',
      host: 'h',
      statement,
      holds: [],
      waitsFor: null,
      queued: [],
    })),
  }
}

const AT = '2026-03-04T05:06:07'
/** What MySQL prints for transactions that have no id. */
const ADDRESSES = ['281479271678952', '281479271680232']

describe('two reports', () => {
  const cases: readonly (readonly [claim: string, one: Deadlock, other: Deadlock, same: boolean])[] = [
    ['of the same transactions are one deadlock', deadlock(AT, ['7', '8']), deadlock(AT, ['8', '7']), true],
    [
      'on two sides of a second are one',
      deadlock(AT, ['7', '8']),
      deadlock('2026-03-04T05:06:08.000012Z', ['7', '8']),
      true,
    ],
    [
      'on two sides of a quarter of an hour are one',
      deadlock('2026-03-04T05:14:59', ['7', '8']),
      deadlock('2026-03-04T05:15:00', ['7', '8']),
      true,
    ],
    [
      'in local time and in UTC are one',
      deadlock(AT, ['7', '8']),
      deadlock('2026-03-03T23:36:07.123456Z', ['7', '8']),
      true,
    ],
    ['without a time and with one are one', deadlock(null, ['7', '8']), deadlock(AT, ['7', '8']), true],
    ['with one transaction in common are two', deadlock(AT, ['7', '8']), deadlock(AT, ['7', '9']), false],
    [
      'minutes apart are two: servers copied from one another have the same ids',
      deadlock(AT, ['7', '8']),
      deadlock('2026-03-04T05:08:08', ['7', '8']),
      false,
    ],
    [
      'of old servers’ hexadecimal ids go by the ids',
      deadlock(AT, ['1F3C', '1F3D']),
      deadlock('2026-03-04T05:06:20', ['1F3C', '1F3D']),
      true,
    ],
    [
      'of transactions without ids are one within a second',
      deadlock(AT, ADDRESSES),
      deadlock('2026-03-04T05:06:08', ADDRESSES),
      true,
    ],
    [
      'and two when later, for addresses are used again',
      deadlock(AT, ADDRESSES),
      deadlock('2026-03-04T05:06:09', ADDRESSES),
      false,
    ],
    [
      'and two when they ran other statements',
      deadlock(AT, ADDRESSES),
      deadlock(AT, ADDRESSES, 'DELETE FROM t'),
      false,
    ],
    [
      'of pointers are no ids either',
      deadlock(AT, ['0x7f01', '0']),
      deadlock('2026-03-04T05:06:10', ['0x7f01', '0']),
      false,
    ],
  ]
  for (const [claim, one, other, same] of cases) {
    test(claim, () => {
      assert.equal(isSameDeadlock(one, other), same)
      assert.equal(isSameDeadlock(other, one), same)
      if (same) assert.equal(deadlockKey(one), deadlockKey(other))
    })
  }
})

describe('the memory', () => {
  test('keeps one value a deadlock, the last', () => {
    const memory = new DeadlockMemory<string>(10)
    memory.set(deadlock(AT, ['7', '8']), 'status')
    memory.set(deadlock('2026-03-04T05:06:08', ['7', '8']), 'log')
    assert.equal(memory.get(deadlock(AT, ['8', '7'])), 'log')
  })

  test('keeps deadlocks of the same key apart by time', () => {
    const memory = new DeadlockMemory<number>(10)
    memory.set(deadlock(AT, ADDRESSES), 1)
    memory.set(deadlock('2026-03-04T05:06:30', ADDRESSES), 2)
    assert.equal(memory.get(deadlock(AT, ADDRESSES)), 1)
    assert.equal(memory.get(deadlock('2026-03-04T05:06:31', ADDRESSES)), 2)
    assert.equal(memory.get(deadlock('2026-03-04T05:06:45', ADDRESSES)), undefined)
  })

  test('forgets the oldest, whether keys repeat or not', () => {
    const memory = new DeadlockMemory<number>(3)
    for (let n = 1; n <= 5; n += 1) memory.set(deadlock(AT, [`${n}`, '99']), n)
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((n) => memory.get(deadlock(AT, [`${n}`, '99']))),
      [undefined, undefined, 3, 4, 5],
    )
    const repeated = new DeadlockMemory<number>(3)
    const at = (n: number) => deadlock(`2026-03-04T05:06:${n}0`, ADDRESSES)
    for (let n = 1; n <= 5; n += 1) repeated.set(at(n), n)
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((n) => repeated.get(at(n))),
      [undefined, undefined, 3, 4, 5],
    )
  })
})
