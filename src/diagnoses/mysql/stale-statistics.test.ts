import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  planNode,
  statementAnswers,
  statementPlan,
  statisticsDrift,
} from '../../../test/support/mysql-answers.ts'
import { staleStatistics } from './stale-statistics.ts'

describe('mysql/stale-statistics', () => {
  const given = (evidence: Evidence = {}) => ({
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers(evidence),
  })
  const ofTable = (drift: ReturnType<typeof statisticsDrift> | null) => ({
    rule: 'mysql/stale-statistics',
    category: 'STATISTICS' as const,
    on: { type: 'table', name: 'shop.orders' },
    facts: { schema: 'shop', table: 'orders' },
    answers: statementAnswers({ drift }),
  })
  test('a sample that differs five times is believed: analyse', () => {
    const { candidates } = supported(staleStatistics, given({ drift: statisticsDrift(5) }))
    assert.equal(candidates[0]?.actionId, 'mysql/analyze-table')
    assert.deepEqual(candidates[0]?.affectedSeries, [`statement:${FINGERPRINT_ID}`])
  })
  test('less is agreement', () =>
    assert.equal(conclude(staleStatistics, given({ drift: statisticsDrift(4.9) })).outcome, 'refuted'))
  test('an issue about a table is explained without any statement', () => {
    assert.equal(conclude(staleStatistics, ofTable(statisticsDrift(6))).outcome, 'supported')
    assert.equal(conclude(staleStatistics, ofTable(statisticsDrift(1))).outcome, 'refuted')
    assert.equal(conclude(staleStatistics, ofTable(null)).outcome, 'unknown')
  })
  test('young statistics that are wrong need more pages, not another ANALYZE', () => {
    const { candidates, weights } = supported(
      staleStatistics,
      given({ drift: statisticsDrift(9, { ageSeconds: 600 }) }),
    )
    assert.deepEqual(
      candidates.map((c) => c.actionId),
      ['mysql/set-statistics-options'],
    )
    assert.ok(weights.some((w) => w.logOdds === -2))
  })
  test('automatic recalculation that is off weighs, and is proposed second', () => {
    const { candidates, weights } = supported(
      staleStatistics,
      given({ drift: statisticsDrift(9, { autoRecalc: false }) }),
    )
    assert.deepEqual(
      candidates.map((c) => c.actionId),
      ['mysql/analyze-table', 'mysql/set-statistics-options'],
    )
    assert.ok(weights.some((w) => w.why.includes('off for this table')))
  })
  test('without automatic recalculation a change right after the last ANALYZE still needs another', () => {
    const drift = statisticsDrift(9, { ageSeconds: 600, autoRecalc: false })
    const { candidates } = supported(staleStatistics, given({ drift }))
    assert.equal(candidates[0]?.actionId, 'mysql/analyze-table')
  })
  test('a plan that reads little has nothing to do with it', () => {
    const plan = statementPlan({ nodes: [planNode({ access: 'const', estimatedRows: 1 })] })
    assert.equal(conclude(staleStatistics, given({ plan, drift: statisticsDrift(9) })).outcome, 'refuted')
  })
  test('waiting is not planning', () =>
    assert.equal(
      conclude(staleStatistics, given({ drift: statisticsDrift(9), waitingPercent: 50 })).outcome,
      'refuted',
    ))
  test('without plan or sample nothing is known', () => {
    assert.equal(conclude(staleStatistics, given({ plan: null })).outcome, 'unknown')
    assert.equal(conclude(staleStatistics, given({ drift: null })).outcome, 'unknown')
  })
})
