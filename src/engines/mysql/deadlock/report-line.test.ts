import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeadlockLock } from './deadlock.ts'
import { parseLockLine } from './lock-line.ts'
import { type LineMeaning, reportLine } from './report-line.ts'
import { parseThreadLine } from './thread-line.ts'

const PLACE =
  'RECORD LOCKS space id 12 page no 4 n bits 72 index PRIMARY of table `shop`.`orders` trx id 1801'
const LOCK: DeadlockLock = {
  table: 'shop.orders',
  index: 'PRIMARY',
  mode: 'X',
  gap: 'rec_not_gap',
  record: { space: 12, page: 4, heap: null },
}

describe('a lock line', () => {
  const valid: Record<string, readonly [line: string, lock: DeadlockLock, trxId: string, waiting: boolean]> =
    {
      'record lock': [`${PLACE} lock_mode X locks rec but not gap waiting`, LOCK, '1801', true],
      'next-key lock': [`${PLACE} lock mode S`, { ...LOCK, mode: 'S', gap: 'next_key' }, '1801', false],
      'gap lock': [`${PLACE} lock_mode X locks gap before rec`, { ...LOCK, gap: 'gap' }, '1801', false],
      'insert intention': [
        `${PLACE} lock_mode X locks gap before rec insert intention waiting`,
        { ...LOCK, gap: 'insert_intention' },
        '1801',
        true,
      ],
      'insert intention on the supremum': [
        `${PLACE} lock_mode X insert intention waiting`,
        { ...LOCK, gap: 'insert_intention' },
        '1801',
        true,
      ],
      'hexadecimal id of 5.5': [
        `${PLACE.replace('1801', '2F1A')} lock_mode X locks rec but not gap`,
        LOCK,
        '2F1A',
        false,
      ],
      'two-part id of 5.1': [
        `${PLACE.replace('1801', '0 601')} lock_mode X locks rec but not gap`,
        LOCK,
        '0 601',
        false,
      ],
      'quoted index of 5.5': [
        `${PLACE.replace('index PRIMARY', 'index `PRIMARY`')} lock_mode X locks rec but not gap`,
        LOCK,
        '1801',
        false,
      ],
      'joined name of 5.0': [
        `${PLACE.replace('`shop`.`orders`', '`shop/orders`')} lock_mode X locks rec but not gap`,
        LOCK,
        '1801',
        false,
      ],
      'partition and subpartition': [
        `${PLACE.replace('orders`', 'orders` /* Partition `p1`, Subpartition `p1sp0` */')} lock_mode X locks rec but not gap`,
        { ...LOCK, partition: 'p1/p1sp0' },
        '1801',
        false,
      ],
      'counts of Percona': [
        `${PLACE.replace(' trx id', ' trx table locks 1 total table locks 2  trx id')} lock_mode X locks rec but not gap lock hold time 3 wait time before grant 0`,
        LOCK,
        '1801',
        false,
      ],
      'dots, backticks and "of table" in names': [
        'RECORD LOCKS space id 12 page no 4 n bits 72 index a of table `b` of table `my.db`.`o``of table ``x` trx id 1801 lock_mode X locks rec but not gap',
        { ...LOCK, table: '`my.db`.`o``of table ``x`', index: 'a of table `b`' },
        '1801',
        false,
      ],
      'name in another script': [
        `${PLACE.replace('orders', 'заказы')} lock_mode X locks rec but not gap`,
        { ...LOCK, table: 'shop.заказы' },
        '1801',
        false,
      ],
      'AUTO-INC table lock': [
        'TABLE LOCK table `shop`.`orders` trx id 1801 lock mode AUTO-INC waiting',
        { table: 'shop.orders', index: null, mode: 'AUTO-INC', gap: 'table', record: null },
        '1801',
        true,
      ],
      'names in double quotes': [
        `${PLACE.replace('index PRIMARY', 'index "k ""1"""').replaceAll('`', '"')} lock mode S`,
        { ...LOCK, mode: 'S', index: 'k "1"', gap: 'next_key' },
        '1801',
        false,
      ],
      'a table without its schema': [
        'TABLE LOCK table `orders` trx id 1801 lock mode IX',
        { table: 'orders', index: null, mode: 'IX', gap: 'table', record: null },
        '1801',
        false,
      ],
      'names without quotes': [
        'TABLE LOCK table shop.orders trx id 1801 lock mode IX',
        { table: 'shop.orders', index: null, mode: 'IX', gap: 'table', record: null },
        '1801',
        false,
      ],
      'names with spaces': [
        'TABLE LOCK table `my shop`.`#sql-alter-1f` trx id 1801 lock mode IX',
        { table: 'my shop.#sql-alter-1f', index: null, mode: 'IX', gap: 'table', record: null },
        '1801',
        false,
      ],
      'table lock X': [
        'TABLE LOCK table `shop`.`orders` trx id 1801 lock mode X',
        { table: 'shop.orders', index: null, mode: 'X', gap: 'table', record: null },
        '1801',
        false,
      ],
    }
  for (const [what, [line, lock, trxId, waiting]] of Object.entries(valid))
    test(`${what} is read`, () => assert.deepEqual(parseLockLine(line), { lock, trxId, waiting }))

  test('cut anywhere it is refused, unless the cut leaves another whole line', () => {
    const line = `${PLACE} lock_mode X locks gap before rec insert intention waiting`
    const whole = [`${PLACE} lock_mode X`, ' locks gap before rec', ' insert intention', ' waiting']
    const stops = whole.map((_, at) => whole.slice(0, at + 1).join('').length)
    for (let length = 0; length <= line.length; length += 1)
      assert.equal(
        parseLockLine(line.slice(0, length)) !== null,
        stops.includes(length),
        line.slice(0, length),
      )
  })

  test('junk in it is refused', () => {
    for (const line of [
      `${PLACE} lock_mode X locks rec but not`,
      `${PLACE} lock_mode Y`,
      `${PLACE} lock_mode X locks rec but not gap waiting 2026-03-04 [Note] x`,
      PLACE.replace('space id 12', 'space id'),
      `${PLACE} lock_mode X ${'x'.repeat(5000)}`,
      'TABLE LOCK table shop trx id 1 lock mode IX',
      'TABLE LOCK table `shop trx id 1 lock mode IX',
    ])
      assert.equal(parseLockLine(line), null, line)
  })
})

