import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const DUMP =
  'CREATE TABLE events (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, ref TEXT, state INT) AUTO_INCREMENT=4000001;\nCREATE TABLE users (id INT PRIMARY KEY, ref TEXT);\n'

ruleCases('UNBOUNDED_RESULT', [
  {
    claim: 'all rows of a table whose dump shows many are found, sorted or not',
    schema: DUMP,
    code: mysql(
      "const [all] = await db.query('SELECT id, ref FROM events')\nconst [sorted] = await db.query('SELECT e.ref FROM events e ORDER BY e.id')",
    ),
    lines: [3, 4],
    says: /^high: all rows of events are read at once.*AUTO_INCREMENT stood at 4,000,001.*\.stream\(\)/,
  },
  {
    claim: 'those of a partitioned one, on PostgreSQL',
    driver: 'pg',
    schema:
      'CREATE TABLE events (id bigint, ref text, at timestamptz, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);\n',
    code: pg("const { rows } = await db.query('SELECT id, ref FROM events')"),
    lines: [3],
    says: /it is partitioned.*pg-query-stream/,
  },
  {
    claim: 'a condition, a limit or one row for many is no such thing',
    schema: DUMP,
    code: mysql(
      "await db.query('SELECT id FROM events WHERE state = 1')\nawait db.query('SELECT id FROM events ORDER BY id LIMIT 20')\nawait db.query('SELECT COUNT(id) AS n FROM events')\nawait db.query('SELECT state, COUNT(*) AS n FROM events GROUP BY state')\nawait db.query('SELECT DISTINCT state FROM events')\nawait db.query(`SELECT id FROM events ${where}`)\nawait db.query('SELECT u.id FROM users u JOIN events e ON e.id = u.id')",
    ),
    lines: [],
  },
  {
    claim: 'tables of which nothing shows that they are big are left alone',
    schema: DUMP,
    code: mysql("await db.query('SELECT id, ref FROM users')"),
    lines: [],
  },
  {
    claim: 'rows that are taken one after the other need no memory',
    driver: 'mariadb',
    schema: DUMP,
    code: "import mariadb from 'mariadb'\nconst db = mariadb.createPool({})\nfor await (const row of db.queryStream('SELECT id, ref FROM events')) use(row)\n",
    lines: [],
  },
])
