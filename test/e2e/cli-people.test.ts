/** Erasing a person and showing what is kept of one, by the real program. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cliFolder, failed, json, type Ran } from '../support/run-cli.ts'

const PASSPHRASE = 'seven grey herons over roof 12'

describe('people erase and export', () => {
  const cli = cliFolder()
  const env = { DBMEDIC_PASSPHRASE: PASSPHRASE, DBMEDIC_ADMIN_PASSPHRASE: PASSPHRASE }
  const as = (...args: string[]): Promise<Ran> => cli.call(args, env)
  const REASON = ['--reason', 'left the company and asked for it']
  before(async () => {
    cli.write('dbmedic.yaml', 'keyring: ./keys\n')
    for (const user of [
      ['ana', '--name', 'Ana Example'],
      ['ben', '--as', 'ana', '--name', 'Benedikt Beispiel'],
      ['ben-2', '--as', 'ana', '--person-of', 'ben'],
      ['vic', '--viewer', '--as', 'ana'],
    ])
      assert.equal((await as('users', 'add', ...user)).code, 0)
  })
  after(() => cli.remove())

  const exported = async (user: string) =>
    json(await as('people', 'export', user, '--json')) as {
      personId: number
      userNames: string[]
      erasure: { erasedBy: string; reason: string } | null
      tables: { table: string; rows: Record<string, unknown>[] }[]
    }

  test('both are in the help, under users and people', async () => {
    for (const word of ['users', 'people'])
      assert.match((await as(word, '--help')).out, /erase.*\n[\s\S]*export/)
    assert.match((await as('people', 'erase', '--help')).out, /--reason <text>[\s\S]*--yes/)
  })

  test('what is kept is shown by table, and every row of it as JSON', async () => {
    assert.match(
      (await as('people', 'export', 'ben')).out,
      /Person \d+: ben, ben-2\n[\s\S]*user_registrations +2/,
    )
    const kept = await exported('BEN')
    assert.deepEqual(kept.userNames, ['ben', 'ben-2'])
    const [person] = kept.tables.find((each) => each.table === 'persons')?.rows ?? []
    assert.equal(person?.['display_name'], 'Benedikt Beispiel')
    failed(await as('people', 'export', 'nobody'), 2, /nobody/)
  })

  test('nobody is erased without a name typed, a reason, another administrator', async () => {
    failed(await as('people', 'erase', 'ben', '--as', 'ana', ...REASON), 2, /an answer is needed/)
    failed(await as('people', 'erase', 'ben', '--as', 'ana', '--yes'), 2, /--reason/)
    for (const reason of ['  ', 'x'.repeat(501)])
      failed(await as('people', 'erase', 'ben', '--as', 'ana', '--yes', '--reason', reason), 2, /1 to 500/)
    failed(
      await as('people', 'erase', 'ben', '--as', 'vic', '--yes', ...REASON),
      3,
      /not an active administrator/,
    )
    failed(await as('people', 'erase', 'ana', '--as', 'ana', '--yes', ...REASON), 3, /Another administrator/)
    failed(await as('people', 'erase', 'nobody', '--as', 'ana', '--yes', ...REASON), 2, /nobody/)
    const people = json(await as('users', 'list', '--json')) as { active: boolean }[]
    assert.ok(
      people.every((each) => each.active),
      'and nobody was shut out on the way',
    )
  })

  test('an administrator erases a person with every login, for good', async () => {
    const done = await as('people', 'erase', 'ben', '--as', 'ana', '--yes', ...REASON)
    assert.equal(done.code, 0, done.err)
    assert.match(done.out, /Person \d+ is erased \(ben, ben-2\)/)
    assert.match(done.out, /before migration 0020 hold the name/)
    const people = json(await as('users', 'list', '--json')) as {
      userName: string
      displayName: string
      active: boolean
    }[]
    for (const each of people.filter(({ userName }) => userName.startsWith('ben'))) {
      assert.match(each.displayName, /^erased person \d+$/)
      assert.equal(each.active, false)
    }
    const kept = await exported('ben-2')
    assert.equal(kept.erasure?.erasedBy, 'ana')
    assert.ok(!JSON.stringify(kept).includes('Benedikt'))
    for (const again of [
      ['users', 'reactivate', 'ben', '--as', 'ana'],
      ['users', 'link', 'ben', '--as', 'ana'],
      ['users', 'add', 'ben-3', '--person-of', 'ben', '--as', 'ana'],
      ['people', 'erase', 'ben', '--as', 'ana', '--yes', ...REASON],
    ])
      assert.notEqual((await as(...again)).code, 0, again.join(' '))
    assert.match((await as('audit', 'list', '--kind', 'person_erasures')).out, /ana/)
    assert.equal((await as('audit', 'export', 'chain.jsonl')).code, 0)
    assert.equal((await as('audit', 'verify', 'chain.jsonl')).code, 0)
  })
})
