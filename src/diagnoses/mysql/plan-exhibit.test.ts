import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from '../../../test/support/diagnosis-case.ts'
import {
  type Evidence,
  FINGERPRINT_ID,
  statementAnswers,
  statementHistory,
  statementPlan,
} from '../../../test/support/mysql-answers.ts'
import type { PlanStep } from '../../core/plan-step.ts'
import { planRegression } from './plan-regression.ts'

const tree: PlanStep = {
  operation: 'table',
  name: 'orders',
  table: 'shop.orders',
  access: 'ALL',
  estimatedRows: 299_000,
  passes: 1,
  inputs: [],
}
const shownWith = (evidence: Evidence) =>
  diagnose(planRegression, {
    facts: { fingerprintId: FINGERPRINT_ID },
    answers: statementAnswers({ plan: statementPlan({ tree, estimatedCost: 61_000 }), ...evidence }),
  }).shown

test('the plan is shown with the rows a call examines, and can be asked for again', () => {
  const [claim, ...others] = shownWith({ history: statementHistory({ rowsExaminedPerCall: 300_000.4 }) })
  assert.deepEqual(others, [])
  assert.deepEqual(claim?.value, {
    plan: tree,
    origin: 'explain',
    estimatedCost: 61_000,
    examinedPerCall: 300_000,
  })
  assert.deepEqual(claim?.recheck, { kind: 'statement-plan', params: { fingerprintId: FINGERPRINT_ID } })
})

test('it is shown where nothing could be concluded, and without rows where they are not known', () => {
  const [claim] = shownWith({ history: null })
  assert.match(JSON.stringify(claim?.value), /"examinedPerCall":null/)
})

test('no plan, or one without a tree, shows nothing', () => {
  assert.deepEqual(shownWith({ plan: null }), [])
  assert.deepEqual(shownWith({ plan: statementPlan() }), [])
  assert.deepEqual(diagnose(planRegression, { answers: [] }).shown, [])
})
