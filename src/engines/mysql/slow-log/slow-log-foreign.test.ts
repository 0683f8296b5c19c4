import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BANNER, MYSQL_HEAD, mysql, parse, texts } from './slow-log-samples.ts'

const NUMBERS = '# Query_time: 1.500000  Lock_time: 0.000200  Rows_sent: 3  Rows_examined: 40\n'

/** [count of entries, malformed] and the same in pieces of 7 bytes. */
function counts(log: string): [number, number] {
  const { events, malformed } = parse(log)
  const inPieces = parse(log, 7)
  assert.deepEqual([inPieces.events.length, inPieces.malformed], [events.length, malformed])
  return [events.length, malformed]
}

describe('SlowLogParser reads logs that other tools wrote or cut', () => {
  test('with the time but no account', () => {
    const log = `# Time: 261121  4:44:59\n${NUMBERS}select 1;\n`.repeat(3)
    assert.deepEqual(counts(log), [3, 0])
    assert.equal(parse(log).events[2]?.at, Date.parse('2026-11-21T04:44:59Z'))
  })

  test('with the numbers only', () => {
    assert.deepEqual(counts(`${NUMBERS}select 1;\n`.repeat(50)), [50, 0])
    assert.deepEqual(texts(parse('# Query_time: 1\nselect 2;\n')), ['select 2'])
  })

  test('with lines before the numbers that no server writes', () => {
    const log = `# User: app[app] @ [10.0.0.7]\n# Client: 10.0.0.7:5123\n# Thread_id: 4 Schema: shop\n${NUMBERS}# QC_Hit: No\nselect 1;\n`
    assert.deepEqual(counts(log.repeat(4)), [4, 0])
    assert.deepEqual(
      parse(log).events.map(({ database, connectionId, rowsExamined }) => [
        database,
        connectionId,
        rowsExamined,
      ]),
      [['shop', 4, 40]],
    )
  })

  test('with a time that is none: the entry counts, its moment is unknown', () => {
    const log = `# Time: someday 11:48:27 # User@Host: app[app] @ web1 []\n${NUMBERS}select 1;\n`
    assert.deepEqual(counts(log.repeat(2)), [2, 0])
    const [event] = parse(log).events
    assert.deepEqual([event?.at, event?.user], [undefined, 'app'])
  })

  test('with the account twice', () => {
    const account = '# User@Host: app[app] @ web1 []\n'
    const log = `# Time: 261121  4:44:59 ${account}${account}${NUMBERS}select 1;\n`
    assert.deepEqual(counts(log), [1, 0])
  })

  test('with one blank before an hour of one digit, and with a fraction', () => {
    for (const time of ['261121 4:44:59', '261121  4:44:59', '261121 04:44:59', '261121 04:44:59.0000001967'])
      assert.equal(
        parse(`# Time: ${time}\n# User@Host: a[a] @ h []\n${NUMBERS}select 1;\n`).events[0]?.at,
        Date.parse('2026-11-21T04:44:59Z'),
        time,
      )
  })

  test('that begin in the middle of an entry, or of its header', () => {
    const whole = mysql('select 1')
    for (let from = 0; from < whole.indexOf('# Query_time') + 1; from++)
      assert.deepEqual(counts(whole.slice(from) + mysql('select 2')), [2, 0], whole.slice(from, from + 20))
    for (let from = whole.indexOf('# Query_time') + 1; from < whole.length; from++)
      assert.deepEqual(counts(whole.slice(from) + mysql('select 2')), [1, 0], whole.slice(from))
  })

  test('with a byte order mark, also between two files', () => {
    const file = `\ufeff${BANNER}${mysql('select 1')}`
    assert.deepEqual(counts(file + file), [2, 0])
    assert.deepEqual(counts(`\ufeff${mysql('select 1')}`.repeat(2)), [2, 0])
  })

  test('with the hole that emptying an open file leaves', () => {
    const hole = '\0'.repeat(5000)
    assert.deepEqual(counts(hole + mysql('select 1') + hole + mysql('select 2') + hole), [2, 0])
    assert.deepEqual(texts(parse(mysql("select 'a;\n\0b'") + mysql('select 2'))), [
      "select 'a;\n\0b'",
      'select 2',
    ])
  })

  test('with banners of servers started by any path', () => {
    for (const path of [
      '/usr/sbin/mysqld',
      'mysqld',
      'bin/mysqld',
      './mariadbd',
      'C:\\my\\bin\\mysqld',
      'd:/my/mysqld.exe',
    ])
      assert.deepEqual(
        counts((mysql('select 1') + BANNER.replace('/usr/sbin/mysqld', path)).repeat(2)),
        [2, 0],
        path,
      )
  })

  test('with blanks after the semicolon', () => {
    assert.deepEqual(
      counts(mysql('select 1').replace(';\nselect 1;\n', ';\nselect 1; \t\n') + mysql('select 2')),
      [2, 0],
    )
  })

  test('without the last semicolon, when the last line is whole', () => {
    assert.deepEqual(texts(parse(`${MYSQL_HEAD}select 1\nfrom t\n`)), ['select 1\nfrom t'])
    assert.deepEqual(counts(`${MYSQL_HEAD}select 'a\n`), [0, 1], 'inside a quote')
    assert.deepEqual(counts(`${MYSQL_HEAD}\n`), [0, 1], 'no statement')
  })

  test('with lines of other names in the header, as further versions may write', () => {
    const log = `${MYSQL_HEAD}# Pages_accessed: 184  Pages_read_time: 17.0204\n# Warnings\n#\n# Some_new: thing\nSET timestamp=1795236299;\nselect 1;\n`
    assert.deepEqual(counts(log.repeat(2)), [2, 0])
    assert.equal(parse(log).events[0]?.attributes['Pages_accessed'], '184')
  })
})

describe('SlowLogParser keeps to its statement', () => {
  test('comment lines that begin like headers but have no numbers', () => {
    const text = 'begin\n select 1;\n# Note: a\n# Thread_id: 3\n select 2;\nend'
    assert.deepEqual(texts(parse(mysql(text) + mysql('select 3'))), [text, 'select 3'])
  })

  test('numbers that do not follow a semicolon', () => {
    const text = `select 1\n${NUMBERS}, 2`
    assert.deepEqual(texts(parse(mysql(text) + mysql('select 3'))), [text, 'select 3'])
  })
})

describe('The moment of an entry', () => {
  const at = (time: string, set: string): number | undefined =>
    parse(`# Time: ${time}\n# User@Host: a[a] @ h []\n${NUMBERS}${set}select 1;\n`).events[0]?.at

  test('is what SET timestamp says, in whatever zone the server is', () => {
    const set = `SET timestamp=${Date.parse('2026-11-21T04:44:59Z') / 1000};\n`
    assert.equal(at('261121 18:44:59', set), Date.parse('2026-11-21T04:44:59Z'))
    assert.equal(at('261120 16:45:00', set), Date.parse('2026-11-21T04:44:59Z'))
  })

  test('is not what a session set, when it replays old statements', () => {
    assert.equal(at('261121 18:44:59', 'SET timestamp=1111111111;\n'), Date.parse('2026-11-21T18:44:59Z'))
  })
})
