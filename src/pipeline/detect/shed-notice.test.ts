import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogLine } from '../../core/log.ts'
import { SHED_NOTICE_MS, ShedNotice } from './shed-notice.ts'

function notice() {
  const lines: LogLine[] = []
  const made = new ShedNotice((line) => void lines.push(line), 'shop')
  const cost = { busyMsPerSecond: 3.1379, allowedMsPerSecond: 2, sharePercent: null } as const
  const look = (shed: readonly string[], nowMs: number, shedsMuch = false): void =>
    made.look({ ...cost, shed, shedsMuch, stretched: {} }, nowMs)
  const lookSlower = (stretched: { readonly [name: string]: number }, nowMs: number): void =>
    made.look({ ...cost, shed: [], shedsMuch: false, stretched }, nowMs)
  return { lines, look, lookSlower }
}

test('nothing is said while nothing is skipped', () => {
  const { lines, look } = notice()
  for (const at of [0, 1, SHED_NOTICE_MS]) look([], at)
  assert.deepEqual(lines, [])
})

test('what is skipped is said with what watching costs, the budget and how to raise it', () => {
  const { lines, look } = notice()
  look(['catalog'], 0)
  const [line] = lines
  assert.deepEqual(
    [line?.level, line?.target, line?.costMsPerSecond, line?.budgetMsPerSecond],
    ['info', 'shop', 3.14, 2],
  )
  assert.match(line?.message ?? '', /budget: catalog$/)
  assert.match(String(line?.next), /budgetPercent or budgetMsPerSecond/)
})

test('what is read less often is said with how often', () => {
  const { lines, lookSlower } = notice()
  lookSlower({ statements: 2 }, 0)
  assert.match(lines[0]?.message ?? '', /^read less often, for what it costs: statements \(1\/2\)$/)
  lookSlower({}, SHED_NOTICE_MS)
  assert.equal(lines[1]?.message, 'every instrument is read again')
})

test('nothing is said of what is read more often', () => {
  const { lines, lookSlower } = notice()
  lookSlower({ activity: 0.5 }, 0)
  assert.deepEqual(lines, [])
})

test('it is a warning where much is lost', () => {
  const { lines, look } = notice()
  look(['catalog', 'statements'], 0, true)
  assert.equal(lines[0]?.level, 'warn')
})

test('a set that goes up and down is said after ten minutes, as it is then, and its end too', () => {
  const { lines, look } = notice()
  look(['catalog'], 0)
  look([], 10_000)
  look(['catalog', 'tableSizes'], SHED_NOTICE_MS - 1)
  assert.equal(lines.length, 1)
  look(['catalog', 'tableSizes'], SHED_NOTICE_MS)
  look(['catalog', 'tableSizes'], 3 * SHED_NOTICE_MS)
  look([], 4 * SHED_NOTICE_MS)
  assert.deepEqual(
    lines.map((l) => l.message.replace(/.*: /, '')),
    ['catalog', 'catalog, tableSizes', 'every instrument is read again'],
  )
})

test('whatever the sets do, lines are ten minutes apart and never say the same twice in a row', () => {
  const turn = fc.record({ after: fc.integer({ min: 1, max: 400_000 }), skipped: fc.nat(4) })
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60 }), (turns) => {
      const { lines, look } = notice()
      const said: number[] = []
      let nowMs = 0
      for (const { after, skipped } of turns) {
        nowMs += after
        look(['a', 'b', 'c', 'd'].slice(0, skipped), nowMs)
        if (lines.length > said.length) said.push(nowMs)
      }
      assert.ok(said.every((at, i) => i === 0 || at - (said[i - 1] ?? 0) >= SHED_NOTICE_MS))
      assert.ok(lines.every((l, i) => i === 0 || l.message !== lines[i - 1]?.message))
    }),
  )
})
