import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, SHOP } from '../../test/support/rule-schema.ts'

ruleCases('MISSING_COLUMN', [
  {
    claim: 'a slip of the pen is shown with the column that is meant',
    code: mysql("export const f = () => db.query('SELECT u.emial FROM users u')"),
    schema: SHOP,
    lines: [3],
    says: /^critical: users has no column emial\. .*If that is meant: email \(migrations\/001\.sql:4\)/,
  },
  {
    claim: 'a column that a migration renames is told apart',
    code: mysql("export const f = () => db.query('UPDATE users SET code = 1 WHERE mail = ?', ['x'])"),
    schema: `${SHOP}ALTER TABLE users ADD COLUMN mail TEXT;\nALTER TABLE users RENAME COLUMN mail TO post;\n`,
    lines: [3],
    says: /migrations\/001\.sql:19 drops or renames it/,
  },
  {
    claim: 'columns are looked for in every table of the query, and around a subselect',
    code: mysql(
      "await db.query('SELECT total, code FROM users u JOIN orders o ON o.user_id = u.id WHERE EXISTS (SELECT 1 FROM orders x WHERE x.user_id = u.id AND x.totl > 1)')",
    ),
    schema: SHOP,
    lines: [3],
    says: /no column totl/,
  },
  {
    claim: 'a column an INSERT names is one of its table',
    code: mysql(
      "export const f = () => db.query('INSERT INTO orders (id, user_id, totals) VALUES (1, 2, 3)')",
    ),
    schema: SHOP,
    lines: [3],
  },
  {
    claim: 'the place is the name’s own line in a text of several',
    code: mysql('export const f = () => db.query(`\n  SELECT id,\n    nickname\n  FROM users`)'),
    schema: SHOP,
    lines: [5],
  },
  {
    claim: 'an output’s name may be sorted by, a derived table has its own columns',
    code: mysql(
      "await db.query('SELECT COUNT(*) AS n, d.k FROM (SELECT code AS k FROM users) d GROUP BY d.k ORDER BY n')",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a table whose columns are not known, and a name made at run time, say nothing',
    code: mysql(
      'export const f = (c) => db.query(`SELECT ${c}, w.anything FROM users JOIN widgets w ON w.id = users.id`)',
    ),
    schema: `${SHOP}CREATE TABLE widgets AS SELECT 1 AS id;\n`,
    lines: [],
  },
  {
    claim:
      'a word that may be a unit of time is a column where a table’s alias stands before it, or a migration takes it away',
    code: mysql(
      "await db.query('SELECT r.day FROM rates r')\nawait db.query('SELECT day FROM rates')\nawait db.query('SELECT month FROM rates')",
    ),
    schema: 'CREATE TABLE rates (id INT, month INT);\nALTER TABLE rates DROP COLUMN month;\n',
    lines: [3, 5],
  },
  {
    claim: 'a column that is added to tables in a loop is there; one that is added under any name may be',
    code: mysql(
      "for (const t of ['users', 'orders']) await db.query(`ALTER TABLE ${t} ADD COLUMN note TEXT`)\nawait db.query('SELECT note, nothing FROM orders')",
    ),
    schema: SHOP,
    lines: [4],
    says: /no column nothing/,
  },
  {
    claim: 'where columns of any name are added to any table, nothing is said of the tables declared there',
    code: {
      'migrations/002.ts':
        "import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})\nexport const add = (table, column, type) => db.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`)\n",
      'src/app.ts': mysql("await db.query('SELECT nothing FROM orders')"),
    },
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a table of which code names many columns that are not declared is another one of that name',
    code: mysql(
      "await db.query('SELECT state, payload, attempts FROM orders WHERE worker = ? AND id = 1', ['a'])\nawait db.query('SELECT nothing FROM users')",
    ),
    schema: SHOP,
    lines: [4],
  },
  {
    claim:
      'where many tables are declared elsewhere, their columns may be, too; a slip of the pen is none of those',
    code: mysql(
      "await db.query('SELECT id FROM a1')\nawait db.query('SELECT id FROM a2')\nawait db.query('SELECT nothing, emial FROM users')",
    ),
    schema: SHOP,
    lines: [5],
    says: /no column emial/,
  },
  {
    claim: 'units of time, functions without parentheses and row names are no columns',
    code: mysql(
      "await db.query('SELECT TIMESTAMPDIFF(SECOND, created_at, CURRENT_TIMESTAMP) FROM users WHERE created_at > NOW() - INTERVAL 1 DAY')\nawait db.query('INSERT INTO users (id, code) VALUES (1, 2) ON DUPLICATE KEY UPDATE code = VALUES(code)')",
    ),
    schema: SHOP,
    lines: [],
  },
])
