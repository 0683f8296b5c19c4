/** The explorer itself, on systems whose answers are known. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explore, printTrace, type System } from './explore.ts'

const BOUNDS = { maxStates: 10_000, liveness: true }

/** Peterson's mutual exclusion for two processes, with the flag raised before the turn is given away. */
interface Peterson {
  readonly at: readonly [number, number]
  readonly flag: readonly [boolean, boolean]
  readonly turn: 0 | 1
}

const set = <T>(pair: readonly [T, T], p: 0 | 1, value: T): [T, T] =>
  p === 0 ? [value, pair[1]] : [pair[0], value]

function peterson(waits: boolean): System<Peterson> {
  const moves = (s: Peterson, p: 0 | 1): Peterson | null => {
    const q = p === 0 ? 1 : 0
    const at = set(s.at, p, ((s.at[p] ?? 0) + 1) % 4)
    switch (s.at[p]) {
      case 0:
        return { ...s, at, flag: set(s.flag, p, true) }
      case 1:
        return { ...s, at, turn: q }
      case 2:
        return !waits || !s.flag[q] || s.turn === p ? { ...s, at } : null
      default:
        return { ...s, at, flag: set(s.flag, p, false) }
    }
  }
  return {
    initial: { at: [0, 0], flag: [false, false], turn: 0 },
    key: (s) => JSON.stringify(s),
    steps: (s) =>
      ([0, 1] as const).flatMap((p) => {
        const to = moves(s, p)
        return to === null ? [] : [{ label: `process ${p}`, to, kind: 'progress' as const }]
      }),
    breaks: (_from, { to }) => (to.at[0] === 3 && to.at[1] === 3 ? 'mutual exclusion' : null),
    settled: (s) => s.at[0] === 0 && s.at[1] === 0,
  }
}

/** Counts to `end`; may also fall into a state it cannot leave. */
const counter = (end: number, hole: boolean): System<number> => ({
  initial: 0,
  key: String,
  steps: (n) => [
    ...(n >= 0 && n < end ? [{ label: 'add', to: n + 1, kind: 'progress' as const }] : []),
    ...(hole && n === 2 ? [{ label: 'fall', to: -1, kind: 'choice' as const }] : []),
  ],
  breaks: () => null,
  settled: (n) => n === end,
})

describe('the explorer', () => {
  test('visits every state of a counter once and counts steps, depth and ends', () => {
    const found = explore(counter(5, false), BOUNDS)
    assert.deepEqual(
      [found.states, found.transitions, found.depth, found.ends, found.violation],
      [6, 5, 5, 1, null],
    )
  })

  test('finds no way into the critical section of Peterson’s algorithm for two at once', () => {
    assert.equal(explore(peterson(true), BOUNDS).violation, null)
  })

  test('finds the shortest way in once the waiting is left out', () => {
    const { violation } = explore(peterson(false), BOUNDS)
    assert.equal(violation?.property, 'mutual exclusion')
    assert.equal(violation.trace.length, 6)
    assert.match(printTrace(violation), /mutual exclusion — broken by these 6 steps:\n {2}1\. process/)
  })

  test('names the way to a state that cannot come to an end', () => {
    const { violation } = explore(counter(5, true), BOUNDS)
    assert.deepEqual(
      violation?.trace.map((step) => step.label),
      ['add', 'add', 'fall'],
    )
  })

  test('refuses to call an unfinished exploration a proof', () => {
    assert.throws(() => explore(counter(50, false), { ...BOUNDS, maxStates: 10 }), RangeError)
  })
})
