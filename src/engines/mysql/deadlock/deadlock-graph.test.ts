import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fingerprintId, MYSQL } from '../../../sql/index.ts'
import type { Deadlock, DeadlockLock, DeadlockTransaction, LockKind, LockMode } from './deadlock.ts'
import { deadlockGraph } from './deadlock-graph.ts'
import { deadlockSignature } from './deadlock-signature.ts'
import { hasToWait, lockMeeting } from './lock-conflict.ts'

const onRecord = (mode: LockMode, gap: LockKind, heap: number | null = 2): DeadlockLock => ({
  table: 'shop.orders',
  index: 'PRIMARY',
  mode,
  gap,
  record: { space: 5, page: 4, heap },
})
const onTable = (mode: LockMode): DeadlockLock => ({
  table: 'shop.orders',
  index: null,
  mode,
  gap: 'table',
  record: null,
})

const transaction = (
  n: number,
  waitsFor: DeadlockLock | null,
  holds: readonly DeadlockLock[],
  more: Partial<DeadlockTransaction> = {},
): DeadlockTransaction => ({
  n,
  trxId: String(1000 + n),
  threadId: n,
  user: 'app',
  host: 'localhost',
  statement: `update orders set a = ${n} where id = 1`,
  holds,
  waitsFor,
  queued: [],
  ...more,
})

const deadlock = (...transactions: DeadlockTransaction[]): Deadlock => ({
  at: '2026-03-04T05:06:07',
  victim: 1,
  incomplete: false,
  transactions,
  missing: [],
  notes: [],
})

describe('a lock has to wait', () => {
  test('for another on the table by the manual’s matrix', () => {
    const modes: readonly LockMode[] = ['IS', 'IX', 'S', 'X', 'AUTO-INC']
    const compatible: Readonly<Record<LockMode, string>> = {
      IS: '+++-+',
      IX: '++--+',
      S: '+-+--',
      X: '-----',
      'AUTO-INC': '++---',
    }
    for (const wanted of modes)
      modes.forEach((had, at) => {
        const expected = compatible[wanted][at] === '-'
        assert.equal(hasToWait(onTable(wanted), onTable(had)), expected, `${wanted} for ${had}`)
      })
  })

  test('for another on the record by InnoDB’s gap rules', () => {
    const kinds: readonly LockKind[] = ['rec_not_gap', 'gap', 'next_key', 'insert_intention']
    // Rows: wanted; columns: had; both X.
    const waits = [
      [true, false, true, false],
      [false, false, false, false],
      [true, false, true, false],
      [false, true, true, false],
    ]
    kinds.forEach((wanted, row) => {
      kinds.forEach((had, column) => {
        const found = hasToWait(onRecord('X', wanted), onRecord('X', had))
        assert.equal(found, waits[row]?.[column], `${wanted} for ${had}`)
      })
    })
    assert.equal(hasToWait(onRecord('S', 'next_key'), onRecord('S', 'next_key')), false)
    assert.equal(hasToWait(onRecord('X', 'rec_not_gap'), onRecord('S', 'rec_not_gap')), true)
  })

  test('never for a next-key lock on the supremum, which is a gap', () => {
    const supremum = {
      ...onRecord('X', 'next_key'),
      record: { space: 5, page: 4, heap: 1, supremum: true as const },
    }
    assert.equal(hasToWait(supremum, supremum), false)
    assert.equal(hasToWait({ ...supremum, gap: 'insert_intention' }, supremum), true)
  })

  test('only where both meet', () => {
    const lock = onRecord('X', 'rec_not_gap')
    const many = { ...lock, record: { space: 5, page: 4, heap: 7, heaps: [7, 2] } }
    assert.equal(lockMeeting(lock, many), 'record')
    assert.equal(lockMeeting(lock, onRecord('X', 'rec_not_gap', 3)), null)
    assert.equal(lockMeeting(lock, onRecord('X', 'rec_not_gap', null)), 'page')
    assert.equal(lockMeeting(lock, { ...lock, record: { space: 5, page: 9, heap: 2 } }), null)
    assert.equal(lockMeeting(lock, { ...lock, table: 'shop.lines' }), null)
    assert.equal(lockMeeting({ ...lock, partition: 'p0' }, { ...lock, partition: 'p1' }), null)
    assert.equal(lockMeeting(onTable('X'), onTable('IX')), 'table')
    assert.equal(lockMeeting(onTable('X'), lock), null)
  })
})

