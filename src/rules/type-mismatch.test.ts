import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg, SHOP, SHOP_PG } from '../../test/support/rule-schema.ts'

ruleCases('TYPE_MISMATCH', [
  {
    claim:
      'parseInt around a value bound to a text column: both sides are named, and the index is lost on MySQL',
    code: mysql(
      "export const f = (code) => db.query('SELECT id FROM users WHERE code = ?', [parseInt(code, 10)])",
    ),
    schema: SHOP,
    lines: [3],
    says: /^high: `parseInt\(code, 10\)` is made a number \(parseInt\), and users\.code is VARCHAR \(migrations\/001\.sql:3\)/,
  },
  {
    claim: 'an interpolated number is found too, and through a constant',
    code: mysql(
      'export const f = (c) => {\n  const code = Number(c)\n  return db.query(`SELECT id FROM users u WHERE u.code = ${code}`)\n}',
    ),
    schema: SHOP,
    lines: [5],
  },
  {
    claim: 'a number for a uuid column fails on PostgreSQL',
    driver: 'pg',
    code: pg("export const f = (k) => db.query('SELECT id FROM users WHERE key = $1', [+k])"),
    schema: SHOP_PG,
    lines: [3],
    says: /^critical: .*never a valid UUID/,
  },
  {
    claim: 'a cast in the statement is a conversion like any other',
    driver: 'pg',
    code: pg("export const f = (c) => db.query('SELECT id FROM users WHERE code = $1::int', [c])"),
    schema: SHOP_PG,
    lines: [3],
  },
  {
    claim: 'a value converted before it is stored is named as stored changed',
    code: mysql(
      "export const f = (c) => db.query('INSERT INTO users (code, email) VALUES (?, ?)', [Number(c), 'x'])",
    ),
    schema: SHOP,
    lines: [3],
    says: /^medium: .*before the value is stored/,
  },
  {
    claim: 'a text of digits is stored in a number column as the number it is; compared it is named',
    code: mysql(
      "export const f = (id) => db.query('INSERT INTO orders (id, user_id) VALUES (?, 1)', [id.toString()])\nexport const g = (id) => db.query('SELECT total FROM orders WHERE user_id = ?', [String(id)])",
    ),
    schema: SHOP,
    lines: [4],
    says: /^low: /,
  },
  {
    claim: 'a number for a number column is right',
    code: mysql(
      "export const f = (id) => db.query('SELECT code FROM users WHERE id = ?', [parseInt(id, 10)])",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a column of another table of that name is not meant',
    code: mysql("export const f = (c) => db.query('SELECT id FROM plans WHERE code = ?', [Number(c)])"),
    schema: SHOP,
    lines: [],
  },
])
