/** The command line as a person or a script meets it: every command, every list, wrong input, exit codes, files. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/main.ts'
import { ERRORS } from '../../src/core/errors.ts'
import { cliFolder, failed, json, type Ran } from '../support/run-cli.ts'

const ESCAPE = '\u001b'
const PASSPHRASE = 'a few unrelated words'

/** Every command that can be called, as its words after `dbmedic`. */
function commandPaths(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((c) => [[...path, c.name()], ...commandPaths(c, [...path, c.name()])])
}
const PATHS = commandPaths(buildProgram())

describe('the command line', () => {
  const cli = cliFolder()
  after(() => cli.remove())

  for (const path of [[], ...PATHS])
    test(`dbmedic ${path.join(' ')} --help explains itself and touches nothing`, async () => {
      const ran = await cli.call([...path, '--help'])
      assert.equal(ran.code, 0, ran.err)
      assert.match(ran.out, /^Usage: dbmedic/)
      assert.equal(ran.err, '')
      assert.equal(existsSync(cli.path('dbmedic.sqlite')), false, 'no store was made')
    })

  test('without a command, and a group without one, shows what there is and is wrong usage', async () => {
    for (const args of [[], ['store'], ['errors']]) {
      const ran = await cli.call(args)
      assert.equal(ran.code, 2)
      assert.match(ran.out + ran.err, /^Usage: dbmedic/)
    }
  })

  test('--version is the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    assert.equal((await cli.call(['--version'])).out.trim(), version)
  })

  test('what is unknown is named, with the nearest word', async () => {
    failed(await cli.call(['isues']), 2, /unknown command 'isues'\n.*\nNext: \(Did you mean issues\?\)/)
    failed(await cli.call(['issues', '--stat', 'X']), 2, /unknown option '--stat'\n.*\n.*--state/)
    failed(await cli.call(['issues', '--state', 'OPEN']), 2, /Allowed choices are DETECTED/)
    failed(await cli.call(['approve']), 2, /missing required argument 'decision'/)
    failed(await cli.call(['issues', 'extra']), 2, /too many arguments/)
    failed(await cli.call(['--log-level', 'loud', 'issues']), 2, /Allowed choices are debug/)
    failed(await cli.call(['start', '--role', 'observe,cook']), 2, /no role “cook”/)
    failed(await cli.call(['start', '--for', '0']), 2, /seconds/)
  })

  test('with --json an error is one JSON object on standard error, whoever noticed it', async () => {
    for (const args of [['nope'], ['show', '7'], ['show', 'seven'], ['request', 'x']]) {
      const ran = await cli.call([...args, '--json'])
      assert.equal(ran.code, 2)
      const { error } = JSON.parse(ran.err) as { error: Record<string, string> }
      assert.deepEqual(Object.keys(error), ['code', 'message', 'detail', 'hint'])
      assert.ok(
        Object.values(error).every((text) => text !== ''),
        ran.err,
      )
      assert.equal(ran.out, '')
    }
  })

  test('every command a hint tells to run exists', () => {
    const known = new Set(PATHS.map((p) => p.join(' ')))
    for (const [code, row] of Object.entries(ERRORS)) {
      for (const [, first = '', second = ''] of row.hint.matchAll(/dbmedic ([a-z-]+)(?: ([a-z-]+))?/g)) {
        if (['goes', 'may', 'printed'].includes(first)) continue
        assert.ok(known.has(first), `${code}: dbmedic ${first}`)
        const group = PATHS.some((p) => p.length === 2 && p[0] === first)
        if (group && second !== '')
          assert.ok(known.has(`${first} ${second}`), `${code}: dbmedic ${first} ${second}`)
      }
    }
  })

  test('is quiet when its reader goes away', async () => {
    const ran = await cli.run(['actions', '--json'], { readBytes: 10 })
    assert.equal(ran.code, 0, ran.err)
    assert.equal(ran.err, '')
  })
})

