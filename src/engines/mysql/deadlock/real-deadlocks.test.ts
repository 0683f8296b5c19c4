import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { onEachServer, onServer } from '../../../../test/support/each-server.ts'
import { plantDeadlock } from '../../../../test/support/plant-deadlock.ts'
import { PLANS, type Plan, rows } from '../../../../test/support/planted-deadlocks.ts'
import type { PrivateServer } from '../../../lab/servers/index.ts'
import { fingerprintId, MARIADB, MYSQL } from '../../../sql/index.ts'
import { readServerVersion } from '../server-version.ts'
import {
  type Deadlock,
  type DeadlockTransaction,
  deadlockGraph,
  deadlockKey,
  deadlockSignature,
  isSameDeadlock,
  parseDeadlocks,
  parseLatestDeadlock,
  withRightVictim,
} from './index.ts'

/** What the plan knows of a deadlock. */
interface Planted {
  readonly connectionIds: readonly number[]
  readonly victims: readonly number[]
  readonly deadlock: Deadlock
  /** The victim, by what this version prints. */
  readonly right: number | null
}

/** Plants one deadlock and reads the server's report of it. */
async function plant(server: PrivateServer, admin: Connection, plan: Plan): Promise<Planted> {
  const { status, ...sessions } = await plantDeadlock(server, admin, plan)
  const deadlock = parseLatestDeadlock(status, server.flavour === 'mysql' ? MYSQL : MARIADB)
  assert.ok(deadlock, 'the status text has a deadlock')
  const version = readServerVersion(server.version)
  assert.ok(version)
  return { ...sessions, deadlock, right: withRightVictim(deadlock, version).victim }
}

