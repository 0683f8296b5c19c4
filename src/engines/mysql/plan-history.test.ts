/**
 * From the windows of a real server to PLAN_REGRESSION: a statement that was well with one plan, an index that is no
 * more, and both plans as evidence. Nothing in between is written by hand.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { subjectOf } from '../../../test/support/diagnosis-case.ts'
import { onEachServer, onServer } from '../../../test/support/each-server.ts'
import { connectAs, prepareTarget } from '../../../test/support/mysql-target.ts'
import { interval, observe } from '../../../test/support/observe.ts'
import { readerOf } from '../../../test/support/workload-samples.ts'
import type { MetricSample } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import { planRegression } from '../../diagnoses/mysql/plan-regression.ts'
import { statementHistory } from '../../pipeline/analyze/statement-history.ts'
import { fingerprintId, MARIADB, MYSQL } from '../../sql/index.ts'
import type { MysqlObserver } from './observer.ts'
import { readSeries } from './series.ts'
import type { StatementHistory } from './shapes.ts'

const STATEMENT = 'SELECT COUNT(note) AS n FROM items WHERE maker = 7 AND kind = 3'
const SETTINGS = { currentSeconds: 4, baselineSeconds: 60, minimumCalls: 20 }

onEachServer('the plans of a statement over time', ({ server, flavour }) => {
  const id = fingerprintId(STATEMENT, flavour === 'mariadb' ? MARIADB : MYSQL)
  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      'CREATE TABLE items (id INT PRIMARY KEY AUTO_INCREMENT, maker INT, kind INT, note VARCHAR(100), KEY by_maker (maker)) ENGINE=InnoDB',
    )
    const rows = Array.from({ length: 1000 }, (_, i) => `(${i % 500}, ${i % 9}, REPEAT('n', 100))`).join(',')
    for (let i = 0; i < 60; i += 1) await root.query(`INSERT INTO items (maker, kind, note) VALUES ${rows}`)
    await root.query('ANALYZE TABLE items')
  })

  /** Runs the statement and keeps the series until `enough` or half a minute is over. */
  async function run(
    observer: MysqlObserver,
    samples: MetricSample[],
    enough: (history: StatementHistory) => boolean,
  ): Promise<StatementHistory> {
    await using application = await connectAs(server(), 'app', 'shop')
    const deadline = Date.now() + 30_000
    for (;;) {
      for (let i = 0; i < 5; i += 1) await application.query(STATEMENT)
      for (const window of await readSeries(observer)) {
        const isKept = samples.some(
          (one) =>
            one.seriesKind === window.seriesKind &&
            one.seriesKey === window.seriesKey &&
            one.windowEnd === window.windowEnd,
        )
        if (!isKept) samples.push({ ...window, targetId: 1, instanceUid: 'uid-1' })
      }
      const identity = await observer.identity()
      assert.ok(identity.known)
      const history = await statementHistory(
        readerOf(samples),
        { targetId: 1, fingerprintId: id, now: identity.at },
        SETTINGS,
      )
      if (history !== null && enough(history)) return history
      assert.ok(Date.now() < deadline, JSON.stringify(history))
      await sleep(50)
    }
  }

  /** What the diagnosis says with that history and the plan of now. */
  async function conclude(observer: MysqlObserver, history: StatementHistory) {
    const at = '2026-11-21T12:00:00.000000Z'
    const readings: { readonly [kind: string]: Reading<unknown> } = {
      'statement-history': { known: true, value: history, at, source: 'metric_samples of the store' },
      'statement-plan': await observer.ask('statement-plan', { fingerprintId: id }),
    }
    const subject = subjectOf({ facts: { fingerprintId: id } })
    return planRegression.test(subject, { get: (kind: string) => readings[kind] } as never)
  }

  test('tell a regression from before, when the earlier plan is on record, and abstain without', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    const observer = observe(server())
    const samples: MetricSample[] = []
    try {
      const well = await run(observer, samples, ({ planHashes }) => (planHashes[0]?.calls ?? 0) >= 40)
      assert.equal(well.planHashes.length, 1)
      assert.deepEqual(
        well.planHashes[0]?.steps?.map((one) => one.step),
        ['shop.items ref by_maker'],
      )
      await root.query('DROP INDEX by_maker ON items')
      const before = well.planHashes[0]?.meanMs ?? Number.POSITIVE_INFINITY
      // Until the current windows hold calls of the present plan only.
      const slow = await run(
        observer,
        samples,
        ({ current }) => current.meanMs >= 5 * before && (current.rowsExaminedPerCall ?? 0) > 55_000,
      )
      const result = await conclude(observer, slow)
      assert.equal(result.outcome, 'supported', JSON.stringify(result))
      const plans = result.claims
        ?.slice(1)
        .map(({ claim, value }) => [
          claim.replace(/,.*/, ''),
          (value as { steps: { step: string }[] }).steps.map((one) => one.step),
        ])
      assert.deepEqual(plans, [
        ['the earlier plan', ['shop.items ref by_maker']],
        ['the present plan', ['shop.items ALL']],
      ])
      const identity = await observer.identity()
      assert.ok(identity.known)
      const unrecorded = await statementHistory(
        readerOf(samples.filter((one) => one.seriesKind !== 'plan')),
        { targetId: 1, fingerprintId: id, now: identity.at },
        SETTINGS,
      )
      assert.ok(unrecorded)
      assert.equal((await conclude(observer, unrecorded)).outcome, 'unknown')
    } finally {
      await observer.close()
      await root.query('CREATE INDEX by_maker ON items (maker)')
    }
  })
})

