import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  MARIADB,
  MYSQL,
  POSTGRESQL,
  SQLITE,
  type SqlDialect,
  SqlLexer,
  TokenKind,
  withSqlMode,
} from './index.ts'

const DIALECTS = [MYSQL, MARIADB, POSTGRESQL, SQLITE, withSqlMode(MYSQL, 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES')]
const KIND_NAMES = new Map(Object.entries(TokenKind).map(([name, kind]) => [kind as number, name]))

/** The tokens as `kind text`. */
function tokens(sql: string, dialect: SqlDialect = MYSQL): string[] {
  const lexer = new SqlLexer(sql, dialect)
  const found = []
  while (lexer.next() !== TokenKind.end) {
    found.push(`${KIND_NAMES.get(lexer.kind)} ${lexer.tokenText()}${lexer.terminated ? '' : ' !'}`)
  }
  return found
}

/** [what, text, tokens, dialect]. */
const TABLE: readonly (readonly [string, string, readonly string[], SqlDialect?])[] = [
  ['doubled quotes', "'it''s'", ["string 'it''s'"]],
  ['backslash escapes', String.raw`'a\'b' 'c\\'`, [String.raw`string 'a\'b'`, String.raw`string 'c\\'`]],
  [
    'NO_BACKSLASH_ESCAPES',
    String.raw`'a\' b`,
    [String.raw`string 'a\'`, 'word b'],
    withSqlMode(MYSQL, 'NO_BACKSLASH_ESCAPES'),
  ],
  ['double quotes as a string', '"a""b"', ['string "a""b"']],
  ['double quotes as a name', '"a""b"', ['quotedName "a""b"'], withSqlMode(MYSQL, 'ANSI_QUOTES')],
  ['quoted names', '`a``b`.`c`', ['quotedName `a``b`', 'punctuation .', 'quotedName `c`']],
  ['an unclosed string', "'abc", ["string 'abc !"]],
  ['a backslash at the very end', "'abc\\", ["string 'abc\\ !"]],
  ['an unclosed comment', 'a /* b', ['word a', 'comment /* b !']],
  [
    'prefixes',
    `x'41' b'01' N'x' n"x"`,
    ["string x'41'", "string b'01'", "string N'x'", 'word n', 'string "x"'],
  ],
  ['introducers', `_utf8'x' _latin1 'x'`, ['word _utf8', "string 'x'", 'word _latin1', "string 'x'"]],
  [
    'numbers',
    '1 1.5 .5 5. 1e3 1.5E-3 0xFf 0b01',
    [
      'number 1',
      'number 1.5',
      'number .5',
      'number 5.',
      'number 1e3',
      'number 1.5E-3',
      'number 0xFf',
      'number 0b01',
    ],
  ],
  [
    'names with digits',
    '2024_orders t.1a t.5 users_2009 0xZZ',
    [
      'word 2024_orders',
      'word t',
      'punctuation .',
      'word 1a',
      'word t',
      'punctuation .',
      'word 5',
      'word users_2009',
      'word 0xZZ',
    ],
  ],
  [
    'variables',
    "@x @`a b` @'c' @@version @@session.sql_mode @a.b @",
    [
      'userVariable @x',
      'userVariable @`a b`',
      "userVariable @'c'",
      'operator @@',
      'word version',
      'operator @@',
      'word session',
      'punctuation .',
      'word sql_mode',
      'userVariable @a.b',
      'operator @',
    ],
  ],
  [
    'placeholders',
    '? :name a:=1',
    ['placeholder ?', 'placeholder :name', 'word a', 'operator :=', 'number 1'],
  ],
  [
    'dash comments need white space',
    'a--1\n-- c\nb --',
    ['word a', 'operator -', 'operator -', 'number 1', 'comment -- c\n', 'word b', 'comment --'],
  ],
  ['dash comments of others', 'a--1\nb', ['word a', 'comment --1\n', 'word b'], POSTGRESQL],
  ['hash comments', 'a # b\nc', ['word a', 'comment # b\n', 'word c']],
  ['hints', 'select /*+ X(1) */ 1', ['word select', 'hint /*+ X(1) */', 'number 1']],
  [
    'version comments',
    'a /*!40101 b */ c',
    ['word a', 'versionOpen /*!40101', 'word b', 'versionClose */', 'word c'],
  ],
  ['version comments of a later server', 'a /*!99999 b */ c', ['word a', 'comment /*!99999 b */', 'word c']],
  [
    "MySQL's version comments on MariaDB",
    'a /*!80000 b */ c',
    ['word a', 'comment /*!80000 b */', 'word c'],
    MARIADB,
  ],
  [
    "MariaDB's own comments",
    '/*M!100100 b */',
    ['versionOpen /*M!100100', 'word b', 'versionClose */'],
    MARIADB,
  ],
  ["MariaDB's own comments on MySQL", '/*M!100100 b */', ['comment /*M!100100 b */']],
  [
    'a comment in a version comment',
    '/*! a /* b */ c */ d',
    ['versionOpen /*!', 'word a', 'comment /* b */', 'word c', 'versionClose */', 'word d'],
  ],
  ['nested comments', '/* a /* b */ c */ d', ['comment /* a /* b */ c */', 'word d'], POSTGRESQL],
  [
    'dollar quotes',
    "$1 $$it's$$ $a$x$b$y$a$ z",
    ['placeholder $1', "string $$it's$$", 'string $a$x$b$y$a$', 'word z'],
    POSTGRESQL,
  ],
  [
    'escape strings',
    String.raw`E'a\'b' 'c\'`,
    [String.raw`string E'a\'b'`, String.raw`string 'c\'`],
    POSTGRESQL,
  ],
  ['bracket names', '[a b] "c" ?1', ['quotedName [a b]', 'quotedName "c"', 'placeholder ?1'], SQLITE],
  [
    'digest text',
    '(...) ?, ... IN (...)',
    [
      'punctuation (',
      'ellipsis ...',
      'punctuation )',
      'placeholder ?',
      'punctuation ,',
      'ellipsis ...',
      'word IN',
      'punctuation (',
      'ellipsis ...',
      'punctuation )',
    ],
  ],
  [
    'operators',
    "a<=>b->>'$.x'||c",
    ['word a', 'operator <=>', 'word b', 'operator ->>', "string '$.x'", 'operator ||', 'word c'],
  ],
  ['NULL as \\N', '\\N', ['number \\N']],
  ['control characters', 'a\0b', ['word a', 'junk \0', 'word b']],
]

describe('SqlLexer', () => {
  for (const [what, text, expected, dialect] of TABLE) {
    test(`reads ${what}`, () => assert.deepEqual(tokens(text, dialect), expected))
  }

  test('always advances, never overlaps, never throws and ends, on any input in any dialect', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '`',
        '[',
        '\\',
        '/*',
        '/*!',
        '/*M!100',
        '*/',
        '--',
        '-- ',
        '#',
        '\n',
        '$',
        '$a$',
        '@',
        '@@',
        ':',
        '?',
        '.',
        '0x',
        '1e',
        "x'",
        'U&"',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, fc.constantFrom(...DIALECTS), (sql, dialect) => {
        const lexer = new SqlLexer(sql, dialect)
        let last = 0
        while (lexer.next() !== TokenKind.end) {
          assert.ok(lexer.start >= last && lexer.end > lexer.start && lexer.end <= sql.length)
          assert.equal(sql.slice(last, lexer.start).trim().replace(/[\s]/g, ''), '')
          last = lexer.end
        }
        assert.equal(lexer.next(), TokenKind.end)
      }),
      { numRuns: 3000 },
    )
  })

  test('reads each character a bounded number of times, also where every mark is unclosed', () => {
    for (const piece of [
      "'",
      '"',
      '`',
      '/*',
      '/*!',
      '/*! /*',
      '*/',
      '--',
      '#',
      '$',
      '$a',
      '$a$',
      '.',
      '1e',
      '0x',
      '@',
      '@a.',
      '[',
      '\\',
      '/*!99999 ',
    ]) {
      for (const dialect of DIALECTS) {
        assert.ok(readsPerCharacter(piece.repeat(20_000), dialect) < 40, `${piece} in ${dialect.name}`)
      }
    }
  })
})

/** How many character reads (charCodeAt, and the lengths that indexOf passes over) a whole text costs, per character. */
function readsPerCharacter(text: string, dialect: SqlDialect): number {
  let reads = 0
  const counted = {
    length: text.length,
    charCodeAt: (at: number) => {
      reads++
      return text.charCodeAt(at)
    },
    indexOf: (piece: string, from: number) => {
      const found = text.indexOf(piece, from)
      reads += (found < 0 ? text.length : found) - from
      return found
    },
    slice: (from: number, to?: number) => {
      const piece = text.slice(from, to)
      reads += piece.length
      return piece
    },
    startsWith: (piece: string, from: number) => text.startsWith(piece, from),
  }
  const target = new Proxy(counted, { get: (object, key) => Reflect.get(object, key) ?? text[Number(key)] })
  const lexer = new SqlLexer(target as unknown as string, dialect)
  while (lexer.next() !== TokenKind.end);
  return reads / text.length
}
