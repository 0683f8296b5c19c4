import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { classify, type ErrorReport, errorEngineOf } from './index.ts'

const read = (report: ErrorReport) => {
  const engine = errorEngineOf(report.engine)
  assert.ok(engine)
  return classify(report, engine)
}
const signature = (report: ErrorReport): string => read(report).signature

describe('a signature', () => {
  test('is 64 hex digits and does not change with the release', () => {
    // The form is versioned: when this value has to change, so has SIGNATURE_FORM.
    assert.equal(
      signature({ engine: 'mysql', code: 1146, message: "Table 'shop.orders' doesn't exist" }),
      'fba2bf89a8bde24c766357095c916b5a77ed7ce38eed87e8f440605ba1a2ddc4',
    )
  })

  test('is the same in every language, with and without the code', () => {
    const messages = [
      "Table 'shop.orders' doesn't exist",
      "La table 'shop.orders' n'existe pas",
      "Tabelle 'shop.orders' existiert nicht",
      "表 'shop.orders' は存在しません。",
      "Таблица 'shop.orders' не существует",
    ]
    const all = messages.flatMap((message) => [
      signature({ engine: 'mariadb', code: 1146, message }),
      signature({ engine: 'mariadb', message }),
    ])
    assert.equal(new Set(all).size, 1)
  })

  test('parts different tables, constraints and columns', () => {
    const reports: ErrorReport[] = [
      { engine: 'mysql', code: 1146, message: "Table 'shop.orders' doesn't exist" },
      { engine: 'mysql', code: 1146, message: "Table 'shop.payroll' doesn't exist" },
      { engine: 'mysql', code: 1146, message: "Table 'shop.orders_2024' doesn't exist" },
      { engine: 'mysql', code: 1062, message: "Duplicate entry '1' for key 'a.PRIMARY'" },
      { engine: 'mysql', code: 1062, message: "Duplicate entry '1' for key 'b.PRIMARY'" },
      { engine: 'postgres', code: '42703', message: 'column "a" of relation "t" does not exist' },
      { engine: 'postgres', code: '42703', message: 'column "b" of relation "t" does not exist' },
    ]
    assert.equal(new Set(reports.map(signature)).size, reports.length)
  })

  test('takes the table from the statement where the message does not name it', () => {
    const duplicate = (table: string): ErrorReport => ({
      engine: 'mariadb',
      code: 1062,
      message: "Duplicate entry '7' for key 'PRIMARY'",
      statement: `INSERT INTO ${table} (id) VALUES (7)`,
    })
    assert.notEqual(signature(duplicate('orders')), signature(duplicate('items')))
    assert.equal(read(duplicate('orders')).object, 'orders.PRIMARY')
  })

  test('does not part one fault over its values, quotes, lists or rows', () => {
    const same = (reports: readonly ErrorReport[]): void =>
      assert.equal(new Set(reports.map(signature)).size, 1, JSON.stringify(reports))
    same(
      ['x', "O'Brien", "doesn't", "a' for key 'b", 'ключ', '𝒳\n2'].map((value) => ({
        engine: 'mariadb',
        code: 1062,
        message: `Duplicate entry '${value}' for key 'uq_name'`,
        statement: `INSERT INTO users (name) VALUES ('${value.replaceAll("'", "''")}')`,
      })),
    )
    same(
      ['(1)', '(1,2,3)', "('a',0xFF)"].map((list) => ({
        engine: 'mysql',
        code: 1213,
        message: 'Deadlock found when trying to get lock; try restarting transaction',
        statement: `DELETE FROM t WHERE id IN ${list}`,
      })),
    )
    same(
      ["('O'Brien')", "('D'Arcy')", "('x'y'z')"].map((row) => ({
        engine: 'mysql',
        code: 1064,
        message: `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${row}' at line 1`,
        statement: `INSERT INTO users (name) VALUES ${row}`,
      })),
    )
  })

  test('of a fault of the whole server does not hang on the statement', () => {
    const gone = (statement: string): ErrorReport => ({
      engine: 'mysql',
      code: 2013,
      message: 'Lost connection to MySQL server during query',
      statement,
    })
    assert.equal(signature(gone('SELECT 1 FROM a')), signature(gone('SELECT 2 FROM b')))
  })

  test('of a message nobody knows says so', () => {
    const found = read({ engine: 'mysql', message: 'user alice@example.com has no credit' })
    assert.deepEqual(
      { type: found.type, code: found.code, masked: found.masked, retryable: found.retryable },
      { type: 'UNCLASSIFIED', code: null, masked: '?', retryable: 'never' },
    )
  })
})

