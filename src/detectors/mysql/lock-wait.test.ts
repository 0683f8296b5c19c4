import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { activity, session } from '../../../test/support/mysql-snapshots.ts'
import { lockWait } from './lock-wait.ts'

describe('mysql/lock-wait', () => {
  const wait = (waiter: string, blocker: string, waitSeconds: number, table: string | null = 'orders') => ({
    waiter,
    blocker,
    waitSeconds,
    schema: table === null ? null : 'shop',
    table,
    index: 'PRIMARY',
    lockMode: 'X',
  })
  const seen = (...lockWaits: readonly ReturnType<typeof wait>[]) => ({ activity: activity({ lockWaits }) })
  const severities = (windows: ReturnType<typeof seen>) => new DetectorBench(lockWait).severities(windows)
  const waiters = (n: number) => Array.from({ length: n }, (_, i) => wait(String(20 + i), '10', 0))

  const CASES: readonly (readonly [string, ReturnType<typeof seen>, string | undefined])[] = [
    ['two seconds are not yet a wait', seen(wait('20', '10', 2)), undefined],
    ['three seconds are', seen(wait('20', '10', 3)), 'WARNING'],
    ['ten seconds stay a warning', seen(wait('20', '10', 10)), 'WARNING'],
    ['eleven are critical', seen(wait('20', '10', 11)), 'CRITICAL'],
    ['two waiters of a moment are a collision', seen(...waiters(2)), undefined],
    ['three are a queue', seen(...waiters(3)), 'WARNING'],
    ['nine stay a warning', seen(...waiters(9)), 'WARNING'],
    ['ten are critical', seen(...waiters(10)), 'CRITICAL'],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () => assert.equal((await severities(windows))['row|shop.orders'], expected))
  }

  test('a chain counts on its root, as one', async () => {
    const chain = seen(wait('30', '20', 4), wait('20', '10', 5), wait('40', '30', 3))
    const finding = await new DetectorBench(lockWait).one(chain)
    assert.equal(finding.context['rootConnectionId'], '10')
    assert.equal(finding.context['waiters'], 3)
  })

  test('a blocker of several tables is one finding', async () => {
    const two = seen(wait('20', '10', 4, 'orders'), wait('30', '10', 6, 'customers'))
    assert.deepEqual(await severities(two), { 'row|shop.customers': 'WARNING' })
  })

  test('… and stays with the table that is followed already', async () => {
    const bench = new DetectorBench(lockWait)
    bench.tracked.add('row|shop.orders')
    const two = seen(wait('20', '10', 4, 'orders'), wait('30', '10', 6, 'customers'))
    assert.deepEqual(await bench.severities(two), { 'row|shop.orders': 'WARNING' })
  })

  test('two blockers of one table are one finding of the worse', async () => {
    const finding = await new DetectorBench(lockWait).one(
      seen(wait('20', '10', 4), wait('31', '11', 3), wait('32', '11', 3)),
    )
    assert.equal(finding.context['rootConnectionId'], '11')
    assert.equal(finding.context['blockers'], 2)
    assert.equal(finding.metricValue, 4)
  })

  test('a cycle the server has not resolved yet does not hang', async () => {
    assert.equal(
      (await new DetectorBench(lockWait).see(seen(wait('1', '2', 3), wait('2', '1', 3)))).length,
      1,
    )
  })

  test('a wait on an unnamed table is still a wait', async () => {
    assert.deepEqual(await severities(seen(wait('20', '10', 5, null))), { 'row|unknown table': 'WARNING' })
  })

  test('the root is described by its session', async () => {
    const sleeping = session({ connectionId: '10', user: 'jobs', seconds: 77 })
    const finding = await new DetectorBench(lockWait).one({
      activity: activity({ sessions: [sleeping], lockWaits: [wait('20', '10', 5)] }),
    })
    assert.deepEqual(
      [finding.context['rootUser'], finding.context['rootCommand'], finding.context['rootIdleSeconds']],
      ['jobs', 'Sleep', 77],
    )
  })

  test('it names the instrument the waits came from', async () => {
    const bench = new DetectorBench(lockWait)
    assert.equal((await bench.one(seen(wait('20', '10', 5)))).source, 'ENGINE_STATUS')
    bench.source = 'process list, INNODB_TRX, data_lock_waits'
    assert.equal((await bench.one(seen(wait('20', '10', 5)))).source, 'PERFORMANCE_SCHEMA')
  })

  test('a followed table without waits is calm', async () => {
    const bench = new DetectorBench(lockWait)
    bench.tracked.add('row|shop.orders')
    const finding = await bench.one(seen())
    assert.ok(isCalm(finding))
    assert.equal(finding.resourceName, 'shop.orders')
  })
})
