import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { onEachServer } from '../../../../test/support/each-server.ts'
import { DbmedicError } from '../../../core/errors.ts'
import { fingerprintId, MYSQL, maskLiterals, perconaFingerprint } from '../../../sql/index.ts'
import {
  digestSlowLog,
  SLOW_LOG_TABLE_SQL,
  type SlowLogEvent,
  SlowLogParser,
  type SlowLogTableRow,
  slowLogEventOfRow,
} from './index.ts'

const PT_QUERY_DIGEST = '/usr/bin/pt-query-digest'
const noPercona = existsSync(PT_QUERY_DIGEST) ? false : 'percona-toolkit is not installed'

const entry = (text: string, seconds: number, extra = {}): string => {
  const {
    user = 'app',
    lock = 0.001,
    sent = 1,
    examined = 10,
    time = '2026-11-21T04:44:59.000000Z',
    use = '',
  } = extra as Record<string, string | number>
  return `# Time: ${time}
# User@Host: ${user}[${user}] @ web1 [10.0.0.7]  Id:    16
# Query_time: ${seconds}  Lock_time: ${lock} Rows_sent: ${sent}  Rows_examined: ${examined}
${use}SET timestamp=1795236299;
${text};
`
}

interface PerconaClass {
  readonly fingerprint: string
  readonly query_count: number
  readonly metrics: {
    readonly Query_time: { readonly sum: string; readonly min: string; readonly max: string }
  }
}

interface PerconaSums {
  count: number
  sum: number
  max: number
}

/** pt-query-digest's own sums by fingerprint, with those added up that differ only in blanks at their end. */
function byPercona(file: string): Map<string, PerconaSums> {
  const json = execFileSync(
    PT_QUERY_DIGEST,
    ['--output', 'json', '--limit', '100%', '--no-version-check', file],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    },
  ).toString()
  const sums = new Map<string, PerconaSums>()
  for (const one of (JSON.parse(json) as { classes: PerconaClass[] }).classes) {
    const fingerprint = one.fingerprint.trimEnd()
    const before = sums.get(fingerprint) ?? { count: 0, sum: 0, max: 0 }
    sums.set(fingerprint, {
      count: before.count + one.query_count,
      sum: before.sum + Number(one.metrics.Query_time.sum),
      max: Math.max(before.max, Number(one.metrics.Query_time.max)),
    })
  }
  return sums
}

async function assertAsPercona(file: string): Promise<void> {
  const theirs = byPercona(file)
  const ours = await digestSlowLog([file])
  assert.equal(ours.malformed, 0)
  assert.equal(
    ours.events,
    [...theirs.values()].reduce((sum, one) => sum + one.count, 0),
  )
  assert.deepEqual(ours.classes.map((one) => one.fingerprint).sort(), [...theirs.keys()].sort())
  for (const one of ours.classes) {
    const their = theirs.get(one.fingerprint)
    assert.equal(one.count, their?.count, one.fingerprint)
    assert.ok(Math.abs(one.queryTimeSeconds.sum - (their?.sum ?? 0)) < 1e-6, one.fingerprint)
    assert.ok(Math.abs(one.queryTimeSeconds.max - (their?.max ?? 0)) < 1e-6, one.fingerprint)
  }
}

/** A folder for the tests of a suite, removed after them. */
function temporaryFolder(): () => string {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbmedic-digest-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))
  return () => folder
}

