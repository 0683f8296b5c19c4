import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FINGERPRINT_TEXT_MAX, perconaFingerprint } from './index.ts'
import cases from './percona-fingerprint.cases.json' with { type: 'json' }

const PT_QUERY_DIGEST = '/usr/bin/pt-query-digest'
const S = String.raw

/** Fingerprints by percona-toolkit's own code, in one process. Input and output are separated by NUL. */
function byPercona(statements: readonly string[]): string[] {
  const script = `require '${PT_QUERY_DIGEST}'; my $q = QueryRewriter->new(); $/ = "\\0"; binmode STDIN; binmode STDOUT;
    while (<STDIN>) { chomp; my $f; { local $/ = "\\n"; $f = $q->fingerprint($_); } print $f, "\\0"; }`
  const output = execFileSync('perl', ['-e', script], { input: `${statements.join('\0')}\0` })
  return output.toString('utf8').split('\0').slice(0, -1)
}

/** [statement, pt-query-digest 3.2.1, ours, reason]. */
const DIFFERENCES: readonly (readonly [string, string, string, string])[] = [
  ["select 'it''s'", 'select ??', 'select ?', 'a doubled quote is part of one literal'],
  [
    "select 'a\\\\', 'secret'",
    "select ?secret'",
    'select ?, ?',
    'an escaped backslash does not escape the quote',
  ],
  [
    "select 1 -- it's\nfrom t where x='secret'",
    "select ? ? it?secret'",
    'select ? from t where x=?',
    'a quote in a comment',
  ],
  ["select '/*', 'x', '*/'", 'select ?', 'select ?, ?, ?', 'comment marks inside strings'],
  ['select 0xABCDEF', 'select ?abcdef', 'select ?', 'upper-case hex digits are part of the literal'],
  ['select 1E5', 'select ?e?', 'select ?', 'an upper-case exponent is part of the literal'],
  ["call f('x(1)', 2)", "call f('x", 'call f', 'the name ends at the first parenthesis'],
  ['/**/select 1', '/**/select ?', 'select ?', 'an empty comment is a comment'],
  ['select 1;', 'select ?;', 'select ?', 'the terminator is no part of the statement'],
  [
    '  insert into t values (1),(2)',
    'insert into t values(?+)',
    'insert into t values(?+)',
    'outer white space',
  ],
  [
    'select a from t order by x, asc_date',
    'select a from t order by x,_date',
    'select a from t order by x, asc_date',
    'ASC is a word',
  ],
  [
    "insert into t values ('a),(b', 'secret')",
    "insert into t values ('a)",
    'insert into t values(?+)',
    'a row ends outside of strings',
  ],
  [
    "select `it's`, 'secret' from t",
    "select `it?secret' from t",
    "select `it's`, ? from t",
    'a quote inside a quoted name',
  ],
  ["select n='it's secret'", "select n=?s secret'", 'select n=?', 'a quote that is never closed'],
  [
    "select 'C:\\', 'secret'",
    "select ?secret'",
    'select ?, ?',
    'quotes that close only where a backslash does not escape',
  ],
  ['select `a#b` from t', 'select `a', 'select `a#b` from t', 'a comment mark inside a quoted name'],
]

