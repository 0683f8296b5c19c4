import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { overheadMarkdown, summarisePairs, verdictOn } from './overhead-report.ts'
import type { Pair, Side } from './run-pairs.ts'

const side = (transactionsPerSecond: number, sharePercent: number | null): Side => {
  const cost = {
    seconds: 25,
    msPerSecond: 1,
    statementsPerSecond: 2,
    sharePercent,
    totalMsPerSecond: 1000,
    costliest: [{ text: 'SELECT ?', callsPerMinute: 6, msPerSecond: 0.5, meanMs: 5 }],
  }
  return {
    transactionsPerSecond,
    transactions: transactionsPerSecond * 25,
    p95Ms: 4,
    errors: 0,
    serverCpuPercent: 90,
    watched: sharePercent === null ? null : { cost, wholeLife: cost, cpuPercent: 2 },
  }
}
const PAIRS: readonly Pair[] = [0.99, 0.98, 1, 0.99, 0.98, 1].map((ratio) => ({
  first: 'with',
  with: side(1000 * ratio, 0.2),
  without: side(1000, null),
}))

describe('a verdict on a ratio', () => {
  const interval = { ratio: 1, low: 0.996, high: 1.004, pairs: 6 }
  test('is yes or no only where the whole interval is on one side of the aim', () => {
    assert.equal(verdictOn(interval, 0.995), 'yes')
    assert.equal(verdictOn({ ...interval, low: 0.98 }, 0.995), 'undecided')
    assert.equal(verdictOn({ ...interval, low: 0.98, high: 0.99 }, 0.995), 'no')
  })
  test('is none with too few pairs: one pair has an interval without width', () =>
    assert.equal(verdictOn({ ...interval, pairs: 5 }, 0.995), 'too few pairs'))
})

test('pairs are summed up as with over without, and printed beside the aims', () => {
  const summary = summarisePairs(PAIRS, 1)
  assert.ok(Math.abs(summary.throughput.ratio - 0.98998) < 1e-4)
  assert.equal(summary.p95.ratio, 1)
  assert.equal(summary.sharePercent, 0.2)
  const text = overheadMarkdown([
    { version: '9.7.4', workload: 'oltp_read_only', pairs: PAIRS, summary, notes: [] },
  ])
  assert.match(text, /\| 9\.7\.4 oltp_read_only \| 0\.9900 \[[\d., ]+\] \| +(?:undecided|no) \|/)
  assert.match(text, /0\.500 ms\/s, 6\.0 a minute of 5\.00 ms: `SELECT \?`/)
})

test('a null run has no share', () => {
  const pairs = PAIRS.map((p) => ({ ...p, with: side(1000, null) }))
  assert.equal(summarisePairs(pairs, 1).sharePercent, null)
})
