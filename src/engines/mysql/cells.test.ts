import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { count, isOn, number, picosecondsToMs, text, utcTime } from './cells.ts'

test('digits are numbers, NULL and text are not, and neither is the empty string', () => {
  assert.deepEqual(['12', '1.5', null, undefined, 'x', '', ' '].map(number), [
    12,
    1.5,
    null,
    null,
    null,
    null,
    null,
  ])
  assert.equal(count(null), 0)
})

test('picoseconds become milliseconds', () => assert.equal(picosecondsToMs('1500000000'), 1.5))

test('bytes are read as UTF-8', () => assert.equal(text(Buffer.from('é')), 'é'))

test('what the servers say for yes is yes', () => {
  assert.deepEqual(['YES', 'ON', '1', 1, 'on', 'NO', 'OFF', 0, null, ''].map(isOn), [
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('a time of the session is an instant; zero dates are none', () => {
  assert.equal(utcTime('2026-11-21 03:33:11.1234'), '2026-11-21T03:33:11.123400Z')
  assert.equal(utcTime('2026-11-21 03:33:11'), '2026-11-21T03:33:11.000000Z')
  for (const none of ['0000-00-00 00:00:00', '2026-00-10 00:00:00', null, '', 'now', '2026-11-21']) {
    assert.equal(utcTime(none), null)
  }
})

test('no cell makes any of them throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.boolean(), fc.uint8Array(), fc.constant(null)),
      (cell) => {
        for (const read of [text, number, count, picosecondsToMs, isOn, utcTime]) read(cell)
      },
    ),
  )
})
