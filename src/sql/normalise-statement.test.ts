import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  FINGERPRINT_TEXT_MAX,
  fingerprint,
  fingerprintId,
  MARIADB,
  MYSQL,
  maskLiterals,
  normaliseStatement,
  POSTGRESQL,
  SQLITE,
  withSqlMode,
} from './index.ts'

const DIALECTS = [MYSQL, MARIADB, POSTGRESQL, SQLITE, withSqlMode(MYSQL, 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES')]

/** Texts that must have one fingerprint: statement, MySQL's digest text, MariaDB's digest text and variants. */
const SAME: readonly (readonly string[])[] = [
  [
    'select * from orders where id = 1',
    'SELECT * FROM `orders` WHERE `id` = ?',
    'SELECT * FROM `orders` WHERE ID = ?',
    'select  *\nfrom /* x */ orders -- y\nwhere id=-7.5e3;',
  ],
  ['SELECT COUNT(*) FROM orders', 'SELECT COUNT ( * ) FROM `orders`'],
  [
    'select a from t where id in (1)',
    'select a from t where id in (1,2,3)',
    'SELECT `a` FROM `t` WHERE `id` IN (...)',
    'SELECT `a` FROM `t` WHERE ID IN (?)',
  ],
  [
    "insert into t(a,b) values (1,'x')",
    "insert into t(a,b) values (1,null),(2,'y')",
    'INSERT INTO `t` ( `a` , `b` ) VALUES (...) /* , ... */',
    'INSERT INTO `t` ( `a` , `b` ) VALUES (...)',
  ],
  ['select a from t where id=-1', 'SELECT `a` FROM `t` WHERE ID = - ?'],
  ['select a - 1 from t', 'select a -1 from t', 'SELECT `a` - ? FROM `t`'],
  ['select a from t limit 5, 10', 'SELECT `a` FROM `t` LIMIT ?, ...'],
  ["select x'41', _utf8mb4'b'", 'SELECT ?, ...', 'SELECT (unknown) , (_charset) ?'],
  ['select now() - interval 5 day', 'SELECT NOW ( ) - INTERVAL ? SQL_TSI_DAY'],
  ['select a from t where b <> 1 and c != 2', 'SELECT `a` FROM `t` WHERE `b` != ? AND `c` != ?'],
  ['select @total, @@version', 'SELECT @? , @@`version`'],
  ['select true, null, 1 is true', 'SELECT TRUE , ?, ... IS TRUE'],
  [
    'select a from t',
    'SELECT /*+ MAX_EXECUTION_TIME (?) */ `a` FROM `t`',
    'select /*+ MAX_EXECUTION_TIME(10) */ a from t',
  ],
  ['select `2024_a` from `123_t`', 'select 2024_a from 123_t'],
  ['select t.null from t', 'SELECT `t` . `null` FROM `t`'],
]

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['select * from users_2009', 'select * from users_2010'],
  ['select a from t where b is null', 'select a from t where b is not null'],
  ['select a from t where b is true', 'select a from t where b is false'],
  ['select a from t order by b asc', 'select a from t order by b desc'],
  ['select a from t limit 1', 'select a from t limit 1, 2'],
  ['select a - 1 from t', 'select a 1 from t'],
  ['select `offset` - 1 from t', 'select `offset` from t'],
  ['update t set a = 1', 'update t set b = 1'],
  ['select `null` from t', 'select null from t'],
]

describe('normaliseStatement', () => {
  test('joins a statement with its digest texts', () => {
    for (const [first, ...others] of SAME) {
      for (const other of others)
        assert.equal(normaliseStatement(other, MYSQL).text, normaliseStatement(first as string, MYSQL).text)
    }
  })

  test('parts what differs in more than literals', () => {
    for (const [a, b] of DIFFERENT)
      assert.notEqual(fingerprintId(a, MYSQL), fingerprintId(b, MYSQL), `${a} | ${b}`)
  })

  test('reads the squashed lists of PostgreSQL 18 and the numbered ones before it as one', () => {
    const id = fingerprintId('SELECT a FROM t WHERE b IN ($1 /*, ... */)', POSTGRESQL)
    assert.equal(fingerprintId('SELECT a FROM t WHERE b IN ($1, $2, $3)', POSTGRESQL), id)
    assert.equal(fingerprintId("select a from t where b in ('x', $$y$$)", POSTGRESQL), id)
  })

  test('says when its input was cut', () => {
    assert.equal(fingerprint('SELECT `a` , `b` ...', MYSQL).truncated, true)
    assert.equal(fingerprint("select 'abc", MYSQL).truncated, true)
    assert.equal(fingerprint('SELECT `a` FROM `t` LIMIT ?, ...', MYSQL).truncated, false)
    assert.equal(fingerprint('SELECT `a` FROM `t` WHERE `b` IN (...)', MYSQL).truncated, false)
  })

  test('shows at most 4096 characters and hashes all of them', () => {
    const long = (last: string): string => `select ${'a, '.repeat(3000)}${last} from t`
    const [a, b] = [fingerprint(long('x'), MYSQL), fingerprint(long('y'), MYSQL)]
    assert.equal(a.text.length, FINGERPRINT_TEXT_MAX)
    assert.equal(a.truncated, true)
    assert.equal(a.text, b.text)
    assert.notEqual(a.id, b.id)
    assert.match(a.id, /^[0-9a-f]{32}$/)
  })

  test('is idempotent and never throws, on any input in any dialect', () => {
    fc.assert(
      fc.property(sqlLike(), fc.constantFrom(...DIALECTS), (sql, dialect) => {
        const once = normaliseStatement(sql, dialect).text
        // The normal form writes names in backticks where they need quotes, so it is read as MySQL's.
        const again = normaliseStatement(once, MYSQL).text
        assert.equal(normaliseStatement(again, MYSQL).text, again)
        if (dialect === MYSQL || dialect === MARIADB) assert.equal(again, once)
      }),
      { numRuns: 10_000 },
    )
  })

  test('depends neither on literals, nor on white space, comments or case', () => {
    const value = fc.oneof(
      fc.integer().map(String),
      fc.constantFrom("'x'", '"y"', 'NULL', '1.5', '0xff', "'it''s'", '?'),
    )
    const gap = fc.constantFrom(' ', '\n', '\t ', ' /* c */ ', ' -- d\n', ' # e\n', '/**/')
    const words = fc.tuple(
      value,
      value,
      fc.array(value, { minLength: 1, maxLength: 5 }),
      fc.array(gap, { minLength: 12, maxLength: 12 }),
      fc.boolean(),
    )
    const build = ([a, b, list, gaps, upper]: [string, string, string[], string[], boolean]): string => {
      const parts = [
        'select',
        'c',
        'from',
        't',
        'where',
        'a',
        '=',
        a,
        'and',
        'd',
        'in',
        `(${list.join(',')})`,
        'limit',
        b,
      ]
      return parts
        .map((part, at) => (upper && /^[a-z]+$/.test(part) ? part.toUpperCase() : part) + (gaps[at] ?? ' '))
        .join('')
    }
    fc.assert(
      fc.property(words, words, (a, b) =>
        assert.equal(fingerprintId(build(a), MYSQL), fingerprintId(build(b), MYSQL)),
      ),
      { numRuns: 1000 },
    )
  })

  test('stands 300,000 of anything', { timeout: 60_000 }, () => {
    for (const piece of [
      "'",
      '(',
      ')',
      '(1),',
      '1,',
      '-',
      '/*',
      '`',
      'a.',
      '(',
      '+ 1',
      ';',
      '...',
      '?, ...',
    ]) {
      fingerprint(`select ${piece.repeat(300_000)}`, MYSQL)
      maskLiterals(`select ${piece.repeat(300_000)}`, MYSQL)
    }
  })
})

describe('maskLiterals', () => {
  test('keeps the layout and the names, and replaces literals', () => {
    const masked = maskLiterals(
      "SELECT `a`, users_2009.b2 FROM t /* user 42 */\n WHERE x='it''s' AND y IN (1, -2.5, 0xFF) AND z IS NULL LIMIT 10",
      MYSQL,
    )
    assert.equal(
      masked,
      'SELECT `a`, users_2009.b2 FROM t  \n WHERE x=? AND y IN (?, -?, ?) AND z IS NULL LIMIT ?',
    )
  })

  test('masks whole what it cannot be sure of', () => {
    assert.equal(maskLiterals("select 'abc", MYSQL), 'select ?')
    assert.equal(maskLiterals('select a /* secret', MYSQL), 'select a  ')
    assert.equal(maskLiterals('select `secret', MYSQL), 'select ?')
    assert.equal(maskLiterals('where id=1and 0XFF', MYSQL), 'where id=? ?')
    assert.equal(maskLiterals('a\0b sec\ufffdret', MYSQL), 'a?b ?')
    assert.equal(
      maskLiterals('select /*+ SET_VAR(x=5) QB("s") */ 1', MYSQL),
      'select /*+ SET_VAR(x=?) QB(?) */ ?',
    )
    assert.equal(maskLiterals("grant all on *.* to 'u'@'h'", MYSQL), 'grant all on *.* to ?@?')
  })

  test('trusts no quote before one that is never closed', () => {
    assert.equal(
      maskLiterals("select a from `t` where n='it's s3cret' and b=1", MYSQL),
      'select a from `t` where n=?',
    )
    assert.equal(maskLiterals("select `a, 's3cret', `b`, 5", MYSQL), 'select ?')
    assert.equal(maskLiterals("set @'a = 's3cret', 1", MYSQL), 'set ?')
  })

  test('sees where a backslash does not escape, because the quotes close only so', () => {
    assert.equal(maskLiterals("select 'C:\\', 's3cret', b", MYSQL), 'select ?, ?, b')
    assert.equal(maskLiterals("select 'C:\\dir\\', 's3cret' from t", MYSQL), 'select ?, ? from t')
    assert.equal(maskLiterals("select 'it\\'s', b from t", MYSQL), 'select ?, b from t')
  })

  test('masks what people take for a comment', () => {
    assert.equal(
      maskLiterals('select a --s3cret user 7\n from t where b=5--4', MYSQL),
      'select a  \n from t where b=?--?',
    )
  })

  test('lets no literal through, and keeps the fingerprint', () => {
    const secret = fc.nat().map((n) => `s3cret${n}`)
    const literal = fc.oneof(
      secret.map((text) => `'${text}'`),
      secret.map((text) => `"${text}"`),
      secret.map((text) => `'${text}''${text}'`),
      secret.map((text) => `'\\'${text}\\\\'`),
      secret.map((text) => `N'${text}'`),
      secret.map((text) => `_utf8'${text}'`),
      secret.map((text) => `/* ${text} */ 7777`),
      fc.constantFrom('7777', '0x7777', '7777.7777', '.7777', '7777e7', "x'7777'", '-7777'),
    )
    const statement = fc
      .tuple(fc.array(literal, { minLength: 1, maxLength: 6 }), fc.constantFrom('=', ' in (', ' like ', ','))
      .map(([literals, glue]) => `select a from t1 where b${glue}${literals.join(', ')}`)
    fc.assert(
      fc.property(statement, (sql) => {
        const masked = maskLiterals(sql, MYSQL)
        assert.doesNotMatch(masked, /s3cret|7777/)
        assert.equal(fingerprintId(masked, MYSQL), fingerprintId(sql, MYSQL))
      }),
      { numRuns: 2000 },
    )
  })

  test('is idempotent and never throws, on any input in any dialect', () => {
    fc.assert(
      fc.property(sqlLike(), fc.constantFrom(MYSQL, MARIADB), (sql, dialect) => {
        const once = maskLiterals(sql, dialect)
        assert.equal(maskLiterals(once, dialect).replace(/\s+/g, ''), once.replace(/\s+/g, ''))
      }),
      { numRuns: 3000 },
    )
  })
})

function sqlLike(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      ..."select|from|where|null|true|is|not|in|values|and|by|interval|unknown|_charset|_utf8|distinctrow|offset|t1|1x|(|)|,|.|;|?|...|?, ...|(...)|-|+|->|@|@@|@a|`a b`|`null`|`select`|`1`|`a``b`|\"c d\"|[e]|'f'|1|1.5|.5|0xff|1e5|x'41'|\\N|/* c */|/*+ h(1) */|/*!50000 |*/|-- d\n|# e\n|'|\"|`|/*|\\|:n|$1|$$|<>|!=".split(
        '|',
      ),
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  return fc
    .array(fc.tuple(piece, fc.constantFrom('', ' ')), { maxLength: 25 })
    .map((pieces) => pieces.flat().join(''))
}
