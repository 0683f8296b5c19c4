import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { activity } from '../../../test/support/mysql-snapshots.ts'
import { metadataLockWait } from './metadata-lock-wait.ts'

describe('mysql/metadata-lock-wait', () => {
  const wait = (waiter: string, waitSeconds: number, blockers: readonly string[] | null = ['10']) => ({
    waiter,
    waitSeconds,
    schema: 'shop',
    table: 'orders',
    blockers,
  })
  const seen = (...metadataWaits: readonly ReturnType<typeof wait>[]) => ({
    activity: activity({ metadataWaits }),
  })
  const waiters = (n: number) => Array.from({ length: n }, (_, i) => wait(String(20 + i), 1))

  const CASES: readonly (readonly [string, ReturnType<typeof seen>, string | undefined])[] = [
    ['two seconds are not yet a wait', seen(wait('20', 2)), undefined],
    ['three seconds are', seen(wait('20', 3)), 'WARNING'],
    ['ten seconds stay a warning', seen(wait('20', 10)), 'WARNING'],
    ['eleven are critical', seen(wait('20', 11)), 'CRITICAL'],
    ['five sessions of a moment are no standstill', seen(...waiters(5)), undefined],
    ['six are', seen(...waiters(6)), 'CRITICAL'],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal(
        (await new DetectorBench(metadataLockWait).severities(windows))['metadata|shop.orders'],
        expected,
      ),
    )
  }

  const on = (table: string, one: ReturnType<typeof wait>) => ({ ...one, table })

  test('a chain over several tables is one issue, of the table with the longest wait', async () => {
    const [ddl, behind, beside] = [
      wait('20', 6),
      on('customers', wait('21', 4, ['20'])),
      wait('22', 3, ['20']),
    ]
    const finding = await new DetectorBench(metadataLockWait).one(seen(behind, ddl, beside))
    assert.deepEqual(
      [finding.resourceKey, finding.context['waiters'], finding.context['tables']],
      ['metadata|shop.orders', 3, ['shop.customers', 'shop.orders']],
    )
  })

  test('it keeps the table it was opened for while the chain lasts', async () => {
    const bench = new DetectorBench(metadataLockWait)
    bench.tracked.add('metadata|shop.customers')
    const finding = await bench.one(seen(wait('20', 6), on('customers', wait('21', 4, ['20']))))
    assert.deepEqual([finding.resourceKey, finding.severity], ['metadata|shop.customers', 'WARNING'])
  })

  test('chains that have nothing in common are issues of their own', async () => {
    const found = await new DetectorBench(metadataLockWait).severities(
      seen(wait('20', 6), on('stock', wait('30', 12, ['31'])), on('bins', wait('40', 3, null))),
    )
    assert.deepEqual(found, {
      'metadata|shop.orders': 'WARNING',
      'metadata|shop.stock': 'CRITICAL',
      'metadata|shop.bins': 'WARNING',
    })
  })

  test('blockers that cannot be seen are said to be unknown', async () => {
    const finding = await new DetectorBench(metadataLockWait).one(seen(wait('20', 5, null), wait('21', 4)))
    assert.equal(finding.context['blockersKnown'], false)
    assert.deepEqual(finding.context['blockers'], ['10'])
  })

  test('a wait whose table cannot be seen is one of an unknown table', async () => {
    const blind = { waiter: '20', waitSeconds: 5, schema: null, table: null, blockers: null }
    const found = await new DetectorBench(metadataLockWait).severities({
      activity: activity({ metadataWaits: [blind] }),
    })
    assert.deepEqual(found, { 'metadata|unknown table': 'WARNING' })
  })

  test('a followed table without waits is calm', async () => {
    const bench = new DetectorBench(metadataLockWait)
    bench.tracked.add('metadata|shop.orders')
    assert.ok(isCalm(await bench.one(seen())))
  })
})
