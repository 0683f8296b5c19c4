import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { deadlockReport, deadlockWindow, windowNumber } from '../../../test/support/mysql-snapshots.ts'
import { deadlock } from './deadlock.ts'

describe('mysql/deadlock', () => {
  const at = (n: number, part: Parameters<typeof deadlockWindow>[0] = {}) => ({
    deadlocks: deadlockWindow({ ...windowNumber(n, 5_000), ...part }),
  })

  test('one deadlock is a warning that opens at once, keyed by its signature', async () => {
    const finding = await new DetectorBench(deadlock).one(at(0, { reports: [deadlockReport('s1')] }))
    assert.deepEqual(
      [finding.severity, finding.opensAtOnce, finding.resourceKey, finding.resourceName],
      ['WARNING', true, 'deadlock|s1', 'shop.customers, shop.orders'],
    )
  })

  test('repetitions in one window are one finding; other kinds are others', async () => {
    const reports = ['s1', 's2', 's1'].map(deadlockReport)
    const found = await new DetectorBench(deadlock).see(at(0, { reports }))
    assert.deepEqual(
      found.map((f) => [f.resourceKey, f.metricValue]),
      [
        ['deadlock|s1', 2],
        ['deadlock|s2', 1],
      ],
    )
  })

  test('a deadlock that was counted and not caught is still said', async () => {
    const finding = await new DetectorBench(deadlock).one(at(0, { counted: 2, missed: 2 }))
    assert.deepEqual(
      [finding.resourceKey, finding.metricValue, finding.severity],
      ['deadlock|missed', 2, 'WARNING'],
    )
  })

  test('beside one that was caught it is said with that one, and opens no issue of its own', async () => {
    const finding = await new DetectorBench(deadlock).one(
      at(0, { counted: 3, missed: 2, reports: [deadlockReport('s1')] }),
    )
    assert.deepEqual([finding.resourceKey, finding.context['missed']], ['deadlock|s1', 2])
  })

  test('nor does it where the other one was caught a window before, in which both were counted', async () => {
    const bench = new DetectorBench(deadlock)
    await bench.see(at(0, { counted: 2, reports: [deadlockReport('s1')] }))
    assert.deepEqual(await bench.see(at(1, { counted: 1, missed: 1 })), [])
    // That of window 1 was beside nothing.
    assert.equal((await bench.one(at(2, { missed: 1 }))).resourceKey, 'deadlock|missed')
  })

  test('the report is shortened, without addresses and ids', async () => {
    const whole = deadlockReport('s1')
    const many = Array.from({ length: 40 }, () => whole.deadlock.transactions).flat()
    const ring = { ...whole, deadlock: { ...whole.deadlock, transactions: many } }
    const finding = await new DetectorBench(deadlock).one(at(0, { reports: [ring] }))
    const text = JSON.stringify(finding.context)
    assert.ok(text.length < 8_000)
    assert.doesNotMatch(text, /web-1|trxId|heap/)
    assert.match(text, /UPDATE orders SET note = \?/)
  })

  test('the report says who waits for whom, by which lock, and what of that it does not show', async () => {
    const whole = deadlockReport('s1')
    const [first, second] = whole.deadlock.transactions
    assert.ok(first?.waitsFor != null && second?.waitsFor != null)
    const edges = [
      { waiter: 1, holder: 2, wanted: first.waitsFor, had: second.waitsFor, evidence: 'record' as const },
      { waiter: 2, holder: 1, wanted: second.waitsFor, had: null, evidence: 'assumed' as const },
      { waiter: 2, holder: 9, wanted: second.waitsFor, had: null, evidence: 'queue' as const },
    ]
    const { context } = await new DetectorBench(deadlock).one(at(0, { reports: [{ ...whole, edges }] }))
    const lock = { table: 'shop.customers', index: 'PRIMARY', mode: 'X', gap: 'rec_not_gap' }
    assert.deepEqual((context['report'] as { waits: unknown }).waits, [
      { waiter: 1, holder: 2, had: lock, evidence: 'record' },
      { waiter: 2, holder: 1, had: null, evidence: 'assumed' },
    ])
  })

  test('more than one a minute for five minutes is critical, and not before', async () => {
    const bench = new DetectorBench(deadlock)
    for (let n = 0; n < 60; n += 1) {
      const found = await bench.see(
        at(n, n % 10 === 0 || n === 59 ? { reports: [deadlockReport('s1')] } : {}),
      )
      const severity = found[0]?.severity
      if (n < 59) assert.notEqual(severity, 'CRITICAL', `window ${n}`)
      else assert.equal(severity, 'CRITICAL')
    }
  })

  test('a burst that is over is not critical ten minutes later', async () => {
    const bench = new DetectorBench(deadlock)
    await bench.see(at(0, { counted: 100 }))
    for (let n = 1; n < 120; n += 1) await bench.see(at(n))
    assert.equal((await bench.one(at(120, { reports: [deadlockReport('s1')] }))).severity, 'WARNING')
  })

  test('a followed kind is calm an hour after it last came back, and not spoken of before', async () => {
    const bench = new DetectorBench(deadlock)
    bench.tracked.add('deadlock|s1')
    await bench.see(at(0, { reports: [deadlockReport('s1')] }))
    await bench.see(at(400, { reports: [deadlockReport('s1')] }))
    for (const n of [401, 720, 1_119]) assert.deepEqual(await bench.see(at(n)), [], `window ${n}`)
    assert.ok(isCalm(await bench.one(at(1_120))))
  })

  test('a kind followed from before a restart gets its whole hour', async () => {
    const bench = new DetectorBench(deadlock)
    bench.tracked.add('deadlock|old')
    assert.deepEqual(await bench.see(at(0)), [])
    assert.deepEqual(await bench.see(at(719)), [])
    assert.ok(isCalm(await bench.one(at(720))))
  })
})