/** Every list, and what it says when there is nothing. */
const EMPTY: readonly (readonly [readonly string[], RegExp])[] = [
  [['issues'], /No open issues/],
  [['issues', '--all'], /No issue was ever opened/],
  [['targets'], /No targets yet\. Add one/],
  [['users'], /No users yet\. Make the first/],
  [['halts'], /Nothing is stopped/],
  [['suppressions'], /Nothing is suppressed/],
  [['suppressions', 'list', '--all'], /Nothing was ever suppressed/],
  [['grants'], /No standing approvals/],
  [['learn'], /No lesson waits/],
  [['report', 'pending'], /No rows yet/],
  [['report', 'approvals'], /No rows yet/],
  [['report', 'effectiveness'], /No rows yet/],
  [['report', 'accuracy'], /No rows yet/],
  [['report', 'recurrence'], /No rows yet/],
  [['report', 'sources'], /No rows yet/],
]

describe('an empty installation', () => {
  const cli = cliFolder()
  before(async () => void (await cli.call(['store', 'migrate'])))
  after(() => cli.remove())

  for (const [args, says] of EMPTY)
    test(`${args.join(' ')} says that there is nothing, and is an empty list as JSON`, async () => {
      const readable = await cli.call(args)
      assert.equal(readable.code, 0, readable.err)
      assert.match(readable.out, says)
      const value = json(await cli.call([...args, '--json']))
      const rows = args[0] === 'report' ? (value as { rows: unknown }).rows : value
      assert.deepEqual(rows, [])
    })

  test('a report comes with the SQL that answers it, alone with --sql', async () => {
    const { sql } = json(await cli.call(['report', 'pending', '--json'])) as { sql: string }
    assert.match(sql, /^SELECT /)
    assert.equal((await cli.call(['report', 'pending', '--sql'])).out, `${sql}\n`)
    failed(await cli.call(['report', 'guilt']), 2, /no report guilt/)
  })

  test('lists of what the program itself knows are whole', async () => {
    const actions = json(await cli.call(['actions', '--json'])) as { id: string; risk: string }[]
    assert.ok(actions.length >= 20)
    assert.deepEqual(Object.keys(actions[0] ?? {}), ['id', 'version', 'risk', 'category', 'title'])
    const shown = json(await cli.run(['--json', 'actions', 'show', actions[0]?.id ?? ''])) as { id: string }
    assert.equal(shown.id, actions[0]?.id)
    const scenarios = json(await cli.call(['lab', 'list', '--json'])) as unknown[]
    assert.ok(scenarios.length >= 10)
    const migrations = json(await cli.call(['store', 'status', '--json'])) as { state: string }[]
    assert.ok(migrations.length >= 1 && migrations.every((m) => m.state === 'APPLIED'))
  })

  test('what is asked for and not there is wrong input, and says where to look', async () => {
    failed(await cli.call(['show', '7']), 2, /there is no issue 7\n.*\nNext: .*dbmedic issues/)
    failed(await cli.call(['approve', '7', '--as', 'ana']), 2, /there is no decision 7/)
    failed(await cli.call(['undo', '7']), 2, /there is no decision 7/)
    failed(
      await cli.call(['settle', '7', '--verdict', 'improved', '--reason', 'x']),
      2,
      /there is no decision 7/,
    )
    failed(
      await cli.call(['settle', '7', '--verdict', 'undecided', '--reason', 'x']),
      2,
      /Allowed choices are improved/,
    )
    failed(await cli.call(['windows', 'shop']), 2, /there is no target shop/)
    failed(await cli.call(['actions', 'show', 'mysql/drop-database']), 2, /there is no action/)
    failed(await cli.call(['check', 'shop']), 2, /there is no target shop/)
    failed(await cli.call(['issues', '--target', 'shop']), 2, /there is no target shop/)
    failed(await cli.call(['lift', '7', '--as', 'ana']), 2, /there is no stop 7/)
    failed(await cli.call(['show', '1; DROP TABLE x']), 2, /is not the number of an issue/)
    failed(await cli.call(['issues', '--limit', '-1']), 2, /not the number/)
    failed(await cli.call(['issues', '--limit', '1e3']), 2, /not the number/)
  })

  test('a person is named, known, and holds the key', async () => {
    failed(await cli.call(['halt', '--reason', 'x']), 2, /who are you/)
    failed(await cli.call(['halt', '--reason', 'x', '--as', 'ana']), 2, /a passphrase is needed/)
    const env = { DBMEDIC_PASSPHRASE: PASSPHRASE }
    failed(await cli.call(['halt', '--reason', 'x', '--as', 'ana'], env), 2, /there is no user ana/)
  })

  test('a rollback only shows what would be lost', async () => {
    const shown = await cli.call(['store', 'rollback', '100'])
    assert.match(shown.out, /Would take back, with all rows: .*pipeline.*--execute/)
    assert.match((await cli.call(['issues'])).out, /No open issues/, 'the store is as it was')
  })
})

