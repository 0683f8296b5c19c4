/** The command line on files: the configuration, logs of servers nobody is connected to, and the audit record. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { cliFolder, failed, json } from '../support/run-cli.ts'

const PASSPHRASE = 'a few unrelated words'
/** A report as a server printed it. */
const SAMPLE_DEADLOCKS = readFileSync(
  new URL('../../src/engines/mysql/deadlock/fixtures/mysql-8.4-status-supremum.txt', import.meta.url),
  'utf8',
)

describe('the configuration', () => {
  const cli = cliFolder()
  after(() => cli.remove())

  test('init writes a file that check accepts, and leaves an existing one alone', async () => {
    const made = await cli.call(['config', 'init'])
    assert.match(made.out, /Wrote dbmedic\.yaml/)
    assert.equal(statSync(cli.path('dbmedic.yaml')).mode & 0o077, 0)
    const text = readFileSync(cli.path('dbmedic.yaml'), 'utf8')
    assert.match((await cli.call(['config', 'check'])).out, /Valid: 1 target/)
    failed(await cli.call(['config', 'init']), 2, /exists already/)
    assert.equal(readFileSync(cli.path('dbmedic.yaml'), 'utf8'), text)
    failed(await cli.call(['config', 'init', '--config', 'no/such/folder.yaml']), 2, /cannot be used: ENOENT/)
  })

  test('init’s examples may still be uncommented after users add wrote into the file', async (t) => {
    const example = cliFolder()
    t.after(() => example.remove())
    await example.call(['config', 'init'])
    const added = await example.call(['users', 'add', 'ana'], { DBMEDIC_PASSPHRASE: PASSPHRASE })
    assert.equal(added.code, 0, added.err)
    assert.ok(
      existsSync(example.path('home/.config/dbmedic/keyring/ana.json')),
      'no key where people keep theirs',
    )
    const text = readFileSync(example.path('dbmedic.yaml'), 'utf8')
    assert.match(text, /^access:\n {2}administrators:/m)
    const shown = text
      .replace(/^# (actions:)\n# ( {2}diskFreeBytes: )/m, '$1\n$2')
      .replace('# dataPath', 'dataPath')
    assert.notEqual(shown, text)
    const checked = json(
      await example.call(['config', 'check', '--json', '--config', example.write('shown.yaml', shown)]),
    ) as { actions: { diskFreeBytes: number } }
    assert.equal(checked.actions.diskFreeBytes, 50_000_000_000)
  })

  test('a mistake is named with line, column and the nearest key, by every command', async () => {
    const file = cli.write('bad.yaml', 'store: ./x.sqlite\ntragets: []\n')
    for (const args of [['config', 'check'], ['issues'], ['start', '--for', '1']])
      failed(
        await cli.call([...args, '--config', file]),
        2,
        /bad\.yaml:2:1: unknown key “tragets”[\s\S]*did you mean “targets”/,
      )
    assert.equal(existsSync(cli.path('x.sqlite')), false)
    failed(await cli.call(['issues', '--config', 'none.yaml']), 2, /cannot be read: ENOENT[\s\S]*config init/)
  })

  test('a mistake in the options of a target is found by config check, with its place and the nearest key', async () => {
    const target = 'targets:\n  - name: a\n    engine: mysql\n    monitor: { user: m, password: none }\n'
    const wrong = cli.write('o.yaml', `${target}    options:\n      cores: 2\n      slowLogfile: /x\n`)
    failed(
      await cli.call(['config', 'check', '--config', wrong]),
      2,
      /o\.yaml:7:7: unknown key “slowLogfile”[\s\S]*did you mean “slowLogFile”/,
    )
    const typed = cli.write('t.yaml', `${target}    options:\n      cores: two\n`)
    failed(
      await cli.call(['config', 'check', '--config', typed]),
      2,
      /t\.yaml:6:7: targets\.0\.options\.cores: /,
    )
  })

  test('a configuration that is a device or far too large is refused at once, and a pipe is read', async () => {
    failed(await cli.call(['issues', '-c', '/dev/zero']), 2, /neither a file nor a pipe/)
    const large = cli.write('large.yaml', `# ${'x'.repeat(1024 * 1024)}\n`)
    failed(await cli.call(['issues', '-c', large]), 2, /larger than 1 MiB/)
    failed(await cli.call(['issues', '-c', '.']), 2, /EISDIR/)
  })

  test('a store that is none, cannot be read or is a folder says so and is left alone', async () => {
    const text = 'this is not a database, but long enough to look at. '.repeat(40)
    cli.write('notes.txt', text)
    failed(
      await cli.call(['issues', '--config', cli.write('a.yaml', 'store: ./notes.txt\n')]),
      1,
      /not a usable database/,
    )
    assert.equal(readFileSync(cli.path('notes.txt'), 'utf8'), text)
    mkdirSync(cli.path('folder'))
    failed(await cli.call(['issues', '--config', cli.write('b.yaml', 'store: ./folder\n')]), 1, /\nNext: /)
    failed(
      await cli.call(['issues', '--config', cli.write('c.yaml', 'store: ./no/where.sqlite\n')]),
      2,
      /no store at .*where\.sqlite\n[\s\S]*\nNext: /,
    )
  })

  test('a store that is not there is named with its path and not made, but by what makes one', async () => {
    mkdirSync(cli.path('place'))
    const config = cli.write('place/dbmedic.yaml', 'store: ./own.sqlite\n')
    const store = cli.path('place/own.sqlite')
    const env = { DBMEDIC_PASSPHRASE: PASSPHRASE }
    for (const args of [
      ['issues'],
      ['targets'],
      ['show', '1'],
      ['halt', '--reason', 'x', '--as', 'ana'],
      ['execute', '1'],
      ['users'],
      ['audit', 'export'],
      ['store', 'status'],
      ['store', 'dump'],
      ['store', 'rollback', '1', '--execute'],
    ]) {
      const ran = await cli.call([...args, '--config', config, '--json'], env)
      assert.equal(ran.code, 2, `${args.join(' ')}: ${ran.err}`)
      const { error } = JSON.parse(ran.err) as { error: Record<string, string> }
      assert.deepEqual([error['code'], error['message']], ['DBM_STORE_MISSING', `no store at ${store}`])
      assert.match(error['hint'] ?? '', /dbmedic store migrate/)
      assert.equal(existsSync(store), false, `${args.join(' ')} made one`)
    }
    const made = await cli.call(['store', 'migrate', '--config', config])
    assert.equal(made.code, 0, made.err)
    assert.ok(existsSync(store), 'beside its configuration, not in the working directory')
    assert.match((await cli.call(['issues', '--config', config])).out, /No open issues/)
  })
})

const SLOW_LOG = `# Time: 2026-01-31T22:00:00.123456Z
# User@Host: app[app] @ web [10.0.0.1]  Id:    42
# Query_time: 1.500000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 300000
use shop;
SET timestamp=1769896800;
SELECT * FROM orders WHERE email = 'secret@example.org' AND total IN (1, 2, 3);
# Time: 2026-01-31T22:00:01.123456Z
# User@Host: app[app] @ web [10.0.0.1]  Id:    42
# Query_time: 0.500000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 300000
SET timestamp=1769896801;
SELECT * FROM orders WHERE email = 'other@example.org' AND total IN (4);
`

describe('files of a server nobody is connected to', () => {
  const cli = cliFolder()
  const binary = Uint8Array.from({ length: 65_536 }, (_x, i) => (i * 131 + (i >> 3)) % 256)
  before(() => {
    cli.write('slow.log', SLOW_LOG)
    cli.write('slow.log.gz', gzipSync(SLOW_LOG))
    cli.write('cut.gz', gzipSync(SLOW_LOG).subarray(0, 60))
    cli.write('empty', '')
    cli.write('binary', binary)
    cli.write('innodb.txt', SAMPLE_DEADLOCKS)
    cli.write('innodb.gz', gzipSync(SAMPLE_DEADLOCKS))
    mkdirSync(cli.path('folder'))
  })
  after(() => cli.remove())

  interface Digest {
    events: number
    classes: { count: number; fingerprint: string; sample: string; queryTimeSeconds: { sum: number } }[]
  }

  test('a slow log adds up the same plain and gzipped, with its literals masked', async () => {
    for (const name of ['slow.log', 'slow.log.gz']) {
      const digest = json(await cli.call(['digest', name, '--json'])) as Digest
      assert.equal(digest.events, 2)
      assert.deepEqual(
        digest.classes.map((c) => [c.count, c.queryTimeSeconds.sum]),
        [[2, 2]],
      )
      assert.match(digest.classes[0]?.fingerprint ?? '', /in\(\?\+\)/)
      assert.doesNotMatch(JSON.stringify(digest), /example\.org/)
    }
    const plain = await cli.call(['digest', 'slow.log', '--json'])
    for (const name of ['slow.log', 'slow.log.gz']) {
      const stdin = readFileSync(cli.path(name))
      assert.equal((await cli.run(['digest', '-', '--json'], { stdin })).out, plain.out)
    }
    const both = json(await cli.call(['digest', 'slow.log', 'slow.log.gz', '--json'])) as Digest
    assert.equal(both.events, 4)
    assert.match((await cli.call(['digest', 'slow.log'])).out, /^2 events, 1 classes, 2 s/)
  })

  test('deadlocks read the same plain, gzipped and from standard input', async () => {
    const plain = await cli.call(['deadlocks', 'innodb.txt', '--json'])
    const { deadlocks } = json(plain) as { deadlocks: { transactions: unknown[] }[] }
    assert.equal(deadlocks.length, 1)
    assert.equal(deadlocks[0]?.transactions.length, 2)
    assert.equal((await cli.call(['deadlocks', 'innodb.gz', '--json'])).out, plain.out)
    assert.equal((await cli.run(['deadlocks', '-', '--json'], { stdin: SAMPLE_DEADLOCKS })).out, plain.out)
    assert.match((await cli.call(['deadlocks', 'innodb.txt'])).out, /victim[\s\S]*waits/)
  })

  test('fingerprints are one a line, by line and by NUL', async () => {
    const lines = await cli.run(['fingerprint'], { stdin: "SELECT 1\nSELECT * FROM T WHERE A='x'\n" })
    assert.equal(lines.out, 'select ?\nselect * from t where a=?\n')
    const nul = await cli.run(['fingerprint', '-0'], { stdin: 'SELECT\n1\0SELECT 2\0' })
    assert.equal(nul.out, 'select ?\nselect ?\n')
    assert.equal((await cli.run(['fingerprint'], { stdin: '' })).out, '')
    assert.equal((await cli.run(['fingerprint', '-0'], { stdin: binary })).code, 0)
  })

  test('nothing in a file is nothing found; junk is no crash', async () => {
    assert.match((await cli.call(['digest', 'empty'])).out, /No slow statements/)
    assert.match((await cli.call(['deadlocks', 'empty'])).out, /No deadlocks/)
    assert.equal((json(await cli.call(['digest', 'binary', '--json'])) as Digest).events, 0)
    assert.deepEqual(json(await cli.call(['deadlocks', 'binary', '--json'])), { deadlocks: [] })
  })

  test('a file that is missing, a folder or cut short is named', async () => {
    for (const command of ['digest', 'deadlocks']) {
      failed(await cli.call([command, 'slow.log', 'none.log']), 2, /none\.log cannot be read: ENOENT/)
      failed(await cli.call([command, 'folder']), 2, /folder cannot be read: it is a folder/)
      failed(await cli.call([command]), 2, /missing required argument/)
    }
    const found = await cli.call(['digest', 'none.log', 'slow.log', 'folder', '--json'])
    failed(found, 2, /none\.log[\s\S]*folder cannot be read: it is a folder/)
    assert.equal((JSON.parse(found.out) as Digest).events, 2, 'the others are read')
    const locks = await cli.call(['deadlocks', 'none.log', 'innodb.txt', '--json'])
    failed(locks, 2, /none\.log/)
    assert.equal((JSON.parse(locks.out) as { deadlocks: unknown[] }).deadlocks.length, 1)
    failed(await cli.call(['deadlocks', 'cut.gz']), 2, /cut\.gz cannot be read/)
    failed(
      await cli.call(['digest', 'cut.gz']),
      1,
      /cut\.gz could be read only in part: unexpected end of file/,
    )
    const rest = json(await cli.call(['digest', 'cut.gz', 'slow.log', '--json']), 1) as Digest
    assert.equal(rest.events, 2, 'what can be read is added up')
  })
})

describe('the audit record', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE }
  before(async () => {
    cli.write('dbmedic.yaml', 'keyring: ./keys\n')
    await cli.call(['users', 'add', 'ana'], env)
    await cli.call(['halt', '--reason', 'for the record', '--as', 'ana'], env)
    await cli.call(['audit', 'export', 'audit.jsonl'])
  })
  after(() => cli.remove())

  test('is exported to a new file of one’s own or to standard output, and verifies offline', async () => {
    const text = readFileSync(cli.path('audit.jsonl'), 'utf8')
    assert.equal(statSync(cli.path('audit.jsonl')).mode & 0o077, 0)
    const printed = await cli.call(['audit', 'export'])
    assert.deepEqual(
      printed.out.split('\n').slice(1, -2),
      text.split('\n').slice(1, -2),
      'all but the time of export, which the footer is bound to',
    )
    const verdict = json(await cli.call(['audit', 'verify', 'audit.jsonl', '--json'])) as Record<
      string,
      unknown
    >
    assert.equal(verdict['ok'], true)
    assert.ok(Number(verdict['rows']) >= 2)
    const piped = await cli.run(['audit', 'verify', '-'], { stdin: text })
    assert.equal(piped.code, 0)
    failed(await cli.call(['audit', 'export', 'audit.jsonl']), 2, /exists already/)
    assert.equal(readFileSync(cli.path('audit.jsonl'), 'utf8'), text)
  })

  test('one byte changed anywhere is found, with exit code 4', async () => {
    const bytes = readFileSync(cli.path('audit.jsonl'))
    for (const at of [30, 60, 100, 400, Math.floor(bytes.length / 2), bytes.length - 20, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] = changed[at] === 0x31 ? 0x32 : 0x31
      cli.write('changed.jsonl', changed)
      const ran = await cli.call(['audit', 'verify', 'changed.jsonl'])
      assert.equal(ran.code, 4, `byte ${at}: ${ran.out}${ran.err}`)
      assert.match(ran.out, /^BROKEN/)
    }
  })

  test('a head noted earlier must still be there', async () => {
    const footer = readFileSync(cli.path('audit.jsonl'), 'utf8').trim().split('\n').at(-1) ?? ''
    const { rows, head } = JSON.parse(footer) as { rows: number; head: string }
    assert.equal((await cli.call(['audit', 'verify', 'audit.jsonl', '--head', `${rows}:${head}`])).code, 0)
    const unanchored = await cli.call(['audit', 'verify', 'audit.jsonl'])
    assert.match(unanchored.out, new RegExp(`Not proven: .* not signed.* --head .*${rows}:${head}`))
    const anchored = await cli.call(['audit', 'verify', 'audit.jsonl', '--head', `${rows}:${head}`])
    assert.doesNotMatch(anchored.out, /Not proven/)
    const other = await cli.call(['audit', 'verify', 'audit.jsonl', '--head', `${rows}:${'0'.repeat(64)}`])
    assert.equal(other.code, 4)
    failed(await cli.call(['audit', 'verify', 'audit.jsonl', '--head', 'x']), 2, /NUMBER:HASH/)
    failed(await cli.call(['audit', 'verify', 'none.jsonl']), 2, /cannot be read: ENOENT/)
  })
})
