import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classify, findingsOf } from './classify.ts'
import { errorEngineOf } from './engines.ts'
import type { ErrorReport } from './error-report.ts'
import { signatureText } from './signature.ts'

/** How many cases: a small share by default, `DBMEDIC_LEAK_CASES=50000` for all. */
const CASES = Number(process.env.DBMEDIC_LEAK_CASES ?? 3000)

/** How a value is written into a statement of an engine. */
const QUOTE: Readonly<Record<string, (value: string) => string>> = {
  mysql: (v) => `'${v.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  postgresql: (v) => `'${v.replaceAll("'", "''")}'`,
  sqlite: (v) => `'${v.replaceAll("'", "''")}'`,
  oracle: (v) => `'${v.replaceAll("'", "''")}'`,
  redis: (v) => v,
  mongodb: (v) => JSON.stringify(v),
}

/** An error as a server reports it: `message` and `statement` take the value of the row; `q` is the value quoted. */
interface Shape {
  readonly engine: string
  readonly code: string | number
  readonly message: (value: string) => string
  readonly statement: (quoted: string, value: string) => string
}

const shape = (
  engine: string,
  code: string | number,
  message: Shape['message'],
  statement: Shape['statement'],
): Shape => ({ engine, code, message, statement })

const SHAPES: readonly Shape[] = [
  shape(
    'mysql',
    1062,
    (v) => `Duplicate entry '${v}' for key 'users.uq_email'`,
    (q) => `INSERT INTO users (email) VALUES (${q})`,
  ),
  shape(
    'mariadb',
    1062,
    (v) => `Duplicate entry '${v}' for key 'uq_email'`,
    (q) => `INSERT INTO users (email) VALUES (${q})`,
  ),
  shape(
    'mariadb',
    1062,
    (v) => `Duplizierter Eintrag '${v}' für Schlüssel 'uq_email'`,
    (q) => `INSERT INTO users VALUES (1, ${q})`,
  ),
  shape(
    'mysql',
    1366,
    (v) => `Incorrect integer value: '${v}' for column 'qty' at row 1`,
    (q) => `UPDATE items SET qty = ${q}`,
  ),
  shape(
    'mariadb',
    1366,
    (v) => `Incorrect integer value: '${v}' for column \`shop\`.\`items\`.\`qty\` at row 3`,
    (q) => `INSERT INTO items (qty) VALUES (1), (${q})`,
  ),
  shape(
    'mysql',
    1292,
    (v) => `Truncated incorrect DOUBLE value: '${v}'`,
    (q) => `DELETE FROM items WHERE qty = ${q}`,
  ),
  shape(
    'mysql',
    1064,
    (v) =>
      `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${v}' at line 1`,
    (_q, v) => `SELECT * FROM users WHERE email = '${v}'`,
  ),
  shape(
    'mariadb',
    1064,
    (v) => `Erreur de syntaxe près de '${v}' à la ligne 1`,
    (_q, v) => `SELECT * FROM users WHERE email = ${v}`,
  ),
  shape(
    'mysql',
    1644,
    (v) => v,
    (q) => `CALL pay(${q})`,
  ),
  shape(
    'mysql',
    1406,
    () => "Data too long for column 'email' at row 1",
    (q) => `INSERT INTO users (email) VALUES (${q})`,
  ),
  shape(
    'mysql',
    1213,
    () => 'Deadlock found when trying to get lock; try restarting transaction',
    (q) => `UPDATE users SET name = ${q} WHERE id IN (1, 2)`,
  ),
  shape(
    'mysql',
    1396,
    (v) => `Operation CREATE USER failed for '${v}'@'%'`,
    (q) => `CREATE USER ${q}@'%'`,
  ),
  shape(
    'mysql',
    3140,
    (v) => `Invalid JSON text: "${v}" at position 0 in value for column 'users.doc'.`,
    (q) => `UPDATE users SET doc = ${q}`,
  ),
  shape(
    'mysql',
    4711,
    (v) => `a plugin says: ${v}`,
    (q) => `SELECT plug(${q})`,
  ),
  shape(
    'postgresql',
    '23505',
    (v) =>
      `duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (email)=(${v}) already exists.`,
    (q) => `INSERT INTO users (email) VALUES (${q})`,
  ),
  shape(
    'postgresql',
    '22P02',
    (v) => `invalid input syntax for type integer: "${v}"`,
    (q) => `SELECT * FROM users WHERE id = ${q}`,
  ),
  shape(
    'postgresql',
    '22P02',
    (v) => `ungültige Eingabesyntax für Typ integer: »${v}«`,
    (q) => `SELECT * FROM users WHERE id = ${q}`,
  ),
  shape(
    'postgresql',
    '42601',
    (v) => `syntax error at or near "${v}"`,
    (_q, v) => `SELECT '${v}' FROM users WHER`,
  ),
  shape(
    'postgresql',
    '42P01',
    (v) => `relation "${v}" does not exist`,
    (q) => `SELECT nextval(${q})`,
  ),
  shape(
    'postgresql',
    'P0001',
    (v) => v,
    (q) => `SELECT pay(${q})`,
  ),
  shape(
    'postgresql',
    '23502',
    () => 'null value in column "email" of relation "users" violates not-null constraint',
    (q) => `INSERT INTO users (name) VALUES (${q})`,
  ),
  shape(
    'postgresql',
    '22008',
    (v) => `date/time field value out of range: "${v}"`,
    (q) => `INSERT INTO t (d) VALUES (${q})`,
  ),
  shape(
    'sqlite',
    'SQLITE_CONSTRAINT_UNIQUE',
    () => 'UNIQUE constraint failed: users.email',
    (q) => `INSERT INTO users (email) VALUES (${q})`,
  ),
  shape(
    'sqlite',
    'SQLITE_ERROR',
    (v) => `near "${v}": syntax error`,
    (_q, v) => `SELECT '${v}'`,
  ),
  shape(
    'sqlite',
    'SQLITE_ERROR',
    (v) => `unrecognized token: "'${v}"`,
    (_q, v) => `SELECT '${v}`,
  ),
  shape(
    'sqlite',
    'SQLITE_CONSTRAINT_TRIGGER',
    (v) => v,
    (q) => `DELETE FROM t WHERE a = ${q}`,
  ),
  shape(
    'redis',
    'ERR',
    (v) => `ERR unknown command '${v}', with args beginning with: '${v}' `,
    (_q, v) => `FROB ${v}`,
  ),
  shape(
    'redis',
    'WRONGTYPE',
    () => 'WRONGTYPE Operation against a key holding the wrong kind of value',
    (_q, v) => `LPUSH user:${v} ${v}`,
  ),
  shape(
    'mongodb',
    11000,
    (v) => `E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "${v}" }`,
    (q) => `{"insert":"users","documents":[{"email":${q}}]}`,
  ),
  shape(
    'mongodb',
    121,
    (v) => `Document failed validation: ${v}`,
    (q) => `{"insert":"users","documents":[{"email":${q}}]}`,
  ),
  shape(
    'oracle',
    'ORA-01722',
    (v) => `ORA-01722: invalid number "${v}"`,
    (q) => `SELECT * FROM t WHERE n = ${q}`,
  ),
  shape(
    'oracle',
    'ORA-20001',
    (v) => `ORA-20001: ${v}`,
    (q) => `BEGIN pay(${q}); END;`,
  ),
]

