import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classify, type ErrorReport, errorEngineOf, receivedFailure, type SentFailure } from './index.ts'
import { statementClass } from './statement-key.ts'

const engineOf = (name: string) => {
  const engine = errorEngineOf(name)
  assert.ok(engine)
  return engine
}

/** As the guard describes it. */
function described(report: ErrorReport): SentFailure {
  const engine = engineOf(report.engine)
  const { signature, code, type, object, masked } = classify(report, engine)
  const statement = statementClass(engine, type, report.statement)
  return {
    ...{ signature, code, type, object, masked },
    statement: statement === null ? null : { fingerprint: statement.id, text: statement.text.slice(0, 1024) },
  }
}

/** Errors whose value is `v`; `database` is what only the guard knows. */
const reports = (v: string): readonly ErrorReport[] => {
  const quoted = `'${v.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  const many = Array.from({ length: 200 }, (_, i) => `column_${i}`).join(', ')
  return [
    {
      engine: 'mariadb',
      code: 1146,
      message: "Table 'shop.orders' doesn't exist",
      statement: `SELECT * FROM orders WHERE name = ${quoted}`,
    },
    {
      engine: 'mysql',
      code: 1062,
      message: `Duplicate entry '${v}' for key 'users.uq_email'`,
      statement: `INSERT INTO users (email) VALUES (${quoted})`,
    },
    {
      engine: 'mariadb',
      code: 1062,
      message: `Duplicate entry '${v}' for key 'PRIMARY'`,
      statement: `INSERT INTO shop.users (email) VALUES (${quoted})`,
      database: 'shop',
    },
    {
      engine: 'mariadb',
      code: 1452,
      message:
        'Cannot add or update a child row: a foreign key constraint fails (`shop`.`items`, CONSTRAINT `fk_order` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`))',
      statement: `INSERT INTO items (name) VALUES (${quoted})`,
    },
    {
      engine: 'mysql',
      code: 1054,
      message: "Unknown column 'o.totl' in 'field list'",
      statement: `SELECT o.totl FROM shop.orders o JOIN items i ON i.o = o.id WHERE i.name = ${quoted}`,
    },
    {
      engine: 'mariadb',
      code: 1213,
      message: 'Deadlock found when trying to get lock; try restarting transaction',
      statement: `UPDATE users SET name = ${quoted} WHERE id IN (1, 2)`,
    },
    {
      engine: 'mariadb',
      code: 1205,
      message: 'Lock wait timeout exceeded; try restarting transaction',
      statement: `SELECT ${many} FROM users WHERE name = ${quoted}`,
    },
    {
      engine: 'mysql',
      code: 1064,
      message: `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${v}' at line 1`,
      statement: `SELEC * FROM users WHERE email = ${quoted}`,
    },
    {
      engine: 'sqlite',
      code: 'SQLITE_CONSTRAINT_UNIQUE',
      message: 'UNIQUE constraint failed: users.email',
      statement: `INSERT INTO users (email) VALUES ('${v.replaceAll("'", "''")}')`,
    },
    {
      engine: 'postgresql',
      code: '23505',
      message: 'duplicate key value violates unique constraint "users_email_key"',
      statement: `INSERT INTO users (email) VALUES ('${v.replaceAll("'", "''")}')`,
      schema: 'public',
      table: 'users',
      constraint: 'users_email_key',
    },
  ]
}

const hostile = fc
  .array(
    fc.constantFrom("'", '"', '`', '\\', 'for key', ' ', '\n', ';', '--', 'ключ', '\u0000', '%', '(', '1'),
    {
      maxLength: 6,
    },
  )
  .map((parts) => `zqv${parts.join('zqv')}zqv`)

describe('a failure that was sent', () => {
  test('as the guard describes it keeps its signature, object, type and message', () => {
    for (const report of reports('alice@example.com')) {
      const sent = described(report)
      const { signature, type, object, masked, statement } = receivedFailure(sent, engineOf(report.engine))
      assert.deepEqual(
        { signature, type, object, masked },
        {
          signature: sent.signature,
          type: sent.type,
          object: sent.object,
          masked: sent.masked,
        },
      )
      assert.equal(statement?.fingerprint, sent.statement?.fingerprint, report.message)
    }
  })

  test('with its values left in is masked here: no byte of them stays, and the signature is the same', () => {
    fc.assert(
      fc.property(hostile, fc.nat(9), (value, at) => {
        const report = reports(value)[at]
        assert.ok(report?.statement !== undefined)
        const honest = described(report)
        const sent = {
          ...honest,
          masked: report.message,
          statement: { fingerprint: '', text: report.statement },
        }
        const kept = receivedFailure(sent, engineOf(report.engine))
        assert.doesNotMatch(JSON.stringify(kept), /zqv/)
      }),
      { numRuns: 1000 },
    )
  })

  test('whose signature is that of something else gets its own', () => {
    const [report] = reports('x')
    assert.ok(report)
    const sent = described(report)
    const kept = receivedFailure({ ...sent, signature: 'f'.repeat(64) }, engineOf('mariadb'))
    assert.equal(kept.signature, sent.signature)
  })

  test('keeps no object that has not the form of a name, whatever its signature', () => {
    for (const object of ['alice@example.com', "it's", 'a b', '4111 1111', 'x\u0000y']) {
      const sent: SentFailure = {
        ...{ code: '1213', type: 'DEADLOCK', object, masked: 'Deadlock found', statement: null },
        signature: 'a'.repeat(64),
      }
      assert.equal(receivedFailure(sent, engineOf('mysql')).object, null)
    }
  })
})
