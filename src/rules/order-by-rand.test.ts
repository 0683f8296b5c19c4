import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql } from '../../test/support/rule-schema.ts'

ruleCases('ORDER_BY_RAND', [
  {
    claim: 'a table sorted by chance is found',
    code: mysql("await db.query('SELECT id FROM products ORDER BY RAND() LIMIT 5')"),
    lines: [3],
    says: /^high: ORDER BY RAND\(\) gives every row of products/,
  },
  {
    claim: 'in lower case and in a subselect, too',
    code: mysql("await db.query('SELECT id FROM (SELECT id FROM products ORDER BY rand() LIMIT 1) x')"),
    lines: [3],
  },
  {
    claim: 'chance elsewhere is no sort',
    code: mysql("await db.query('SELECT RAND() AS r, id FROM products ORDER BY id')"),
    lines: [],
  },
])
