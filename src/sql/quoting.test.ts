import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { identifierProblem } from './identifiers.ts'
import { quoteIdentifier, quoteMysqlAccount, quoteQualified, renderWholeNumber } from './quoting.ts'

test('a quoted name reads back as the same name and ends where it should, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (name) => {
      fc.pre(identifierProblem(name, 'mysql') === null)
      const quoted = quoteIdentifier(name, 'mysql')
      const inside = /^`((?:[^`]|``)*)`$/.exec(quoted)?.[1]
      assert.equal(inside?.replaceAll('``', '`'), name)
    }),
  )
})

test('each dialect has its own quotes', () => {
  assert.equal(quoteIdentifier('a`b', 'mysql'), '`a``b`')
  assert.equal(quoteIdentifier('a"b', 'postgres'), '"a""b"')
  assert.equal(quoteQualified(['my.db', 't'], 'mysql'), '`my.db`.`t`')
})

test('names no catalog returns are not quoted but thrown back', () => {
  for (const name of ['', 'a\0', 'a ', 'x'.repeat(65)])
    assert.throws(() => quoteIdentifier(name, 'mysql'), RangeError)
})

test('accounts are quoted as identifiers, which no sql_mode changes', () => {
  assert.equal(quoteMysqlAccount("o'brien", '10.%'), "`o'brien`@`10.%`")
  assert.equal(quoteMysqlAccount('a`b', 'localhost'), '`a``b`@`localhost`')
  assert.throws(() => quoteMysqlAccount('', '%'), RangeError)
  assert.throws(() => quoteMysqlAccount('a\n', '%'), RangeError)
})

test('only exact, non-negative whole numbers become digits', () => {
  assert.equal(renderWholeNumber(18446744073709551615n), '18446744073709551615')
  assert.equal(renderWholeNumber(-0), '0')
  for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => renderWholeNumber(bad), RangeError)
  }
})
