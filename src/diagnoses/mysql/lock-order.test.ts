import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { lockOrder } from './lock-order.ts'

describe('mysql/lock-order', () => {
  const transaction = (n: number, table: string, statement: string | null) => ({
    n,
    statement,
    holds: [],
    waitsFor: { table, index: 'PRIMARY', mode: 'X' },
  })
  const given = (tables: readonly string[] = ['shop.orders', 'shop.items'], breaches = 3) => ({
    rule: 'mysql/deadlock',
    category: 'DEADLOCK' as const,
    breaches,
    facts: { report: { transactions: tables.map((t, i) => transaction(i + 1, t, `UPDATE ${t} SET a = ?`)) } },
  })
  test('a deadlock is for the application to mend: nobody is ended', () => {
    const result = supported(lockOrder, given())
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /one fixed order/)
    assert.match(result.recommendation, /UPDATE shop.orders/)
  })
  const ring = (waitsFor: object, holds: object) =>
    supported(lockOrder, {
      ...given(),
      facts: {
        report: {
          transactions: [1, 2].map((n) => ({
            n,
            statement: 'INSERT INTO seats (id) VALUES (?)',
            holds: [{ table: 'shop.seats', index: 'PRIMARY', ...holds }],
            waitsFor: { table: 'shop.seats', index: 'PRIMARY', mode: 'X', ...waitsFor },
          })),
        },
      },
    })
  test('for inserts into a gap others have locked no order is advised, but one statement', () => {
    const { hypothesis, recommendation } = ring({ gap: 'insert_intention' }, { mode: 'X', gap: 'gap' })
    assert.match(hypothesis, /same gap of shop\.seats/)
    assert.match(recommendation, /ON DUPLICATE KEY UPDATE/)
    assert.doesNotMatch(recommendation, /fixed order/)
  })
  test('of locks for reading that all want to make stronger, the stronger first', () => {
    const read = ring({ gap: 'rec_not_gap' }, { mode: 'S', gap: 'rec_not_gap' })
    assert.match(read.recommendation, /stronger lock first/)
    const written = ring({ gap: 'rec_not_gap' }, { mode: 'X', gap: 'rec_not_gap' })
    assert.match(written.recommendation, /fixed order/)
  })
  test('three of a kind weigh more than one', () => {
    const sum = (breaches: number) =>
      supported(lockOrder, given(undefined, breaches)).weights.reduce((n, w) => n + w.logOdds, 0)
    assert.ok(sum(3) > sum(2))
    assert.ok(sum(2) < 0)
  })
  test('one table makes it likelier', () => {
    const { weights } = supported(lockOrder, given(['shop.orders', 'shop.orders']))
    assert.ok(weights.some((w) => w.why.includes('one table') && w.logOdds > 0))
  })
  test('a report that was not caught proves nothing, and the remedy is named', () => {
    const missed = conclude(lockOrder, { ...given(), facts: { missed: 2 } })
    assert.equal(missed.outcome, 'unknown')
    assert.match(missed.outcome === 'unknown' ? missed.toProceed : '', /innodb_print_all_deadlocks/)
  })
  test('half a report proves nothing', () =>
    assert.equal(conclude(lockOrder, given(['shop.orders'])).outcome, 'unknown'))
  test('nobody waiting for a table’s lock is no lock order', () => {
    const bare = { transactions: [1, 2].map((n) => ({ n, statement: null, holds: [], waitsFor: null })) }
    assert.equal(conclude(lockOrder, { ...given(), facts: { report: bare } }).outcome, 'refuted')
  })
})
