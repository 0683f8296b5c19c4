/** Deadlocks to print and read back: any ring of waits, and one small one of each form. */
import fc from 'fast-check'
import type { DeadlockLock } from '../../src/engines/mysql/deadlock/index.ts'
import type { DeadlockForm, PrintedDeadlock } from './print-deadlock.ts'

const NAMES = [
  'shop.orders',
  'shop.order-lines',
  'магазин.заказы',
  '`my.shop`.`orders`',
  '`shop`.`a``b "c" of table d`',
]
const INDEXES = ['PRIMARY', 'k_status', 'GEN_CLUST_INDEX', 'a b of table c']
/** Text that a statement may hold and that looks like a report, its end and a log. */
export const MISLEADING_TEXT =
  '*** (2) TRANSACTION:\nTRANSACTION 9, ACTIVE 1 sec\n*** WE ROLL BACK TRANSACTION (1)\n------------\nTRANSACTIONS\n2026-01-01T00:00:00.000000Z 0 [Note] [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.'
const STATEMENTS = [
  'UPDATE orders SET status = 3 WHERE id = 7',
  "update orders\n   set note = 'it''s \\'quoted\\''\n\n where id = 8",
  `INSERT INTO log(text) VALUES ('${MISLEADING_TEXT}')`,
  `/* ${MISLEADING_TEXT.replaceAll('\n', ' \n')} */ DELETE FROM orders`,
  "select * from orders -- don't\n where id=1 # it's\n for update",
  'SELECT *\nFROM\nTRANSACTIONS\nWHERE id = 1 FOR UPDATE',
  null,
]

/** What waits, and what conflicts with it on the same record. */
const PAIRS = [
  { wanted: { mode: 'X', gap: 'rec_not_gap' }, had: { mode: 'X', gap: 'rec_not_gap' } },
  { wanted: { mode: 'X', gap: 'next_key' }, had: { mode: 'S', gap: 'next_key' } },
  { wanted: { mode: 'S', gap: 'next_key' }, had: { mode: 'X', gap: 'rec_not_gap' } },
  { wanted: { mode: 'X', gap: 'insert_intention' }, had: { mode: 'X', gap: 'gap' } },
  { wanted: { mode: 'AUTO-INC', gap: 'table' }, had: { mode: 'AUTO-INC', gap: 'table' } },
  { wanted: { mode: 'X', gap: 'table' }, had: { mode: 'IX', gap: 'table' } },
] as const

const step = fc.record({
  table: fc.constantFrom(...NAMES),
  index: fc.constantFrom(...INDEXES),
  partition: fc.constantFrom(undefined, undefined, 'p0'),
  pair: fc.constantFrom(...PAIRS),
  more: fc.integer({ min: 0, max: 3 }),
  statement: fc.constantFrom(...STATEMENTS),
  user: fc.constantFrom('app', 'root', 'reader-1'),
  host: fc.constantFrom('localhost', '10.1.2.3', '2001:db8::7'),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A ring: each transaction waits for a lock that the next one holds. */
function ring(steps: readonly Step[], victim: number, firstId: number): PrintedDeadlock {
  const lockOf = (index: number, which: 'wanted' | 'had'): DeadlockLock => {
    const { table, index: name, pair, more, partition } = steps[index] as Step
    const { mode, gap } = pair[which]
    const heaps = [2 + index, ...Array.from({ length: which === 'had' ? more : 0 }, (_, k) => 20 + k)]
    const record = {
      space: 5 + index + firstId,
      page: 4,
      heap: 2 + index,
      ...(heaps.length > 1 ? { heaps } : {}),
    }
    const isTable = gap === 'table'
    const place = { table, index: isTable ? null : name, mode, gap, record: isTable ? null : record }
    return partition === undefined ? place : { ...place, partition }
  }
  const before = (index: number) => (index + steps.length - 1) % steps.length
  return {
    victim,
    transactions: steps.map(({ statement, user, host }, index) => ({
      n: index + 1,
      trxId: String(firstId + index),
      threadId: 8 + index,
      user,
      host,
      statement,
      holds: [lockOf(before(index), 'had')],
      waitsFor: lockOf(index, 'wanted'),
    })),
  }
}

/** Any deadlock that a form can tell: a ring of two to five, or of two. */
export const deadlockFor = (form: DeadlockForm, firstId = 4000): fc.Arbitrary<PrintedDeadlock> =>
  fc
    .array(step, { minLength: 2, maxLength: form.locks === 'classic' ? 2 : 5 })
    .chain((steps) => fc.integer({ min: 1, max: steps.length }).map((victim) => ring(steps, victim, firstId)))

/** One deadlock of each form for the exhaustive cuts; small, with a statement of several lines. */
export function sampleDeadlock(form: DeadlockForm, firstId = 4000): PrintedDeadlock {
  const base: Step = {
    table: 'shop.orders',
    index: 'PRIMARY',
    partition: undefined,
    pair: PAIRS[0],
    more: 1,
    statement: "update orders\n set note = 'a'\n where id = 1",
    user: 'app',
    host: 'localhost',
  }
  const steps = [
    base,
    { ...base, index: 'k_status', pair: PAIRS[3], statement: 'insert into orders values (1)' },
  ]
  return ring(form.locks === 'classic' ? steps : [...steps, { ...base, pair: PAIRS[4] }], 2, firstId)
}