describe('the graph', () => {
  const x = (heap: number | null) => onRecord('X', 'rec_not_gap', heap)

  test('two rows in opposite order are a certain ring of two', () => {
    const graph = deadlockGraph(deadlock(transaction(1, x(3), [x(2)]), transaction(2, x(2), [x(3)])))
    assert.deepEqual(graph.cycle, [1, 2])
    assert.equal(graph.certain, true)
    assert.deepEqual(
      graph.edges.map(({ waiter, holder, evidence }) => [waiter, holder, evidence]),
      [
        [1, 2, 'record'],
        [2, 1, 'record'],
      ],
    )
  })

  test('what the first holds, left out by older servers, is assumed and said so', () => {
    const graph = deadlockGraph(deadlock(transaction(1, x(3), []), transaction(2, x(2), [x(3)])))
    assert.deepEqual(graph.cycle, [1, 2])
    assert.equal(graph.certain, false)
    assert.equal(graph.edges[1]?.evidence, 'assumed')
    assert.equal(graph.edges[1]?.had, null)
  })

  test('nothing is assumed where the locks shown contradict it', () => {
    const graph = deadlockGraph(deadlock(transaction(1, x(3), [x(9)]), transaction(2, x(2), [x(8)])))
    assert.deepEqual(graph, { edges: [], cycle: null, certain: false })
  })

  test('a request that came first counts, as a queue', () => {
    const queued = transaction(2, x(2), [], { queued: [x(3)] })
    const graph = deadlockGraph(deadlock(transaction(1, x(3), [x(2)]), queued))
    assert.equal(graph.edges[0]?.evidence, 'queue')
    assert.deepEqual(graph.cycle, [1, 2])
  })

  test('a ring of any size is found whole, among bystanders, in any order of numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 0, max: 4 }), (size, others) => {
        const ring = Array.from({ length: size }, (_, k) =>
          transaction(k + 1, x(100 + ((k + 1) % size)), [x(100 + k)]),
        )
        const bystanders = Array.from({ length: others }, (_, k) => transaction(size + k + 1, x(100), []))
        const { cycle, certain, edges } = deadlockGraph(deadlock(...ring, ...bystanders))
        assert.deepEqual(
          cycle,
          Array.from({ length: size }, (_, k) => k + 1),
        )
        assert.equal(certain, true)
        assert.equal(edges.length, size + others)
      }),
    )
  })
})

describe('the signature', () => {
  const id = (statement: string) => fingerprintId(statement, MYSQL)
  const one = transaction(1, onRecord('X', 'rec_not_gap', 2), [])
  const two = transaction(2, onRecord('X', 'gap', 3), [], { statement: 'delete from orders where id = 5' })
  const signature = deadlockSignature(deadlock(one, two), id)

  test('is the same whichever came first, on other rows, with other values', () => {
    const again = deadlock(
      {
        ...two,
        n: 1,
        trxId: '9',
        statement: 'DELETE FROM orders WHERE id=77',
        waitsFor: onRecord('X', 'gap', 8),
      },
      { ...one, n: 2, threadId: 99, holds: [onTable('IX')] },
    )
    assert.match(String(signature), /^[0-9a-f]{32}$/)
    assert.equal(deadlockSignature(again, id), signature)
  })

  test('differs by statement, table, index, mode and kind of lock', () => {
    const lock = onRecord('X', 'rec_not_gap')
    const variants = [
      { statement: 'update orders set b = 1 where id = 1' },
      { waitsFor: { ...lock, table: 'shop.lines' } },
      { waitsFor: { ...lock, index: 'k' } },
      { waitsFor: { ...lock, mode: 'S' as const } },
      { waitsFor: { ...lock, gap: 'next_key' as const } },
    ].map((change) => deadlockSignature(deadlock({ ...one, ...change }, two), id))
    assert.equal(new Set([signature, ...variants]).size, 6)
  })

  test('is null where it cannot be known', () => {
    assert.equal(deadlockSignature(deadlock(one), id), null)
    assert.equal(deadlockSignature(deadlock(one, { ...two, waitsFor: null }), id), null)
  })
})