function check(plan: Plan, { connectionIds, victims, deadlock, right }: Planted): void {
  assert.deepEqual(deadlock.missing, [])
  assert.equal(deadlock.incomplete, false)
  assert.match(String(deadlock.at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  const byConnection = new Map(
    deadlock.transactions.map((each) => [connectionIds.indexOf(each.threadId ?? -1), each]),
  )
  assert.deepEqual([...byConnection.keys()].sort(), [...plan.ring])
  assert.equal(byConnection.get(victims[0] ?? -1)?.n, right, 'the one that got the error')
  for (const [at, transaction] of byConnection) checkTransaction(plan, at, transaction)
  const graph = deadlockGraph(deadlock)
  assert.equal(graph.certain, true)
  assert.equal(graph.cycle?.length, plan.ring.length)
  const partitions = deadlock.transactions.flatMap(({ waitsFor }) => waitsFor?.partition ?? [])
  assert.deepEqual(partitions.sort(), [...(plan.partitions ?? [])])
}

function checkTransaction(
  plan: Plan,
  at: number,
  { waitsFor, user, host, statement }: DeadlockTransaction,
): void {
  assert.ok(waitsFor)
  assert.equal(`${waitsFor.table} ${waitsFor.index} ${waitsFor.mode} ${waitsFor.gap}`, plan.waits[at])
  assert.equal(waitsFor.record === null, waitsFor.gap === 'table')
  assert.deepEqual([user, host], ['root', 'localhost'])
  assert.ok(statement !== null && !/sekret|\d\d|\*\*\*/.test(statement), `literals in ${statement}`)
  assert.equal(statement.slice(0, 12), new Map(plan.blocking).get(at)?.slice(0, 12))
}

onEachServer(
  'deadlocks of a real server',
  ({ flavour, server }) => {
    let admin: Connection
    const seen = new Map<string, Planted>()

    before(async () => {
      admin = await createConnection({ uri: server().rootUri })
      await admin.query('create database dl')
      await admin.query('use dl')
    })
    after(() => admin?.destroy())

    for (const [name, plan] of Object.entries(PLANS)) {
      test(`${name}: everything planted is read from the status text`, async () => {
        const planted = await plant(server(), admin, plan)
        check(plan, planted)
        seen.set(name, planted)
      })
    }

    test('the error log has each of them, whole and the same, gzip or plain', async () => {
      // The server writes its log after it has answered the victim: a busy machine shows the last one late.
      let found: Deadlock[] = []
      for (let tries = 0; tries < 300 && found.length < seen.size; tries += 1) {
        if (tries > 0) await sleep(100)
        const log = await readFile(server().errorLogPath)
        found = parseDeadlocks(gunzipSync(gzipSync(log)).toString('utf8'))
      }
      assert.equal(found.length, seen.size)
      assert.deepEqual(
        found.map((each) => ({ ...each, at: null })),
        [...seen.values()].map(({ deadlock }) => ({ ...deadlock, at: null })),
      )
      for (const [at, { deadlock }] of [...seen.values()].entries())
        assert.ok(isSameDeadlock(found[at] as Deadlock, deadlock), `number ${at}`)
      const zoned = flavour === 'mysql' ? /\.\d{6}Z$/ : /T\d\d:\d\d:\d\d$/
      for (const { at } of found) assert.match(String(at), zoned)
    })

    test('status text and error log of each make one deadlock, also over the boundary of a second', async () => {
      const log = await readFile(server().errorLogPath, 'utf8')
      const { deadlock } = [...seen.values()].at(-1) as Planted
      const [status] = await admin.query<RowDataPacket[]>('show engine innodb status')
      const text = String(status[0]?.['Status'])
      const at = String(deadlock.at).replace('T', ' ')
      assert.ok(text.includes(at), `${at} in the status text`)
      for (const seconds of [-1, 0, 1]) {
        const moved = new Date(Date.parse(`${at.replace(' ', 'T')}Z`) + seconds * 1000)
        const shifted = text.replaceAll(at, moved.toISOString().slice(0, 19).replace('T', ' '))
        assert.equal(parseDeadlocks(`${log}\n${shifted}`).length, seen.size, `log first, ${seconds} s`)
        assert.equal(parseDeadlocks(`${shifted}\n${log}`).length, seen.size, `status first, ${seconds} s`)
      }
    })

    test('deadlocks of transactions that have no ids yet are told apart too', async () => {
      const plan: Plan = {
        setup: rows('readers'),
        first: [
          [0, 'select * from readers where id = 1 for update'],
          [1, 'select * from readers where id = 2 for update'],
        ],
        blocking: [
          [0, 'select * from readers where id = 2 for update'],
          [1, 'select * from readers where id = 1 for update'],
        ],
        ring: [0, 1],
        waits: {},
      }
      const { deadlock: one } = await plant(server(), admin, plan)
      await sleep(2_100)
      const { deadlock: other } = await plant(server(), admin, { ...plan, setup: [] })
      assert.ok(!isSameDeadlock(one, other))
      let again: Deadlock[] = []
      for (let tries = 0; tries < 300 && again.length < seen.size + 2; tries += 1) {
        if (tries > 0) await sleep(100)
        again = parseDeadlocks(await readFile(server().errorLogPath, 'utf8'))
      }
      assert.equal(again.length, seen.size + 2)
      assert.deepEqual(
        again.slice(-2).map((each) => [isSameDeadlock(each, one), isSameDeadlock(each, other)]),
        [
          [true, false],
          [false, true],
        ],
      )
    })

    test('the same planted again is another deadlock of the same signature', async () => {
      const name = 'two rows in opposite order'
      const plan = PLANS[name] as Plan
      await admin.query('drop table pair')
      const { deadlock } = await plant(server(), admin, plan)
      const before = seen.get(name)?.deadlock as Deadlock
      const id = (sql: string) => fingerprintId(sql, MYSQL)
      assert.notEqual(deadlockKey(deadlock), deadlockKey(before))
      assert.equal(deadlockSignature(deadlock, id), deadlockSignature(before, id))
    })
  },
  { settings: { innodb_autoinc_lock_mode: '1' } },
)

onServer(
  'mysql',
  'a log without notes',
  ({ server }) => {
    test('has headless fragments, read as one incomplete deadlock each', async () => {
      const admin = await createConnection({ uri: server().rootUri })
      try {
        await admin.query('create database dl')
        await admin.query('use dl')
        for (const name of ['two rows in opposite order', 'three transactions'])
          await plant(server(), admin, PLANS[name] as Plan)
        const log = readFileSync(server().errorLogPath, 'utf8')
        assert.doesNotMatch(log, /WE ROLL BACK/)
        const found = parseDeadlocks(log)
        assert.deepEqual(
          found.map(({ transactions }) => transactions.length),
          [2, 3],
        )
        for (const each of found) {
          assert.equal(each.incomplete, true)
          assert.deepEqual([each.at, each.victim], [null, null])
          assert.equal(deadlockGraph(each).certain, true)
        }
      } finally {
        admin.destroy()
      }
    })
  },
  { settings: { log_error_verbosity: '2' } },
)

onServer('mariadb', 'a report without held locks', ({ server }) => {
  test('(innodb_deadlock_report=BASIC) is incomplete, its ring assumed in the order printed', async () => {
    const admin = await createConnection({ uri: server().rootUri })
    try {
      await admin.query('create database dl')
      await admin.query('use dl')
      await admin.query("set global innodb_deadlock_report = 'BASIC'")
      const { deadlock } = await plant(server(), admin, PLANS['three transactions'] as Plan)
      assert.deepEqual(
        deadlock.missing,
        [1, 2, 3].map((n) => `the locks transaction ${n} holds`),
      )
      const { cycle, certain } = deadlockGraph(deadlock)
      assert.deepEqual([cycle, certain], [[1, 2, 3], false])
    } finally {
      admin.destroy()
    }
  })
})