describe('people and switches', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE, DBMEDIC_ADMIN_PASSPHRASE: PASSPHRASE }
  const as = (...args: string[]): Promise<Ran> => cli.call(args, env)
  before(() => cli.write('dbmedic.yaml', 'keyring: ./keys\n'))
  after(() => cli.remove())

  test('the first user administers; others are added by an administrator; a weak passphrase is none', async () => {
    const weak = await cli.call(['users', 'add', 'ana'], { DBMEDIC_PASSPHRASE: 'Ana-Passphrase-1' })
    failed(weak, 2, /cannot protect a key: it is soon guessed, being made of names of yours,/)
    assert.ok(!weak.err.includes('Ana-Pass'))
    const first = await as('users', 'add', 'ana', '--name', 'Ana')
    assert.match(first.out, /has a new key[\s\S]*With one approver, HIGH risk/)
    failed(await as('users', 'add', 'ben'), 2, /only an administrator adds users/)
    assert.equal((await as('users', 'add', 'ben', '--as', 'ana')).code, 0)
    failed(await as('users', 'add', 'cleo', '--as', 'ben'), 3, /ben is not an active administrator/)
    const users = json(await as('users', '--json')) as Record<string, unknown>[]
    assert.deepEqual(
      users.map((u) => [u['userName'], u['mayAdminister'], u['mayApprove'], u['active']]),
      [
        ['ana', true, true, true],
        ['ben', false, true, true],
      ],
    )
    assert.equal(JSON.stringify(users).includes(PASSPHRASE), false)
  })

  test('key files are their owner’s alone, and a wrong passphrase opens none', async () => {
    assert.equal(statSync(cli.path('keys')).mode & 0o077, 0)
    const wrong = { DBMEDIC_PASSPHRASE: 'another few unrelated words' }
    failed(await cli.call(['halt', '--reason', 'x', '--as', 'ana'], wrong), 3, /did not open/)
    assert.deepEqual(json(await as('halts', '--json')), [])
  })

  test('the last administrator stays: without one anybody could add the next', async () => {
    failed(await as('users', 'deactivate', 'ana', '--as', 'ana'), 3, /the last administrator/)
    failed(await as('users', 'deactivate', 'ana', '--as', 'ben'), 3, /last administrator|not an active/)
    failed(await as('actions', 'disable', 'mysql/kill-query', '--as', 'ben'), 3, /not an active admin/)
    failed(await as('users', 'deactivate', 'nobody', '--as', 'ana'), 2, /there is no user nobody/)
    assert.equal((await as('users', 'deactivate', 'ben', '--as', 'ana')).code, 0)
    failed(await as('halt', '--reason', 'x', '--as', 'ben'), 3, /store refused/)
    assert.equal((await as('users', 'reactivate', 'ben', '--as', 'ana')).code, 0)
  })

  test('a stop is set, listed and lifted; one that would stop nothing is refused', async () => {
    failed(await as('halt', '--action', 'mysql/kil-query', '--reason', 'x', '--as', 'ana'), 2, /no action/)
    failed(await as('halt', '--engine', 'oracle', '--reason', 'x', '--as', 'ana'), 2, /no engine oracle/)
    failed(await as('halt', '--target', 'shop', '--reason', 'x', '--as', 'ana'), 2, /no target shop/)
    const both = ['halt', '--engine', 'mysql', '--action', 'mysql/kill-query', '--reason', 'x', '--as', 'ana']
    failed(await as(...both), 2, /name one of/)
    const set = await as('halt', '--reason', 'night shift', '--as', 'ana')
    const [, stop = ''] = /^Stop (\d+) is on \(ALL\)\. Lift it: dbmedic lift \1 --as ana/.exec(set.out) ?? []
    assert.notEqual(stop, '', set.out)
    const [row] = json(await as('halts', '--json')) as Record<string, unknown>[]
    assert.deepEqual([row?.['scope'], row?.['setBy'], row?.['reason']], ['ALL', 'ana', 'night shift'])
    assert.match((await as('halts')).out, /SINCE \(UTC\)[\s\S]*night shift/)
    assert.equal((await as('lift', stop, '--as', 'ben')).code, 0)
    failed(await as('lift', stop, '--as', 'ben'), 2, /there is no stop/)
    assert.deepEqual(json(await as('halts', '--json')), [])
  })
})

