import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { column, ordersTable } from '../../../test/support/mysql-answers.ts'
import { idExhaustion } from './id-exhaustion.ts'

describe('mysql/id-exhaustion', () => {
  const given = (columnType: string, referencedBy = 0) => ({
    rule: 'mysql/id-exhaustion',
    category: 'SCHEMA_CAPACITY' as const,
    on: { type: 'table', name: 'shop.orders.id' },
    facts: { schema: 'shop', table: 'orders', column: 'id', columnType: 'int(11)', usedPercent: 91 },
    answers: [
      { kind: 'table', value: ordersTable({ referencedBy, columns: [column('id', { columnType })] }) },
    ] satisfies Answer[],
  })
  test('the type is too small: a migration, which is advice', () => {
    const result = supported(idExhaustion, given('int(11)', 2))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /BIGINT UNSIGNED.*2 foreign key/)
  })
  test('a column of another type by now is well', () =>
    assert.equal(conclude(idExhaustion, given('bigint(20)')).outcome, 'refuted'))
  test('a table that is gone is gone', () =>
    assert.equal(
      conclude(idExhaustion, { ...given('int(11)'), answers: [{ kind: 'table', value: null }] }).outcome,
      'refuted',
    ))
  test('without the table nothing is known', () =>
    assert.equal(conclude(idExhaustion, { ...given('int(11)'), answers: [] }).outcome, 'unknown'))
})
