import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { perconaFingerprint } from '../../../sql/index.ts'
import { StatementSkeleton } from './statement-skeleton.ts'

const skeleton = new StatementSkeleton()

function of(text: string): string | undefined {
  const bytes = Buffer.from(`x${text}y`)
  return skeleton.of(bytes, 1, bytes.length - 1)
}

describe('StatementSkeleton', () => {
  test('is one for statements that differ in literals, comments and amount of white space', () => {
    const first = of("select a from t where b = 'x' and c = 15 /* one */")
    assert.ok(first !== undefined)
    assert.equal(of("select  a from\tt where b = 'it''s \\' \"' and c = 1 /* two */"), first)
    assert.notEqual(of('select a from t where b = "x" and c = 15 /* one */'), first)
  })

  test('keeps digits inside names and gives none where it could not promise anything', () => {
    assert.notEqual(of('select 1 from users_2009'), of('select 1 from users_2010'))
    for (const text of [
      'call f1(1)',
      '/*!40001 x */ select 1',
      "select 'abc",
      'select 1 /* x',
      'select `x',
      'select 1--1',
      'select /*a.b:1/2*/ 1',
      `select ${'1,'.repeat(5000)}2`,
    ])
      assert.equal(of(text), undefined, text)
    assert.ok(of('commit') !== undefined)
  })

  test('promises that equal skeletons have equal fingerprints, whatever the text', () => {
    const literal = fc.constantFrom(
      '1',
      '22',
      '3.5',
      '4e5',
      '6E7',
      '0x8F',
      '0xff',
      "'a'",
      "'b''c'",
      '"d"',
      '"',
      "'",
      '12ab',
      '-1',
      "x'41'",
    )
    const word = fc.constantFrom(
      'select ',
      'call f1(',
      'use ',
      'in (',
      ')',
      ',',
      'values ',
      'insert into t',
      't1.',
      '.5',
      'a',
      'null',
      ' ',
      '\n',
      '\r',
      '\t',
      '`a1`',
      '`',
      '# c\n',
      '# d',
      '-- e\n',
      '-- f',
      '--g',
      '-',
      '/* h */',
      '/* i1 */',
      '/*a.b:1/2*/',
      '/*!5 j */',
      '/*',
      '@"k"',
      '\\',
      'union ',
      'limit 1',
      ' order by a asc',
    )
    const shape = fc.array(
      fc.oneof(
        literal.map((): null => null),
        word,
      ),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(shape, fc.array(literal, { minLength: 24, maxLength: 24 }), (pieces, values) => {
        const build = (from: number): string =>
          pieces.map((piece, at) => piece ?? (values[from + at] as string)).join('')
        const [a, b] = [build(0), build(12)]
        const [skeletonA, skeletonB] = [of(a), of(b)]
        if (skeletonA === undefined || skeletonA !== skeletonB) return
        assert.equal(
          perconaFingerprint(a),
          perconaFingerprint(b),
          `${JSON.stringify(a)} ${JSON.stringify(b)}`,
        )
      }),
      { numRuns: 60_000 },
    )
  })
})
