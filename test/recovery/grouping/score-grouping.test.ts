import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakes, scoreGrouping, simpleRule } from './score-grouping.ts'

test('groups that are the faults score 1 whatever they are called', () => {
  const score = scoreGrouping(['a', 'a', 'b'], ['x', 'x', 'y'])
  assert.deepEqual(score, {
    errors: 3,
    faults: 2,
    groups: 2,
    strictAccuracy: 1,
    pairPrecision: 1,
    pairRecall: 1,
  })
})

test('one group of everything has recall and no accuracy', () => {
  const score = scoreGrouping(['a', 'a', 'b', 'b'], ['x', 'x', 'x', 'x'])
  assert.equal(score.strictAccuracy, 0)
  assert.equal(score.pairPrecision, 2 / 6)
  assert.equal(score.pairRecall, 1)
})

test('a fault torn in two costs every error of it', () => {
  const score = scoreGrouping(['a', 'a', 'a', 'b'], ['x', 'x', 'z', 'y'])
  assert.equal(score.strictAccuracy, 1 / 4)
  assert.equal(score.pairPrecision, 1)
  assert.equal(score.pairRecall, 1 / 3)
  assert.deepEqual(mistakes(['a', 'a', 'a', 'b'], ['x', 'x', 'z', 'y']), ['a: 2 groups'])
  assert.deepEqual(mistakes(['a', 'b'], ['x', 'x']), ['one group: a | b'])
})

test('the simple rule merges tables and splits values with an apostrophe, as it is known to', () => {
  assert.equal(
    simpleRule("Table 'shop.orders' doesn't exist"),
    simpleRule("Table 'shop.payroll' doesn't exist"),
  )
  assert.notEqual(
    simpleRule("Duplicate entry 'Ann' for key 'uq'"),
    simpleRule("Duplicate entry 'O'Brien' for key 'uq'"),
  )
})
