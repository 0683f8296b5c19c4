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
import { nonSargable } from './non-sargable.ts'

describe('mysql/non-sargable', () => {
  const INDEXED = ordersTable({ indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id'])] })
  const USE = statementUse([tableUse({ wrapped: [{ column: 'customer_id', how: 'DATE()' }] })])
  const given = (evidence: Evidence = {}) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({ table: INDEXED, use: USE, ...evidence }),
  })
  const outcome = (evidence: Evidence) => conclude(nonSargable, given(evidence)).outcome

  test('an index that is there and cannot be used is named; the advice is for the application', () => {
    const result = supported(nonSargable, given())
    assert.match(result.hypothesis, /Index k_c on shop.orders \(customer_id\)/)
    assert.deepEqual(result.candidates, [])
  })
  test('the server’s own note weighs', () => {
    const plan = statementPlan({ warnings: [{ code: 1739, text: 'Cannot use ref access on index k_c' }] })
    assert.ok(supported(nonSargable, given({ plan })).weights.some((w) => w.logOdds === 2))
    assert.deepEqual(supported(nonSargable, given()).weights, [])
  })
  test('beside a condition that an index could serve, an expression without an index is no obstacle', () =>
    assert.equal(outcome({ table: ordersTable() }), 'refuted'))
  describe('an expression that is all the statement asks by', () => {
    const ALONE = statementUse([
      tableUse({ equal: [], wrapped: [{ column: 'note', how: 'JSON_VALUE' }], mismatched: [] }),
    ])
    test('is why the table is read in full, index or not: no index of the column would be used', () => {
      const result = supported(nonSargable, given({ table: ordersTable(), use: ALONE }))
      assert.match(result.hypothesis, /all of shop\.orders .* expression of note \(JSON_VALUE\)/)
      assert.match(result.recommendation, /a column of its own, generated or written/)
      assert.deepEqual(result.candidates, [])
    })
    test('is none of a small table, nor where parts of the statement were not understood', () => {
      assert.equal(outcome({ table: ordersTable({ rows: 900 }), use: ALONE }), 'refuted')
      assert.equal(outcome({ table: ordersTable(), use: { ...ALONE, unresolved: ['x'] } }), 'refuted')
    })
  })
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
      outcome({
        use: statementUse([
          tableUse({
            mismatched: [{ column: 'customer_id', columnType: 'varchar(20)', otherType: 'integer' }],
          }),
        ]),
      }),
      'refuted',
    ))
  test('without plan or use nothing is known', () => {
    assert.equal(outcome({ plan: null }), 'unknown')
    assert.equal(outcome({ use: null }), 'unknown')
  })
})
