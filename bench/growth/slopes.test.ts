import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Curve, grown } from './slopes.ts'

const curve = (values: readonly number[], more: Partial<Curve> = {}): Curve => ({
  name: 'x',
  unit: 'ms',
  expected: 'linear',
  most: null,
  points: values.map((value, i) => ({ size: 10 ** (i + 1), value })),
  ...more,
})
const near = (slope: number | null, expected: number): void =>
  assert.ok(slope !== null && Math.abs(slope - expected) < 1e-9, String(slope))

test('the slope is 0 of what is flat, 1 of what is linear, 2 of what is quadratic', () => {
  near(grown(curve([5, 5, 5])).slope, 0)
  near(grown(curve([1, 10, 100])).slope, 1)
  near(grown(curve([1, 100, 10_000])).slope, 2)
  assert.deepEqual(grown(curve([1, 100, 10_000])).marks, ['SUPERLINEAR'])
  assert.deepEqual(grown(curve([1, 10, 100])).marks, [])
})

test('what is flat at first and grows late is told by its last step', () => {
  near(grown(curve([5, 5, 500])).slope, 2)
})

test('a flat curve that grows is marked, unless it stays a trifle of what it may be', () => {
  assert.deepEqual(grown(curve([1, 4, 16], { expected: 'flat', most: 20 })).marks, ['GROWS'])
  assert.deepEqual(grown(curve([0.01, 0.04, 0.16], { expected: 'flat', most: 20 })).marks, [])
})

test('above the budget is marked whatever the slope', () =>
  assert.deepEqual(grown(curve([30, 30, 30], { most: 20 })).marks, ['OVER BUDGET']))

test('one size has no slope', () => assert.equal(grown(curve([5])).slope, null))
