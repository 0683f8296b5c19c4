import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  index,
  ordersTable,
  planNode,
  statementAnswers,
  statementPlan,
  statementUse,
  tableUse,
} from '../../../test/support/mysql-answers.ts'
import { typeMismatch } from './type-mismatch.ts'

describe('mysql/type-mismatch', () => {
  const INDEXED = ordersTable({ indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id'])] })
  const USE = statementUse([
    tableUse({ mismatched: [{ column: 'customer_id', columnType: 'varchar(20)', otherType: 'integer' }] }),
  ])
  const given = (evidence: Evidence = {}) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({ table: INDEXED, use: USE, ...evidence }),
  })
  const outcome = (evidence: Evidence) => conclude(typeMismatch, given(evidence)).outcome

  test('an index that is there and cannot be used is named; the advice is for the application', () => {
    const result = supported(typeMismatch, given())
    assert.match(result.hypothesis, /Index k_c on shop.orders \(customer_id\)/)
    assert.deepEqual(result.candidates, [])
  })
  test('the server’s own note weighs', () => {
    const plan = statementPlan({ warnings: [{ code: 1739, text: 'Cannot use ref access on index k_c' }] })
    assert.ok(supported(typeMismatch, given({ plan })).weights.some((w) => w.logOdds === 2))
    assert.deepEqual(supported(typeMismatch, given()).weights, [])
  })
  test('without an index on the column it is no obstacle', () =>
    assert.equal(outcome({ table: ordersTable() }), 'refuted'))
  test('a hidden index is not kept from use by the statement', () => {
    const hidden = ordersTable({ indexes: [index('k_c', ['customer_id'], { visible: false })] })
    assert.equal(outcome({ table: hidden }), 'refuted')
  })
  test('a table that is not read in full is well', () => {
    const plan = statementPlan({ nodes: [planNode({ access: 'ref', key: 'k_c' })] })
    assert.equal(outcome({ plan }), 'refuted')
  })
  describe('an index of which another type spoils a further column', () => {
    const BOTH = ordersTable({
      indexes: [index('PRIMARY', ['id']), index('by_both', ['status', 'customer_id'])],
    })
    const mismatched = [{ column: 'customer_id', columnType: 'varchar(20)', otherType: 'integer' }]
    const second = { table: BOTH, use: statementUse([tableUse({ equal: ['status'], mismatched })]) }
    const byFirst = statementPlan({
      nodes: [planNode({ access: 'ref', key: 'by_both', estimatedRows: 9_000 })],
    })

    test('is named where the server reads the whole table rather', () =>
      assert.match(supported(typeMismatch, given(second)).hypothesis, /Index by_both .* cannot be used/))
    test('is named where the server reads many rows by the columns before', () => {
      const { hypothesis, claims } = supported(typeMismatch, given({ ...second, plan: byFirst }))
      assert.match(hypothesis, /by_both .* is used for its first columns only and not for customer_id/)
      assert.ok(claims.some((c) => /reads about 9,000 rows by the first columns/.test(c.claim)))
    })
    test('is no obstacle where the columns before are not asked for, or few rows are read', () => {
      assert.equal(
        outcome({ table: BOTH, use: statementUse([tableUse({ equal: [], mismatched })]) }),
        'refuted',
      )
      const few = statementPlan({ nodes: [planNode({ access: 'ref', key: 'by_both', estimatedRows: 40 })] })
      assert.equal(outcome({ ...second, plan: few }), 'refuted')
    })
  })
  test('the other way to lose an index is another cause', () =>
    assert.equal(
      outcome({ use: statementUse([tableUse({ wrapped: [{ column: 'customer_id', how: 'DATE()' }] })]) }),
      'refuted',
    ))
  test('without plan or use nothing is known', () => {
    assert.equal(outcome({ plan: null }), 'unknown')
    assert.equal(outcome({ use: null }), 'unknown')
  })
})
