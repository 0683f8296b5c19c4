import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg, SHOP, SHOP_PG } from '../../test/support/rule-schema.ts'

ruleCases('IMPLICIT_CONVERSION', [
  {
    claim: 'a number literal compared with a text column loses the index on MySQL',
    code: mysql("export const f = () => db.query('SELECT id FROM users WHERE code = 123')"),
    schema: SHOP,
    lines: [3],
    says: /^high: users\.code, VARCHAR .* is compared with 123\. .*no index/,
  },
  {
    claim: 'and is refused by PostgreSQL',
    driver: 'pg',
    code: pg("export const f = () => db.query('SELECT id FROM users WHERE code = 123')"),
    schema: SHOP_PG,
    lines: [3],
    says: /^critical: /,
  },
  {
    claim: 'a join of a text and a number column is found from either side',
    code: mysql(
      "export const f = () => db.query('SELECT o.id FROM orders o JOIN users u ON u.id = o.user_code')",
    ),
    schema: SHOP,
    lines: [3],
  },
  {
    claim:
      'words that a number column meets are no number: found in a comparison, in a list and where they are stored',
    code: mysql(
      "await db.query(\"SELECT total FROM orders WHERE user_id = 'gold'\")\nawait db.query(\"SELECT total FROM orders WHERE user_id IN ('1', 'two')\")\nexport const f = () => db.query('INSERT INTO orders (id, user_id) VALUES (1, ?)', ['new'])\nawait db.query(\"UPDATE orders SET total = '12.50' WHERE id = ' 7 '\")\nexport const g = (id) => db.query(`DELETE FROM orders WHERE id = '${id}'`)",
    ),
    schema: SHOP,
    lines: [3, 4, 5],
    says: /^high: orders\.user_id, INT \(migrations\/001\.sql:14\), is compared with 'gold', which is no number\. .*read such a text as 0/,
  },
  {
    claim: 'and PostgreSQL refuses them',
    driver: 'pg',
    code: pg('await db.query("SELECT id FROM orders WHERE user_id = \'gold\'")'),
    schema: SHOP_PG,
    lines: [3],
    says: /^critical: /,
  },
  {
    claim: 'a text compared with a number column is converted once, which is harmless',
    code: mysql('export const f = () => db.query("SELECT code FROM users WHERE id = \'5\'")'),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'SQLite converts by the column and keeps its index',
    driver: 'better-sqlite3',
    code: "import Database from 'better-sqlite3'\nconst db = new Database('x')\ndb.prepare('SELECT id FROM users WHERE code = 123').all()\n",
    schema: 'CREATE TABLE users (id INTEGER PRIMARY KEY, code TEXT);',
    lines: [],
  },
])