onServer(
  'mariadb',
  'a plan that MariaDB logged',
  ({ server }) => {
    test('is the answer while it is fresh, with the rows really read, and has the hash EXPLAIN gives', async () => {
      await prepareTarget(server())
      await using root = await connectAs(server(), undefined, 'shop')
      await root.query(
        'CREATE TABLE a (id INT PRIMARY KEY, b INT, note VARCHAR(20), KEY kb (b)) ENGINE=InnoDB',
      )
      await root.query("INSERT INTO a SELECT seq, seq % 40, CONCAT('n', seq % 7) FROM seq_1_to_2000")
      await root.query('ANALYZE TABLE a')
      await using application = await connectAs(server(), 'app', 'shop')
      const sql =
        "SELECT x.id FROM a x JOIN a y ON y.id = x.b WHERE x.b = 3 AND y.note <> 'q' ORDER BY x.note, y.note"
      const ask = { fingerprintId: fingerprintId(sql, MARIADB) }
      const observer = observe(server(), { slowLogFile: server().slowLogPath })
      try {
        await observer.read('statements')
        await observer.read('slowLog')
        const answer = async () => {
          await interval(10_000)
          await application.query(sql)
          await interval(10_000)
          await observer.read('slowLog')
          await observer.read('statements')
          return observer.ask('statement-plan', ask)
        }
        let logged = await answer()
        // On a busy machine it may have become old before it was asked for.
        for (let again = 0; again < 20 && !(logged.known && logged.value.origin === 'logged'); again += 1)
          logged = await answer()
        assert.ok(logged.known, JSON.stringify(logged))
        assert.equal(logged.value.origin, 'logged')
        assert.ok(
          logged.value.nodes.some((node) => node.actualRows === 50),
          JSON.stringify(logged.value.nodes),
        )
        // A quarter of a minute at this pace: older than that, it may be a plan of before.
        await sleep(15_500)
        await observer.read('statements')
        const explained = await observer.ask('statement-plan', ask)
        assert.ok(explained.known)
        assert.equal(explained.value.origin, 'explain')
        assert.equal(explained.value.planHash, logged.value.planHash)
      } finally {
        await observer.close()
      }
    })
  },
  { settings: { long_query_time: '0' } },
)
