/** Scenes of the actions that end connections, transactions and statements. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import type { Json } from '../../src/core/canonical.ts'
import { fingerprintId, MARIADB, MYSQL } from '../../src/sql/index.ts'
import { newTable, type Scene } from './action-scene.ts'
import type { ActionWorld } from './action-world.ts'
import { untilArrived, untilWaitsForRow } from './seen-waiting.ts'

/** What KILL is about, as an observer would bind it. */
async function bound(world: ActionWorld, connection: Connection, statement: string | null): Promise<Json> {
  const id = String(CONNECTION_IDS.get(connection))
  const list = world.isMariadb ? 'information_schema.PROCESSLIST' : 'performance_schema.processlist'
  const [row] = await world.rows(
    `SELECT USER AS u, HOST AS h, DB AS d ${world.isMariadb ? ', QUERY_ID AS q' : ''} FROM ${list} WHERE ID=${id}`,
  )
  const [trx] = await world.rows(
    `SELECT trx_id AS id, CONVERT_TZ(trx_started, 'SYSTEM', '+00:00') AS started FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id=${id}`,
  )
  const session = await world.executor([])
  const identity = await session.identity()
  if (!identity.known || row === undefined) throw new Error('the scene cannot be bound')
  const started =
    trx === undefined ? null : `${String(trx['started']).replace(' ', 'T').slice(0, 19)}.000000Z`
  return {
    instanceUid: identity.value.instanceUid,
    epoch: identity.value.epoch,
    connectionId: id,
    user: String(row['u']),
    host: String(row['h']),
    database: row['d'] === null ? null : String(row['d']),
    transactionId: trx === undefined ? null : String(trx['id']),
    transactionStartedAt: started,
    queryId: statement !== null && world.isMariadb ? String(row['q']) : null,
    statementFingerprintId:
      statement === null ? null : fingerprintId(statement, world.isMariadb ? MARIADB : MYSQL),
  }
}

/** Ids of connections, asked before they are busy. */
const CONNECTION_IDS = new WeakMap<Connection, number | string>()

async function connected(world: ActionWorld): Promise<Connection> {
  const connection = await world.application()
  const [rows] = await connection.query('SELECT CONNECTION_ID() AS id')
  const id = (rows as { id: number | string }[])[0]?.id
  if (id !== undefined) CONNECTION_IDS.set(connection, id)
  return connection
}

/** A blocker that ran `statement` and idles inside its transaction, and one session that waits for it. */
function blockerScene(action: string, statement: (name: string) => string): Scene {
  return {
    action,
    words: 'KILL CONNECTION',
    play: async (world) => {
      const name = await newTable(world)
      const [blocker, waiter] = [await connected(world), await connected(world)]
      await blocker.query('START TRANSACTION')
      await blocker.query(statement(name))
      const waiting = waiter.query(`UPDATE ${name} SET note='w' WHERE id=1`).catch(() => undefined)
      await untilWaitsForRow(world.root, waiter.threadId)
      return {
        given: { connection: await bound(world, blocker, null) },
        names: [],
        state: async () => null,
        tidy: async () => {
          blocker.destroy()
          await Promise.race([waiting, sleep(5_000)])
        },
      }
    },
  }
}

export const SESSION_SCENES: readonly Scene[] = [
  blockerScene('mysql/kill-idle-reader', (name) => `SELECT * FROM ${name} WHERE id=1 FOR UPDATE`),
  blockerScene('mysql/kill-idle-transaction', (name) => `UPDATE ${name} SET note='x' WHERE id=1`),
  {
    action: 'mysql/kill-query',
    words: 'KILL QUERY',
    play: async (world) => {
      const busy = await connected(world)
      const statement = 'SELECT SLEEP(600)'
      const running = busy.query(statement).catch(() => undefined)
      await untilArrived(world.root, statement)
      return {
        given: { connection: await bound(world, busy, statement) },
        names: [],
        state: async () => null,
        tidy: async () => {
          busy.destroy()
          await Promise.race([running, sleep(1_000)])
        },
      }
    },
  },
  {
    action: 'mysql/kill-connection',
    not: { mariadb: 'MariaDB shows true idle times, and a test does not idle for ten minutes' },
    words: 'KILL CONNECTION',
    play: async (world) => {
      const idle = await connected(world)
      // MySQL counts the idle time from the session's own clock, so a session can be made to look idle for long.
      await idle.query('SET TIMESTAMP=UNIX_TIMESTAMP()-1000')
      await idle.query('DO 1')
      return {
        given: { connection: await bound(world, idle, null) },
        names: [],
        state: async () => null,
        tidy: async () => idle.destroy(),
      }
    },
  },
]
