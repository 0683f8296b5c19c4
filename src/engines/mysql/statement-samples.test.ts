import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SampleBook } from './statement-samples.ts'

const AT = '2026-11-21T00:00:00.000000Z'
const LATER = '2026-11-21T00:00:01.000000Z'

test('the newest text of a class is kept, an older one that comes late is not', () => {
  const book = new SampleBook()
  book.put('a', { rawText: 'SELECT 1', database: 'shop', at: LATER })
  book.put('a', { rawText: 'SELECT 0', database: 'shop', at: AT })
  assert.deepEqual(book.get('a'), { rawText: 'SELECT 1', database: 'shop', at: LATER })
  assert.equal(book.get('b'), null)
})

test('a text that does not name its database replaces one that does only after ten minutes', () => {
  const book = new SampleBook()
  const nameless = (at: string) => ({ rawText: 'SELECT 2', database: null, at })
  book.put('a', { rawText: 'SELECT 1', database: 'shop', at: AT })
  book.put('a', nameless('2026-11-21T00:09:59.999999Z'))
  assert.equal(book.get('a')?.database, 'shop')
  book.put('a', nameless('2026-11-21T00:10:00.000000Z'))
  assert.equal(book.get('a')?.database, null)
  book.put('a', { rawText: 'SELECT 1', database: 'shop', at: '2026-11-21T00:10:00.000001Z' })
  assert.equal(book.get('a')?.database, 'shop')
})

test('texts that an instrument may have cut, and empty ones, are not taken', () => {
  const book = new SampleBook()
  book.put('a', { rawText: '', database: null, at: AT })
  book.put('b', { rawText: 'x'.repeat(262_145), database: null, at: AT })
  assert.equal(book.size, 0)
})

test('it never holds more than 2,000 classes or 16 MiB of text, and drops the least recently seen', () => {
  const book = new SampleBook()
  for (let i = 0; i < 2_100; i += 1) book.put(String(i), { rawText: 'SELECT 1', database: null, at: AT })
  assert.equal(book.size, 2_000)
  assert.deepEqual([book.get('99'), book.get('100') === null], [null, false])
  const big = new SampleBook()
  for (let i = 0; i < 100; i += 1)
    big.put(String(i), { rawText: 'x'.repeat(262_144), database: null, at: AT })
  assert.equal(big.size, 64)
})

test('plans are kept beside texts, the newest of each class', () => {
  const book = new SampleBook()
  book.putPlan('a', [], AT)
  book.putPlan('a', [], LATER)
  assert.deepEqual(book.plan('a'), { rows: [], at: LATER })
  assert.equal(book.plan('b'), null)
})

test('whatever is put, what comes out was put under that class', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.string({ minLength: 1 }))), (puts) => {
      const book = new SampleBook()
      for (const [id, rawText] of puts) book.put(id, { rawText, database: null, at: AT })
      for (const [id] of puts) {
        const sample = book.get(id)
        assert.ok(
          sample === null || puts.some(([other, rawText]) => other === id && rawText === sample.rawText),
        )
      }
    }),
  )
})

test('a logged plan is given while it is fresh enough for who asks', () => {
  let nowMs = 0
  const book = new SampleBook(() => nowMs)
  book.putPlan('a', [], AT)
  nowMs = 1_000
  assert.notEqual(book.plan('a', 1_000), null)
  assert.equal(book.plan('a', 999), null)
  assert.notEqual(book.plan('a'), null)
})
