import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow, windowNumber } from '../../../test/support/mysql-snapshots.ts'
import { seededRandom } from '../../core/random.ts'
import { slowStatement } from './slow-statement.ts'

describe('mysql/slow-statement', () => {
  const OTHERS = statement({ fingerprintId: 'others', fingerprint: 'select ?', calls: 1_000, totalMs: 4_000 })
  /** The class at this mean, 100 calls a window, beside a busy server. */
  const at = (meanMs: number, n = 0, part = {}) => ({
    statements: statementWindow(
      [statement({ calls: 100, totalMs: 100 * meanMs, ...part }), OTHERS],
      windowNumber(n),
    ),
  })
  const KEY = 'shop|a1b2c3d4e5f60718'

  async function learned(meanMs: number): Promise<DetectorBench> {
    const bench = new DetectorBench(slowStatement)
    for (let n = 0; n < 30; n += 1) assert.deepEqual(await bench.see(at(meanMs, n)), [])
    return bench
  }

  const CASES: readonly (readonly [string, number, string | null])[] = [
    ['three times its baseline is not yet a warning', 30, null],
    ['more than three times its baseline is a warning', 30.1, 'WARNING'],
    ['ten times its baseline below a second stays a warning', 900, 'WARNING'],
    ['ten times its baseline and over a second is critical', 1_001, 'CRITICAL'],
  ]
  for (const [title, meanMs, severity] of CASES) {
    test(title, async () => {
      const bench = await learned(10)
      assert.equal((await bench.severities(at(meanMs, 31)))[KEY] ?? null, severity)
    })
  }

  test('a class that full-scan leaves alone, because it was quick at as many rows, is its own', async () => {
    const rows = { rowsExamined: 100 * 4_000, rowsSent: 100 }
    const bench = new DetectorBench(slowStatement)
    for (let n = 0; n < 30; n += 1) assert.deepEqual(await bench.see(at(5, n, rows)), [])
    assert.equal((await bench.severities(at(40, 31, rows)))[KEY], 'WARNING')
    const never = new DetectorBench(slowStatement)
    for (let n = 0; n < 30; n += 1) await never.see(at(11, n, rows))
    assert.deepEqual(await never.see(at(80, 31, rows)), [], 'full-scan speaks of it')
  })

  test('without a baseline only the absolute limit counts', async () => {
    assert.deepEqual(await new DetectorBench(slowStatement).see(at(999)), [])
    assert.equal((await new DetectorBench(slowStatement).severities(at(1_001)))[KEY], 'WARNING')
  })

  test('a class that waits because it says so is not slow; one that reads rows and waits for each is', async () => {
    // MySQL counts one row for each call without a table.
    for (const fingerprint of [
      'select sleep (...)',
      'select get_lock (...)',
      'do sleep (?)',
      'select master_gtid_wait (...)',
    ])
      for (const [calls, rowsExamined] of [
        [4, 0],
        [4, 4],
      ] as const)
        assert.deepEqual(
          await new DetectorBench(slowStatement).see(at(4_000, 0, { fingerprint, calls, rowsExamined })),
          [],
        )
    const each = { fingerprint: 'update t set a = ? where sleep (?) = ?', rowsExamined: 900 }
    assert.equal((await new DetectorBench(slowStatement).severities(at(4_000, 0, each)))[KEY], 'WARNING')
    const column = { fingerprint: 'select sleep_hours from nights', rowsExamined: 0 }
    assert.equal((await new DetectorBench(slowStatement).severities(at(4_000, 0, column)))[KEY], 'WARNING')
  })

  test('a trifle on a quiet server is no trouble, whatever its share', async () => {
    const bench = new DetectorBench(slowStatement)
    const quiet = (meanMs: number, n: number) => ({
      statements: statementWindow([statement({ calls: 20, totalMs: 20 * meanMs })], windowNumber(n)),
    })
    for (let n = 0; n < 30; n += 1) await bench.see(quiet(0.2, n))
    assert.deepEqual(await bench.see(quiet(2, 31)), [])
  })

  test('a class below a twentieth of the server’s time is not what hurts', async () => {
    const bench = await learned(10)
    const crowd = statement({ fingerprintId: 'crowd', calls: 1, totalMs: 100_000 })
    const windows = { statements: statementWindow([statement({ totalMs: 4_000 }), crowd], windowNumber(31)) }
    assert.equal((await bench.severities(windows))[KEY], undefined)
  })

  test('one call alone is never critical', async () => {
    const bench = await learned(10)
    assert.equal((await bench.severities(at(0, 31, { calls: 1, totalMs: 30_000 })))[KEY], 'WARNING')
  })

  test('two calls may be', async () => {
    const bench = await learned(10)
    assert.equal((await bench.severities(at(0, 31, { calls: 2, totalMs: 30_000 })))[KEY], 'CRITICAL')
  })

  test('a twentieth of the server’s time, and a hundredth of one session’s, are enough', async () => {
    const exactly = async (totalMs: number, others: number) => {
      const crowd = statement({ fingerprintId: 'crowd', calls: 1, totalMs: others })
      const rows = [statement({ calls: 1, totalMs }), crowd]
      return (await (await learned(10)).severities({ statements: statementWindow(rows, windowNumber(31)) }))[
        KEY
      ]
    }
    assert.equal(await exactly(200, 3_800), 'WARNING')
    assert.equal(await exactly(200, 3_801), undefined)
    assert.equal(await exactly(100, 0), 'WARNING')
    assert.equal(await exactly(99, 0), undefined)
  })

  test('partial rows open nothing and teach nothing', async () => {
    const bench = new DetectorBench(slowStatement)
    for (let n = 0; n < 40; n += 1) assert.deepEqual(await bench.see(at(5_000, n, { partial: true })), [])
    assert.equal((await bench.severities(at(999, 41)))[KEY], undefined)
  })

  test('trouble does not become normal within the hour', async () => {
    const bench = await learned(10)
    for (let n = 31; n < 31 + 360; n += 1) {
      assert.equal((await bench.severities(at(50, n)))[KEY], 'WARNING')
    }
  })

  test('a level that stays for days becomes normal', async () => {
    const bench = await learned(10)
    bench.tracked.add(KEY)
    for (let n = 31; n < 31 + 8_640; n += 1) await bench.see(at(50, n))
    assert.equal((await bench.severities(at(50, 9_000)))[KEY], null)
  })

  /** Six classes at this multiple of 2 ms, the first at one of its own. */
  const sixAt = (times: number, n: number, first = times) => ({
    statements: statementWindow(
      Array.from({ length: 6 }, (_, i) =>
        statement({ fingerprintId: `class${i}`, calls: 100, totalMs: 200 * (i === 0 ? first : times) }),
      ),
      windowNumber(n),
    ),
  })
  const sixLearned = async (): Promise<DetectorBench> => {
    const bench = new DetectorBench(slowStatement)
    for (let n = 0; n < 30; n += 1) assert.deepEqual(await bench.see(sixAt(1, n)), [])
    return bench
  }

  test('where all classes are slower together no one of them is named, and the server is after half a minute', async () => {
    const bench = await sixLearned()
    assert.deepEqual(await bench.see(sixAt(8, 31)), [])
    assert.deepEqual(await bench.see(sixAt(8, 32)), [])
    const found = await bench.see(sixAt(8, 33))
    assert.deepEqual(
      found.map((f) => [f.resourceKey, f.severity, Math.round(f.metricValue), f.limit]),
      [['all-statements', 'WARNING', 8, 3]],
    )
  })

  test('where everything stood still no class is critical by itself', async () => {
    const bench = await sixLearned()
    assert.deepEqual(await bench.see(sixAt(2_000, 31)), [])
    assert.deepEqual(await bench.severities(sixAt(2_000, 32, 100_000)), { 'shop|class0': 'CRITICAL' })
  })

  test('where all classes are slower one that is not learned is held to the absolute limit as ever', async () => {
    const bench = await sixLearned()
    const young = (meanMs: number) => statement({ fingerprintId: 'young', calls: 100, totalMs: 100 * meanMs })
    const beside = (meanMs: number, n: number) => ({
      statements: statementWindow([...sixAt(4, n).statements.statements, young(meanMs)], windowNumber(n)),
    })
    assert.deepEqual(await bench.severities(beside(1_000, 31)), {})
    assert.deepEqual(await bench.severities(beside(1_001, 32)), { 'shop|young': 'WARNING' })
  })

  test('a short general slowdown is forgotten', async () => {
    const bench = await sixLearned()
    for (const [n, times] of [8, 8, 1, 8, 8].entries())
      assert.deepEqual(await bench.see(sixAt(times, 31 + n)), [])
  })

  test('a class that is slower than the others is named even then', async () => {
    const bench = await sixLearned()
    assert.deepEqual(await bench.severities(sixAt(4, 31, 13)), { 'shop|class0': 'WARNING' })
    assert.deepEqual(await bench.severities(sixAt(4, 32, 12)), {})
  })

  test('a followed server whose statements are quick again is reported as calm', async () => {
    const bench = await sixLearned()
    bench.tracked.add('all-statements')
    assert.ok(isCalm(await bench.one(sixAt(1, 31))))
  })

  test('a followed class that is fast again is reported as calm', async () => {
    const bench = await learned(10)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(at(12, 31))))
  })

  test('a followed class that stays slow but costs next to nothing is calm too', async () => {
    const bench = await learned(10)
    bench.tracked.add(KEY)
    const rare = {
      statements: statementWindow([statement({ calls: 1, totalMs: 50 }), OTHERS], windowNumber(31)),
    }
    const finding = await bench.one(rare)
    assert.equal(finding.metricName, 'time_share_percent')
    assert.ok(isCalm(finding))
  })

  test('a followed class that is not called is not spoken of: absence is no recovery', async () => {
    const bench = await learned(10)
    bench.tracked.add(KEY)
    assert.deepEqual(await bench.see({ statements: statementWindow([OTHERS], windowNumber(31)) }), [])
  })

  test('what reads too many rows is left to mysql/full-scan', async () => {
    const bench = await learned(10)
    const scan = at(100, 31, { rowsExamined: 100 * 300_000, rowsSent: 100 })
    assert.deepEqual(await bench.see(scan), [])
  })

  test('so is what joins without an index and takes its time for that', async () => {
    const bench = await learned(10)
    const join = at(100, 31, { rowsExamined: 900, rowsSent: 800, selectFullJoin: 100 })
    assert.deepEqual(await bench.see(join), [])
    const served = at(100, 32, { rowsExamined: 900, rowsSent: 800 })
    assert.equal((await bench.see(served)).length, 1)
  })

  /**
   * Fifteen classes of 0.5 to 4.5 ms, about ten calls a window, of which the `heldUp` share wait for a processor, some for
   * long (Pareto); the first class takes `first` times as long.
   */
  const unsteady = (random: () => number, n: number, { heldUp = 0.02, first = 1 } = {}) => ({
    statements: statementWindow(
      Array.from({ length: 15 }, (_, i) => {
        const calls = 5 + Math.floor(random() * 10)
        let totalMs = 0
        for (let call = 0; call < calls; call += 1) {
          const wait = random() < heldUp ? 50 / (0.001 + random()) ** 0.7 : 0
          totalMs += (0.5 + (4 * i) / 15 + random()) * (i === 0 ? first : 1) + wait
        }
        return statement({ fingerprintId: `class${i}`, calls, totalMs })
      }),
      windowNumber(n),
    ),
  })

  /** How often one of the classes was over its limit in 3 of 5 windows, as issues open. */
  async function wouldOpen(seed: number, thresholds: { readonly [name: string]: number } = {}) {
    const bench = new DetectorBench(slowStatement, thresholds)
    const random = seededRandom(seed)
    const over = new Map<string, number[]>()
    let opened = 0
    for (let n = 0; n < 330; n += 1) {
      for (const [key, severity] of Object.entries(await bench.severities(unsteady(random, n)))) {
        const windows = [...(over.get(key) ?? []), n].filter((one) => severity !== null && one > n - 5)
        if (windows.length >= 3) opened += 1
        over.set(key, windows.length >= 3 ? [] : windows)
      }
    }
    return opened
  }

  test('on a machine short of processors no class is named for the calls that were held up', async () => {
    const [named, withoutTheRule] = [await wouldOpen(1), await wouldOpen(1, { ordinaryScatter: 1e9 })]
    assert.equal(named, 0)
    assert.ok(withoutTheRule >= 3, `${withoutTheRule}: this noise would not have opened anything either`)
  })

  test('a class that takes half of the server’s time is named there, whatever the others scatter', async () => {
    const bench = new DetectorBench(slowStatement)
    const random = seededRandom(3)
    for (let n = 0; n < 60; n += 1) await bench.see(unsteady(random, n))
    const named: (string | null)[] = []
    for (let n = 60; n < 68; n += 1)
      named.push(
        (await bench.severities(unsteady(random, n, { heldUp: 0.1, first: 1_000 })))['shop|class0'] ?? null,
      )
    assert.ok(named.slice(2).every((severity) => severity !== null))
  })

  test('a followed class that is as slow as it was is not calm because the others scatter', async () => {
    const bench = new DetectorBench(slowStatement)
    const random = seededRandom(4)
    for (let n = 0; n < 60; n += 1) await bench.see(unsteady(random, n, { heldUp: 0 }))
    bench.tracked.add('shop|class14')
    for (let n = 60; n < 80; n += 1) {
      const { statements } = unsteady(random, n)
      const rows = statements.statements.map((s) =>
        s.fingerprintId === 'class14' ? { ...s, totalMs: s.calls * 4.5 * 8 } : s,
      )
      const found = await bench.see({ statements: statementWindow(rows, windowNumber(n)) })
      const own = found.find((f) => f.resourceKey === 'shop|class14')
      assert.ok(own !== undefined)
      if (own.metricName === 'mean_ms') assert.ok(own.severity !== null || !isCalm(own))
    }
  })

  /** Six steady classes of 2 ms, and `others` beside them. */
  const steadyBeside = (n: number, first: number, others: readonly ReturnType<typeof statement>[]) => ({
    statements: statementWindow([...sixAt(1, n, first).statements.statements, ...others], windowNumber(n)),
  })

  test('classes of a few calls, and one with two kinds of calls, are no shortage of anything', async () => {
    const bench = new DetectorBench(slowStatement)
    const random = seededRandom(5)
    const others = () => [
      ...Array.from({ length: 12 }, (_, i) =>
        statement({ fingerprintId: `few${i}`, calls: 2, totalMs: 4 * Math.exp(3 * random()) }),
      ),
      statement({ fingerprintId: 'two', calls: 100, totalMs: random() < 0.4 ? 400 : 20 }),
    ]
    for (let n = 0; n < 40; n += 1) await bench.see(steadyBeside(n, 1, others()))
    for (let n = 40; n < 60; n += 1) {
      const severities = await bench.severities(steadyBeside(n, 8, others()))
      assert.equal(severities['shop|class0'], 'WARNING')
    }
  })

  test('a class that runs once in a while is judged by the window it runs in', async () => {
    const bench = new DetectorBench(slowStatement)
    const random = seededRandom(6)
    const report = (totalMs: number) => statement({ fingerprintId: 'report', calls: 10, totalMs })
    const beside = (n: number, totalMs: number) => ({
      statements: statementWindow(
        [...unsteady(random, n).statements.statements, report(totalMs)],
        windowNumber(n),
      ),
    })
    for (let n = 0; n < 60; n += 1) await bench.see(beside(n, 1_000))
    assert.equal((await bench.severities(beside(400, 100_000)))['shop|report'], 'CRITICAL')
  })

  test('a class that really is slow is named there, from its third window on at the latest', async () => {
    const bench = new DetectorBench(slowStatement)
    const random = seededRandom(2)
    for (let n = 0; n < 60; n += 1) await bench.see(unsteady(random, n))
    const named: (string | null)[] = []
    for (let n = 60; n < 68; n += 1)
      named.push((await bench.severities(unsteady(random, n, { first: 200 })))['shop|class0'] ?? null)
    assert.deepEqual(named.slice(2), Array(6).fill('WARNING'))
  })
})
