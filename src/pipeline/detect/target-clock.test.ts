import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { LogLine } from '../../core/log.ts'
import { CLOCK_TOLERANCE_MS, fromMs, toMs } from '../../core/time.ts'
import { TargetClock } from './target-clock.ts'

const T0 = Date.parse('2026-11-21T10:00:00Z')

/** A clock under test: the store's time moves on its own, the target's is off by `offMs`. */
function scene() {
  const lines: LogLine[] = []
  const state = { nowMs: T0, offMs: 0, asked: 0 }
  const clock = new TargetClock('shop', {
    storeNow: async () => {
      state.asked += 1
      return fromMs(state.nowMs)
    },
    log: (line) => void lines.push(line),
  })
  return { clock, lines, state, measure: () => clock.measure(fromMs(state.nowMs + state.offMs)) }
}

describe('the clock of a target', () => {
  test('that agrees with the store’s changes no window and is not spoken of', async () => {
    const { clock, lines, state, measure } = scene()
    state.offMs = CLOCK_TOLERANCE_MS
    await measure()
    assert.equal(clock.onOurs(fromMs(T0)), fromMs(T0))
    assert.deepEqual(lines, [])
  })

  test('is measured once a minute, and at once when it was stepped back or another server answers', async () => {
    const { clock, state, measure } = scene()
    for (let second = 0; second < 60; second += 1) {
      await measure()
      state.nowMs += 1_000
    }
    assert.equal(state.asked, 1)
    await measure()
    assert.equal(state.asked, 2)
    state.offMs = -10_000
    await measure()
    assert.equal(state.asked, 3)
    clock.forget()
    await measure()
    assert.equal(state.asked, 4)
  })

  test('is spoken of when it begins to differ and when it agrees again, not while nothing changes', async () => {
    const { lines, state, measure } = scene()
    for (const offMs of [0, 90_000, 90_400, 89_000, 0]) {
      state.offMs = offMs
      await measure()
      state.nowMs += 200_000
    }
    assert.deepEqual(
      lines.map((l) => [l.level, l['code'] ?? l.message]),
      [
        ['warn', 'DBM_TARGET_CLOCK'],
        ['info', 'the clock of the target agrees with the store’s again'],
      ],
    )
    assert.match(lines[0]?.message ?? '', /90 s ahead of/)
  })

  test('whatever it is off by, its windows come to lie within the tolerance of the store’s time', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -100_000_000, max: 100_000_000 }), { minLength: 1, maxLength: 6 }),
        async (offsets) => {
          const { clock, state, measure } = scene()
          for (const offMs of offsets) {
            state.offMs = offMs
            clock.forget()
            await measure()
            const off = toMs(clock.onOurs(fromMs(state.nowMs + offMs))) - state.nowMs
            assert.ok(Math.abs(off) <= CLOCK_TOLERANCE_MS, `${off} ms off`)
            state.nowMs += 60_000
          }
        },
      ),
    ))
})
