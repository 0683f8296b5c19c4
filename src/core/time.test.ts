import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fromMs, toMs } from './time.ts'

const instant = fc
  .tuple(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.integer({ min: 0, max: 999 }))
  .map(([ms, micros]) => `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`)

describe('instants', () => {
  test('have exactly six decimals and a Z', () => {
    assert.equal(fromMs(0), '1970-01-01T00:00:00.000000Z')
    assert.equal(fromMs(1_795_232_000_123), '2026-11-21T03:33:20.123000Z')
    assert.equal(fromMs(0.25), '1970-01-01T00:00:00.000250Z')
    assert.equal(fromMs(0.9999), '1970-01-01T00:00:00.000999Z')
  })

  test('survive the way to milliseconds and back, to the microsecond', () =>
    fc.assert(fc.property(instant, (time) => assert.equal(fromMs(toMs(time)), time))))

  test('keep their order on the way to milliseconds', () =>
    fc.assert(
      fc.property(instant, instant, (a, b) =>
        assert.equal(Math.sign(toMs(a) - toMs(b)), a === b ? 0 : a < b ? -1 : 1),
      ),
    ))

  test('may be written with fewer decimals', () => {
    assert.equal(toMs('2026-11-21T03:33:20Z'), 1_795_232_000_000)
    assert.equal(toMs('2026-11-21T03:33:20.5Z'), 1_795_232_000_500)
  })

  for (const text of [
    '',
    'yesterday',
    '1',
    '2026-11-21',
    '2026-11-21T03:33:20',
    '2026-13-21T03:33:20Z',
    'Nov 21 2026',
  ])
    test(`“${text}” is no instant: nothing is guessed about zone or day`, () =>
      assert.throws(() => toMs(text), RangeError))
})
