import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearWords } from './near-words.ts'

const KNOWN = ['orders', 'order_items', 'customers', 'coupons', 'coupon_codes', 'Invoices', 'tax']

const CASES: readonly (readonly [word: string, near: readonly string[]])[] = [
  ['ordres', ['orders']],
  ['order', ['orders']],
  ['orderitems', ['order_items']],
  ['OrderItem', ['order_items']],
  ['invoices', ['Invoices']],
  ['coupns', ['coupons']],
  ['taxes', []],
  ['payroll', []],
  ['x', []],
]
for (const [word, near] of CASES)
  test(`near ${word} is ${near.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(nearWords(word, KNOWN, 5), near))

test('the nearest come first, no more than asked for, and one letter never makes two words near', () => {
  assert.deepEqual(nearWords('items', ['itemized', 'item', 'itms', 'times'], 2), ['item', 'itms'])
  assert.deepEqual(nearWords('ab', ['cd', 'ax', 'b'], 5), ['ax', 'b'])
})

test('one edit of a long enough name is always near, whatever it is made of', () => {
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789')
  const name = fc.array(letter, { minLength: 4, maxLength: 30 })
  fc.assert(
    fc.property(
      name,
      fc.nat(29),
      letter,
      fc.constantFrom('put', 'take', 'change', 'swap'),
      (letters, at, by, how) => {
        const place = at % (letters.length - 1)
        const changed = {
          put: letters.toSpliced(place, 0, by),
          take: letters.toSpliced(place, 1),
          change: letters.with(place, by),
          swap: letters.with(place, letters[place + 1] ?? '').with(place + 1, letters[place] ?? ''),
        }[how]
        assert.deepEqual(nearWords(changed.join(''), [letters.join('')], 1), [letters.join('')])
      },
    ),
  )
})
