import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, SHOP } from '../../test/support/rule-schema.ts'

ruleCases('NOT_IN_WITH_NULL', [
  {
    claim: 'NOT IN over a column that may be NULL is found',
    code: mysql("await db.query('SELECT id FROM users WHERE id NOT IN (SELECT parent_id FROM users)')"),
    schema: SHOP,
    lines: [3],
    says: /^medium: users\.parent_id, INT .*may be NULL/,
  },
  {
    claim: 'a subselect that leaves NULL out is right',
    code: mysql(
      "await db.query('SELECT id FROM users WHERE id NOT IN (SELECT parent_id FROM users WHERE parent_id IS NOT NULL)')\nawait db.query('SELECT id FROM users WHERE id NOT IN (SELECT u.parent_id FROM users u WHERE u.parent_id > 5 AND u.code = 1)')",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a column that cannot be NULL is right, and one not known is not judged',
    code: mysql(
      "await db.query('SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)')\nawait db.query('SELECT id FROM users WHERE id NOT IN (SELECT x FROM elsewhere)')",
    ),
    schema: SHOP,
    lines: [],
  },
])
