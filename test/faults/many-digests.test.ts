/**
 * A server with very many statement digests and tables. Rounds go on, the cost stays within the budget or says what is left
 * out, memory stays within its bound, and one full scan planted among all the digests is found.
 * DBMEDIC_MANY_DIGESTS (default 3,000) and DBMEDIC_MANY_TABLES (default 300); the full form is 10,000 and 5,000, with
 * DBMEDIC_MANY_SECONDS=90.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import { onServer } from '../support/each-server.ts'
import { connectAs, prepareTarget } from '../support/mysql-target.ts'
import { SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'

const DIGESTS = Number(process.env['DBMEDIC_MANY_DIGESTS'] ?? 3_000)
const TABLES = Number(process.env['DBMEDIC_MANY_TABLES'] ?? 300)
/** How long the cost is looked at, s; from 90 on it must be within the budget or be said not to be. */
const SECONDS = Number(process.env['DBMEDIC_MANY_SECONDS'] ?? 6)
const CONNECTIONS = 4
const ROWS = 60_000
const MEMORY_MIB = 400
/** Of the statement time of the target, ms a second; as shipped. */
const BUDGET_MS_PER_SECOND = 2

onServer(
  'mariadb',
  `a server with ${DIGESTS} digests and ${TABLES} tables`,
  ({ server }) => {
    const place = troubleFolder()
    let root: Awaited<ReturnType<typeof connectAs>>
    let app: mysql.Connection[] = []
    let started: Started
    let stopped = false
    let working: Promise<unknown> = Promise.resolve()

    before(async () => {
      await prepareTarget(server())
      root = await connectAs(server(), undefined, 'shop')
      for (let n = 0; n < TABLES; n += 1)
        await root.query(
          `CREATE TABLE many_${n} (id INT PRIMARY KEY, a INT, b INT, KEY ka (a)) ENGINE=InnoDB`,
        )
      await root.query(
        'CREATE TABLE planted (id INT PRIMARY KEY, customer INT NOT NULL, pad VARCHAR(60)) ENGINE=InnoDB',
      )
      await root.query(`INSERT INTO planted SELECT seq, seq % 997, REPEAT('x', 50) FROM seq_1_to_${ROWS}`)
      const uri = { uri: server().rootUri, database: 'shop' }
      app = await Promise.all(Array.from({ length: CONNECTIONS }, () => mysql.createConnection(uri)))
      await runDigests()
      place.configure({
        detection: { pace: 0.2 },
        runtime: { tickMs: 100 },
        targets: [targetOf('shop', server(), { options: { budgetMsPerSecond: BUDGET_MS_PER_SECOND } })],
      })
      started = place.start({ env: SECRETS })
      // A server that is gone ends the load; what the tests find then says why.
      working = Promise.all([keepScanning(), keepRunning()]).catch(() => undefined)
    })
    after(async () => {
      stopped = true
      await working
      for (const connection of app) connection.destroy()
      root?.destroy()
      await place.remove()
    })

    /** Each class once: the alias is part of a digest. */
    async function runDigests(from = 0, to = DIGESTS): Promise<void> {
      await Promise.all(
        app.map(async (connection, first) => {
          for (let k = from + first; k < to; k += CONNECTIONS)
            await connection.query(`SELECT id AS column_${k} FROM many_${k % TABLES} WHERE id = ${k}`)
        }),
      )
    }
    async function keepRunning(): Promise<void> {
      for (let from = 0; !stopped; from = (from + 200) % DIGESTS) {
        await runDigests(from, Math.min(DIGESTS, from + 200))
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    async function keepScanning(): Promise<void> {
      const connection = await mysql.createConnection({ uri: server().rootUri, database: 'shop' })
      for (let n = 0; !stopped; n += 1) {
        await connection.query('SELECT COUNT(*) AS planted_scan FROM planted WHERE customer = ?', [n % 997])
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      connection.destroy()
    }

    test('the planted full scan is found among them', async (t) => {
      const began = performance.now()
      const found = (): { rule_id: string; issue_id: number } | undefined => {
        const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
        try {
          return store
            .prepare(
              "SELECT rule_id, issue_id FROM detected_issues WHERE affected_resource_name LIKE '%planted%' ORDER BY 2 LIMIT 1",
            )
            .get() as { rule_id: string; issue_id: number } | undefined
        } finally {
          store.close()
        }
      }
      const isFound = (): boolean => {
        try {
          return found() !== undefined
        } catch {
          return false
        }
      }
      // The greater the server, the longer a round: the first windows come late on a loaded machine.
      const mostMs = (120 + SECONDS) * 1_000
      while (!isFound() && performance.now() - began < mostMs)
        await new Promise((resolve) => setTimeout(resolve, 100))
      assert.ok(isFound(), `the full scan is no issue\n${started.said()}`)
      t.diagnostic(`${found()?.rule_id} after ${((performance.now() - began) / 1000).toFixed(1)} s`)
      const ran = await place.run(['show', String(found()?.issue_id)], { env: SECRETS })
      assert.equal(ran.code, 0, ran.said)
    })

    test('what is read of it stays within the budget, or what is left out is said; memory stays within its bound', async (t) => {
      const cost = async (): Promise<number> => {
        const [rows] = await root.query(
          "SELECT SUM(SUM_TIMER_WAIT) / 1e9 AS ms FROM performance_schema.events_statements_summary_by_user_by_event_name WHERE USER = 'dbm_mon'",
        )
        return Number((rows as { ms: number | string }[])[0]?.ms)
      }
      const [before, began] = [await cost(), performance.now()]
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
      const perSecond = ((await cost()) - before) / ((performance.now() - began) / 1000)
      const residentMiB =
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.child.pid}/status`, 'utf8'))?.[1]) / 1024
      const shed = started.lines.find((l) => /not read for now/.test(l.message))
      t.diagnostic(
        `${perSecond.toFixed(1)} ms/s at pace 0.2, ${residentMiB.toFixed(0)} MiB, ${shed?.message ?? 'nothing left out'}`,
      )
      // What is left out is decided by the last minute; shorter looks only show the figure.
      const isOver = perSecond > BUDGET_MS_PER_SECOND * 2
      if (SECONDS >= 90) assert.ok(!isOver || shed !== undefined, `${perSecond} ms/s, and it does not say so`)
      if (shed !== undefined) assert.match(shed.next ?? '', /budget/)
      assert.ok(residentMiB < MEMORY_MIB, `${residentMiB} MiB`)
      assert.ok(!started.lines.some((l) => l.level >= 50), started.said())
      stopped = true
      await working
      await started.stop()
    })
  },
  {
    settings: {
      performance_schema_digests_size: '20000',
      innodb_file_per_table: '0',
      table_open_cache: '6000',
      table_definition_cache: '6000',
    },
  },
)
