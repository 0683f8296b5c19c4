import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { composeIndexName, identifierProblem } from './identifiers.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const column = (name: string) => ({ column: name, prefix: null, direction: 'ASC' as const })

test('names that no catalog can hold are refused with the reason', () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['', /empty/],
    ['a\0b', /control/],
    ['a\r\nFLUSHALL', /control/],
    ['a\u0085', /control/],
    ['a\u202Eb', /invisible/],
    ['a\u200bb', /invisible/],
    ['\ufeffa', /invisible/],
    ['a\u{e0041}', /invisible/],
    ['a ', /space/],
    ['a\u3000', /space/],
    ['a\ud800', /surrogate/],
    ['😀', /U\+FFFF/],
    ['x'.repeat(65), /65 characters/],
    [12, /not a text/],
    [null, /not a text/],
    [{ toString: () => 'a' }, /not a text/],
  ]
  for (const [name, reason] of refused) assert.match(identifierProblem(name, 'mysql') ?? '', reason)
})

test('odd but possible names pass: quotes, dots, semicolons, reserved words, other scripts', () => {
  for (const name of [
    'a`b',
    'a"."b',
    'users; DROP TABLE x',
    'select',
    'été',
    '注文',
    'а',
    '../x',
    'x'.repeat(64),
  ]) {
    assert.equal(identifierProblem(name, 'mysql'), null)
  }
})

test('PostgreSQL counts bytes, because it truncates names silently', () => {
  assert.match(identifierProblem('é'.repeat(32), 'postgres') ?? '', /64 bytes/)
  assert.equal(identifierProblem('é'.repeat(31), 'postgres'), null)
  assert.equal(identifierProblem('é'.repeat(64), 'mysql'), null)
})

test('a composed index name is short, plain and possible for any names whatever', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 })
  fc.assert(
    fc.property(name, name, fc.array(name, { minLength: 1, maxLength: 5 }), (schema, table, columns) => {
      const composed = composeIndexName({ schema, table, columns: columns.map(column), options: [] }, sha256)
      assert.match(composed, /^dbm_[a-z0-9_]+$/)
      assert.ok(composed.length <= 58)
    }),
  )
})

test('indexes that differ in schema, prefix, direction or option have different names', () => {
  const base = { schema: 's', table: 'orders', columns: [column('a'), column('b')], options: [] }
  const names = [
    base,
    { ...base, schema: 't' },
    { ...base, columns: [column('a_b')] },
    { ...base, columns: [{ ...column('a'), prefix: 10 }, column('b')] },
    { ...base, columns: [{ ...column('a'), direction: 'DESC' as const }, column('b')] },
    { ...base, options: ['hidden'] },
  ].map((parts) => composeIndexName(parts, sha256))
  assert.equal(new Set(names).size, names.length)
  assert.match(names[0] ?? '', /^dbm_orders_a_b_[a-z2-7]{8}$/)
})
