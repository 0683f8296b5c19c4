import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { overheadHeadlines, overheadMarkdown, summariseRounds, verdictOn } from './overhead-report.ts'
import type { Round, Side } from './run-rounds.ts'

const COST = {
  seconds: 20,
  msPerSecond: 1,
  statementsPerSecond: 2,
  sharePercent: 0.2,
  totalMsPerSecond: 1000,
  costliest: [{ text: 'SELECT ?', callsPerMinute: 6, msPerSecond: 0.5, meanMs: 5 }],
}
const side = (transactionsPerSecond: number): Side => ({
  transactionsPerSecond,
  p95Ms: 4,
  errors: 0,
  serverCpuPercent: 90,
  otherCpuPercent: 2,
  cost: COST,
})
/** Every other program takes a hundredth here, and our asking up to another. */
const ROUNDS: readonly Round[] = [0.99, 0.98, 1, 0.99, 0.98, 1].map((ratio) => ({
  order: ['with', 'without', 'placebo'],
  sides: { with: side(990 * ratio), without: side(1000), placebo: side(990) },
}))
const RESULT = {
  version: '9.7.4',
  workload: 'oltp_read_only',
  rounds: ROUNDS,
  start: COST,
  summary: summariseRounds(ROUNDS, 1),
  notes: [],
} as const

describe('a verdict on a ratio', () => {
  const interval = { ratio: 1, low: 0.996, high: 1.004, pairs: 6 }
  test('is yes or no only where the whole interval is on one side of the aim', () => {
    assert.equal(verdictOn(interval, 0.995), 'yes')
    assert.equal(verdictOn({ ...interval, low: 0.98 }, 0.995), 'undecided')
    assert.equal(verdictOn({ ...interval, low: 0.98, high: 0.99 }, 0.995), 'no')
  })
  test('is none with too few rounds: one round has an interval without width', () =>
    assert.equal(verdictOn({ ...interval, pairs: 5 }, 0.995), 'too few rounds'))
})

test('what the machine does to any program and what our asking does are told apart', () => {
  const { summary } = RESULT
  assert.ok(Math.abs(summary.placebo.ratio - 0.99) < 1e-9)
  assert.ok(Math.abs(summary.asking.ratio - 0.98998) < 1e-4)
  assert.ok(Math.abs(summary.throughput.ratio - 0.99 * 0.98998) < 1e-4)
  assert.equal(summary.sharePercent, 0.2)
})

test('the tables hold the ratios beside the aims', () => {
  const text = overheadMarkdown([RESULT])
  assert.match(text, /\| 9\.7\.4 oltp_read_only \| 0\.9801 \[[\d., ]+\] \| +no \| +0\.9900 \[/)
  assert.match(text, /0\.500 ms\/s, 6\.0 a minute of 5\.00 ms: `SELECT \?`/)
})

test('a null run is said to be one', () =>
  assert.match(overheadHeadlines([RESULT], true)[0] ?? '', /^null run, nobody watched/))
