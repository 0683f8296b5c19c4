import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failedCollectors } from './mysqld-exporter.ts'
import { dueBetween, SCRAPES } from './scrape-schedule.ts'

test('groups are due once an interval, the first all at once when time begins', () => {
  assert.deepEqual(dueBetween(-1, 0), SCRAPES)
  assert.deepEqual(
    dueBetween(4.9, 5.1).map((g) => g.everySeconds),
    [5],
  )
  assert.deepEqual(
    dueBetween(9.5, 10).map((g) => g.everySeconds),
    [5, 10],
  )
  assert.deepEqual(dueBetween(5.1, 9.9), [])
})

test('collectors that failed are read from the metrics', () => {
  const text = [
    'mysql_exporter_collector_success{collector="collect.global_status"} 1',
    'mysql_exporter_collector_success{collector="collect.slave_status"} 0',
    'mysql_up 1',
  ].join('\n')
  assert.deepEqual(failedCollectors(text), ['collect.slave_status'])
})
