import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { index, ordersTable } from '../../../test/support/mysql-answers.ts'
import { duplicateIndex } from './duplicate-index.ts'

describe('mysql/duplicate-index', () => {
  const redundant = (part: object = {}) => ({
    schema: 'shop',
    table: 'orders',
    index: 'k1',
    columns: ['customer_id'],
    dominantIndex: 'k2',
    dominantColumns: ['customer_id', 'status'],
    exact: false,
    unique: false,
    supportsForeignKey: false,
    ...part,
  })
  const given = (found: readonly ReturnType<typeof redundant>[], hidden = false) => ({
    rule: 'mysql/duplicate-index',
    category: 'INDEX_HYGIENE' as const,
    on: { type: 'index', name: 'shop.orders.k1' },
    facts: { schema: 'shop', table: 'orders', index: 'k1', dominantIndex: 'k2' },
    answers: [
      { kind: 'redundant-indexes', value: found },
      {
        kind: 'table',
        value: ordersTable({ indexes: [index('k1', ['customer_id'], { visible: !hidden })] }),
      },
    ] satisfies Answer[],
  })
  test('a left prefix is hidden first, never dropped at once', () => {
    const { candidates, weights } = supported(duplicateIndex, given([redundant()]))
    assert.deepEqual(
      candidates.map((c) => [c.actionId, c.params]),
      [['mysql/hide-index', { table: { schema: 'shop', table: 'orders' }, index: 'k1' }]],
    )
    assert.equal(weights[0]?.logOdds, 1)
  })
  test('an exact duplicate weighs more', () =>
    assert.equal(supported(duplicateIndex, given([redundant({ exact: true })])).weights[0]?.logOdds, 2))
  test('one that is hidden already may be dropped: that action asks for its seven days', () =>
    assert.deepEqual(
      supported(duplicateIndex, given([redundant()], true)).candidates.map((c) => c.actionId),
      ['mysql/drop-index'],
    ))
  test('a unique index stays', () =>
    assert.equal(conclude(duplicateIndex, given([redundant({ unique: true })])).outcome, 'refuted'))
  test('one that serves a foreign key stays', () =>
    assert.equal(
      conclude(duplicateIndex, given([redundant({ supportsForeignKey: true })])).outcome,
      'refuted',
    ))
  test('one that nothing covers any more stays', () => {
    assert.equal(conclude(duplicateIndex, given([])).outcome, 'refuted')
    assert.equal(conclude(duplicateIndex, given([redundant({ index: 'k9' })])).outcome, 'refuted')
  })
  test('an unused index is another matter', () =>
    assert.equal(
      conclude(duplicateIndex, { ...given([redundant()]), rule: 'mysql/unused-index' }).outcome,
      'refuted',
    ))
  test('without the catalog nothing is known', () =>
    assert.equal(conclude(duplicateIndex, { ...given([]), answers: [] }).outcome, 'unknown'))
})