describe('digestSlowLog', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbmedic-digest-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const LOG =
    entry("select a from t where b = 'secret1'", 2, {
      use: 'use shop;\n',
      time: '2026-11-21T04:45:01.500000Z',
    }) +
    entry("select a from t where b = 'secret2'", 4, { user: 'root', examined: 1000, lock: 0.5 }) +
    entry('select 1 from users_2009', 1, { use: 'use crm;\n' }) +
    entry('select 2 from users_2010', 3) +
    entry('# administrator command: Ping', 0.25)

  test('adds up the entries of a file', async () => {
    const file = join(folder, 'slow.log')
    await writeFile(file, LOG)
    const digest = await digestSlowLog([file])
    assert.deepEqual(
      { ...digest, classes: digest.classes.length },
      { events: 5, malformed: 0, truncated: 0, overflowed: 0, damaged: [], classes: 3 },
    )
    assert.deepEqual(digest.classes[0], {
      fingerprint: 'select a from t where b = ?',
      fingerprintId: fingerprintId('select a from t where b = 1', MYSQL),
      count: 2,
      queryTimeSeconds: { sum: 6, min: 2, max: 4, p95: 4 },
      lockTimeSeconds: { sum: 0.501, min: 0.001, max: 0.5, p95: 0.5 },
      rowsSent: { sum: 2, min: 1, max: 1, p95: 1 },
      rowsExamined: { sum: 1010, min: 10, max: 1000, p95: 1000 },
      databases: ['shop'],
      users: ['app', 'root'],
      firstSeen: '2026-11-21T04:44:59.000Z',
      lastSeen: '2026-11-21T04:45:01.500Z',
      sample: 'select a from t where b = ?',
    })
    const merged = digest.classes[1]
    assert.equal(merged?.fingerprint, 'select ? from users_?')
    assert.equal(merged?.sample, 'select ? from users_2010')
    assert.equal(merged?.fingerprintId, fingerprintId('select 7 from users_2010', MYSQL))
    assert.equal(digest.classes[2]?.fingerprint, 'administrator command: Ping')
    assert.doesNotMatch(JSON.stringify(digest), /secret/)
  })

  test('reads gzip by its content, several members too, and says where a file is damaged', async () => {
    const whole = join(folder, 'slow.gz')
    await writeFile(whole, Buffer.concat([gzipSync(LOG), gzipSync(LOG)]))
    assert.equal((await digestSlowLog([whole])).events, 10)
    const cut = join(folder, 'cut.log')
    const noise = Array.from({ length: 2000 }, (_, at) =>
      entry(`select ${Math.imul(at, 2654435761)} from t${at % 50}`, 1),
    ).join('')
    const packed = gzipSync(noise)
    await writeFile(cut, packed.subarray(0, packed.length / 2))
    const digest = await digestSlowLog([cut, whole])
    assert.equal(digest.damaged.length, 1)
    assert.equal(digest.damaged[0]?.file, cut)
    assert.ok(digest.events > 10 && digest.events < 2010)
    assert.ok(digest.malformed <= 1)
  })

  test('states a file it cannot open', async () => {
    await assert.rejects(
      digestSlowLog([join(folder, 'none.log')]),
      (error) => error instanceof DbmedicError && error.code === 'DBM_FILE_UNREADABLE',
    )
  })

  test('reads the other files where one cannot be read, and says which', async () => {
    const good = join(folder, 'good.log')
    await writeFile(good, LOG)
    const packed = join(folder, 'slow.zst')
    await writeFile(packed, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]))
    const wide = join(folder, 'wide.log')
    await writeFile(wide, Buffer.from(`\ufeff${LOG}`, 'utf16le'))
    const said: string[] = []
    const onUnreadable = (error: DbmedicError): void => void said.push(error.message)
    const files = [join(folder, 'none.log'), packed, good, wide, folder]
    assert.equal((await digestSlowLog(files, { onUnreadable })).events, 5)
    assert.equal(said.length, 4)
    for (const [at, pattern] of [/none\.log.*ENOENT/, /zstd -dc/, /iconv/, /it is a folder/].entries())
      assert.match(said[at] ?? '', pattern)
    await assert.rejects(digestSlowLog([folder, packed], { onUnreadable }), /it is a folder/)
  })

  test('reads a pipe', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const [digest] = await Promise.all([digestSlowLog([pipe]), writeFile(pipe, gzipSync(LOG))])
    assert.equal(digest.events, 5)
  })

  test('names a statement by its whole form however long its list is', async () => {
    const file = join(folder, 'long.log')
    const ids = Array.from({ length: 400_000 }, (_, at) => at).join(',')
    await writeFile(file, entry(`select a from t where id in (${ids}) order by a`, 1) + LOG)
    const whole = await digestSlowLog([file])
    assert.ok(whole.classes.some((one) => one.fingerprint === 'select a from t where id in(?+) order by a'))
    const cut = await digestSlowLog([file], { maxStatementBytes: 1000 })
    assert.equal(cut.truncated, 1)
    assert.ok(cut.classes.some((one) => one.fingerprint === 'select a from t where id in(?+)'))
  })

  test('is empty for an empty file', async () => {
    const file = join(folder, 'empty.log')
    await writeFile(file, '')
    assert.deepEqual(await digestSlowLog([file]), {
      events: 0,
      malformed: 0,
      truncated: 0,
      overflowed: 0,
      damaged: [],
      classes: [],
    })
  })

  test('puts what finds no room into one class and says so', async () => {
    const file = join(folder, 'many.log')
    await writeFile(file, ['a', 'b', 'c', 'd', 'a', 'd'].map((name) => entry(`select ${name}`, 1)).join(''))
    const digest = await digestSlowLog([file], { maxClasses: 2 })
    assert.equal(digest.overflowed, 3)
    const counts = digest.classes.map(({ fingerprint, count, sample }) => [fingerprint, count, sample])
    assert.deepEqual(counts, [
      ['(other statements)', 3, ''],
      ['select a', 2, 'select a'],
      ['select b', 1, 'select b'],
    ])
  })

  test('agrees with pt-query-digest class by class', { skip: noPercona }, async () => {
    const file = join(folder, 'pt.log')
    const cases = JSON.parse(
      await readFile(new URL('../../../sql/percona-fingerprint.cases.json', import.meta.url), 'utf8'),
    ) as [string, string][]
    // Its JSON mangles what is not ASCII. Percona ends an entry at every `;` before a line with `#`, and takes leading comment lines for header lines.
    const statements = cases
      .map(([text]) => text)
      .filter((text) => !/^\s*#|^use |^SET |\n$|[^\0-\x7f]/.test(text))
    const log = statements
      .map((text, at) => entry(text.trim(), (at * 7919) / 1e6).repeat(1 + (at % 3)))
      .join('')
    await writeFile(file, log)
    await assertAsPercona(file)
  })
})

