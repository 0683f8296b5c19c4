import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MYSQL } from '../../../sql/index.ts'
import { type DigestDelta, NO_COUNTERS } from './digest-rows.ts'
import { busiest, DigestFingerprints, sumClasses } from './statement-classes.ts'

const fingerprints = new DigestFingerprints()
const classOf = (digest: string, text: string) => fingerprints.of(digest, text, MYSQL)

function delta(
  digest: string,
  digestText: string,
  figures: { calls?: number; totalMs?: number; rowsExamined?: number; partial?: boolean },
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
