/**
 * Many targets in one process, a tenth of them dead: addresses that refuse, that accept and never answer, and accounts whose
 * password is another. The live ones are read at their cadence as if the dead were not there, each dead one is named with
 * what to do, and memory stays within its bound. All live on one private server, with an account each.
 * DBMEDIC_MANY_TARGETS is how many (default 40), DBMEDIC_MANY_SECONDS how long they are looked at (default 10).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '../../src/core/errors.ts'
import { onServer } from '../support/each-server.ts'
import { type Forwarder, openForwarder } from '../support/forwarder.ts'
import { connectAs, PASSWORD, prepareTarget } from '../support/mysql-target.ts'
import { SECRETS, type Started, stated, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

const TARGETS = Number(process.env['DBMEDIC_MANY_TARGETS'] ?? 40)
const SECONDS = Number(process.env['DBMEDIC_MANY_SECONDS'] ?? 10)
const DEAD = Math.max(3, Math.round(TARGETS / 10))
const PACE = 0.5
/** As shipped, activity, connections and deadlocks are read every 5 s, statements and status every 10 s. */
const EVERY_SECONDS = 5 * PACE
/** A machine that has not done in this time what takes `SECONDS` will not do it. */
const MOST_SECONDS = SECONDS + 120
/** One process with 200 targets on a small server; docs/benchmarks.md has the measured figures. */
const MEMORY_MIB = 400

const KINDS = ['refuses', 'silent', 'password'] as const
const CODES: Readonly<Record<(typeof KINDS)[number], ErrorCode>> = {
  refuses: 'DBM_TARGET_UNREACHABLE',
  silent: 'DBM_TARGET_UNREACHABLE',
  password: 'DBM_TARGET_AUTH',
}

onServer(
  'mariadb',
  `${TARGETS} targets, ${DEAD} of them dead`,
  ({ server }) => {
    const place = troubleFolder()
    const doors: Forwarder[] = []
    let root: Awaited<ReturnType<typeof connectAs>>
    let started: Started
    const live = Array.from({ length: TARGETS - DEAD }, (_, n) => `live-${n}`)
    const dead = Array.from({ length: DEAD }, (_, n) => ({
      name: `dead-${n}`,
      kind: KINDS[n % KINDS.length] ?? 'refuses',
    }))

    before(async () => {
      await prepareTarget(server())
      root = await connectAs(server())
      const [rows] = await root.query("SHOW GRANTS FOR 'dbm_mon'@'%'")
      const grants = (rows as object[]).map((row) =>
        String(Object.values(row)[0]).replace(/ IDENTIFIED BY .*$/, ''),
      )
      const account = async (name: string, password: string): Promise<object> => {
        const user = `dbm_${name.replace('-', '_')}`
        await root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`)
        for (const grant of grants) await root.query(grant.replace(/TO .dbm_mon./, `TO '${user}'`))
        return { monitor: { user, password: 'env:DBM_TEST_MONITOR' } }
      }
      const refuses = await openForwarder('silent')
      refuses.close()
      const silent = await openForwarder('silent')
      doors.push(silent)
      const targets: object[] = []
      // Only what is dead is to be given up soon.
      const patient = { connectTimeoutMs: 20_000 }
      for (const name of live)
        targets.push(targetOf(name, server(), { ...patient, ...(await account(name, PASSWORD)) }))
      for (const { name, kind } of dead) {
        const own = await account(name, kind === 'password' ? `not-${PASSWORD}` : PASSWORD)
        const at = { refuses: refuses.port, silent: silent.port, password: server().port }[kind]
        // Between live ones in the configuration, so that they would be in the way.
        targets.splice(targets.length >> 1, 0, targetOf(name, { port: at }, own))
      }
      place.configure({ detection: { pace: PACE }, runtime: { mostTargets: TARGETS }, targets })
      started = place.start({ env: SECRETS })
    })
    after(async () => {
      root?.destroy()
      await place.remove()
      for (const door of doors) door.close()
    })

    /** Statements the server ran for each live account. */
    const readings = async (): Promise<ReadonlyMap<string, number>> => {
      const [rows] = await root.query(
        "SELECT USER AS u, SUM(COUNT_STAR) AS n FROM performance_schema.events_statements_summary_by_user_by_event_name WHERE USER LIKE 'dbm\\_live\\_%' GROUP BY USER",
      )
      return new Map((rows as { u: string; n: number | string }[]).map(({ u, n }) => [u, Number(n)]))
    }
    const memoryMiB = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.child.pid}/status`, 'utf8'))?.[1]) / 1024

    test('every live target is read as often as the others, beside the dead ones', async (t) => {
      await until(
        async () => (await readings()).size === live.length,
        'all live targets are read',
        () => started.said(),
      )
      const before = await readings()
      const [began, most] = [performance.now(), [memoryMiB()]]
      const seconds = (): number => (performance.now() - began) / 1000
      const ranUntilNow = async (): Promise<readonly number[]> => {
        const after = await readings()
        const ran = live.map((_, n) => (after.get(`dbm_live_${n}`) ?? 0) - (before.get(`dbm_live_${n}`) ?? 0))
        return ran.toSorted((a, b) => a - b)
      }
      const wanted = (SECONDS / EVERY_SECONDS) * 2
      let sorted: readonly number[] = []
      while (
        seconds() < SECONDS ||
        ((sorted[sorted.length >> 1] ?? 0) < wanted && seconds() < MOST_SECONDS)
      ) {
        await sleep(500)
        most.push(memoryMiB())
        if (seconds() >= SECONDS) sorted = await ranUntilNow()
      }
      const [least = 0, middle = 0] = [sorted[0], sorted[sorted.length >> 1]]
      t.diagnostic(
        `${live.length} live, ${DEAD} dead, ${seconds().toFixed(1)} s: ${middle} statements each, least ${least}, ` +
          `most ${sorted.at(-1)}; ${Math.max(...most).toFixed(0)} MiB`,
      )
      // Three instruments every 2.5 s and two every 5 s are at least four statements each 2.5 s; a loaded machine may
      // be late, but for all alike, so it is looked at until there is something to compare.
      assert.ok(middle >= wanted, `${middle} statements of a target in ${seconds()} s`)
      assert.ok(least >= middle * 0.5, `the least read target had ${least}, the middle one ${middle}`)
      assert.ok(Math.max(...most) < MEMORY_MIB, `${Math.max(...most)} MiB`)
    })

    test('every dead target is named with what to do', async () => {
      for (const { name, kind } of dead) {
        const line = await started.trouble(CODES[kind], name)
        assert.ok((line.next ?? '').length > 10, name)
        stated(line, CODES[kind])
      }
      // All of these live ones are one server, which may end a statement by its time limit when all begin at once.
      const gone = /^DBM_TARGET_(UNREACHABLE|AUTH)$/
      const named = started.lines.filter((l) => gone.test(l.code ?? '') && l.target?.startsWith('live'))
      assert.deepEqual(named, [])
    })

    test('it says of a dead target what is new, not the same again and again, and ends well', async () => {
      const lines = dead.map(
        ({ name }) => started.lines.filter((l) => l.target === name && l.level >= 40).length,
      )
      assert.ok(Math.max(...lines) <= 12, `${Math.max(...lines)} lines of one dead target`)
      await started.stop()
    })
  },
  { settings: { max_connections: '1000' } },
)
