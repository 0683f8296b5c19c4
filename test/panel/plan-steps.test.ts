/** A plan out of a claim: what is believed of it, where its rows are, and its words. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PlanStep } from '../../src/core/plan-step.ts'
import {
  costliestPlace,
  placedSteps,
  planIn,
  planLines,
  rowsOf,
  stepWords,
} from '../../web/src/parts/plan-steps.ts'

const table = (name: string, more: Partial<PlanStep> = {}): PlanStep => ({
  operation: 'table',
  name,
  table: `shop.${name}`,
  access: 'ALL',
  passes: 1,
  inputs: [],
  ...more,
})
const shown = (tree: PlanStep, examinedPerCall: number | null = null) => {
  const plan = planIn({ plan: tree, origin: 'explain', estimatedCost: null, examinedPerCall })
  assert.ok(plan !== null)
  return plan
}

describe('a plan that is shown', () => {
  test('marks the table of which most rows are read in all, not each time', () => {
    const join = (inner: Partial<PlanStep>): PlanStep => ({
      operation: 'join',
      inputs: [table('customers', { estimatedRows: 5_000 }), table('orders', inner)],
    })
    assert.equal(costliestPlace(shown(join({ estimatedRows: 12, passes: 5_000 }))), '0.1')
    assert.equal(costliestPlace(shown(join({ estimatedRows: 12, passes: 10 }))), '0.0')
    assert.equal(costliestPlace(shown(join({ estimatedRows: 1, actualRows: 90_000 }))), '0.1')
    assert.equal(costliestPlace(shown({ operation: 'select', inputs: [] })), null)
  })

  test('takes what a call examines for the rows of its only table, and of no other', () => {
    const only = table('orders', { estimatedRows: 299_000 })
    assert.equal(rowsOf(only, shown({ operation: 'sort', inputs: [only] }, 300_000)).read, 300_000)
    assert.equal(rowsOf({ ...only, actualRows: 7 }, shown(only, 300_000)).read, 7)
    const two = shown({ operation: 'join', inputs: [only, table('items')] }, 300_000)
    assert.equal(rowsOf(only, two).read, null)
  })

  test('is the same in words: every step in its place, rows estimated beside rows read', () => {
    const tree: PlanStep = {
      operation: 'sort',
      inputs: [
        {
          operation: 'join',
          inputs: [
            table('customers', { estimatedRows: 200, actualRows: 190 }),
            table('orders', { name: 'o', access: 'ref', key: 'by_customer', estimatedRows: 15, passes: 190 }),
          ],
        },
      ],
    }
    assert.deepEqual(planLines(shown(tree)).split('\n'), [
      'Sort',
      '  Join, each row with the rows of the next',
      '    All rows of shop.customers: 200 rows estimated, 190 read',
      '    Rows by key of shop.orders (o), index by_customer: 15 rows estimated, 190 times',
    ])
    assert.equal(
      stepWords({ operation: 'subquery', dependent: true, inputs: [] }),
      'Subquery, for each row around it',
    )
  })

  test('is one only if it has the shape of one; anything else is left to be shown as it is', () => {
    for (const value of [
      null,
      7,
      'plan',
      [],
      {},
      { plan: null },
      { plan: { operation: 'table' } },
      { plan: { operation: 'join', inputs: [7] } },
    ])
      assert.equal(planIn(value), null)
    let deep: PlanStep = table('t')
    for (let at = 0; at < 500; at += 1) deep = { operation: 'sort', inputs: [deep] }
    assert.equal(planIn({ plan: deep }), null)
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plan = planIn(value)
        if (plan !== null) assert.ok(placedSteps(plan.tree).length > 0)
      }),
    )
  })
})
