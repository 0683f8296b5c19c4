import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fromMs } from '../../core/time.ts'
import { cellsOf, clipped, utc } from './cells.ts'

const DIALECTS = ['sqlite', 'mysql'] as const

describe('cells', () => {
  test('a time comes back as it was, in either dialect', () => {
    const times = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }).map((ms) => fromMs(ms))
    for (const dialect of DIALECTS) {
      fc.assert(fc.property(times, (time) => assert.equal(utc(cellsOf(dialect).time(time)), time)))
    }
    assert.equal(utc('2026-11-21 03:33:11'), '2026-11-21T03:33:11.000000Z')
    assert.equal(utc('2026-11-21 03:33:11.5'), '2026-11-21T03:33:11.500000Z')
  })

  test('text that is not an instant in our form is refused before it reaches the store', () => {
    for (const bad of [
      '',
      '2026-11-21',
      '2026-11-21T03:33:11Z',
      '2026-13-41T03:33:11.000000Z',
      "' OR 1=1",
      '2026-11-21T03:33:11.123456+01:00',
    ]) {
      for (const dialect of DIALECTS) {
        assert.throws(() => cellsOf(dialect).time(bad), { code: 'DBM_STORE_REFUSED' }, bad)
      }
    }
    assert.throws(() => utc('0000-00-00'), RangeError)
  })

  test('a decimal of four digits comes back exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (scaled) => {
        const value = scaled / 10_000
        for (const dialect of DIALECTS) {
          const cells = cellsOf(dialect)
          assert.equal(cells.number(cells.decimal(value, 4), 4), value)
        }
      }),
    )
    assert.equal(cellsOf('mysql').decimal(0.85, 4), '0.8500')
    assert.equal(cellsOf('sqlite').decimal(0.85, 4), 8500)
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      assert.throws(() => cellsOf('mysql').decimal(bad, 4), { code: 'DBM_STORE_REFUSED' })
    }
  })

  test('a text is cut between characters, never inside one', () => {
    assert.equal(clipped('abc', 3), 'abc')
    assert.equal(clipped('a😀b', 2), 'a…')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (text, most) => {
        const cut = clipped(text, most)
        assert.ok([...cut].length <= most)
        assert.ok(cut.isWellFormed())
      }),
    )
  })
})
