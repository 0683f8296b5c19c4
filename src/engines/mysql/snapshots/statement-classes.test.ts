import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MYSQL } from '../../../sql/index.ts'
import { type DigestDelta, NO_COUNTERS } from './digest-rows.ts'
import { busiest, DigestFingerprints, rememberFailed, sumClasses } from './statement-classes.ts'

const fingerprints = new DigestFingerprints()
const classOf = (digest: string, text: string) => fingerprints.of(digest, text, MYSQL)

function delta(
  digest: string,
  digestText: string,
  figures: { calls?: number; totalMs?: number; rowsExamined?: number; errors?: number; partial?: boolean },
): DigestDelta {
  const { partial = false, ...counted } = figures
  const row = { key: digest, schema: 'shop', digest, digestText, firstSeen: null, counters: NO_COUNTERS }
  return { row, delta: { ...NO_COUNTERS, calls: 1, ...counted }, partial }
}

test('digests of one fingerprint are summed, and one partial digest makes the class partial', () => {
  const classes = sumClasses(
    [
      delta('a', 'SELECT * FROM `t` WHERE `id` = ?', { calls: 2, totalMs: 10 }),
      delta('b', 'EXECUTE SELECT * FROM `t` WHERE `id` = ?', { calls: 3, totalMs: 20, partial: true }),
    ],
    classOf,
  )
  assert.equal(classes.length, 1)
  assert.deepEqual([classes[0]?.calls, classes[0]?.totalMs, classes[0]?.partial], [5, 30, true])
  assert.deepEqual(classes[0]?.digests, ['a', 'b'])
})

test('preparing a statement is not running it', () => {
  assert.deepEqual(sumClasses([delta('p', 'PREPARE SELECT ?', {})], classOf), [])
})

test('the busiest by time and by rows examined are kept, each at most the bound', () => {
  const classes = sumClasses(
    Array.from({ length: 30 }, (_, i) =>
      delta(`d${i}`, `SELECT ? FROM t${i}`, { totalMs: i, rowsExamined: 30 - i }),
    ),
    classOf,
  )
  const kept = busiest(classes, 5)
  assert.equal(kept.length, 10)
  assert.equal(Math.max(...kept.map((one) => one.totalMs)), 29)
  assert.equal(Math.max(...kept.map((one) => one.rowsExamined)), 30)
})

test('a class that fails at once is kept, and for a quarter of an hour after its last error', () => {
  const sum = (errors: number) =>
    sumClasses(
      [
        ...Array.from({ length: 30 }, (_, i) =>
          delta(`d${i}`, `SELECT ? FROM t${i}`, { totalMs: 1 + i, rowsExamined: 1 + i }),
        ),
        delta('f', 'SELECT * FROM `gone`', { calls: 50, errors }),
      ],
      classOf,
    )
  const has = (kept: ReturnType<typeof busiest>) => kept.some(({ fingerprint }) => /gone/.test(fingerprint))
  assert.equal(has(busiest(sum(0), 5)), false)
  assert.equal(has(busiest(sum(50), 5)), true)
  const failed = rememberFailed(new Map(), sum(50), { nowMs: 0, most: 5 })
  const later = rememberFailed(failed, sum(0), { nowMs: 900_000, most: 5 })
  assert.equal(has(busiest(sum(0), 5, later)), true)
  const longAfter = rememberFailed(later, sum(0), { nowMs: 900_001, most: 5 })
  assert.equal(has(busiest(sum(0), 5, longAfter)), false)
})

test('failing classes are bounded, those with most errors and the latest kept', () => {
  const classes = sumClasses(
    Array.from({ length: 30 }, (_, i) =>
      delta(`d${i}`, `SELECT ? FROM t${i}`, { totalMs: 30 - i, rowsExamined: 30 - i, errors: i }),
    ),
    classOf,
  )
  const errorsOf = (kept: ReturnType<typeof busiest>) => kept.map(({ errors }) => errors)
  assert.deepEqual(errorsOf(busiest(classes, 2)), [0, 1, 28, 29])
  const failed = rememberFailed(new Map([['earlier', 0]]), classes, { nowMs: 10_000, most: 2 })
  assert.deepEqual([failed.size, failed.has('earlier')], [2, false])
  assert.deepEqual(errorsOf(busiest(classes, 2, failed)), [0, 1, 28, 29])
})