describe('a thread line', () => {
  const line = (rest: string) => `MySQL thread id 8, OS thread handle 140485114382016, query id 18${rest}`
  const cases: readonly (readonly [rest: string, user: string | null, host: string | null])[] = [
    [' localhost app updating', 'app', 'localhost'],
    [' localhost app Updating', 'app', 'localhost'],
    [' 10.0.0.5 app updating', 'app', '10.0.0.5'],
    [' db7.example.com 10.0.0.5 app updating', 'app', 'db7.example.com'],
    [' localhost ::1 root updating', 'root', 'localhost'],
    [' 2001:db8::1 app Sending data', 'app', '2001:db8::1'],
    [' ::ffff:10.0.0.9 app statistics', 'app', '::ffff:10.0.0.9'],
    [' localhost two words updating reference tables', 'two words', 'localhost'],
    [' localhost app deleting from main table', 'app', 'localhost'],
    [' localhost app some state of the future', 'app', 'localhost'],
    [' localhost update', 'update', 'localhost'],
    [' localhost app', 'app', 'localhost'],
    [' system user Reading event from the relay log', 'system user', null],
    [' Update_rows_log_event::ha_update_row(4711)', null, null],
    [' Delete_rows_log_event::find_row() on table `two words`', null, null],
    [' Applying batch of row changes (update)', null, null],
    [' Waiting for prior transaction to commit', null, null],
    [' fe80::1%eth0 app update', 'app', 'fe80::1%eth0'],
    [' app updating', 'app', null],
    ['', null, null],
  ]
  for (const [rest, user, host] of cases)
    test(`"${rest.trim()}" is user ${user} at ${host}`, () =>
      assert.deepEqual(parseThreadLine(line(rest)), { server: 'MySQL', threadId: 8, user, host }))

  test('of 5.1, without a thread handle, and of MariaDB are read', () => {
    assert.deepEqual(parseThreadLine('MySQL thread id 8, query id 9 localhost root Updating'), {
      server: 'MySQL',
      threadId: 8,
      user: 'root',
      host: 'localhost',
    })
    assert.equal(
      parseThreadLine('MariaDB thread id 17, OS thread handle 0x7f, query id 63 localhost app Updating')
        ?.server,
      'MariaDB',
    )
  })

  test('cut before its query id it is refused', () => {
    const whole = line(' localhost app updating')
    for (let length = 0; length < whole.indexOf('18') + 1; length += 1)
      assert.equal(parseThreadLine(whole.slice(0, length)), null)
  })
})

