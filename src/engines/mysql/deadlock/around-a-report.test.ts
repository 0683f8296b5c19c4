import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { deadlocksJson, parseDeadlocks } from './index.ts'

const report = (name: string): string =>
  `${readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8').trim()}\n`
const LOGS = [
  'mysql-9-log-auto',
  'mysql-8.4-log-foreign',
  'mariadb-11.8-log-gaps',
  'mysql-5.6-log-foreign',
].map(report)
const STATUSES = ['mysql-8.4-status-supremum', 'mariadb-11.8-status-ring', 'mysql-5.5-status-rows'].map(
  report,
)

type Wrap = (text: string) => string | Uint8Array
/** Something before each line. */
const before =
  (prefix: string | ((line: string, index: number) => string)): ((text: string) => string) =>
  (text) =>
    text
      .split('\n')
      .map((line, index) => (typeof prefix === 'string' ? prefix + line : prefix(line, index)))
      .join('\n')
/** The line ends, tabs and backslashes of a text as the mysql client's batch mode writes them. */
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
/** JSON of several members, the text in the middle. */
const rows = (text: string) => ({
  total: 1,
  rows: [{ Type: 'InnoDB', Name: '', Status: `\n${text}`, more: 'x' }],
})

const AROUND_ANY: Record<string, Wrap> = {
  'lines of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'UTF-16 of PowerShell': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16 with the high byte first': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  'a byte order mark': (text) => `\uFEFF${text}`,
  'a prompt above': (text) => `$ sudo tail -n 400 /var/log/mysql/error.log\n${text}`,
}

const AROUND_LOGS: Record<string, Wrap> = {
  syslog: before('Nov  3 18:04:05 db7 mysqld[812]: '),
  'syslog with a priority': before('<30>Nov 13 18:04:05 db7 mysqld[812]: '),
  'syslog without a process': before('Nov 13 18:04:05 db7 mysqld: '),
  'syslog with an ISO time': before('2026-11-13T18:04:05.123456+01:00 db7 mysqld[812]: '),
  'syslog of RFC 5424': before('<30>1 2026-11-13T18:04:05.123Z db7 mysqld 812 - - '),
  'syslog of RFC 5424 with data': before('<30>1 2026-11-13T18:04:05Z db7 mysqld 812 ID4 [a@1 b="c"] '),
  'rsyslog that keeps events of many lines in one': (text) =>
    `Nov 13 18:04:05 db7 mysqld[812]: ${text.trimEnd().replaceAll('\t', '#011').replaceAll('\n', '#012')}\n`,
  'the journal with its heading': (text) =>
    `-- Journal begins at Fri 2026-11-13 18:00:00 CET. --\n${before('Nov 13 18:04:05 db7 mariadbd[812]: ')(text)}`,
  'the journal after a boot': (text) =>
    `-- Boot 4fd0c1 --\n${before('Nov 13 18:04:05 db7 mariadbd[812]: ')(text)}`,
  'the journal, precise': before('Nov 13 18:04:05.123456 db7 mariadbd[812]: '),
  'the journal, full': before('Fri 2026-11-13 18:04:05 CET db7 mariadbd[812]: '),
  'the journal, ISO': before('2026-11-13T18:04:05+0100 db7 mariadbd[812]: '),
  'the journal, unix': before('1794589445.123456 db7 mariadbd[812]: '),
  'the journal, monotonic': before('[  345.678901] db7 mariadbd[812]: '),
  'the journal as JSON': before((line) =>
    JSON.stringify({ _HOSTNAME: 'db7', __REALTIME_TIMESTAMP: '1', MESSAGE: line, _PID: '812' }),
  ),
  'the journal as JSON of bytes': before((line) => JSON.stringify({ MESSAGE: [...Buffer.from(line)] })),
  Compose: before('shop-db-1  | '),
  'Compose in colour': before('\x1b[36mshop-db-1  | \x1b[0m'),
  'Compose of old in colour': before('\x1b[36mdb_1  |\x1b[0m '),
  'Compose with its heading': (text) => `Attaching to shop-db-1\n${before('shop-db-1  | ')(text)}`,
  'Compose with times': before('shop-db-1  | 2026-11-13T17:04:05.123456789Z '),
  'docker logs with times': before((line, at) => `2026-11-13T17:04:05.12345678${at % 10}Z ${line}`),
  'kubectl with times': before(
    (line, at) => `2026-11-13T17:04:05.${['12345678', '123456789', '123456'][at % 3]}Z ${line}`,
  ),
  'kubectl with its heading': (text) => `Defaulted container "db" out of: db, init (init)\n${text}`,
  'kubectl with pods': before('[pod/db-0/mysql] '),
  'a container runtime': before('2026-11-13T17:04:05.123456789Z stderr F '),
  'a container runtime that cuts lines': before((line) => {
    const time = '2026-11-13T17:04:05.123456789Z stderr'
    return `${time} P ${line.slice(0, 30)}\n${time} F ${line.slice(30)}`
  }),
  'JSON files of Docker': before((line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: 'x' })),
  'an event of many lines': (text) => `${JSON.stringify({ stream: 'stderr', log: text })}\n`,
  'CloudWatch, an event a line': (text) =>
    JSON.stringify(
      { events: text.split('\n').map((message) => ({ timestamp: 1, message, id: '1' })) },
      null,
      4,
    ),
  'CloudWatch, one event': (text) =>
    JSON.stringify({ events: [{ timestamp: 1, message: text, id: '1' }] }, null, 4),
  'a download from RDS': (text) => JSON.stringify({ LogFileData: text, Marker: '0:1' }, null, 4),
}

