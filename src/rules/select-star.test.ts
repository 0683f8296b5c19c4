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
    claim: 'a star of one alias is that table’s columns, and no other source matters',
    code: mysql(
      "await db.query('SELECT op.*, (SELECT 1) AS n FROM orders op JOIN (SELECT id FROM users) u ON u.id = op.user_id')",
    ),
    schema: SHOP,
    lines: [3],
    says: /^low: \* is every column orders has.*SELECT id, user_code, user_id, total FROM orders/,
  },
  {
    claim: 'a star of a derived table’s alias, and of the server’s own tables, is none',
    code: mysql(
      "await db.query('SELECT d.* FROM (SELECT id, total FROM orders) d JOIN users u ON u.id = d.id')\nawait db.query('SELECT * FROM information_schema.columns WHERE table_name = ?', [t])\nawait db.query('SELECT * FROM pg_stat_activity')",
    ),
    lines: [],
  },
  {
    claim: 'code that reads any table it is told cannot name columns',
    code: mysql(
      "export const all = (table) => db.query(`SELECT * FROM ${table}`)\nexport const any = (t) => db.query('SELECT * FROM ??', [t])\nexport const other = (s, t) => db.query(`SELECT * FROM \\`${s}\\`.\\`${t}\\``)",
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
