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
