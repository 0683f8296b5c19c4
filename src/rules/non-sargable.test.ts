import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg, SHOP } from '../../test/support/rule-schema.ts'

ruleCases('NON_SARGABLE', [
  {
    claim: 'a function around an indexed column is found, with the rewrite',
    code: mysql("await db.query('SELECT id FROM users WHERE DATE(created_at) = ?', ['2026-01-01'])"),
    schema: SHOP,
    lines: [3],
    says: /^high: DATE\(…\) around users\.created_at .*Compare with a range/,
  },
  {
    claim: 'a leading wildcard is found in the text and in a bound value',
    code: mysql(
      "await db.query(\"SELECT id FROM users WHERE email LIKE '%.org'\")\nexport const f = (q) => db.query('SELECT id FROM users WHERE email LIKE ?', [`%${q}%`])",
    ),
    schema: SHOP,
    lines: [3, 4],
  },
  {
    claim: 'a prefix search, and a column without an index, are right',
    code: mysql(
      "export const f = (q) => db.query('SELECT id FROM users WHERE email LIKE ?', [`${q}%`])\nawait db.query('SELECT id FROM orders WHERE LOWER(user_code) = 1')",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'where another indexed predicate leaves few rows nothing is said',
    code: mysql("await db.query('SELECT id FROM users WHERE code = ? AND DATE(created_at) = ?', ['a', 'b'])"),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'an index on the expression serves it',
    driver: 'pg',
    code: pg("await db.query('SELECT id FROM users WHERE lower(email) = $1', ['x'])"),
    schema:
      'CREATE TABLE users (id int, email text);\nCREATE INDEX a ON users (email);\nCREATE INDEX b ON users (lower(email));\n',
    lines: [],
  },
])