const WORK: readonly string[] = [
  'CREATE DATABASE shop',
  'USE shop',
  'CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT, note TEXT)',
  "INSERT INTO orders (customer_id, note) VALUES (1, 'a'), (2, 'b;'), (3, 'it''s')",
  'SELECT *\n  FROM orders\n WHERE customer_id = 2 -- which one;\n   AND id > 0',
  "SELECT 'x;\n# Time: 2026-01-01T00:00:00.000000Z\n# User@Host: root[root] @ localhost []\n# Query_time: 5.0  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 1\nSET timestamp=1;\nSELECT 2;\n'",
  'SELECT 1 # c\n# Time: x\n, 2',
  "SELECT 'ünï', _latin1 x'FF00FE', \"\\\\\"",
  'SELECT id FROM orders WHERE id IN (1, 2, 3) LIMIT 2',
  'INSERT INTO orders (customer_id) VALUES (4)',
  'DO SLEEP(0.02)',
]

onEachServer(
  'a slow log that a server wrote',
  ({ flavour, server }) => {
    const folder = temporaryFolder()
    let parsed: SlowLogEvent[] = []
    let connectionId = 0

    before(async () => {
      const connection = await createConnection({ uri: server().rootUri })
      connectionId = connection.threadId ?? 0
      for (const sql of WORK) await connection.query(sql)
      await connection.ping()
      await connection.query("SET GLOBAL log_output = 'TABLE'")
      await connection.query("SELECT 'to the table', 1")
      await connection.query("SET GLOBAL log_output = 'FILE'")
      await connection.end()
    })

    test('is read back statement by statement', async () => {
      const parser = new SlowLogParser((each) => parsed.push(each.toEvent()))
      parser.push(await readFile(server().slowLogPath))
      parser.end()
      assert.equal(parser.malformed, 0)
      parsed = parsed.filter((event) => event.connectionId === connectionId && event.kind === 'statement')
      const texts = parsed.map(({ text }) => text)
      assert.deepEqual(texts.slice(0, WORK.length), WORK)
      for (const event of parsed) {
        assert.equal(event.user, 'root')
        assert.ok(Math.abs((event.at ?? 0) - Date.now()) < 60_000)
      }
      const select = parsed[4]
      assert.deepEqual([select?.database, select?.rowsSent], ['shop', 1])
      assert.ok((parsed[10]?.queryTimeSeconds ?? 0) >= 0.02)
    })

    test('has what the server adds: attributes, and the plan on MariaDB', () => {
      const select = parsed[4]
      if (flavour === 'mysql')
        assert.equal(
          select?.attributes['Read_rnd_next'] !== undefined || select?.attributes['Read_key'] !== undefined,
          true,
        )
      else {
        const row = select?.plan?.[0]
        assert.deepEqual([row?.table, row?.selectType], ['orders', 'SIMPLE'])
        assert.equal(typeof row?.actualRows, 'number')
        assert.deepEqual([select?.attributes['QC_hit'], select?.rowsAffected], ['No', 0])
      }
    })

    test('gives the same event from the table mysql.slow_log', async () => {
      const connection = await createConnection({ uri: server().rootUri, dateStrings: true, timezone: 'Z' })
      await connection.query("SET time_zone = '+00:00'")
      const [rows] = await connection.query<RowDataPacket[]>(SLOW_LOG_TABLE_SQL, [1000, '2020-01-01', 100])
      await connection.end()
      const events = rows.map((row) => slowLogEventOfRow(row as unknown as SlowLogTableRow))
      const event = events.find((each) => each?.text === "SELECT 'to the table', 1")
      assert.ok(event !== undefined)
      assert.deepEqual(
        [
          event.user,
          event.host,
          event.database,
          event.connectionId,
          event.rowsSent,
          event.truncated,
          event.kind,
        ],
        ['root', 'localhost', 'shop', connectionId, 1, false, 'statement'],
      )
      assert.ok(Math.abs((event.at ?? 0) - Date.now()) < 60_000)
      assert.ok(event.queryTimeSeconds > 0 && event.queryTimeSeconds < 30)
    })

    test('adds up to as many events and the same query time as the log says', async () => {
      const log = await readFile(server().slowLogPath, 'utf8')
      const genuine = log.replaceAll(/^# Query_time: 5\.0 .*$/gm, '')
      const times = [...genuine.matchAll(/^# Query_time: (\S+)/gm)].map((match) => Number(match[1]))
      // A copy: the server goes on writing (the end of the connections above).
      const file = join(folder(), 'copy.log')
      await writeFile(file, log)
      const digest = await digestSlowLog([file])
      assert.equal(digest.events, times.length)
      const sum = digest.classes.reduce((total, one) => total + one.queryTimeSeconds.sum, 0)
      assert.ok(Math.abs(sum - times.reduce((total, time) => total + time, 0)) < 1e-6)
      for (const one of digest.classes) assert.equal(maskLiterals(one.sample, MYSQL), one.sample)
      assert.ok(digest.classes.some((one) => one.fingerprint === perconaFingerprint(WORK[8] as string)))
    })

    test('adds up as pt-query-digest does, where the log does not lie', { skip: noPercona }, async () => {
      const log = await readFile(server().slowLogPath, 'utf8')
      const file = join(folder(), 'plain.log')
      const entries = log.split(/(?<=;\n)(?=# (?:Time|User@Host): )/)
      const plain = entries.filter((each) => /\n(?:SELECT id|INSERT|DO|CREATE)[^;]*;\n$/.test(each))
      assert.ok(plain.length >= 5)
      await writeFile(file, plain.join(''))
      await assertAsPercona(file)
    })
  },
  {
    settings: { long_query_time: '0', log_slow_admin_statements: 'ON' },
  },
)
