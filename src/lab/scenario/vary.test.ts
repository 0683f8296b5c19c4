import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draw, fillIn, fillText, varyFile } from './vary.ts'

/** As a scenario's file writes it. */
const place = (name: string): string => `$\u007b${name}}`

const VARY = varyFile.parse({
  table: ['ledger', 'parcels', 'visits'],
  rows: { from: 1000, to: 2000, step: 500 },
  cause: [
    { column: 'a', type: 'INT' },
    { column: 'b', type: 'BIGINT' },
  ],
})

test('a seed always draws the same, and seeds differ', () => {
  const drawn = Array.from({ length: 40 }, (_, seed) => draw(VARY, seed))
  assert.deepEqual(draw(VARY, 7), drawn[7])
  assert.deepEqual(new Set(drawn.map((d) => d['table'])), new Set(['ledger', 'parcels', 'visits']))
  assert.deepEqual(new Set(drawn.map((d) => d['rows'])), new Set([1000, 1500, 2000]))
})

test('the entries of a map are drawn together', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const drawn = draw(VARY, seed)
    assert.equal(drawn['cause.type'], drawn['cause.column'] === 'a' ? 'INT' : 'BIGINT')
  }
})

test('a place takes the value, with its type where it stands alone', () => {
  const drawn = { table: 'ledger', rows: 1000 }
  assert.deepEqual(fillIn({ a: [`SELECT 1 FROM ${place('table')}`, place('rows'), 5, null] }, drawn), {
    a: ['SELECT 1 FROM ledger', 1000, 5, null],
  })
  assert.equal(fillText(`LIMIT ${place('rows')}; :int(1,2)`, drawn), 'LIMIT 1000; :int(1,2)')
})

test('a name nobody draws is an error, not an empty word', () => {
  assert.throws(() => fillText(place('tabel'), { table: 'x' }), /draws no tabel/)
})
