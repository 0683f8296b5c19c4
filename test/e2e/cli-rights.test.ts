/** Who may do what at the command line, by the real program: what lets something go on or away is not everybody's. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createKey } from '../../src/access/index.ts'
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
