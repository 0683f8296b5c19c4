/** A deadlock out of an event: what is believed of it, and that its drawing is whole at any width. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  brokenText,
  type Drawing,
  type DrawnBox,
  drawDeadlock,
  LINE,
  PADDING,
  WIDE,
} from '../../web/src/parts/deadlock-drawing.ts'
import { deadlockIn, deadlockText, type SeenDeadlock } from '../../web/src/parts/deadlock-report.ts'

const lock = (at: number) => ({ table: `shop.t${at}`, index: 'PRIMARY', mode: 'X', gap: 'rec_not_gap' })
/** A ring of transactions, each waiting for the next one's lock. */
const ring = (size: number, more: object = {}) => ({
  victim: size,
  transactions: Array.from({ length: size }, (_, at) => ({
    n: at + 1,
    user: 'app',
    statement:
      'UPDATE stock SET reserved = reserved + ? WHERE id = ? AND a_long_name_of_a_column_without_any_space = ?',
    holds: [lock(at)],
    waitsFor: lock((at + 1) % size),
  })),
  waits: Array.from({ length: size }, (_, at) => ({
    waiter: at + 1,
    holder: ((at + 1) % size) + 1,
    had: lock((at + 1) % size),
    evidence: 'record',
  })),
  ...more,
})
const seen = (report: object): SeenDeadlock => {
  const found = deadlockIn(JSON.stringify({ key: 'k', facts: { incomplete: false, report } }))
  assert.ok(found !== null)
  return found
}

const overlap = (a: DrawnBox, b: DrawnBox): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** Everything is in the picture, nothing on top of another, every wait leads to its holder. */
function checkWhole(drawing: Drawing, deadlock: SeenDeadlock): void {
  for (const [at, box] of drawing.boxes.entries()) {
    assert.ok(box.x >= 0 && box.y >= 0, box.key)
    assert.ok(box.x + box.width <= drawing.width && box.y + box.height <= drawing.height, box.key)
    assert.ok(2 * PADDING + box.lines.length * LINE <= box.height, box.key)
    for (const { text, kind } of box.lines)
      assert.ok(text.length * (kind === 'code' ? 7.3 : 7.1) <= box.width - 2 * PADDING + 8, text)
    for (const other of drawing.boxes.slice(at + 1))
      assert.ok(!overlap(box, other), `${box.key} ${other.key}`)
  }
  const ends = drawing.arrows.flatMap(({ points }) => points)
  assert.ok(ends.every(([x, y]) => Math.min(x, y) >= 0 && x <= drawing.width && y <= drawing.height))
  const leads = new Set(drawing.arrows.map(({ from, to }) => `${from} > ${to}`))
  for (const { waiter, holder } of deadlock.waits) {
    assert.ok(leads.has(`transaction ${waiter} > lock ${waiter}`))
    assert.ok(leads.has(`lock ${waiter} > transaction ${holder}`))
  }
}

describe('a deadlock that is drawn', () => {
  test('is whole for two to six transactions, from 240 px to 1,400 px, victim marked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 240, max: 1_400 }), (size, width) => {
        const deadlock = seen(ring(size))
        const drawing = drawDeadlock(deadlock, width)
        checkWhole(drawing, deadlock)
        assert.deepEqual(
          drawing.boxes.filter(({ kind }) => kind === 'victim').map(({ key }) => key),
          [`transaction ${size}`],
        )
      }),
    )
  })

  test('of two stands side by side where there is room, with both locks between them', () => {
    const deadlock = seen(ring(2))
    const at = (width: number): number[] => {
      const { boxes } = drawDeadlock(deadlock, width)
      return [...new Set(boxes.map(({ x }) => x))].length === 3 ? [3] : [boxes.length]
    }
    assert.deepEqual(at(WIDE), [3])
    assert.deepEqual(at(WIDE - 1), [4])
  })

  test('follows who waits for whom, whatever order the report has', () => {
    const report = ring(3)
    const turned = {
      ...report,
      transactions: [report.transactions[0], report.transactions[2], report.transactions[1]],
    }
    assert.deepEqual(
      seen(turned).transactions.map(({ n }) => n),
      [1, 2, 3],
    )
  })

  test('says what the report does not show: an assumed wait, a missing statement, no victim', () => {
    const report = ring(2, { victim: null })
    const silent = {
      ...report,
      transactions: report.transactions.map((each) => ({ ...each, statement: null, holds: [] })),
      waits: report.waits.map((each) => ({ ...each, had: null, evidence: 'assumed' })),
    }
    const deadlock = seen(silent)
    const drawing = drawDeadlock(deadlock, 360)
    assert.ok(
      drawing.arrows.filter(({ from }) => from.startsWith('lock')).every(({ isAssumed }) => isAssumed),
    )
    assert.ok(drawing.arrows.filter(({ to }) => to.startsWith('lock')).every(({ isAssumed }) => !isAssumed))
    assert.match(JSON.stringify(drawing.boxes), /a statement the report does not name/)
    assert.match(
      deadlockText(deadlock),
      /Transaction 1 waits for X, record on shop\.t1, index PRIMARY, held by transaction 2\./,
    )
    assert.match(deadlockText(deadlock), /the report does not say\.$/)
  })

  test('of an event from before waits were kept has likely ones, said to be so', () => {
    const { waits: _waits, ...older } = ring(2)
    assert.deepEqual(
      seen(older).waits.map(({ waiter, holder, isShown }) => [waiter, holder, isShown]),
      [
        [1, 2, false],
        [2, 1, false],
      ],
    )
    const { waits: _three, ...ofThree } = ring(3)
    assert.deepEqual(
      seen(ofThree).waits.map(({ waiter, holder }) => [waiter, holder]),
      [
        [1, 2],
        [2, 3],
        [3, 1],
      ],
    )
  })

  test('is none where an event holds no report of two', () => {
    for (const text of [
      '',
      '7',
      '{}',
      '{"facts":{"report":{"transactions":[{"n":1}]}}}',
      '{"facts":{"missed":2}}',
    ])
      assert.equal(deadlockIn(text), null)
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const found = deadlockIn(JSON.stringify({ facts: { report: value } }))
        if (found !== null) checkWhole(drawDeadlock(found, 360), found)
      }),
    )
  })
})

test('text is broken at spaces, loses nothing, and ends in … where more is left out', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.integer({ min: 4, max: 80 }), (text, perLine) => {
      const lines = brokenText(text, perLine)
      assert.ok(lines.every((line) => line.length <= perLine))
      assert.equal(lines.join('').replaceAll(' ', ''), text.replace(/\s/g, ''))
      const cut = brokenText(text, perLine, 2)
      assert.ok(cut.length <= 2 && cut.every((line) => line.length <= perLine))
      if (lines.length > 2) assert.ok(cut[1]?.endsWith('…'))
    }),
  )
})
