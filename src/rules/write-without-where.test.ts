import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql } from '../../test/support/rule-schema.ts'

ruleCases('WRITE_WITHOUT_WHERE', [
  {
    claim: 'an UPDATE of every row is found',
    code: mysql("export const f = () => db.query('UPDATE users SET active = 0')"),
    lines: [3],
    says: /^high: this UPDATE has no WHERE: it changes every row of users/,
  },
  {
    claim: 'a DELETE of every row is found',
    code: mysql("export const f = () => db.execute('DELETE FROM users')"),
    lines: [3],
  },
  {
    claim: 'a condition that the code adds is a condition',
    code: mysql(
      "export const f = (where, id) => {\n  let sql = 'UPDATE users SET active = 0'\n  sql += ` WHERE id = ?`\n  db.query(sql, [id])\n  return db.query(`DELETE FROM users ${where}`)\n}",
    ),
    lines: [],
  },
  {
    claim: 'a function that says it means all rows, and a table emptied by design, are left alone',
    code: mysql(
      "export const clearAll = () => db.query('DELETE FROM users')\nexport const ensureColumns = () => db.query('UPDATE users SET seen_at = created_at')\nexport const f = () => db.query('DELETE FROM session_cache')",
    ),
    lines: [],
  },
  {
    claim: 'a migration inside a program, and a function that stores all there is anew, mean all rows',
    code: mysql(
      "export const steps = { first: { async up() { await db.query('UPDATE users SET active = 1, seen_at = NULL') } } }\nexport const saveAll = async (users) => {\n  await db.query('DELETE FROM users')\n  await db.query('INSERT INTO users (name) VALUES ?', [users])\n}",
    ),
    lines: [],
  },
  {
    claim: 'rows that are replaced in the same function, and a table of one row by its name, are meant',
    code: mysql(
      "export const setOwner = async (id) => {\n  await db.query('DELETE FROM owners')\n  await db.query('INSERT INTO owners (id) VALUES (?)', [id])\n}\nexport const g = (v) => db.query('UPDATE schema_version SET version = ?', [v])\nexport const h = () => db.query('DELETE FROM owners')",
    ),
    lines: [8],
  },
  {
    claim: 'a join or a limit restricts it',
    code: mysql(
      "await db.query('DELETE FROM users LIMIT 100')\nawait db.query('UPDATE users u JOIN banned b ON b.id = u.id SET u.active = 0')",
    ),
    lines: [],
  },
  {
    claim: 'a flag taken from all rows before one gets it is meant',
    code: mysql(
      "export const f = (id) => {\n  db.query('UPDATE users SET active = 0')\n  return db.query('UPDATE users SET active = 1 WHERE id = ?', [id])\n}\nexport const g = () => db.query('UPDATE users SET active = 0')",
    ),
    lines: [7],
  },
])
