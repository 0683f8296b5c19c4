/** Lock waits caused by us are seen on both servers, row and metadata locks alike, and other people's are not. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import { OwnLocks } from '../../src/lab/run/own-locks.ts'
import {
  findServer,
  isAvailable,
  type PrivateServer,
  SERVER_FLAVOURS,
  startServer,
} from '../../src/lab/servers/index.ts'
import { until } from '../support/until.ts'

const OURS = { monitor: 'dbm_mon', planner: 'dbm_plan', executor: 'dbm_exec' }
const accounts = Object.fromEntries(
  Object.entries(OURS).map(([role, user]) => [role, { user, password: 'x' }]),
)

for (const flavour of SERVER_FLAVOURS) {
  const found = await findServer(flavour)
  describe(`on ${flavour}`, { skip: isAvailable(found) ? false : found.missing }, () => {
    let server: PrivateServer
    const open = (user: string) =>
      mysql.createConnection({ host: server.host, port: server.port, user, password: 'x', database: 't' })

    before(async () => {
      server = await startServer(flavour)
      const root = await mysql.createConnection({ uri: server.rootUri, multipleStatements: true })
      await root.query(
        `CREATE DATABASE t; CREATE TABLE t.a (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO t.a VALUES (1)`,
      )
      for (const user of ['dbm_exec', 'app', 'batch'])
        await root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'x'; GRANT ALL ON t.* TO '${user}'@'%'`)
      root.destroy()
    })
    after(() => server?.stop())

    interface Holding {
      readonly holder: string
      readonly lock: readonly string[]
      readonly release: string
    }

    /** What is seen while somebody keeps a lock, until `enough` was, and an application wants it; and how long all that lasted, ms. */
    async function seenWhile(
      { holder, lock, release }: Holding,
      enough: (seen: NonNullable<ReturnType<OwnLocks['seen']>>) => boolean,
    ) {
      const [holding, waiting] = await Promise.all([open(holder), open('app')])
      const locks = new OwnLocks({ server, accounts } as unknown as ConstructorParameters<typeof OwnLocks>[0])
      let beganMs = 0
      try {
        for (const statement of lock) await holding.query(statement)
        locks.start()
        beganMs = performance.now()
        const waited = waiting.query('UPDATE a SET id = id WHERE id = 1')
        await until(
          () => {
            const now = locks.seen()
            return now !== null && enough(now)
          },
          'enough was seen',
          () => JSON.stringify(locks.seen()),
        )
        await holding.query(release)
        await waited
      } finally {
        await locks.stop()
        holding.destroy()
        waiting.destroy()
      }
      const seen = locks.seen()
      if (seen === null) throw new Error('nothing was looked at')
      return { ...seen, lastedMs: performance.now() - beganMs }
    }

    const ROW = ['START TRANSACTION', 'SELECT id FROM a WHERE id = 1 FOR UPDATE']
    for (const [kind, lock, release] of [
      ['a row', ROW, 'COMMIT'],
      ['a table', ['LOCK TABLES a WRITE'], 'UNLOCK TABLES'],
    ] as const)
      test(`a wait for our lock of ${kind} is seen with its length`, async () => {
        const holding = { holder: 'dbm_exec', lock, release }
        const seen = await seenWhile(holding, ({ longestMs }) => longestMs >= 500)
        assert.equal(seen.blind, 0)
        assert.equal(seen.sessions, 1)
        assert.ok(seen.longestMs <= seen.lastedMs, `${seen.longestMs} ms of ${seen.lastedMs} ms`)
      })

    test('a wait for somebody else’s is none of ours', async () => {
      const holding = { holder: 'batch', lock: ROW, release: 'COMMIT' }
      const seen = await seenWhile(holding, ({ looks }) => looks > 4)
      assert.deepEqual([seen.blind, seen.sessions, seen.longestMs], [0, 0, 0])
    })
  })
}
