import { ruleCases } from '../../test/support/rule-cases.ts'
import { mysql, SHOP } from '../../test/support/rule-schema.ts'

/** Names known tables too, so that the declarations are seen to be this database's. */
const KNOWN =
  "export const a = () => db.query('SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id')\n"

ruleCases('MISSING_TABLE', [
  {
    claim: 'a slip of the pen is shown with the name that is meant and where it is created',
    code: mysql(`${KNOWN}export const b = () => db.query('SELECT id FROM ordrs')`),
    schema: SHOP,
    lines: [4],
    says: /ordrs is created nowhere; orders is \(migrations\/001\.sql:11\)/,
  },
  {
    claim: 'a table that a later migration drops is told apart',
    code: mysql(`${KNOWN}export const b = () => db.query('DELETE FROM carts WHERE id = 1')`),
    schema: `${SHOP}CREATE TABLE carts (id INT);\nDROP TABLE carts;\n`,
    lines: [4],
    says: /dropped or renamed by migrations\/001\.sql:19/,
  },
  {
    claim: 'a table no migration makes is said to be not migrated',
    code: mysql(`${KNOWN}export const b = () => db.query('INSERT INTO invoices (id) VALUES (1)')`),
    schema: SHOP,
    lines: [4],
    says: /created by no migration/,
  },
  {
    claim: 'a renamed table is known by its new name',
    code: mysql(`${KNOWN}export const b = () => db.query('SELECT id FROM baskets')`),
    schema: `${SHOP}CREATE TABLE carts (id INT);\nALTER TABLE carts RENAME TO baskets;\n`,
    lines: [],
  },
  {
    claim: 'a table the code itself creates is there',
    code: mysql(
      `${KNOWN}await db.query('CREATE TABLE IF NOT EXISTS jobs (id INT)')\nawait db.query('SELECT id FROM jobs')`,
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a common table expression and the server’s own tables are no tables of ours',
    code: mysql(
      `${KNOWN}await db.query('WITH recent AS (SELECT id FROM orders) SELECT r.id FROM recent r, information_schema.tables t')`,
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'declarations that know few of the code’s tables are another database’s: nothing is said',
    code: mysql(
      "await db.query('SELECT id FROM a1')\nawait db.query('SELECT id FROM a2')\nawait db.query('SELECT id FROM users')",
    ),
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'where more than a fifth of the tables are declared nowhere, some declarations are kept elsewhere',
    code: mysql(
      `${KNOWN}await db.query('SELECT s.id FROM stores s, sales a, shops o, invoices i')\nawait db.query('SELECT id FROM ordrs')\nawait db.query('DELETE FROM carts WHERE id = 1')`,
    ),
    schema: `${SHOP}CREATE TABLE stores (id INT);\nCREATE TABLE sales (id INT);\nCREATE TABLE shops (id INT);\nCREATE TABLE carts (id INT);\nDROP TABLE carts;\n`,
    lines: [5, 6],
  },
  {
    claim:
      'a clause that follows a table named at run time is no table, nor is what an engine has in every database',
    driver: 'better-sqlite3',
    code: {
      'src/app.ts':
        "import Database from 'better-sqlite3'\nconst db = new Database('x')\ndb.prepare('SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id').all()\ndb.prepare('SELECT COUNT(*) FROM dbstat').get()\nexport function f(table, by, way) {\n  let text = `SELECT * FROM ${table}`\n  if (by) text += ` ORDER BY ${by} ${way.toUpperCase()}`\n  text += ' LIMIT 10'\n  return db.prepare(text).all()\n}\n",
    },
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'a file that is too large to be read may create it',
    code: {
      'src/all.js': `const text = 'CREATE TABLE invoices (id INT)'\n${'// much\n'.repeat(160_000)}`,
      'src/app.ts': mysql(`${KNOWN}export const b = () => db.query('SELECT id FROM invoices')`),
    },
    schema: SHOP,
    lines: [],
  },
  {
    claim: 'names that a builder gives to parts of a query, and parts of statements, are no tables',
    driver: 'knex',
    code: `${mysql(KNOWN)}export const b = () => db('users').with('ranked', db.raw('SELECT id FROM orders')).joinRaw('CROSS JOIN ranked').whereRaw('ranked.id > 1')`,
    schema: SHOP,
    lines: [],
  },
  {
    claim:
      'a statement whose failure is taken by a handler that does nothing asks whether the table is there',
    driver: 'better-sqlite3',
    schema: 'CREATE TABLE things (id INT PRIMARY KEY); CREATE TABLE parts (id INT PRIMARY KEY);',
    code: "import Database from 'better-sqlite3'\nconst db = new Database('x')\ndb.prepare('SELECT id FROM things').all()\ndb.prepare('SELECT id FROM parts').all()\ntry {\n  db.prepare('SELECT id FROM thing').all()\n} catch (error) {\n  // Older databases have none.\n}\ntry {\n  db.prepare('SELECT id FROM thing').all()\n} catch (error) {\n  throw new Error('no', { cause: error })\n}\n",
    lines: [11],
  },
])
