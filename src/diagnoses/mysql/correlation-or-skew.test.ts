import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  planNode,
  selectivity,
  statementAnswers,
  statementHistory,
  statementPlan,
  statementUse,
  statisticsDrift,
  tableUse,
} from '../../../test/support/mysql-answers.ts'
import { correlationOrSkew } from './correlation-or-skew.ts'

describe('mysql/correlation-or-skew', () => {
  const TWO = statementUse([tableUse({ equal: ['customer_id', 'status'] })])
  const measured = (estimatedRows: number, actualRows: number | null) =>
    statementPlan({
      nodes: [planNode({ access: 'ref', key: 'k_c', estimatedRows, actualRows })],
      origin: 'logged',
    })
  const given = (evidence: Evidence = {}) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({
      plan: measured(1_000, 90_000),
      use: TWO,
      selectivity: selectivity(['customer_id', 'status']),
      ...evidence,
    }),
  })
  const outcome = (evidence: Evidence) => conclude(correlationOrSkew, given(evidence)).outcome

  const SKEWED = selectivity(['customer_id', 'status'], { topShare: 0.3 })
  test('a value that makes up much of a column: histograms of both flavours', () => {
    const { candidates } = supported(correlationOrSkew, given({ selectivity: SKEWED }))
    assert.deepEqual(
      candidates.map((c) => c.actionId),
      ['mysql/analyze-histogram', 'mysql/analyze-persistent'],
    )
  })
  test('columns that go together: no histogram sees that, so none is proposed', () => {
    const result = supported(correlationOrSkew, given())
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /customer_id, status go together.*STRAIGHT_JOIN/)
  })
  test('the statement is told by name what to begin with instead of the misjudged table', () => {
    const nodes = [
      planNode({ access: 'index_merge', key: 'k_c,k_s', estimatedRows: 46, actualRows: 3_000 }),
      planNode({ table: 'visits', access: 'ref', estimatedRows: 10, actualRows: 24 }),
    ]
    const joined = given({ plan: statementPlan({ nodes, origin: 'logged' }) })
    assert.match(
      supported(correlationOrSkew, joined).recommendation,
      /It begins with shop\.orders: tell it to begin with shop\.visits and compare \(STRAIGHT_JOIN/,
    )
  })
  test('a key goes together with nothing: it is not named, and beside it one column is one', () => {
    const joinedBy = (...equal: string[]) => ({ use: statementUse([tableUse({ equal })]) })
    const three = given(joinedBy('customer_id', 'id', 'status'))
    assert.match(supported(correlationOrSkew, three).hypothesis, /customer_id, status go together/)
    assert.equal(outcome(joinedBy('customer_id', 'id')), 'refuted')
  })
  test('columns that go together weigh less than skew, which a histogram shows', () => {
    const weight = (evidence: Evidence) =>
      supported(correlationOrSkew, given(evidence)).weights.reduce((n, w) => n + w.logOdds, 0)
    assert.equal(weight({}), -1)
    assert.equal(weight({ selectivity: selectivity(['customer_id', 'status'], { topShare: 0.3 }) }), 1)
  })
  test('a factor of ten is wrong, less is about right', () => {
    assert.equal(outcome({ plan: measured(1_000, 10_000) }), 'supported')
    assert.equal(outcome({ plan: measured(1_000, 9_999) }), 'refuted')
  })
  test('too many expected is as wrong as too few', () =>
    assert.equal(outcome({ plan: measured(90_000, 1_000) }), 'supported'))
  test('for a value that another table of the join brings no histogram is used, so none is proposed', () => {
    const joined = (access: string) => ({
      plan: statementPlan({
        nodes: [
          planNode({ table: 'customers', access: 'ref', estimatedRows: 1, actualRows: 1 }),
          planNode({ access, key: 'k_c', estimatedRows: 8, actualRows: 24_000 }),
        ],
        origin: 'logged' as const,
      }),
    })
    const result = supported(correlationOrSkew, given(joined('ref')))
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /STRAIGHT_JOIN/)
    const ranged = given({ ...joined('range'), selectivity: SKEWED })
    assert.equal(supported(correlationOrSkew, ranged).candidates.length, 2)
  })
  test('wrong statistics are another cause', () =>
    assert.equal(outcome({ drift: statisticsDrift(9) }), 'refuted'))
  test('a table whose use of columns was not read leaves it open: that is no filter by one column', () =>
    assert.equal(outcome({ use: statementUse([]) }), 'unknown'))
  test('one evenly spread column is neither', () =>
    assert.equal(outcome({ use: statementUse(), selectivity: selectivity(['customer_id']) }), 'refuted'))
  test('what a call of a one-table plan examines stands for its actual rows', () =>
    assert.equal(
      outcome({ plan: measured(1_000, null), history: statementHistory({ rowsExaminedPerCall: 50_000 }) }),
      'supported',
    ))
  test('without actual rows, statistics or use nothing is known', () => {
    assert.equal(outcome({ plan: measured(1_000, null), history: null }), 'unknown')
    assert.equal(outcome({ drift: null }), 'unknown')
    assert.equal(outcome({ use: null }), 'unknown')
  })
})