const TARGETS = `keyring: ./keys
targets:
  - name: shop
    engine: mysql
    host: 127.0.0.1
    port: 1
    connectTimeoutMs: 500
    tls: disable
    monitor: { user: mon, password: "env:SECRET_OF_TEST" }
`

describe('a target that cannot be reached', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE, SECRET_OF_TEST: 'correct-horse' }
  const as = (...args: string[]): Promise<Ran> => cli.call(args, env)
  let fresh: Ran
  let unwatched: Ran
  before(async () => {
    cli.write('dbmedic.yaml', TARGETS)
    await as('users', 'add', 'ana')
    fresh = await as('targets')
    unwatched = await as('windows', 'shop')
    await as('start', '--for', '1')
  })
  after(() => cli.remove())

  test('is listed before anybody ever started, and check of another name lists what there is', async () => {
    assert.match(fresh.out, /shop\s+mysql\s+127\.0\.0\.1:1\s+not yet\s+run: dbmedic start/)
    failed(await as('check', 'shopp'), 2, /there is no target shopp\n.*\nNext: The configuration has: shop\n/)
    failed(unwatched, 2, /target shop is configured, but was not watched yet[\s\S]*dbmedic start/)
    failed(await as('windows', 'shopp'), 2, /there is no target shopp/)
  })

  test('a request that cannot be right is refused before it is stored, with the member and the form', async () => {
    const ask = (action: string, params: string): Promise<Ran> =>
      as('request', action, '--target', 'shop', '--params', params, '--reason', 'x', '--as', 'ana')
    failed(
      await ask('mysql/set-long-query-time', '{"threshold":"1","valu":1}'),
      2,
      /parameter "valu" of mysql\/set-long-query-time .*no such parameter; it takes \w+[\s\S]*actions show mysql\/set-long/,
    )
    failed(await ask('mysql/raise-max-connections', '{"connections":1e308}'), 2, /cannot be kept exactly/)
    failed(
      await ask('mysql/raise-max-connections', '{"connections":1.5}'),
      2,
      /connections .*not a whole number/,
    )
    failed(await ask('mysql/raise-max-connections', '{"connections":-1}'), 2, /must be within/)
    failed(await ask('mysql/create-index', '{"table":{"schema":"shop"}}'), 2, /table\.table is missing/)
    const shown = await as('actions', 'show', 'mysql/create-index')
    assert.match(shown.out, /table: an existing table, e\.g\. \{"schema":"shop","table":"orders"\}/)
    assert.match(shown.out, /dbmedic request mysql\/create-index --target NAME .* --params '\{"table"/)
  })

  test('is listed as not seen yet; check says why, what next, and fails', async () => {
    assert.match((await as('targets')).out, /shop\s+mysql\s+127\.0\.0\.1:1\s+yes\s+not seen yet/)
    const check = await as('check', 'shop')
    assert.equal(check.code, 1)
    assert.match(check.out, /shop: .*\nNext: /)
    assert.equal(`${check.out}${check.err}`.includes('correct-horse'), false)
  })

  test('a request for an action on it is refused with the reason', async () => {
    failed(
      await as(
        'request',
        'mysql/drop-database',
        '--target',
        'shop',
        '--params',
        '{}',
        '--reason',
        'x',
        '--as',
        'ana',
      ),
      2,
      /no action/,
    )
    failed(
      await as(
        'request',
        'mysql/kill-query',
        '--target',
        'shop',
        '--params',
        '[1]',
        '--reason',
        'x',
        '--as',
        'ana',
      ),
      2,
      /not a JSON object/,
    )
    const given = '--target shop --params {} --reason x --as ana --wait 0'.split(' ')
    const request = ['request', 'mysql/turn-slow-log-on', ...given]
    const stored = await as(...request)
    assert.match(stored.out, /Request 1 stored; nobody has taken it yet/)
    const loop = cli.begin(['start'], env)
    const ended = once(loop, 'exit')
    for (const stream of [loop.stdout, loop.stderr]) stream.resume()
    const wait = await as(...request.slice(0, -1), '60')
    loop.kill('SIGTERM')
    await ended
    failed(wait, 3, /never reached, so it has no identity/)
  })

  test('change windows take times with their zone and keep them in UTC', async () => {
    const add = (from: string, to: string): Promise<Ran> =>
      as('windows', 'shop', '--from', from, '--to', to, '--reason', 'release', '--as', 'ana', '--json')
    const zone = /is not a time with its zone\n.*\nNext: Write it as 2027-01-31T22:00:00Z/
    for (const bad of [
      '2027-01-31T22:00',
      '2027-01-31',
      'tomorrow',
      '1',
      '2027-02-30T00:00:00Z',
      '2027-01-31T25:00:00Z',
    ])
      failed(await add(bad, '2027-03-01T00:00:00Z'), 2, /is not a time with its zone|"DBM_USAGE"/)
    failed(await as('windows', 'shop', '--from', '1', '--to', '2', '--as', 'ana'), 2, zone)
    failed(
      await as('windows', 'shop', '--from', '2027-01-31T22:00:00Z', '--as', 'ana'),
      2,
      /a start and an end/,
    )
    failed(await add('2027-01-31T23:00:00Z', '2027-01-31T22:00:00Z'), 2, /ends before it starts/)
    const rows = json(await add('2027-01-31T23:30:00+02:00', '2027-01-31T22:00:00Z')) as Record<
      string,
      string
    >[]
    assert.deepEqual(
      [rows[0]?.['startsAt'], rows[0]?.['endsAt']],
      ['2027-01-31T21:30:00.000000Z', '2027-01-31T22:00:00.000000Z'],
    )
    const elsewhere = await cli.call(['windows', 'shop'], { ...env, TZ: 'Asia/Tokyo' })
    assert.match(elsewhere.out, /FROM \(UTC\)[\s\S]*2027-01-31 21:30:00 {2}2027-01-31 22:00:00/)
  })

  test('a standing approval needs figures that are some', async () => {
    const grant = (...more: string[]): Promise<Ran> =>
      as(
        'grants',
        'add',
        'mysql/analyze-table',
        '--target',
        'shop',
        '--bounds',
        '{}',
        '--category',
        'QUERY_PERFORMANCE',
        '--cause',
        'STALE_STATISTICS',
        '--reason',
        'x',
        '--as',
        'ana',
        ...more,
      )
    failed(await grant('--confidence', 'high'), 2, /0\.01 to 0\.99/)
    failed(await grant('--confidence', '1.5'), 2, /0\.01 to 0\.99/)
    failed(await grant('--uses', '0'), 2, /whole number/)
    failed(await as('grants', 'revoke', '9', '--as', 'ana'), 2, /no standing approval|there is no/)
    for (const ending of ['cancel', 'revoke', 'ask-other', 'close'])
      failed(await as(ending, '9', '--reason', 'x', '--as', 'ana'), 2, /there is no decision 9/)
  })
})

describe('colour', () => {
  const cli = cliFolder()
  after(() => cli.remove())

  test('is left out where standard output is no terminal, and NO_COLOR wins over FORCE_COLOR', async () => {
    assert.equal((await cli.call(['actions'])).out.includes(ESCAPE), false)
    assert.equal((await cli.call(['actions'], { FORCE_COLOR: '1' })).out.includes(ESCAPE), true)
    const both = await cli.call(['actions'], { FORCE_COLOR: '1', NO_COLOR: '1' })
    assert.equal(both.out.includes(ESCAPE), false)
    const asJson = await cli.call(['actions', '--json'], { FORCE_COLOR: '1' })
    assert.equal(asJson.out.includes(ESCAPE), false, 'JSON is never painted')
  })
})