describe('perconaFingerprint', () => {
  test(`gives the documented form for ${cases.length} recorded statements`, () => {
    assert.ok(cases.length >= 150)
    for (const [statement, expected] of cases) assert.equal(perconaFingerprint(statement as string), expected)
  })

  test('differs from pt-query-digest only in the listed ways', () => {
    for (const [statement, , ours, reason] of DIFFERENCES)
      assert.equal(perconaFingerprint(statement), ours, reason)
  })

  test('closes the list in which a cut statement ends', () => {
    for (const [sql, whole] of [
      ['select a from t where b in (1, 2, 3', 'select a from t where b in(?+)'],
      ["select a from t where b in ('x', 'y", 'select a from t where b in(?+)'],
      ["insert into t (a, b) values (1, 'xxx", 'insert into t (a, b) values(?+)'],
      ["insert into `t` values (1, 'x'), (2, 'xxx", 'insert into `t` values(?+)'],
      ['select f(1, 2', 'select f(?, ?'],
    ] as const)
      assert.equal(perconaFingerprint(sql, true), whole)
    assert.equal(perconaFingerprint('select a from t where b in (1, 2'), 'select a from t where b in (?, ?')
  })

  const noPercona = existsSync(PT_QUERY_DIGEST) ? false : 'percona-toolkit is not installed'

  test('agrees with the pt-query-digest on this machine', { skip: noPercona }, () => {
    const theirs = byPercona(cases.map(([statement]) => statement as string))
    cases.forEach(([statement], at) => {
      assert.equal(perconaFingerprint(statement as string), theirs[at]?.trimEnd(), statement)
    })
    const differing = byPercona(DIFFERENCES.map(([statement]) => statement))
    DIFFERENCES.forEach(([statement, theirsThen], at) => {
      assert.equal(differing[at]?.trim(), theirsThen.trim(), statement)
    })
  })

  test('agrees with pt-query-digest on 3,000 generated statements', { skip: noPercona }, () => {
    const statements = fc.sample(statementArbitrary(), { numRuns: 3000, seed: 20 })
    const theirs = byPercona(statements)
    statements.forEach((statement, at) => {
      assert.equal(perconaFingerprint(statement), theirs[at]?.trimEnd(), statement)
    })
  })

  test('never throws, is bounded and one line, whatever the input', () => {
    fc.assert(
      fc.property(junk(), (sql) => {
        const fingerprint = perconaFingerprint(sql)
        assert.ok(fingerprint.length <= FINGERPRINT_TEXT_MAX)
        assert.ok(!/[\r\n]/.test(fingerprint))
      }),
      { numRuns: 2000 },
    )
  })

  test('does not depend on the values of literals', () => {
    const literal = fc.oneof(
      fc.nat().map(String),
      fc.string().map((text) => `'${text.replaceAll('\\', S`\\`).replaceAll("'", "''")}'`),
      fc.string().map((text) => `"${text.replaceAll('\\', S`\\`).replaceAll('"', S`\"`)}"`),
    )
    fc.assert(
      fc.property(literal, literal, (a, b) => {
        const withValue = (value: string): string =>
          perconaFingerprint(`select c from t where k = ${value} and d in (${value})`)
        assert.equal(withValue(a), withValue(b))
      }),
    )
  })

  test('stands 300,000 quotes, parentheses, comments, rows and unions', { timeout: 60_000 }, () => {
    const many = 300_000
    for (const piece of [
      "'",
      '"',
      '`',
      '(',
      ')',
      '/*',
      '*/',
      '/**/',
      '--',
      '#',
      "''",
      '(1),',
      'select ',
      ' union select 1',
      'in (',
      'values (1)',
      'x union ',
      ' asc',
      '?',
      "--'",
      '\\',
    ]) {
      const tail = perconaFingerprint(`select 1 ${piece.repeat(many)}`)
      assert.ok(tail.length <= FINGERPRINT_TEXT_MAX)
      assert.ok(
        perconaFingerprint(`insert into t values ${piece.repeat(many)}`).length <= FINGERPRINT_TEXT_MAX,
      )
    }
  })
})

function junk(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '/*',
      '*/',
      '/*!50000',
      '--',
      '-- ',
      '#',
      '\n',
      '(',
      ')',
      ',',
      '?',
      '@',
      '@@',
      '0x',
      '1e',
      '.',
      ':',
      '$',
      '$$',
      'in',
      'values',
      'union',
      'select ',
      'call x(',
      '\0',
    ),
    fc.string({ unit: 'binary' }),
  )
  return fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
}

/** Well-formed statements without the shapes of DIFFERENCES. */
function statementArbitrary(): fc.Arbitrary<string> {
  const name = fc.constantFrom('a', 'b1', 'orders', 'users_2009', '`key`', 't.c', '`t1`.`c_2`', 'x', 'Big')
  const value = fc.constantFrom(
    '1',
    '-5',
    '3.14',
    "'x y'",
    '"z"',
    'NULL',
    'null',
    'true',
    "'2020-01-01'",
    '0xff',
    '?',
    "''",
    '1e5',
  )
  const list = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => `(${values.join(', ')})`)
  const test_ = fc.oneof(
    fc.tuple(name, fc.constantFrom('=', '<>', '>', ' like '), value).map((parts) => parts.join('')),
    fc.tuple(name, fc.constantFrom(' in ', ' IN', ' not in '), list).map((parts) => parts.join('')),
    fc.tuple(name, value, value).map(([n, a, b]) => `${n} between ${a} and ${b}`),
    name.map((n) => `${n} is not null`),
  )
  const where = fc
    .array(test_, { maxLength: 3 })
    .map((tests) => (tests.length > 0 ? ` where ${tests.join(' and ')}` : ''))
  const order = fc.constantFrom(
    '',
    ' order by a',
    ' ORDER BY a ASC, b DESC',
    ' limit 5',
    ' LIMIT 5, 10',
    ' order by 1 limit 3 offset 9',
    ' for update',
  )
  const space = fc.constantFrom(' ', '  ', '\n', '\t', ' /* c */ ', ' -- c\n', ' # c\n')
  const columns = fc
    .array(fc.oneof(name, value), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join(', '))
  const select = fc
    .tuple(space, columns, space, name, where, order)
    .map(([s, c, s2, n, w, o]) => `select${s}${c}${s2}from ${n}${w}${o}`)
  const union = fc
    .tuple(select, fc.constantFrom('union', 'UNION ALL'), select)
    .map((parts) => parts.join(' '))
  const insert = fc
    .tuple(
      fc.constantFrom('insert into', 'INSERT IGNORE INTO', 'replace into'),
      name,
      fc.array(list, { minLength: 1, maxLength: 3 }),
    )
    .map(([verb, n, rows]) => `${verb} ${n} values ${rows.join(', ')}`)
  const update = fc.tuple(name, name, value, where).map(([t, c, v, w]) => `update ${t} set ${c}=${v}${w}`)
  return fc.oneof({ weight: 4, arbitrary: select }, union, insert, update)
}
