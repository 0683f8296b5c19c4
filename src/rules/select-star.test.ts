import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, SHOP } from '../../test/support/rule-schema.ts'

ruleCases('SELECT_STAR', [
  {
    claim: 'a star is low, and the columns are named where they are known',
    code: mysql("await db.query('SELECT * FROM orders WHERE id = 1')"),
    schema: SHOP,
    lines: [3],
    says: /^low: .*SELECT id, user_code, user_id, total FROM orders/,
  },
  {
    claim: 'a star over tables that share a column name loses values',
    code: mysql("await db.query('SELECT * FROM users u JOIN orders o ON o.user_id = u.id')"),
    schema: SHOP,
    lines: [3],
    says: /^medium: .*several columns called id/,
  },
  {
    claim: 'an INSERT from a star depends on the order of columns',
    code: mysql("await db.query('INSERT INTO archive SELECT * FROM orders')"),
    lines: [3],
    says: /^medium: an INSERT takes its rows/,
  },
  {
    claim: 'COUNT(*), EXISTS and a star over named columns are none',
    code: mysql(
      "await db.query('SELECT COUNT(*) FROM orders')\nawait db.query('SELECT id FROM users WHERE EXISTS (SELECT * FROM orders)')\nawait db.query('SELECT * FROM (SELECT id, total FROM orders) d')",
    ),
    lines: [],
  },
  {
    claim: 'a table whose name the code makes is named as the code writes it',
    code: mysql('export const f = (year) => db.query(`SELECT * FROM orders_${year.name}`)'),
    lines: [3],
    says: /^low: \* is every column orders_\$\{year\.name\} has/,
  },
])
