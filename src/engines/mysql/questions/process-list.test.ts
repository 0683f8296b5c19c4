import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipServer } from '../../../../test/support/each-server.ts'
import { connectAs } from '../../../../test/support/mysql-target.ts'
import { SERVER_FLAVOURS, startServer } from '../../../lab/servers/index.ts'
import { MARIADB } from '../../../sql/index.ts'
import type { Row } from '../cells.ts'
import { isDdl, readTransactions, sessionKind } from './process-list.ts'

for (const flavour of SERVER_FLAVOURS) {
  test(`on a machine five hours west of UTC a transaction is as old as it is [${flavour}]`, {
    skip: skipServer(flavour),
  }, async () => {
    const zone = process.env['TZ']
    process.env['TZ'] = 'America/Lima'
    const starting = startServer(flavour)
    await using server = await starting.finally(() => {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    })
    await using app = await connectAs(server)
    await using reading = await connectAs(server)
    for (const sql of [
      'CREATE DATABASE d',
      'CREATE TABLE d.t (id INT PRIMARY KEY) ENGINE=InnoDB',
      'START TRANSACTION',
      'INSERT INTO d.t VALUES (1)',
    ]) {
      await app.query(sql)
    }
    await reading.query("SET time_zone = '+00:00'")
    const query = async (
      sql: string,
      values: readonly (string | number | null)[] = [],
    ): Promise<readonly Row[]> => (await reading.execute(sql, [...values]))[0] as Row[]
    const [found] = await readTransactions({ query })
    assert.ok(found && found.ageSeconds < 60, JSON.stringify(found))
    assert.ok(Math.abs(Date.parse(found.startedAt ?? '') - Date.now()) < 60_000)
    assert.equal(found.rowsModified, 1)
  })
}

test('sessions of the server, of replication, of backups and our own are told from clients', () => {
  const names = { ownUsers: ['dbm_mon'], backupUsers: ['nightly'] }
  const kinds = (
    [
      ['app', 'Query'],
      ['app', 'Connect'],
      ['dbm_mon', 'Sleep'],
      ['system user', 'Slave_SQL'],
      ['system user', 'Connect'],
      ['event_scheduler', 'Daemon'],
      ['repl', 'Binlog Dump GTID'],
      ['nightly', 'Query'],
      ['mariabackup', 'Query'],
      ['unauthenticated user', 'Connect'],
    ] as const
  ).map(([user, command]) => sessionKind({ user, command }, names))
  assert.deepEqual(kinds, [
    'client',
    'client',
    'own',
    'replication',
    'replication',
    'system',
    'replication',
    'backup',
    'backup',
    'system',
  ])
})

test('DDL is known by its first word, behind comments too', () => {
  for (const sql of [
    'ALTER TABLE t ADD c INT',
    '/* app */ create index i on t (a)',
    'OPTIMIZE TABLE t',
    '/*!40000 ALTER TABLE t DISABLE KEYS */',
  ]) {
    assert.ok(isDdl(sql, MARIADB), sql)
  }
  for (const sql of ['SELECT 1', 'UPDATE alter_log SET a = 1', null, ''])
    assert.ok(!isDdl(sql, MARIADB), String(sql))
})