describe('a line of a log', () => {
  const cases: readonly (readonly [line: string, meaning: LineMeaning, at: string | null])[] = [
    [
      '2026-11-21T03:46:40.205524Z 0 [Note] [MY-012468] [InnoDB] Transactions deadlock detected, dumping detailed information.',
      { kind: 'detected' },
      '2026-11-21T03:46:40.205524Z',
    ],
    [
      '2026-11-21T04:46:40.205524+01:00 0 [Note] [MY-012469] [InnoDB]  *** (1) TRANSACTION: ',
      { kind: 'transaction-heading', n: 1 },
      '2026-11-21T04:46:40.205524+01:00',
    ],
    [
      '2018-04-03T13:22:29.000001Z 8 [Note] InnoDB: Transactions deadlock detected, dumping detailed information.',
      { kind: 'detected' },
      '2018-04-03T13:22:29.000001Z',
    ],
    [
      '2026-11-21  3:46:23 6 [Note] InnoDB: *** CONFLICTING WITH:',
      { kind: 'conflicts' },
      '2026-11-21T03:46:23',
    ],
    [
      '2016-06-15 20:28:25 7f72c0043700InnoDB: transactions deadlock detected, dumping detailed information.',
      { kind: 'detected' },
      '2016-06-15T20:28:25',
    ],
    [
      '130423  1:13:14InnoDB: transactions deadlock detected, dumping detailed information.',
      { kind: 'detected' },
      '2013-04-23T01:13:14',
    ],
    ['130423 12:13:14', { kind: 'time' }, '2013-04-23T12:13:14'],
    ['2016-06-15 20:28:25 7f72c0043700', { kind: 'time' }, '2016-06-15T20:28:25'],
    ['2026-13-41 25:61:61 0x7f', { kind: 'time' }, null],
    [
      '{ "prio" : 3, "err_code" : 12469, "subsystem" : "InnoDB", "msg" : "*** (2) HOLDS THE LOCK(S):", "time" : "2026-11-21T03:46:40.1Z" }',
      { kind: 'holds', n: 2 },
      '2026-11-21T03:46:40.1Z',
    ],
    [
      '{"prio":3,"err_code":12469,"subsystem":"InnoDB","msg":" *** (2) HOLDS THE LOCK(S): ","time":"2026-11-21T03:46:40.1Z"}',
      { kind: 'holds', n: 2 },
      '2026-11-21T03:46:40.1Z',
    ],
    ['*** (12) WAITING FOR THIS LOCK TO BE GRANTED:', { kind: 'waits', n: 12 }, null],
    ['*** WE ROLL BACK TRANSACTION (3)', { kind: 'victim', n: 3 }, null],
    ['*** WE ROLL BACK TRANSACTION (3', { kind: 'text' }, null],
    ['*** Priority TRANSACTION:', { kind: 'other-dump' }, null],
    ['---TRANSACTION 375301287113496, not started', { kind: 'text' }, null],
    ['TRANSACTION (0x7f5e4c26), ACTIVE 3 sec', { kind: 'transaction', trxId: '0x7f5e4c26' }, null],
    ['TRANSACTION 0 6012, ACTIVE 3 sec, process no 1', { kind: 'transaction', trxId: '0 6012' }, null],
    ['ROLLING BACK 3 lock struct(s), heap size 376, 2 row lock(s)', { kind: 'lock-count' }, null],
    [' 0: len 4; hex 80000001; asc     ;;', { kind: 'values', first: true }, null],
    [' 3: len 6; hex 73656b726574; asc sekret;;', { kind: 'values', first: false }, null],
  ]
  for (const [line, meaning, at] of cases)
    test(`${line.slice(0, 90)} is ${meaning.kind}`, () => {
      const read = reportLine(line, line.length)
      assert.deepEqual(read.meaning, meaning)
      assert.equal(read.at, at)
    })
})
