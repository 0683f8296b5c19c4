import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EffectSpec } from '../scenario/shape.ts'
import { measureSessions, reaches } from './measure-effect.ts'
import type { Pass, ScriptedSession } from './session.ts'

const TIMES = { faultMs: 1_000, changeFromMs: 5_000, changeToMs: 6_000, endMs: 11_000 }

const session = (passes: readonly Pass[], errorsAt: readonly number[] = []) =>
  ({ passes, errors: errorsAt.map((atMs) => ({ atMs, code: 1213 })) }) as unknown as ScriptedSession
const pass = (beganMs: number, statementMs: number): Pass => ({
  beganMs,
  endedMs: beganMs + statementMs,
  statementMs,
})
const spec = (part: Partial<EffectSpec>): EffectSpec => ({
  measure: 'latency',
  of: 'x',
  reference: { mariadb: '', mysql: '' },
  ...part,
})
const both = (one: ScriptedSession) => ({ of: [one], afterOf: [one] })

describe('latency', () => {
  test('is the median of passes wholly between fault and change, and wholly after it', () => {
    const passes = [
      pass(100, 900),
      pass(1_100, 300),
      pass(2_000, 500),
      pass(3_000, 400),
      pass(4_900, 700),
      pass(6_100, 2),
      pass(7_000, 4),
      pass(8_000, 3),
    ]
    assert.deepEqual(measureSessions(spec({}), both(session(passes)), TIMES), {
      unit: 'ms',
      before: 400,
      after: 3,
    })
  })
  test('without a pass on a side is not known, and reaches nothing', () => {
    const figures = measureSessions(spec({}), both(session([pass(2_000, 500)])), TIMES)
    assert.deepEqual(figures, { unit: 'ms', before: 500, after: null })
    assert.equal(reaches(spec({ leastFactor: 1 }), figures), false)
  })
})

describe('freed', () => {
  test('is the last of the sessions to go on, from the statement that freed them', () => {
    const sessions = [session([pass(2_000, 3_020)]), session([pass(3_000, 2_090), pass(5_200, 5)])]
    assert.deepEqual(
      measureSessions(spec({ measure: 'freed' }), { of: sessions, afterOf: sessions }, TIMES),
      {
        unit: 'ms',
        before: 3_000,
        after: 90,
      },
    )
  })
  test('is not known while one of them still waits', () => {
    const sessions = [session([pass(2_000, 3_020)]), session([])]
    const figures = measureSessions(spec({ measure: 'freed' }), { of: sessions, afterOf: sessions }, TIMES)
    assert.equal(figures.after, null)
  })
})

test('errors are counted a second, before and after', () => {
  const sessions = { of: [session([], [500, 1_500, 2_500, 4_999])], afterOf: [session([], [5_500, 10_999])] }
  assert.deepEqual(measureSessions(spec({ measure: 'errors' }), sessions, TIMES), {
    unit: '1/s',
    before: 0.75,
    after: 0.2,
  })
})

test('a figure must reach both its factor and its bound', () => {
  const figures = { unit: 'ms' as const, before: 100, after: 10 }
  assert.equal(reaches(spec({ leastFactor: 10 }), figures), true)
  assert.equal(reaches(spec({ leastFactor: 10.1 }), figures), false)
  assert.equal(reaches(spec({ most: 10 }), figures), false)
  assert.equal(reaches(spec({ most: 10.1 }), figures), true)
  assert.equal(reaches(spec({ leastFactor: 2 }), { ...figures, before: null }), false)
})
