import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { type SlowLogEvent, SlowLogParser, type SlowLogParserOptions } from './index.ts'
import {
  BANNER,
  MARIADB_HEAD,
  MYSQL_HEAD,
  mariadb,
  mysql,
  type Parsed,
  parse,
  texts,
} from './slow-log-samples.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function memoryBytes(): number {
  collectGarbage()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

describe('SlowLogParser reads', () => {
  test('an entry of MySQL', () => {
    const { events } = parse(`${BANNER}${MYSQL_HEAD}use shop;\nSET timestamp=1795236299;\nselect 1;\n`)
    assert.deepEqual(events, [
      {
        at: Date.parse('2026-11-21T04:44:59.395Z') + 0.632,
        startedAt: 1795236299000,
        user: 'app',
        host: 'web1',
        connectionId: 16,
        database: 'shop',
        databaseInferred: false,
        queryTimeSeconds: 0.000697,
        lockTimeSeconds: 0.000002,
        rowsSent: 1,
        rowsExamined: 5,
        rowsAffected: undefined,
        bytesSent: undefined,
        kind: 'statement',
        text: 'select 1',
        truncated: false,
        attributes: {},
        plan: undefined,
      },
    ])
  })

  test('the attributes of log_slow_extra', () => {
    const head = MYSQL_HEAD.replace(
      'Rows_examined: 5',
      'Rows_examined: 5 Thread_id: 16 Errno: 0 Killed: 0 Bytes_received: 21 Bytes_sent: 70 Sort_rows: 3  Start: 2026-11-21T04:44:59.394935Z End: 2026-11-21T04:44:59.395632Z',
    )
    const [event] = parse(`${head}SET timestamp=1795236299;\nselect 1;\n`).events
    assert.equal(event?.bytesSent, 70)
    assert.equal(event?.attributes['Sort_rows'], '3')
    assert.equal(event?.attributes['Start'], '2026-11-21T04:44:59.394935Z')
  })

  test('an entry of MariaDB with its plan, and carries the time over to the next', () => {
    const log = `# Time: 261121  4:44:59
${MARIADB_HEAD}# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
#
# explain: id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra
# explain: 1\tSIMPLE\torders\tALL\tNULL\tNULL\tNULL\tNULL\t300000\t299000.00\t100.00\t0.01\tUsing where; Using filesort
# explain: 1\tSIMPLE\tc\tref\tPRIMARY,k\tk\t4\tshop.orders.c\t1\t1.00\t100.00\t100.00\t
#
use \`shop\`;
SET timestamp=1795236299;
select 1;
${mariadb('select 2').replace('SET timestamp=1795236299;\n', '')}`
    const { events, malformed } = parse(log)
    assert.equal(malformed, 0)
    const [first, second] = events
    assert.equal(first?.database, 'shop')
    assert.equal(first?.bytesSent, 391)
    assert.equal(first?.attributes['Full_scan'], 'Yes')
    assert.equal(first?.plan?.length, 2)
    assert.deepEqual(first?.plan?.[0], {
      id: 1,
      selectType: 'SIMPLE',
      table: 'orders',
      type: 'ALL',
      possibleKeys: [],
      key: undefined,
      keyLength: undefined,
      ref: undefined,
      rows: 300000,
      actualRows: 299000,
      filteredPercent: 100,
      actualFilteredPercent: 0.01,
      extra: 'Using where; Using filesort',
    })
    assert.deepEqual(first?.plan?.[1]?.possibleKeys, ['PRIMARY', 'k'])
    assert.equal(second?.at, Date.parse('2026-11-21T04:44:59Z'))
  })

  test('the entries of Percona Server', () => {
    const log = `# Time: 110713 18:52:11
# User@Host: root[root] @ localhost []  Id:    45
# Schema: sakila  Last_errno: 0  Killed: 0
# Query_time: 0.009453  Lock_time: 0.000164  Rows_sent: 1  Rows_examined: 1000  Rows_affected: 0  Rows_read: 1000
# Bytes_sent: 139  Tmp_tables: 0  Tmp_disk_tables: 0  Tmp_table_sizes: 0
# InnoDB_trx_id: 1500
# QC_Hit: No  Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
#   InnoDB_IO_r_ops: 6415  InnoDB_IO_r_bytes: 105103360  InnoDB_IO_r_wait: 0.001279
# Log_slow_rate_type: query  Log_slow_rate_limit: 10
SET timestamp=1310575931;
select count(*) from film;
`
    const [event] = parse(log).events
    assert.equal(event?.database, 'sakila')
    assert.equal(event?.rowsAffected, 0)
    assert.equal(event?.attributes['InnoDB_IO_r_bytes'], '105103360')
    assert.equal(event?.attributes['Log_slow_rate_limit'], '10')
    assert.equal(event?.text, 'select count(*) from film')
  })

  test('accounts in every form', () => {
    const account = (line: string): (string | number | undefined)[] => {
      const [event] = parse(mysql('x').replace(/# User@Host: .*/, line)).events
      return [event?.user, event?.host, event?.connectionId]
    }
    assert.deepEqual(account('# User@Host: a[b] @ h [1.2.3.4]  Id:  7'), ['a', 'h', 7])
    assert.deepEqual(account('# User@Host: a[a] @  [1.2.3.4]  Id:  7'), ['a', '1.2.3.4', 7])
    assert.deepEqual(account('# User@Host: root[root] @ localhost []'), ['root', 'localhost', undefined])
    assert.deepEqual(account('# User@Host: [SQL_SLAVE] @  []  Id: 12'), ['SQL_SLAVE', undefined, 12])
    assert.deepEqual(account('# User@Host: a b[a b] @ h.example.com [::1]'), [
      'a b',
      'h.example.com',
      undefined,
    ])
    assert.deepEqual(account('# User@Host: '), [undefined, undefined, undefined])
    assert.deepEqual(account('# User@Host: [anna] @ localhost []'), ['anna', 'localhost', undefined])
    assert.deepEqual(account('# User@Host: [] @ localhost []'), [undefined, 'localhost', undefined])
    assert.deepEqual(account('# User@Host: a[1]b[a[1]b] @ h [fe80::1%eth0]  Id: 9'), ['a[1]b', 'h', 9])
    assert.deepEqual(account('# User@Host: x@y[x@y] @ [10.0.0.7]'), ['x@y', '10.0.0.7', undefined])
  })

  test('times in every form', () => {
    const at = (time: string, set = '', options: SlowLogParserOptions = {}): number | undefined =>
      parse(
        `# Time: ${time}\n${MYSQL_HEAD.slice(MYSQL_HEAD.indexOf('\n') + 1)}${set}select 1;\n`,
        1 << 20,
        options,
      ).events[0]?.at
    assert.equal(at('2026-11-21T04:44:59.395000Z'), Date.parse('2026-11-21T04:44:59.395Z'))
    assert.equal(at('2026-11-21T04:44:59.5+02:00'), Date.parse('2026-11-21T02:44:59.5Z'))
    assert.equal(at('2026-11-21T04:44:59.5-05:30'), Date.parse('2026-11-21T10:14:59.5Z'))
    assert.equal(at('071015 21:43:52'), Date.parse('2007-10-15T21:43:52Z'))
    assert.equal(at('071015  1:43:52'), Date.parse('2007-10-15T01:43:52Z'))
    assert.equal(at('071015 21:43:52', '', { utcOffsetMinutes: 120 }), Date.parse('2007-10-15T19:43:52Z'))
    assert.equal(at('071015 21:43:52', 'SET timestamp=1192477432;\n'), 1192477432000)
    assert.equal(at('071015 21:43:52', 'SET timestamp=1192477432.25;\n'), 1192477432250)
    assert.equal(
      at('071015 21:43:52', 'SET last_insert_id=5,insert_id=10,timestamp=1192477432;\n'),
      1192477432000,
    )
  })

  test('the account on the line of the time', () => {
    const log = mysql('select 1').replace('Z\n# User', 'Z\t# User')
    assert.equal(parse(log).events[0]?.user, 'app')
  })

  test('administrator commands', () => {
    const { events } = parse(mysql('# administrator command: Ping') + mysql('select 1'))
    assert.deepEqual(
      events.map(({ kind, text }) => [kind, text]),
      [
        ['administrator', 'administrator command: Ping'],
        ['statement', 'select 1'],
      ],
    )
  })

  test('statements of several lines, with comments and semicolons at line ends', () => {
    const statements = [
      'select 1\n  from t',
      'create procedure p() begin\n select 1;\n select 2;\nend',
      'select 1 # c\n# Time: x\n,2',
      '# a comment\nselect 3',
      'use other',
      'select ";\n"',
    ]
    assert.deepEqual(texts(parse(statements.map(mysql).join(''))), statements)
    assert.deepEqual(texts(parse(statements.map(mariadb).join(''))), statements)
  })

  test('line ends of Windows', () => {
    const { events, malformed } = parse(
      (BANNER + mysql('select 1\nfrom t') + mysql('select 2')).replaceAll('\n', '\r\n'),
    )
    assert.equal(malformed, 0)
    assert.deepEqual(
      events.map(({ text }) => text),
      ['select 1\r\nfrom t', 'select 2'],
    )
    assert.equal(events[0]?.user, 'app')
  })

  test('a restart in the middle, after which the database is unknown', () => {
    const first = mysql('select 1').replace('SET', 'use shop;\nSET')
    const { events, malformed } = parse(first + mysql('select 2') + BANNER + mysql('select 3'))
    assert.equal(malformed, 0)
    assert.deepEqual(
      events.map(({ database, databaseInferred }) => [database, databaseInferred]),
      [
        ['shop', false],
        ['shop', true],
        [undefined, false],
      ],
    )
  })

  test('a crash in the middle of an entry as one malformed entry', () => {
    const { events, malformed } = parse(
      `${mysql('select 1')}${MYSQL_HEAD}SET timestamp=1;\nselect 'ab${BANNER}${mysql('select 3')}`,
    )
    assert.equal(malformed, 1)
    assert.deepEqual(texts({ events } as Parsed), ['select 1', 'select 3'])
  })

  test('old logs without SET timestamp', () => {
    const log = `# Time: 071015 21:43:52
# User@Host: root[root] @ localhost []
# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 0
use test;
select sleep(2) from n;
# User@Host: root[root] @ localhost []
# Query_time: 3  Lock_time: 0  Rows_sent: 1  Rows_examined: 0
select sleep(3);
`
    const { events, malformed } = parse(log)
    assert.equal(malformed, 0)
    assert.deepEqual(
      events.map(({ text, queryTimeSeconds, database }) => [text, queryTimeSeconds, database]),
      [
        ['select sleep(2) from n', 2, 'test'],
        ['select sleep(3)', 3, 'test'],
      ],
    )
  })
})

describe('SlowLogParser', () => {
  const log = Buffer.from(
    BANNER +
      mysql('select 1') +
      `# Time: 261121  4:44:59\n${mariadb("select 'a;\n# Time: 071015 21:43:52\n# User@Host: x[x] @ y []\n# Query_time: 1  Lock_time: 0  Rows_sent: 1  Rows_examined: 0\n'")}` +
      mariadb('select 2 -- c\n + 1') +
      mysql('# administrator command: Quit') +
      BANNER +
      mysql("select \"ü\", '\\''") +
      `${MYSQL_HEAD}SET timestamp=1;\nsel`,
  )

  test('does not care where its input is cut', () => {
    const whole = parse(log)
    assert.equal(whole.events.length, 5)
    assert.equal(whole.malformed, 1)
    assert.equal(whole.consumed, log.length)
    for (let size = 1; size < 200; size++) assert.deepEqual(parse(log, size), whole, `in pieces of ${size}`)
  })

  test('never throws and accounts for every byte, on any input', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        BANNER,
        MYSQL_HEAD,
        MARIADB_HEAD,
        mysql('select 1'),
        mariadb("select 'x'"),
        '# Time: ',
        '# Time: 100518 5:11:01\n',
        '# User@Host: ',
        '# Query_time: 1  Lock_time: 0\n',
        '# Thread_id: 3  Schema: x\n',
        '\ufeff',
        '\xef\xbb\xbf',
        '# ',
        'SET timestamp=1;\n',
        'use x;\n',
        ';\n',
        '\n',
        "'",
        '/*',
        '\r\n',
        '# explain: a\tb\n',
        '# administrator command: Ping;\n',
      ),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 300 }), (pieces, size) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1')
        const parsed = parse(bytes, size)
        assert.deepEqual(parsed, parse(bytes))
        assert.equal(parsed.consumed, bytes.length)
      }),
      { numRuns: 1500 },
    )
  })

  test('reads back what a server would write, whatever the statements', () => {
    const statement = fc.oneof(
      fc.string().map((text) => `select '${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
      fc
        .array(
          fc.constantFrom(
            'select 1',
            '\n',
            "'a;\n# Time: 071015 21:43:52\n'",
            '/* ; */',
            '# c\n',
            ' -- d\n',
            '`x;`',
            '";"',
          ),
          { minLength: 1 },
        )
        .map((parts) => `do ${parts.join(' ')} 1`),
    )
    fc.assert(
      fc.property(
        fc.array(statement, { maxLength: 8 }),
        fc.constantFrom(mysql, mariadb),
        (statements, write) => {
          assert.deepEqual(
            texts(parse(statements.map(write).join(''))),
            statements.map((text) => Buffer.from(text).toString()),
          )
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('keeps the beginning of a statement of 100 MB and little else in memory', () => {
    const events: SlowLogEvent[] = []
    const parser = new SlowLogParser((entry) => events.push(entry.toEvent()), { maxStatementBytes: 10_000 })
    parser.push(Buffer.from(`${MYSQL_HEAD}SET timestamp=1;\ninsert into t values ('x')`))
    const row = Buffer.from(",\n('abc;')".repeat(100_000))
    const before = memoryBytes()
    let most = 0
    for (let sent = 0; sent < 100_000_000; sent += row.length) {
      parser.push(row)
      most = Math.max(most, memoryBytes() - before)
    }
    parser.push(Buffer.from(`;\n${mysql('select 2')}`))
    parser.end()
    assert.equal(events.length, 2)
    assert.equal(events[0]?.truncated, true)
    assert.equal(events[0]?.text.length, 10_000)
    assert.equal(events[1]?.text, 'select 2')
    assert.equal(parser.truncated, 1)
    assert.equal(parser.malformed, 0)
    assert.ok(most < 8_000_000, `${most} bytes`)
  })

  test('knows the end of a long statement by its quotes too', () => {
    const long = `select '${'x'.repeat(50_000)};\n${mysql('select 5')}${'y'.repeat(50_000)}'`
    for (const size of [1000, 4096, 1 << 20]) {
      const parsed = parse(mysql(long) + mysql('select 2'), size, { maxStatementBytes: 1000 })
      const expected = size > 100_000 ? [long, 'select 2'] : [long.slice(0, 1000), 'select 2']
      assert.deepEqual(
        texts(parsed).map((text) => text.slice(0, 1000)),
        expected.map((text) => text.slice(0, 1000)),
      )
      assert.equal(parsed.malformed, 0)
    }
  })
})
