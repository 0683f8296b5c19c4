/**
 * What `dbmedic check` says about the executor's account, on real servers: each lack with a GRANT that really gives
 * it, however it was given, and what is held beyond what any action needs.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EXECUTOR_READS } from '../../src/actions/index.ts'
import { needsOf } from '../../src/app/check-executor.ts'
import type { CapabilityReport } from '../../src/core/observer.ts'
import { checkExecutor } from '../../src/engines/mysql/act/executor-privileges.ts'
import { ACTIONS, ActionWorld } from '../support/action-world.ts'
import { onEachServer } from '../support/each-server.ts'
import { addressOf, PASSWORD } from '../support/mysql-target.ts'

const MONITOR = { user: 'mon', password: PASSWORD }
const NEEDS = needsOf(ACTIONS, EXECUTOR_READS)

onEachServer('the privileges of an executor', ({ server, flavour }) => {
  let world: ActionWorld
  let accounts = 0
  before(async () => {
    world = await ActionWorld.on(server())
    await world.root.query(`CREATE USER mon IDENTIFIED BY '${PASSWORD}'`)
    await world.root.query('GRANT SELECT ON mysql.innodb_table_stats TO mon')
    await world.root.query('CREATE TABLE shop.orders (id INT PRIMARY KEY) ENGINE=InnoDB')
    await world.root.query('CREATE DATABASE `my_``crm`')
    await world.root.query('CREATE TABLE `my_``crm`.people (id INT PRIMARY KEY) ENGINE=InnoDB')
  })
  after(() => world.closeAll())

  /** A new account with these privileges; `{u}` stands for it. */
  async function account(...statements: string[]): Promise<string> {
    accounts += 1
    const name = `exec_${accounts}`
    await world.root.query(`CREATE USER '${name}'@'%' IDENTIFIED BY '${PASSWORD}'`)
    for (const sql of statements) await world.root.query(sql.replaceAll('{u}', `'${name}'@'%'`))
    return name
  }

  async function check(user: string, denySchemas: readonly string[] = []) {
    const reports = await checkExecutor({
      address: addressOf(server()),
      executor: { user, password: PASSWORD },
      monitor: MONITOR,
      needs: NEEDS,
      denySchemas,
    })
    const of = (id: string): CapabilityReport => {
      const found = reports.find((one) => one.id === id)
      assert.ok(found, `${id} among ${reports.map((one) => one.id).join()}`)
      return found
    }
    return { reports, of, lacking: reports.filter((one) => one.available !== true).map((one) => one.id) }
  }

  test('are all missing at first, and all there once every remedy was run as it stands', async () => {
    const user = await account()
    const before = await check(user)
    assert.equal(before.of('executor').available, true)
    assert.equal(before.of('executor:narrow').available, true)
    assert.deepEqual(
      before.lacking,
      before.reports.map((one) => one.id).filter((id) => id.includes(':') && id !== 'executor:narrow'),
    )
    const remedies = before.reports.flatMap((one) => one.remedy)
    assert.ok(remedies.length > 10)
    for (const sql of remedies) await world.root.query(sql)
    assert.deepEqual((await check(user)).lacking, [])
  })

  test('are stated for each family of actions that needs the same, and only for this kind of server', async () => {
    const { reports, of } = await check(await account())
    assert.match(of('executor:create-index').consequence, /mysql\/create-index, .*mysql\/drop-index/)
    assert.deepEqual(of('executor:create-index').remedy, [
      'GRANT INDEX ON `my\\_``crm`.* TO `exec_2`@`%`',
      'GRANT INDEX ON `shop`.* TO `exec_2`@`%`',
    ])
    const kill = flavour === 'mariadb' ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN'
    assert.deepEqual(of('executor:kill-query').remedy, [`GRANT ${kill} ON *.* TO \`exec_2\`@\`%\``])
    const covered = reports.map((one) => one.consequence).join(' ')
    for (const action of ACTIONS) assert.ok(covered.includes(action.id), action.id)
  })

  test('count where they were given by a role, a pattern of schemas, or for everything', async () => {
    await world.root.query('CREATE ROLE healer')
    await world.root.query('GRANT INDEX ON `s%`.* TO healer')
    const to = await account(
      'GRANT healer TO {u}',
      flavour === 'mariadb' ? 'SET DEFAULT ROLE healer FOR {u}' : 'SET DEFAULT ROLE healer TO {u}',
    )
    assert.deepEqual(
      (await check(to)).of('executor:create-index').remedy.map((sql) => sql.split(' ')[3]),
      ['`my\\_``crm`.*'],
    )
    const everywhere = await account('GRANT INDEX ON *.* TO {u}')
    assert.equal((await check(everywhere)).of('executor:create-index').available, true)
  })

  test('of one schema are not those of another whose name its pattern only seems to fit', async () => {
    await world.root.query('CREATE DATABASE `myXlog`')
    await world.root.query('CREATE TABLE `myXlog`.t (id INT PRIMARY KEY) ENGINE=InnoDB')
    const escaped = await account('GRANT INDEX ON `my\\_log`.* TO {u}')
    const open = await account('GRANT INDEX ON `my_log`.* TO {u}')
    const lacks = async (user: string) =>
      (await check(user)).of('executor:create-index').remedy.some((sql) => sql.includes('myXlog'))
    assert.equal(await lacks(escaped), true)
    assert.equal(await lacks(open), false)
    await world.root.query('DROP DATABASE `myXlog`')
  })

  test('for single tables do where an action only needs those', async () => {
    const user = await account(
      'GRANT SELECT, INSERT ON shop.orders TO {u}',
      'GRANT INDEX ON shop.orders TO {u}',
    )
    const { of } = await check(user, ['MY_`CRM'])
    assert.equal(of('executor:analyze-table').available, true)
    assert.deepEqual(of('executor:create-index').remedy.length, 1)
  })

  test('on some columns are not those on others', async () => {
    const columns = [
      'User',
      'Host',
      'max_user_connections',
      flavour === 'mariadb' ? 'is_role' : 'account_locked',
    ]
    const grant = (some: readonly string[]) => `GRANT SELECT (${some.join(', ')}) ON mysql.user TO {u}`
    const user = await account('GRANT CREATE USER ON *.* TO {u}', grant(columns.slice(0, 2)))
    assert.deepEqual((await check(user)).of('executor:set-user-connection-limit').remedy, [
      `GRANT SELECT (${columns.join(', ')}) ON \`mysql\`.\`user\` TO \`${user}\`@\`%\``,
    ])
    const whole = await account('GRANT CREATE USER ON *.* TO {u}', grant(columns.toReversed()))
    assert.equal((await check(whole)).of('executor:set-user-connection-limit').available, true)
  })

  test('are unknown, not there, while nobody may read which schemas there are', async () => {
    await world.root.query('REVOKE SELECT ON mysql.innodb_table_stats FROM mon')
    const user = await account()
    const { of } = await check(user)
    assert.equal(of('executor:create-index').available, null)
    assert.deepEqual(of('executor:create-index').remedy, [
      `GRANT SELECT ON mysql.innodb_table_stats TO \`${user}\`@\`%\``,
    ])
    await world.root.query('GRANT SELECT ON mysql.innodb_table_stats TO mon')
  })

  test('beyond what any action needs are named, with the statement that takes them back', async () => {
    const all = await account('GRANT ALL PRIVILEGES ON *.* TO {u} WITH GRANT OPTION')
    const { of, lacking } = await check(all)
    assert.deepEqual(lacking, ['executor:narrow'])
    assert.match(
      of('executor:narrow').found,
      flavour === 'mariadb' ? /ALL PRIVILEGES, GRANT OPTION on \*\.\*/ : /SHUTDOWN, .*SUPER.* on \*\.\*/,
    )
    assert.match(of('executor:narrow').consequence, /^Warning: /)
    const user = await account('GRANT ALL PRIVILEGES ON shop.* TO {u}', 'GRANT FILE ON *.* TO {u}')
    const excess = (await check(user)).of('executor:narrow')
    assert.equal(excess.found, 'FILE on *.*; ALL PRIVILEGES on `shop`.*')
    for (const sql of excess.remedy) await world.root.query(sql)
    assert.equal((await check(user)).of('executor:narrow').available, true)
  })

  test('that came with a role or with PUBLIC are taken back from where they came', async () => {
    if (flavour !== 'mariadb') return
    await world.root.query('CREATE ROLE careless')
    await world.root.query('GRANT DELETE, DROP ON `test\\_%`.* TO PUBLIC')
    const user = await account('GRANT careless TO {u}', 'SET DEFAULT ROLE careless FOR {u}')
    await world.root.query('GRANT TRIGGER ON shop.* TO careless')
    const excess = (await check(user)).of('executor:narrow')
    assert.equal(
      excess.found,
      'TRIGGER on `shop`.* through `careless`; DELETE, DROP on `test\\_%`.* through PUBLIC',
    )
    for (const sql of excess.remedy) await world.root.query(sql)
    assert.equal((await check(user)).of('executor:narrow').available, true)
  })

  test('on a schema no action may touch are named too', async () => {
    const user = await account('GRANT ALTER, INDEX ON shop.* TO {u}', 'GRANT ALTER ON `my\\_``crm`.* TO {u}')
    const { of, lacking } = await check(user, ['my_`crm'])
    assert.ok(!lacking.includes('executor:create-index'))
    assert.equal(of('executor:narrow').found, 'ALTER on `my\\_``crm`.*')
    for (const sql of of('executor:narrow').remedy) await world.root.query(sql)
    assert.equal((await check(user, ['my_`crm'])).of('executor:narrow').available, true)
  })

  test('are not asked for on a schema whose name is never put into a statement', async () => {
    const before = await check(await account())
    await world.root.query('CREATE DATABASE `odd\u0007`')
    await world.root.query('CREATE TABLE `odd\u0007`.t (id INT PRIMARY KEY) ENGINE=InnoDB')
    const user = await account('GRANT DROP ON `odd\u0007`.* TO {u}')
    const { lacking, of, reports } = await check(user)
    assert.deepEqual(lacking, [...before.lacking, 'executor:narrow'])
    assert.doesNotMatch(
      reports.flatMap((one) => (one.id === 'executor:narrow' ? [] : one.remedy)).join(),
      /odd/,
    )
    for (const sql of of('executor:narrow').remedy) await world.root.query(sql)
    assert.equal((await check(user)).of('executor:narrow').available, true)
    await world.root.query('DROP DATABASE `odd\u0007`')
  })

  test('that SUPER stands for are there, and SUPER is named where the server has narrower ones', async () => {
    const { of } = await check(await account('GRANT SUPER ON *.* TO {u}'))
    assert.equal(of('executor:kill-query').available, true)
    assert.equal(of('executor:set-long-query-time').available, true)
    // MariaDB has no narrower privilege for SET GLOBAL: there an action says it needs SUPER.
    assert.equal(of('executor:narrow').available, flavour === 'mariadb')
  })

  test('of an account that cannot log in, or has one connection only, are one report', async () => {
    const wrong = await checkExecutor({
      address: addressOf(server()),
      executor: { user: 'nobody', password: 'wrong' },
      monitor: MONITOR,
      needs: NEEDS,
      denySchemas: [],
    })
    assert.deepEqual(
      wrong.map((one) => [one.id, one.available]),
      [['executor', false]],
    )
    assert.doesNotMatch(JSON.stringify(wrong), /wrong/)
    const single = await account('ALTER USER {u} WITH MAX_USER_CONNECTIONS 1')
    const [only, ...more] = (await check(single)).reports
    assert.deepEqual(more, [])
    assert.match(only?.remedy.join() ?? '', /MAX_USER_CONNECTIONS/)
  })
})
