import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, diagnose, supported } from '../../../test/support/diagnosis-case.ts'
import {
  column,
  type Evidence,
  FINGERPRINT_ID,
  index,
  ordersTable,
  planNode,
  selectivity,
  statementAnswers,
  statementHistory,
  statementPlan,
  statementUse,
  statisticsDrift,
  tableUse,
} from '../../../test/support/mysql-answers.ts'
import { missingIndex } from './missing-index.ts'

describe('mysql/missing-index', () => {
  const given = (evidence: Evidence = {}) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers(evidence),
  })
  const outcome = (evidence: Evidence) => conclude(missingIndex, given(evidence)).outcome
  const because = (evidence: Evidence) => {
    const result = conclude(missingIndex, given(evidence))
    return result.outcome === 'refuted' ? result.because : result.outcome
  }

  test('a full read for few rows without an index: create it', () => {
    const result = supported(missingIndex, given())
    assert.deepEqual(result.candidates, [
      {
        actionId: 'mysql/create-index',
        params: {
          table: { schema: 'shop', table: 'orders' },
          columns: [{ column: 'customer_id', prefix: null, direction: 'ASC' }],
        },
        why: 'An index on (customer_id) lets the statement read about 300 rows instead of 300,000.',
        affectedSeries: [`statement:${FINGERPRINT_ID}`],
      },
    ])
    assert.ok(result.claims.every((c) => c.recheck !== null))
  })

  test('an index that finds the rows and not their order is named, never denied', () => {
    const by = { column: 'created_at', direction: 'DESC' as const }
    const asked = (part: object) =>
      supported(
        missingIndex,
        given({
          use: statementUse([tableUse({ equal: ['customer_id'], sort: [by] })], { hasLimit: true }),
          table: ordersTable({ indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id'], part)] }),
        }),
      )
    const { hypothesis, recommendation, claims } = asked({})
    assert.match(hypothesis, /index k_c finds customer_id and does not give created_at as well/)
    assert.match(recommendation, /\(customer_id, created_at\)\. Index k_c may then be retired/)
    assert.ok(claims.every((c) => !c.claim.includes('no index')))
    for (const part of [{ unique: true }, { supportsForeignKey: true }])
      assert.doesNotMatch(asked(part).recommendation, /retired/)
    assert.match(asked({ visible: false }).hypothesis, /no index starts with customer_id/)
  })

  test('trap: wrong statistics explain the plan', () =>
    assert.match(
      because({ drift: statisticsDrift(5) }),
      /statistics of shop.orders are wrong by a factor of 5/,
    ))
  test('a join whose dropped rows the server does not count is found by its plan', () => {
    const plan = statementPlan({
      nodes: [planNode({ table: 'customers', access: 'ref', estimatedRows: 1 }), planNode()],
    })
    const history = statementHistory({ rowsExaminedPerCall: 9, rowsSentPerCall: 8, meanMs: 130 })
    const facts = { fingerprintId: FINGERPRINT_ID, selectFullJoin: 50 }
    const { claims, candidates } = supported(missingIndex, { ...given({ plan, history }), facts })
    assert.equal(candidates[0]?.actionId, 'mysql/create-index')
    assert.ok(claims.some((c) => /takes 130\.0 ms .* and none that a join buffer drops/.test(c.claim)))
    assert.ok(claims.some((c) => /the plan reads shop\.orders in full/.test(c.claim)))
    const { claims: uncounted } = supported(missingIndex, given({ plan, history }))
    assert.ok(uncounted.every((c) => !c.claim.includes('join buffer')))
  })
  test('trap: statistics that cannot be compared leave a join undecided', () => {
    const join = statementPlan({
      nodes: [planNode(), planNode({ table: 'items', access: 'ref', estimatedRows: 3 })],
    })
    assert.equal(outcome({ drift: null, plan: join }), 'unknown')
  })
  test('… and lower the confidence where one table is read', () => {
    const { weights } = supported(missingIndex, given({ drift: null }))
    assert.ok(weights.some((w) => w.logOdds < 0 && w.why.includes('statistics')))
  })
  test('trap: a column compared with another type needs no index, it needs its type', () => {
    const mismatched = [{ column: 'customer_id', columnType: 'varchar(20)', otherType: 'integer' }]
    const use = statementUse([tableUse({ equal: ['customer_id'], mismatched })])
    assert.match(because({ use }), /no predicate on it can use an index/)
  })
  test('trap: the server notes that an index is there and cannot be used', () => {
    for (const code of [1739, 1105]) {
      const plan = statementPlan({ warnings: [{ code, text: 'Cannot use key `k` on field `customer_id`' }] })
      assert.match(because({ plan }), /cannot be used/)
    }
  })
  test('another note 1105 is no obstacle', () => {
    const plan = statementPlan({ warnings: [{ code: 1105, text: 'something else' }] })
    assert.equal(outcome({ plan }), 'supported')
  })
  test('trap: a big result is not a missing index', () => {
    const history = statementHistory({ rowsExaminedPerCall: 300_000, rowsSentPerCall: 60_000 })
    assert.match(because({ history }), /returns, in bulk, what it reads/)
  })
  test('trap: a function around the column', () => {
    const use = statementUse([
      tableUse({ equal: ['customer_id'], wrapped: [{ column: 'customer_id', how: 'CAST' }] }),
    ])
    assert.match(because({ use }), /no predicate/)
  })
  test('trap: locks, not work', () => assert.match(because({ waitingPercent: 30 }), /waits for locks/))

  test('an index that serves already is not built again', () => {
    const table = ordersTable({
      indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id', 'status'])],
    })
    assert.match(because({ table }), /k_c already serves/)
  })
  test('a hidden index that would serve is shown, not built again', () => {
    const table = ordersTable({
      indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id'], { visible: false })],
    })
    const { candidates } = supported(missingIndex, given({ table }))
    assert.deepEqual(
      candidates.map((c) => [c.actionId, c.params]),
      [['mysql/show-index', { table: { schema: 'shop', table: 'orders' }, index: 'k_c' }]],
    )
  })
  test('a small table is not worth an index', () =>
    assert.match(because({ table: ordersTable({ rows: 9_999 }) }), /9,999 rows/))
  test('ten thousand rows are', () =>
    assert.equal(outcome({ table: ordersTable({ rows: 10_000 }) }), 'supported'))
  test('a use that was not resolved for this table proves nothing', () =>
    assert.equal(outcome({ use: statementUse([]) }), 'unknown'))
  test('a predicate that leaves a fifth of the rows is served by a scan', () => {
    assert.match(because({ selectivity: selectivity(['customer_id'], { topShare: 0.21 }) }), /21 %/)
    assert.equal(outcome({ selectivity: selectivity(['customer_id'], { topShare: 0.2 }) }), 'supported')
  })
  test('how much a range leaves is not guessed', () => {
    const use = statementUse([tableUse({ equal: [], range: ['created_at'] })])
    assert.equal(outcome({ use, selectivity: selectivity(['created_at']) }), 'unknown')
  })
  test('a table that is read by an index is not scanned', () => {
    const plan = statementPlan({ nodes: [planNode({ access: 'ref', key: 'k_c', estimatedRows: 15 })] })
    assert.match(because({ plan }), /no table is read in full/)
  })
  test('a ninth secondary index is not proposed', () => {
    const eight = Array.from({ length: 8 }, (_, i) => index(`k${i}`, [`c${i}`]))
    const table = ordersTable({
      columns: [...ordersTable().columns, ...eight.map((_, i) => column(`c${i}`))],
      indexes: [index('PRIMARY', ['id']), ...eight],
    })
    assert.match(because({ table }), /8 secondary indexes/)
  })

  for (const missing of ['plan', 'use', 'table', 'selectivity'] as const) {
    test(`without the ${missing} nothing is known`, () =>
      assert.equal(outcome({ [missing]: null }), 'unknown'))
  }
  test('without a history it still holds, with less weight', () => {
    const weight = (evidence: Evidence) =>
      supported(missingIndex, given(evidence)).weights.reduce((n, w) => n + w.logOdds, 0)
    assert.ok(weight({ history: null }) < weight({}))
  })
  test('an issue about no statement is not explained', () =>
    assert.equal(conclude(missingIndex, { facts: {}, answers: [] }).outcome, 'refuted'))
  test('four rounds are enough, and no question is asked twice', () => {
    const { asked } = diagnose(missingIndex, given())
    assert.deepEqual(asked.map((q) => q.kind).sort(), [
      'column-selectivity',
      'statement-history',
      'statement-plan',
      'statement-use',
      'statistics-drift',
      'table',
      'wait-profile',
    ] satisfies Answer['kind'][])
  })
})
