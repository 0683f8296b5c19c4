import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactPieces, exactText, visibleText } from './visible-text.ts'

/** First and last code point of what no page may obey and no reader would see. */
const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]
const each = HIDDEN.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at)),
)
/** Any text of what matters here, with letters of two directions, blanks, and texts like our own marks. */
const drawn = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...each,
        '\n',
        '\t',
        '\r',
        ' ',
        '·',
        '⇥',
        '␍',
        '⟨U+202E⟩',
        '⟨',
        '\u00a0',
        'א',
        'ب',
        'a',
        '`',
      ),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

test('every character that is obeyed or not seen is shown by its number', () => {
  for (const character of each) {
    const number = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    assert.equal(visibleText(`a${character}b`), `a⟨U+${number}⟩b`)
    assert.equal(exactText(`a${character}b`), character === '\r' ? 'a␍b' : `a⟨U+${number}⟩b`)
  }
})

test('names and statements of any script stay as they are, on their lines', () => {
  for (const text of ['orders', 'größe', '注文', 'заказы', '`a b`', '👍', 'אב', 'SELECT 1\nFROM t'])
    assert.deepEqual([visibleText(text), exactText(text)], [text, text])
  assert.equal(visibleText('a\tb \n'), 'a\tb \n', 'layout, which a page may have')
})

test('tabs, carriage returns and blanks at the end of a line are shown, and blanks that are no space', () => {
  assert.equal(exactText('+\tx  \r\n-y \n z\t'), '+⇥ x··␍\n-y·\n z⇥ ')
  assert.equal(exactText('a\u00a0b\u3000c'), 'a⟨U+00A0⟩b⟨U+3000⟩c')
})

test('names that are read from right to left are set apart, so that the order of columns is the order of the plan', () => {
  const kinds = exactPieces('(`אב`, `גד`)').map(({ kind, text }) => [kind, text])
  const [open, between, close] = ['(`', '`, `', '`)'].map((text) => ['plain', text])
  assert.deepEqual(kinds, [open, ['turned', 'אב'], between, ['turned', 'גד'], close])
})

test('what is shown holds nothing hidden, is the same when shown again, and the pieces are the text', () => {
  const hidden = new RegExp(`[${each.filter((c) => c > '\u009f').join('')}]|(?![\\n\\t])\\p{Cc}|\\p{Cs}`, 'u')
  fc.assert(
    fc.property(drawn, (text) => {
      const shown = visibleText(text)
      assert.doesNotMatch(shown, hidden)
      assert.equal(visibleText(shown), shown)
      assert.doesNotMatch(exactText(text), hidden)
      assert.equal(
        exactPieces(text)
          .map((piece) => piece.of)
          .join(''),
        text,
      )
    }),
  )
})

test('no two texts are shown alike: what is shown to the letter leads back to it', () => {
  const back = (shown: string): string =>
    shown
      .replace(/·+(?=␍?(?:\n|$))/gu, (dots) => ' '.repeat(dots.length))
      .replace(/⇥ |␍|⟨U\+([0-9A-F]+)⟩/gu, (mark, number?: string) =>
        number === undefined
          ? mark === '␍'
            ? '\r'
            : '\t'
          : String.fromCodePoint(Number.parseInt(number, 16)),
      )
  fc.assert(fc.property(drawn, (text) => assert.equal(back(exactText(text)), text)))
})

test('a line of a million blanks takes no longer than its length', () => {
  const long = ' '.repeat(1_000_000)
  assert.equal(exactText(`${long}x`).length, 1_000_001)
})
