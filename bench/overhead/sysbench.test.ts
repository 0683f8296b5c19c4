import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSecond } from './sysbench.ts'

test('a second is read from its line: transactions and not queries', () =>
  assert.deepEqual(
    readSecond(
      '[ 12s ] thds: 4 tps: 1027.90 qps: 20571.94 (r/w/o: 14400.56/4114.59/2056.79) lat (ms,95%): 5.18 err/s: 0.50 reconn/s: 0.00',
    ),
    { transactions: 1027.9, p95Ms: 5.18, errors: 0.5 },
  ))

test('any other line is none, never zeros', () => {
  for (const line of [
    '',
    'FATAL: unable to connect',
    'Threads started!',
    '    transactions:  5043 (504.02 per sec.)',
  ])
    assert.equal(readSecond(line), null)
})
