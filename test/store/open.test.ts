/** Opening a store: the session the rules need, and refusal where it cannot be had. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DbmedicError } from '../../src/core/errors.ts'
import { startMariadb } from '../../src/lab/servers/index.ts'
import { openMysql, queryRows, requireStoreServer } from '../../src/store/mysql/open.ts'
import { openSqlite, sqliteSha256 } from '../../src/store/sqlite/open.ts'

test('SQLite opens with keys, recursive triggers and CHECKs on, WAL, and the functions of the schema', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-open-'))
  try {
    const database = openSqlite({ path: join(folder, 'a.db'), role: 'act' })
    assert.equal(database.pragma('foreign_keys', { simple: true }), 1)
    assert.equal(database.pragma('recursive_triggers', { simple: true }), 1)
    assert.equal(database.pragma('ignore_check_constraints', { simple: true }), 0)
    assert.equal(database.pragma('journal_mode', { simple: true }), 'wal')
    assert.equal(database.prepare('SELECT dbm_role()').pluck().get(), 'act')
    assert.equal(
      database.prepare("SELECT dbm_sha256('abc')").pluck().get(),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    assert.equal(database.prepare('SELECT dbm_sha256(NULL)').pluck().get(), null)
    database.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('SQLite in a folder that is not there is refused with the path', () => {
  assert.throws(
    () => openSqlite({ path: '/nowhere/at/all/store.db' }),
    (error) =>
      error instanceof DbmedicError &&
      error.code === 'DBM_STORE_UNREACHABLE' &&
      error.message.includes('/nowhere'),
  )
})

test('a digest takes text and bytes alike and nothing else', () => {
  assert.equal(sqliteSha256('é'), sqliteSha256(Buffer.from('é', 'utf8')))
  assert.throws(() => sqliteSha256(5), TypeError)
})

test('a MariaDB pool is in UTC, strict and with key checks on, whatever the server’s defaults', async () => {
  await using server = await startMariadb({
    instruments: 'server-default',
    settings: { sql_mode: '', default_time_zone: "'+05:00'", init_connect: "'SET unique_checks=0'" },
  })
  const pool = openMysql({ uri: server.rootUri, poolSize: 2 })
  try {
    assert.match(await requireStoreServer(pool, { address: 'test', role: 'serve' }), /MariaDB/)
    const [row] = await queryRows(
      pool,
      'SELECT @@session.time_zone AS zone, @@session.foreign_key_checks AS fk, @@session.unique_checks AS uq, @@session.sql_mode AS mode, @@session.tx_isolation AS isolation',
    )
    assert.equal(row?.['zone'], '+00:00')
    assert.equal(Number(row?.['fk']), 1)
    assert.equal(Number(row?.['uq']), 1)
    assert.match(String(row?.['mode']), /STRICT_ALL_TABLES/)
    assert.equal(row?.['isolation'], 'READ-COMMITTED')
  } finally {
    await new Promise((resolve) => pool.end(resolve))
  }
})

test('a server whose SYSDATE follows a forged clock is refused', async () => {
  await using server = await startMariadb({
    instruments: 'server-default',
    settings: { 'sysdate-is-now': '1' },
  })
  const pool = openMysql({ uri: server.rootUri })
  try {
    await assert.rejects(
      requireStoreServer(pool, { address: 'test', role: 'serve' }),
      (error) => error instanceof DbmedicError && /sysdate-is-now/.test(error.message),
    )
  } finally {
    await new Promise((resolve) => pool.end(resolve))
  }
})

test('a server that loses commits when it dies is refused: a run that was begun must not be forgotten', async () => {
  await using server = await startMariadb({
    instruments: 'server-default',
    settings: { innodb_flush_log_at_trx_commit: '0' },
  })
  const pool = openMysql({ uri: server.rootUri })
  try {
    await assert.rejects(
      requireStoreServer(pool, { address: 'test', role: 'serve' }),
      (error) => error instanceof DbmedicError && /innodb_flush_log_at_trx_commit=0/.test(error.message),
    )
  } finally {
    await new Promise((resolve) => pool.end(resolve))
  }
})
