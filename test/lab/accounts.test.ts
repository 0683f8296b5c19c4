/** The accounts the lab, the demo and the benches work with, against what `dbmedic check` compares them with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantsFor } from '../../src/app/index.ts'
import { checkExecutor } from '../../src/engines/mysql/act/executor-privileges.ts'
import { createMysqlObserver } from '../../src/engines/mysql/observer.ts'
import { makeAccounts } from '../../src/lab/pieces/accounts.ts'
import { onEachServer } from '../support/each-server.ts'
import { addressOf, connectAs } from '../support/mysql-target.ts'

onEachServer('accounts of the lab', ({ server }) => {
  for (const tables of [false, true]) {
    test(`lack nothing check asks for and hold nothing beyond it, ${tables ? 'with' : 'without'} actions on tables`, async () => {
      await using root = await connectAs(server())
      await root.query('DROP DATABASE IF EXISTS shop')
      await root.query('CREATE DATABASE shop')
      await root.query('CREATE TABLE shop.orders (id INT PRIMARY KEY) ENGINE=InnoDB')
      await root.query('ANALYZE TABLE shop.orders')
      const accounts = await makeAccounts(server(), 'shop', { tables })
      const names = Object.values(accounts).map(({ user }) => `'${user}'@'%'`)
      try {
        const { monitor, planner, executor } = accounts
        const observer = createMysqlObserver({ address: addressOf(server()), monitor, planner })
        const seen = await observer.capabilities()
        await observer.close()
        // A door of its own at a full server takes a setting and a restart; no grant alone gives it.
        const grantable = seen.filter((one) => one.id !== 'reserved-connection')
        const lacking = grantable.filter((one) =>
          one.remedy.some((line) => /^(?:GRANT|CREATE USER) /.test(line)),
        )
        assert.deepEqual(lacking, [])
        const actions = [
          'mysql/create-index',
          'mysql/drop-index',
          'mysql/kill-query',
          'mysql/kill-connection',
          'mysql/start-replica-applier',
        ]
        const onTables = tables ? ['mysql/analyze-table', 'mysql/rebuild-large-table'] : []
        const grants = grantsFor('mysql', [...actions, ...onTables])
        const reports = await checkExecutor({
          address: addressOf(server()),
          executor,
          monitor,
          needs: [{ id: 'all', grants, consequence: 'nothing runs' }],
          denySchemas: [],
        })
        assert.deepEqual(
          reports.filter((one) => one.available !== true),
          [],
        )
        assert.ok(
          reports.some((one) => one.id.endsWith('all')) && reports.length === 3,
          JSON.stringify(reports),
        )
      } finally {
        await root.query(`DROP USER ${names.join(', ')}`)
      }
    })
  }
})
