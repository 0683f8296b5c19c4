import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './sysbench.ts'

const REPORT = `SQL statistics:
    queries performed:
        read:                            70602
        total:                           100860
    transactions:                        5043   (504.02 per sec.)
    queries:                             100860 (10080.31 per sec.)
    ignored errors:                      2      (0.20 per sec.)
    reconnects:                          0      (0.00 per sec.)

Latency (ms):
         min:                                    1.51
         avg:                                    1.98
         max:                                   22.20
         95th percentile:                        2.66
`

test('the figures of a report are read, transactions and not queries', () =>
  assert.deepEqual(readReport(REPORT), {
    transactionsPerSecond: 504.02,
    transactions: 5043,
    p95Ms: 2.66,
    errors: 2,
  }))

test('a report without them is an error, never zeros', () =>
  assert.throws(() => readReport('FATAL: unable to connect'), /no transactions/))