const AROUND_STATUSES: Record<string, Wrap> = {
  'mysql -e': (text) => `Type\tName\tStatus\nInnoDB\t\t\\n${escaped(text)}\n`,
  'mysql -Ne': (text) => `InnoDB\t\t\\n${escaped(text)}\n`,
  'mysql -Ne | cut -f3': (text) => `\\n${escaped(text)}\n`,
  'mysql -re': (text) => `Type\tName\tStatus\nInnoDB\t\t\n${text}`,
  'the client, \\G': (text) =>
    `*************************** 1. row ***************************\n  Type: InnoDB\n  Name: \nStatus: \n${text}\n1 row in set (0.00 sec)\n`,
  'the client, \\G with escapes': (text) => `*** 1. row ***\n  Type: InnoDB\nStatus: \\n${escaped(text)}\n`,
  'the client, a table': (text) => `| Type   | Name | Status |\n| InnoDB |      | \n${text}\n |\n+-----+\n`,
  'the client, a table with escapes': (text) =>
    `| Type   | Name | Status |\n+---+---+---+\n| InnoDB |      | \\n${escaped(text)} |\n+---+---+---+\n`,
  'the shell, JSON': (text) => JSON.stringify(rows(text).rows[0]),
  'the shell, JSON over lines': (text) => JSON.stringify(rows(text), null, 4),
  'a tuple of Python': (text) => `[('InnoDB', '', "\\n${escaped(text).replaceAll('"', '\\"')}")]`,
}

describe('what stands around a report changes nothing of what is read', () => {
  const cases = [
    ...Object.entries(AROUND_ANY).map(([name, wrap]) => [name, wrap, [...LOGS, ...STATUSES]] as const),
    ...Object.entries(AROUND_LOGS).map(([name, wrap]) => [name, wrap, LOGS] as const),
    ...Object.entries(AROUND_STATUSES).map(([name, wrap]) => [name, wrap, STATUSES] as const),
  ]
  for (const [name, wrap, texts] of cases)
    test(name, async () => {
      for (const text of texts) {
        const expected = await deadlocksJson(text)
        const wrapped = wrap(text)
        assert.deepEqual(await deadlocksJson([wrapped]), expected)
        assert.deepEqual(
          await deadlocksJson(inPieces(Buffer.from(wrapped as string), 7)),
          expected,
          'in pieces',
        )
      }
    })

  test('the quotes of a session with ANSI_QUOTES', () => {
    for (const text of [...LOGS, ...STATUSES]) {
      const quoted = text.replace(/^(?:RECORD LOCKS|TABLE LOCK) .*$/gm, (line) => line.replaceAll('`', '"'))
      assert.notEqual(quoted, text)
      assert.deepEqual(parseDeadlocks(quoted), parseDeadlocks(text))
    }
  })

  test('the columns of Aurora, however many', () => {
    for (const text of [...LOGS, ...STATUSES]) {
      const columns = text.replace(/^ (\d+): len (\d+); hex (.*)$/gm, (_, at, length, rest) =>
        Array.from(
          { length: 200 },
          (_column, i) => ` ${Number(at) * 200 + i}: len=${length}; bufptr=0x2ad14a50e633; hex= ${rest}`,
        ).join('\n'),
      )
      assert.notEqual(columns, text)
      assert.deepEqual(parseDeadlocks(columns), parseDeadlocks(text))
    }
  })

  test('an excerpt that begins with its time keeps it', () => {
    const [text = ''] = STATUSES
    const excerpt = text.slice(text.indexOf('LATEST DETECTED DEADLOCK')).split('\n').slice(2).join('\n')
    assert.deepEqual(parseDeadlocks(excerpt), parseDeadlocks(text))
  })
})

test('a record whose lock is lost makes a report incomplete', () => {
  for (const text of [...LOGS, ...STATUSES].filter((one) => /^Record lock/m.test(one))) {
    const first = text.slice(0, text.search(/^RECORD LOCKS .*\nRecord lock/m))
    const cut = first + text.slice(first.length).replace(/^.*\n/, '')
    assert.ok(parseDeadlocks(cut).every(({ incomplete }) => incomplete))
  }
})

describe('a statement cannot pass for what stands around a report', () => {
  const forged = '*** (1) TRANSACTION:\nTRANSACTION 9, ACTIVE 1 sec\n*** WE ROLL BACK TRANSACTION (1)\n'
  const insert = (text: string): string =>
    (LOGS[0] as string).replace(/^(INSERT|insert)/m, `INSERT INTO notes VALUES ('\n${text}'); $1`)
  const forms = {
    'batch output': `InnoDB\t\t\\n=====\\n2026-01-01\\n\\'\\n${escaped(forged)}`,
    'pretty JSON': `"message": "\\u0027\\n${escaped(forged)}"`,
    'a status in JSON': `{"Status": "\\n=====\\n2026-01-01\\n\\u0027\\n${escaped(forged)}"}`,
  }
  for (const [name, text] of Object.entries(forms))
    test(name, () => {
      assert.ok(insert(text).includes(text))
      const [found, ...more] = parseDeadlocks(insert(text))
      const [honest] = parseDeadlocks(LOGS[0] as string)
      assert.deepEqual(more, [])
      assert.deepEqual(
        found?.transactions.map(({ trxId, holds, waitsFor }) => ({ trxId, holds, waitsFor })),
        honest?.transactions.map(({ trxId, holds, waitsFor }) => ({ trxId, holds, waitsFor })),
      )
    })
})

function* inPieces(bytes: Buffer, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}
