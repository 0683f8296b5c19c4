import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, pg } from '../../test/support/rule-schema.ts'

const COLUMNS =
  'id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT, ref VARCHAR(20), state INT, at DATETIME, KEY u (user_id, at)'
const DUMP = `CREATE TABLE \`events\` (${COLUMNS}) ENGINE=InnoDB AUTO_INCREMENT=4000001 DEFAULT CHARSET=utf8mb4;\nCREATE TABLE users (id INT PRIMARY KEY, name TEXT);\n`
const PARTITIONED =
  'CREATE TABLE events (id bigint, user_id int, ref text, state int, at timestamptz, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);\nCREATE INDEX u ON events (user_id);\n'

ruleCases('MISSING_INDEX', [
  {
    claim: 'a search of a table whose dump shows many rows, by columns no index begins with, is found',
    schema: DUMP,
    code: mysql(
      "await db.query('SELECT id FROM events WHERE state = ? AND ref = ?', [1, ref])\nawait db.execute('UPDATE events SET state = 1 WHERE at < ?', [day])\nawait db.execute('DELETE FROM events WHERE ref IN (?)', [refs])",
    ),
    lines: [3, 4, 5],
    says: /^high: no index of events begins with state or ref: all its rows are read.*AUTO_INCREMENT stood at 4,000,001.*CREATE INDEX events_state_ref ON events \(state, ref\)/,
  },
  {
    claim: 'a partitioned one of PostgreSQL, and where it is joined',
    driver: 'pg',
    schema: `${PARTITIONED}CREATE TABLE users (id int PRIMARY KEY, ref text);\n`,
    code: pg(
      "await db.query('SELECT id FROM events WHERE ref = $1', [ref])\nawait db.query('SELECT u.id FROM users u JOIN events e ON e.ref = u.ref WHERE u.id = $1', [id])",
    ),
    lines: [3, 4],
    says: /it is partitioned.*CREATE INDEX CONCURRENTLY events_ref/,
  },
  {
    claim: 'a whole table that is sorted to take its first rows is found',
    schema: DUMP,
    code: mysql("await db.query('SELECT id FROM events ORDER BY at DESC LIMIT 20')"),
    lines: [3],
    says: /begins with at: all its rows are read and sorted to take the first/,
  },
  {
    claim: 'one index is enough: for one of the columns, for the join, or for the order of a page',
    schema: DUMP,
    code: mysql(
      "await db.query('SELECT id FROM events WHERE state = ? AND user_id = ?', [1, user])\nawait db.query('SELECT e.id FROM users u JOIN events e ON e.user_id = u.id WHERE e.state = 1')\nawait db.query('SELECT id FROM events WHERE state = ? ORDER BY id LIMIT 20', [1])\nawait db.query('SELECT id FROM events ORDER BY id DESC LIMIT 20')",
    ),
    lines: [],
  },
  {
    claim: 'a table of which nothing shows that it is big is left alone',
    schema:
      'CREATE TABLE events (id INT PRIMARY KEY, ref TEXT) AUTO_INCREMENT=100;\nCREATE TABLE logs (id INT, ref TEXT);\n',
    code: mysql(
      "await db.query('SELECT id FROM events WHERE ref = ?', [ref])\nawait db.query('SELECT id FROM logs WHERE ref = ?', [ref])",
    ),
    lines: [],
  },
  {
    claim: 'where the conditions are not all in sight, or other kinds of indexes may serve, nothing is said',
    schema: `${DUMP}CREATE TABLE big (id INT PRIMARY KEY, doc TEXT, FULLTEXT KEY words (doc)) AUTO_INCREMENT=900000;\n`,
    code: mysql(
      "await db.query(`SELECT id FROM events WHERE state = ? ${more}`, [1])\nawait db.query('SELECT id FROM events WHERE state = ? OR user_id = ?', [1, user])\nawait db.query('SELECT id FROM events WHERE state = ? AND LOWER(user_id) = ?', [1, user])\nawait db.query('SELECT id FROM big WHERE MATCH (doc) AGAINST (?)', [words])\nawait db.query('SELECT COUNT(id) AS n FROM events')\nawait db.query('INSERT INTO events (ref, state) VALUES (?, 1)', [ref])",
    ),
    lines: [],
  },
])