/** No word of a pattern, a statement or a name here contains it. */
const MARK = 'zqx7'
const hostile = fc.oneof(
  fc.constantFrom(
    "' for key 'b",
    "O'Brien",
    "doesn't",
    "x' at row 1",
    '`a`.`b`',
    '" does not exist',
    '»« „“',
    'a\nDETAIL:  Key (x)=(y)',
    "\\' OR '1'='1",
    '\u0000\u202e\u2028',
    '%s {table} ?',
    '/* */ -- #',
    "Table 'a.b' doesn't exist",
    "q'[it's]'",
    '$$ $1 $tag$',
    'テーブル 표 表',
    '𝒳\ud800',
    '12e5 0xFF 2024-01-01 10.0.0.1:3306',
    '550e8400-e29b-41d4-a716-446655440000',
  ),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
/** A hostile value with the mark in it, somewhere. */
const value = fc.tuple(hostile, hostile).map(([before, after]) => `${before}${MARK}${after}`)

function report(s: Shape, row: string, withCode: boolean): ErrorReport {
  const quote = QUOTE[s.engine === 'mariadb' ? 'mysql' : s.engine]
  assert.ok(quote)
  return {
    engine: s.engine,
    message: s.message(row),
    statement: s.statement(quote(row), row),
    ...(withCode ? { code: s.code } : {}),
  }
}

function leaving(r: ErrorReport): string {
  const engine = errorEngineOf(r.engine)
  assert.ok(engine)
  return `${JSON.stringify(classify(r, engine))}\n${signatureText(findingsOf(r, engine).parts)}`
}

describe('of a value in the statement or the message', () => {
  const anyShape = fc.constantFrom(...SHAPES)

  test('nothing is in what leaves, nor in what the signature is made of', () => {
    fc.assert(
      fc.property(anyShape, value, fc.boolean(), (s, row, withCode) => {
        assert.ok(!leaving(report(s, row, withCode)).includes(MARK))
      }),
      { numRuns: CASES },
    )
  })

  test('what leaves is the same as for any other value, where the statement could be read', () => {
    // A value inside a statement that the server could not read may change where its strings end.
    const readable = SHAPES.filter((s) => s.statement('q', 'v') === s.statement('q', 'w'))
    fc.assert(
      fc.property(fc.constantFrom(...readable), value, value, (s, one, other) => {
        assert.equal(leaving(report(s, one, true)), leaving(report(s, other, true)))
      }),
      { numRuns: CASES },
    )
  })
})