describe('a classification', () => {
  const cases: readonly (readonly [ErrorReport, Partial<ReturnType<typeof read>>])[] = [
    [
      {
        engine: 'mysql',
        code: 'ER_NO_REFERENCED_ROW_2',
        message:
          'Cannot add or update a child row: a foreign key constraint fails (`shop`.`items`, CONSTRAINT `fk_order` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`))',
      },
      { code: '1452', type: 'FK_VIOLATION', object: 'shop.items.fk_order' },
    ],
    [
      {
        engine: 'mysql',
        code: 1054,
        message: "Unknown column 'o.totl' in 'field list'",
        statement: 'SELECT o.totl FROM shop.orders o JOIN items i ON i.o = o.id',
      },
      { type: 'COLUMN_NOT_FOUND', object: 'shop.orders.totl', masked: 'Unknown column o.totl in ?' },
    ],
    [
      {
        engine: 'mariadb',
        code: 1366,
        message: "Incorrect integer value: 'ab''c for column `a`' for column `shop`.`orders`.`qty` at row 1",
      },
      { type: 'TYPE_MISMATCH', object: 'shop.orders.qty' },
    ],
    // mysql2 puts MySQL's symbol beside MariaDB's number 4025.
    [
      {
        engine: 'mariadb',
        code: 'ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE',
        message: 'CONSTRAINT `ck_qty` failed for `shop`.`items`',
      },
      { code: '4025', type: 'CHECK', object: 'shop.items.ck_qty' },
    ],
    [
      {
        engine: 'mysql',
        message: "ERROR 1045 (28000): Access denied for user 'app'@'10.0.0.7' (using password: YES)",
      },
      {
        code: '1045',
        type: 'ACCESS_DENIED',
        object: 'app',
        masked: 'Access denied for user app using password ?',
      },
    ],
    [
      {
        engine: 'mysql',
        message: "(pymysql.err.ProgrammingError) (1146, \"Table 'shop.orders' doesn't exist\")",
      },
      { code: '1146', object: 'shop.orders' },
    ],
    [
      {
        engine: 'mysql',
        message: "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist",
      },
      { code: '1146', object: 'shop.orders' },
    ],
    [
      { engine: 'mysql', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.7:3306' },
      { type: 'CONNECTION_ERROR', retryable: 'statement' },
    ],
    [
      {
        engine: 'postgres',
        message:
          'FEHLER:  doppelter Schlüsselwert verletzt Unique-Constraint »users_email_key«\nDETAIL:  Schlüssel »(email)=(a@b.c)« existiert bereits.',
        statement: "INSERT INTO users (email) VALUES ('a@b.c')",
      },
      { code: '23505', type: 'DUPLICATE_KEY', object: 'users.users_email_key' },
    ],
    [
      {
        engine: 'pg',
        code: '23502',
        message: 'null value in column "email" of relation "users" violates not-null constraint',
      },
      { type: 'NOT_NULL', object: 'users.email' },
    ],
    [
      {
        engine: 'postgres',
        code: '42P01',
        message: 'relation "a secret" does not exist',
        statement: `SELECT nextval('"a secret"')`,
      },
      { type: 'TABLE_NOT_FOUND', object: null, masked: 'relation ? does not exist' },
    ],
    [
      { engine: 'postgres', code: '40001', message: 'could not serialize access due to concurrent update' },
      { type: 'SERIALIZATION', retryable: 'transaction', strategy: 'IMMEDIATE' },
    ],
    [
      {
        engine: 'sqlite',
        code: 'SQLITE_CONSTRAINT',
        message: 'UNIQUE constraint failed: users.email, users.tenant',
      },
      { code: 'SQLITE_CONSTRAINT_UNIQUE', type: 'DUPLICATE_KEY', object: 'users.email, users.tenant' },
    ],
    [
      {
        engine: 'sqlite',
        code: 1,
        message: 'no such column: o.totl',
        statement: 'SELECT o.totl FROM orders o',
      },
      { code: 'SQLITE_ERROR', type: 'COLUMN_NOT_FOUND', object: 'orders.totl' },
    ],
    [
      { engine: 'sqlite', errno: 5, message: 'database is locked' },
      { code: 'SQLITE_BUSY', retryable: 'transaction' },
    ],
    [
      {
        engine: 'redis',
        message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
        statement: 'LPUSH user:1 x',
      },
      { code: 'WRONGTYPE', type: 'TYPE_MISMATCH' },
    ],
    [
      {
        engine: 'mongodb',
        code: 11000,
        message: 'E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "x@y" }',
      },
      { type: 'DUPLICATE_KEY', object: 'shop.users.email_1' },
    ],
    [
      { engine: 'oracle', message: 'ORA-00001: unique constraint (APP.USERS_UQ) violated' },
      { code: 'ORA-00001', type: 'DUPLICATE_KEY', object: 'APP.USERS_UQ' },
    ],
    [
      { engine: 'oracle', message: 'ORA-01400: cannot insert NULL into ("APP"."USERS"."EMAIL")' },
      { type: 'NOT_NULL', object: 'APP.USERS.EMAIL' },
    ],
  ]
  for (const [report, expected] of cases) {
    test(`of ${report.engine}: ${report.message.slice(0, 60)}`, () => {
      const found = read(report)
      for (const [key, value] of Object.entries(expected))
        assert.equal(found[key as keyof typeof found], value, key)
    })
  }

  test('reads 4 KiB of a message and no more', () => {
    const found = read({ engine: 'mysql', code: 1146, message: `Table 'a.b' ${'x '.repeat(50_000)}` })
    assert.equal(found.code, '1146')
    assert.ok(found.masked.length < 100)
  })
})
