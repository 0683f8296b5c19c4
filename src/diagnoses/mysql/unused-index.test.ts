import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { index, ordersTable } from '../../../test/support/mysql-answers.ts'
import { unusedIndex } from './unused-index.ts'

describe('mysql/unused-index', () => {
  const given = (
    part: {
      reads?: number
      days?: number
      replicas?: number
      isReplica?: boolean
      definition?: Parameters<typeof index>[2]
    } = {},
  ) => ({
    rule: 'mysql/unused-index',
    category: 'INDEX_HYGIENE' as const,
    on: { type: 'index', name: 'shop.orders.k1' },
    facts: { schema: 'shop', table: 'orders', index: 'k1' },
    answers: [
      { kind: 'index-reads', value: { reads: part.reads ?? 0, sinceSeconds: (part.days ?? 40) * 86_400 } },
      { kind: 'table', value: ordersTable({ indexes: [index('k1', ['status'], part.definition ?? {})] }) },
      {
        kind: 'topology',
        value: {
          writable: true,
          isReplica: part.isReplica ?? false,
          replicas: part.replicas ?? 0,
          lagSeconds: null,
        },
      },
    ] satisfies Answer[],
  })
  const outcome = (part: Parameters<typeof given>[0]) => conclude(unusedIndex, given(part)).outcome

  test('unread for 35 days on a server alone: hide it, with less than full confidence', () => {
    const { candidates, weights } = supported(unusedIndex, given({ days: 35 }))
    assert.deepEqual(
      candidates.map((c) => c.actionId),
      ['mysql/hide-index'],
    )
    assert.ok((weights[0]?.logOdds ?? 0) < 0)
  })
  test('hidden already: the drop is proposed', () =>
    assert.deepEqual(
      supported(unusedIndex, given({ definition: { visible: false } })).candidates.map((c) => c.actionId),
      ['mysql/drop-index'],
    ))
  test('with replicas their reads are not known', () => {
    assert.equal(outcome({ replicas: 1 }), 'unknown')
    assert.equal(outcome({ isReplica: true }), 'unknown')
  })
  test('one that is read stays', () => assert.equal(outcome({ reads: 1 }), 'refuted'))
  test('a server that has counted for less proves nothing', () =>
    assert.equal(outcome({ days: 34 }), 'refuted'))
  test('whoever knows the longest cycle of jobs may say how long is long enough', () => {
    const configured = (days: number, unreadIndexDays: number) =>
      conclude(unusedIndex, { ...given({ days }), settings: { unreadIndexDays } }).outcome
    assert.deepEqual(
      [configured(8, 8), configured(7, 8), configured(364, 365)],
      ['supported', 'refuted', 'refuted'],
    )
  })
  test('unique, primary and foreign-key indexes stay', () => {
    for (const definition of [{ unique: true }, { primary: true }, { supportsForeignKey: true }])
      assert.equal(outcome({ definition }), 'refuted')
  })
  test('a duplicate is another matter, and nothing is asked of it', () =>
    assert.equal(conclude(unusedIndex, { ...given(), rule: 'mysql/duplicate-index' }).outcome, 'refuted'))
  test('without counters, table or topology nothing is known', () => {
    for (const n of [0, 1, 2])
      assert.equal(
        conclude(unusedIndex, { ...given(), answers: given().answers.toSpliced(n, 1) }).outcome,
        'unknown',
      )
  })
})
