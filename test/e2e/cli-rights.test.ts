/** Who may do what at the command line, by the real program: what lets something go on or away is not everybody's. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { createKey, trustedPeople } from '../../src/access/index.ts'
import { loadConfig } from '../../src/app/index.ts'
import { openStore } from '../../src/store/index.ts'
import { cliFolder, failed, json, type Ran } from '../support/run-cli.ts'

const PASSPHRASE = 'seven grey herons over roof 12'
const CONFIG = `keyring: ./keys
targets:
  - name: shop
    engine: mysql
    host: 127.0.0.1
    port: 1
    connectTimeoutMs: 500
    tls: disable
    monitor: { user: mon, password: "env:SECRET_OF_TEST" }
`

describe('a user who neither approves nor administers', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE, DBMEDIC_ADMIN_PASSPHRASE: PASSPHRASE, SECRET_OF_TEST: 'x' }
  const as = (...args: string[]): Promise<Ran> => cli.call(args, env)
  before(async () => {
    cli.write('dbmedic.yaml', CONFIG)
    for (const user of [['ana'], ['vic', '--viewer', '--as', 'ana'], ['ben', '--as', 'ana']])
      assert.equal((await as('users', 'add', ...user)).code, 0)
    await as('start', '--for', '1', '--log-level', 'silent')
  })
  after(() => cli.remove())

  const NEITHER = /vic is neither an active approver nor an active administrator/

  test('the passphrase that is missing is named by its own variable', async () => {
    const own = { DBMEDIC_PASSPHRASE: PASSPHRASE, SECRET_OF_TEST: 'x' }
    failed(await cli.call(['users', 'add', 'dan', '--as', 'ana'], own), 2, /Set DBMEDIC_ADMIN_PASSPHRASE/)
  })

  test('a report without a name lists the names', async () => {
    assert.match((await as('report')).out, /^pending$/m)
    assert.ok((json(await as('report', '--json')) as { reports: string[] }).reports.includes('pending'))
  })

  test('stops everything and cannot lift the stop; an approver can', async () => {
    assert.equal((await as('halt', '--reason', 'it smells of smoke', '--as', 'vic')).code, 0)
    const [row] = json(await as('halts', '--json')) as { haltId: number }[]
    const stop = String(row?.haltId)
    failed(await as('lift', stop, '--as', 'vic'), 3, NEITHER)
    assert.equal((json(await as('halts', '--json')) as unknown[]).length, 1, 'it is on still')
    assert.equal((await as('lift', stop, '--as', 'ben')).code, 0)
  })

  test('adds no change window, in which more may be run than at other times', async () => {
    const window = ['windows', 'shop', '--from', '2027-01-31T22:00:00Z', '--to', '2027-01-31T23:00:00Z']
    failed(await as(...window, '--as', 'vic'), 3, NEITHER)
    assert.deepEqual(json(await as('windows', 'shop', '--json')), [])
    assert.equal((await as(...window, '--as', 'ben')).code, 0)
  })

  test('reviews no lesson, from which confidence is learned', async () => {
    failed(await as('learn', '1', '--resolved', 'yes', '--again', 'yes', '--as', 'vic'), 3, NEITHER)
    failed(
      await as('learn', '1', '--resolved', 'yes', '--again', 'yes', '--as', 'ben'),
      2,
      /no learning record 1/,
    )
  })

  test('prunes nothing: that is an administrator’s, and needs a name and a passphrase', async () => {
    failed(await as('retention', 'run', '--execute'), 2, /who are you/)
    for (const user of ['vic', 'ben'])
      failed(await as('retention', 'run', '--execute', '--as', user), 3, /not an active administrator/)
    assert.match((await as('retention')).out, /samples: never pruned yet/)
    assert.equal((await as('retention', 'run')).code, 0, 'what would go is shown to everybody')
    assert.equal((await as('retention', 'run', '--execute', '--as', 'ana')).code, 0)
  })

  test('gives nobody a role in the panel; an administrator does, and what a login does not back is said', async () => {
    const give = ['users', 'give', 'vic', 'operator']
    failed(await as(...give, '--as', 'vic'), 3, /not an active administrator/)
    const rolesOf = async (user: string) =>
      (json(await as('users', 'roles', user, '--json')) as { role: string; counts: boolean }[]).map(
        ({ role, counts }) => [role, counts],
      )
    assert.deepEqual(await rolesOf('vic'), [])
    assert.match((await as(...give, '--as', 'ana')).out, /^vic is operator in workspace \w+\.$/m)
    assert.deepEqual(await rolesOf('vic'), [['operator', true]])
    failed(await as('users', 'give', 'vic', 'approver', '--as', 'ana'), 3, /refused/)
    assert.equal((await as('users', 'give', 'ben', 'approver', '--as', 'ana')).code, 0)
    await as('users', 'change', 'ben', '--approves', 'no', '--as', 'ana')
    assert.match((await as('users', 'roles', 'ben')).out, /approver +no, the login has not that right/)
    assert.equal((await as('users', 'take', 'ben', 'approver', '--as', 'ana')).code, 0)
    assert.deepEqual(await rolesOf('ben'), [])
    failed(await as('users', 'give', 'vic', 'emperor', '--as', 'ana'), 2, /no role emperor/)
    failed(await as('users', 'give', 'vic', 'viewer', '--in', 'moon', '--as', 'ana'), 2, /no workspace moon/)
  })

  test('makes a token of what they may and of no more; it ends by them or an administrator', async () => {
    failed(await as('tokens', 'add', 'x', '--scopes', 'release', '--as', 'vic'), 3, /“release”/)
    failed(await as('tokens', 'add', 'x', '--scopes', 'everything', '--as', 'vic'), 2, /read, audit/)
    const made = json(
      await as('tokens', 'add', 'nightly', '--scopes', 'read,ask', '--days', '7', '--as', 'vic', '--json'),
    ) as { tokenId: number; token: string }
    assert.match(made.token, /^dbm_[\w-]{43}$/)
    const listed = await as('tokens', 'vic')
    assert.match(listed.out, /nightly +1 +read,ask .* never +good/)
    assert.ok(!listed.out.includes(made.token))
    const revoke = ['tokens', 'revoke', 'vic', String(made.tokenId)]
    failed(await as(...revoke, '--as', 'ben'), 3, /not an active administrator/)
    assert.equal((await as(...revoke, '--as', 'vic')).code, 0)
    failed(await as(...revoke, '--as', 'ana'), 2, /no token/)
    assert.match((await as('tokens', 'vic')).out, /revoked/)
  })

  test('signs nobody else out of the panel', async () => {
    failed(await as('users', 'sign-out', 'ben', '--as', 'vic'), 3, /not an active administrator/)
    assert.deepEqual(json(await as('users', 'sign-out', 'ben', '--as', 'ana', '--json')), {
      user: 'ben',
      ended: 0,
    })
    assert.equal((await as('users', 'sign-out', 'vic', '--as', 'vic')).code, 0)
  })

  test('a key file that lay there already becomes nobody’s whose passphrase does not open it', async () => {
    await createKey({ userName: 'eve', folder: cli.path('keys') }, 'another few unrelated words 9')
    failed(await as('users', 'add', 'eve', '--as', 'ana'), 3, /did not open/)
    const users = json(await as('users', '--json')) as { userName: string }[]
    assert.deepEqual(
      users.map((u) => u.userName).sort(),
      ['ana', 'ben', 'vic'],
      'eve is not registered with a key of somebody else',
    )
  })
})

describe('the first administrator', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE, DBMEDIC_ADMIN_PASSPHRASE: PASSPHRASE, SECRET_OF_TEST: 'x' }
  const as = (...args: string[]): Promise<Ran> => cli.call(args, env)
  before(() => void cli.write('dbmedic.yaml', CONFIG))
  after(() => cli.remove())

  /** Who may vote, as an executor with this configuration sees it. */
  const voters = async (): Promise<string[]> => {
    const store = await openStore({ path: cli.path('dbmedic.sqlite'), roles: [] })
    try {
      const [people, registrations] = [await store.read.people(), await store.read.registrations()]
      const { administrators } = loadConfig(cli.path('dbmedic.yaml'), env).access
      const trusted = trustedPeople(people, registrations, administrators).people
      return trusted.filter((p) => p.active && p.mayApprove).map((p) => p.userName)
    } finally {
      await store.close()
    }
  }

  test('is pinned in dbmedic.yaml as it is added, and is told so', async () => {
    const { code, out } = await as('users', 'add', 'ana')
    assert.equal(code, 0)
    const [pinned] = loadConfig(cli.path('dbmedic.yaml'), env).access.administrators
    assert.match(out, new RegExp(`Pinned in dbmedic.yaml under access.administrators: ${pinned}`))
    assert.match(readFileSync(cli.path('dbmedic.yaml'), 'utf8'), /monitor: \{ user: mon/)
    assert.deepEqual(await voters(), ['ana'])
  })

  test('vouches for those added, shut out and let in again', async () => {
    assert.equal((await as('users', 'add', 'ben', '--as', 'ana')).code, 0)
    assert.equal((await as('users', 'add', 'cleo', '--admin', '--as', 'ana')).code, 0)
    assert.deepEqual(await voters(), ['ana', 'ben', 'cleo'])
    assert.equal((await as('users', 'deactivate', 'ben', '--as', 'cleo')).code, 0)
    assert.deepEqual(await voters(), ['ana', 'cleo'])
    assert.equal((await as('users', 'reactivate', 'ben', '--as', 'ana')).code, 0)
    assert.deepEqual(await voters(), ['ana', 'ben', 'cleo'])
    failed(await as('users', 'deactivate', 'cleo', '--as', 'ben'), 3, /not an active administrator/)
  })

  test('gives way to another one: who is pinned signs itself and the others', async () => {
    const before = readFileSync(cli.path('dbmedic.yaml'), 'utf8')
    cli.write('dbmedic.yaml', CONFIG)
    assert.deepEqual(await voters(), [], 'nobody is pinned')
    failed(await as('users', 'pin', 'nobody'), 1, /there is no key/)
    failed(await as('users', 'pin', 'cleo', '--key', 'abc'), 2, /not the id of a key/)
    const pinned = await as('users', 'pin', 'cleo')
    assert.match(pinned.out, /Pinned in dbmedic.yaml/)
    assert.match((await as('users', 'pin', 'cleo')).out, /pins .* already/)
    assert.deepEqual(await voters(), [], 'cleo has signed nothing of herself')
    failed(await as('users', 'sign', 'ben', '--as', 'ben'), 3, /not an active administrator/)
    assert.match(
      (await as('users', 'sign', 'cleo', 'ben', '--as', 'cleo')).out,
      /cleo vouches for: cleo, ben/,
    )
    assert.deepEqual(await voters(), ['ben', 'cleo'])
    cli.write('dbmedic.yaml', before)
    assert.deepEqual(await voters(), ['ana', 'ben', 'cleo'])
  })

  test('is pinned by signing itself where a store is older than signatures', async () => {
    cli.write('dbmedic.yaml', CONFIG)
    assert.match((await as('users', 'sign', 'ana', 'ben', '--as', 'ana')).out, /Pinned in dbmedic.yaml/)
    assert.ok((await voters()).includes('ben'))
  })

  test('changes what a user may, and takes the last administrator’s right from nobody', async () => {
    failed(await as('users', 'change', 'ben', '--as', 'ana'), 2, /nothing to change was named/)
    failed(
      await as('users', 'change', 'ben', '--administers', 'yes', '--as', 'ben'),
      3,
      /not an active administrator/,
    )
    const changed = await as(
      'users',
      'change',
      'ben',
      '--approves',
      'no',
      '--administers',
      'yes',
      '--as',
      'cleo',
    )
    assert.match(changed.out, /ben does not approve and administers\./)
    assert.ok(!(await voters()).includes('ben'))
    for (const user of ['ana', 'cleo'])
      assert.equal((await as('users', 'change', user, '--administers', 'no', '--as', 'ben')).code, 0)
    failed(
      await as('users', 'change', 'ben', '--administers', 'no', '--as', 'ben'),
      3,
      /the last administrator/,
    )
    assert.equal((await as('users', 'change', 'cleo', '--administers', 'yes', '--as', 'ben')).code, 0)
  })

  test('registers another key of a user, when the old file was moved away, and votes count under the new one', async () => {
    const keyOf = async (user: string): Promise<string> => {
      const users = json(await as('users', '--json')) as { userName: string; keyId: string }[]
      return users.find((each) => each.userName === user)?.keyId ?? ''
    }
    const before = await keyOf('ana')
    failed(await as('users', 'new-key', 'ana', '--as', 'cleo'), 3, /is the registered one/)
    renameSync(cli.path('keys/ana.json'), cli.path('keys/ana.json.old'))
    failed(await as('users', 'new-key', 'ana', '--as', 'ana'), 1, /there is no key/)
    assert.equal((await as('users', 'new-key', 'ana', '--as', 'cleo')).code, 0)
    assert.notEqual(await keyOf('ana'), before)
    assert.ok((await voters()).includes('ana'))
    mkdirSync(cli.path('aside'), { mode: 0o700 })
    renameSync(cli.path('keys/cleo.json'), cli.path('aside/cleo.json'))
    const own = await as('users', 'new-key', 'cleo', '--as', 'cleo', '--admin-keyring', cli.path('aside'))
    assert.equal(own.code, 0, own.err)
    assert.match(own.out, /dbmedic users pin cleo/)
    assert.ok((await voters()).includes('cleo'), 'signed by the key that is pinned')
    assert.equal(
      (await as('users', 'deactivate', 'ben', '--as', 'cleo')).code,
      0,
      'and signs with the new one',
    )
  })

  test('prints a one-time link for the panel, where there is one', async () => {
    failed(await as('users', 'link', 'ana', '--as', 'cleo'), 2, /no panel is configured/)
    cli.write('dbmedic.yaml', `${readFileSync(cli.path('dbmedic.yaml'), 'utf8')}panel: {}\n`)
    const lost = ['--remove-second-factor', '--remove-passkeys']
    const { out } = await as('users', 'link', 'ana', '--as', 'cleo', ...lost)
    assert.match(out, /^http:\/\/127\.0\.0\.1:8642\/link#[\w-]{43}$/m)
    assert.doesNotMatch(out, /second factor is removed|Passkeys removed/, 'there were none')
    failed(await as('users', 'link', 'ana', '--as', 'ana'), 3, /not an active administrator/)
  })

  test('puts a target into a workspace for good; one that is not there, or another later, stops the start', async () => {
    const config = readFileSync(cli.path('dbmedic.yaml'), 'utf8')
    const target = (workspace: string): string =>
      config.replace(
        'targets:\n',
        `targets:\n  - { name: bills, engine: mysql, port: 1, tls: disable, workspace: ${workspace}, monitor: { user: mon, password: none } }\n`,
      )
    const start = (workspace: string): Promise<Ran> => {
      cli.write('dbmedic.yaml', target(workspace).replace('panel: {}\n', ''))
      return as('start', '--for', '1', '--log-level', 'silent')
    }
    failed(await start('billing'), 2, /dbmedic workspaces add billing/)
    failed(await as('workspaces', 'add', 'billing', '--as', 'ana'), 3, /not an active administrator/)
    assert.equal((await as('workspaces', 'add', 'billing', '--as', 'cleo')).code, 0)
    failed(await as('workspaces', 'add', 'billing', '--as', 'cleo'), 2, /a workspace billing already/)
    assert.equal((await start('billing')).code, 0)
    const all = json(await as('workspaces', '--json')) as { workspaceId: number; workspaceName: string }[]
    const store = await openStore({ path: cli.path('dbmedic.sqlite'), roles: [] })
    const row = (await store.read.targets()).find((each) => each.targetName === 'bills')
    const number = await store.browse.workspaceOf(row?.targetId ?? 0)
    await store.close()
    assert.equal(number, all.find((each) => each.workspaceName === 'billing')?.workspaceId)
    failed(await start('default'), 2, /target bills is in workspace billing, and stays there/)
  })
})
