/** Many changes at once are one, however many, and changes without an end are looked at all the same. */
import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { Settled } from './settled.ts'

let called = 0
let settled: Settled
beforeEach((context) => {
  called = 0
  mock.timers.reset()
  mock.timers.enable({ apis: ['setTimeout'] })
  settled = new Settled({ quietMs: 100, longestMs: 5_000 }, () => called++)
  return context
})

test('nothing is done before it was quiet, and then once', () => {
  for (let at = 0; at < 40; at++) {
    settled.notice()
    mock.timers.tick(99)
  }
  assert.equal(called, 0)
  mock.timers.tick(1)
  assert.equal(called, 1)
  mock.timers.tick(60_000)
  assert.equal(called, 1)
})

test('what goes on is looked at every five seconds', () => {
  for (let at = 0; at < 200; at++) {
    settled.notice()
    mock.timers.tick(60)
  }
  assert.equal(called, 2)
})

test('what was noticed before it is stopped is forgotten', () => {
  settled.notice()
  settled.stop()
  mock.timers.tick(60_000)
  assert.equal(called, 0)
})
