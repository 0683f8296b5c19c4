import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Files, scanCode } from '../../test/support/scan-code.ts'

/** What the schema of a repository is: `table(column type!, ...)`, `!` for NOT NULL, `table(?)` for unknown columns. */
async function schemaOf(files: Files): Promise<readonly string[]> {
  const { schema } = await scanCode(files)
  return [...schema.tables.values()].map((table) => {
    const columns = [...(table.columns?.values() ?? [])].map(
      (c) => `${c.name} ${c.type}${c.nullable === false ? '!' : ''}`,
    )
    return `${table.name}(${table.columns === null ? '?' : columns.join(', ')})`
  })
}

describe('the schema', () => {
  test('is what SQL migrations make in the order of their numbers, without what takes them back', async () => {
    assert.deepEqual(
      await schemaOf({
        'migrations/10_more.sql': 'ALTER TABLE a ADD COLUMN late text;',
        'migrations/2_change.sql':
          'ALTER TABLE a RENAME COLUMN b TO c;\nALTER TABLE a DROP COLUMN d;\n-- migrate:down\nDROP TABLE a;',
        'migrations/1_first.sql': 'CREATE TABLE a (id serial PRIMARY KEY, b int NOT NULL, d text);',
        'migrations/1_first.down.sql': 'DROP TABLE a;',
      }),
      ['a(id serial!, c int!, late text)'],
    )
  })

  test('is what Prisma’s folders make, a folder a migration', async () => {
    assert.deepEqual(
      await schemaOf({
        'prisma/migrations/20240102_b/migration.sql': 'ALTER TABLE "User" ADD COLUMN "name" TEXT NOT NULL;',
        'prisma/migrations/20240101_a/migration.sql':
          'CREATE TABLE "User" ("id" SERIAL NOT NULL, CONSTRAINT "k" PRIMARY KEY ("id"));',
      }),
      ['User(id serial!, name text!)'],
    )
  })

  test('is what the SQL in script migrations makes on the way up', async () => {
    assert.deepEqual(
      await schemaOf({
        'migrations/1.ts':
          "export class A { async up(q) { await q.query('CREATE TABLE a (x int)') } async down(q) { await q.query('DROP TABLE a') } }",
        'migrations/2.js':
          "exports.up = (knex) => knex.schema.raw('ALTER TABLE a ADD COLUMN y text')\nexports.down = (knex) => knex.raw('DROP TABLE a')",
      }),
      ['a(x int, y text)'],
    )
  })

  test('has a builder’s tables by name, and nothing is said of their columns', async () => {
    assert.deepEqual(
      await schemaOf({
        'migrations/1.js':
          "exports.up = (knex) => knex.schema.createTable('users', (t) => { t.increments() })\nexports.down = (knex) => knex.schema.dropTable('users')",
        'migrations/2.js': "exports.up = (q) => q.renameTable('users', 'people')",
      }),
      ['people(?)'],
    )
  })

  test('is what every statement of a script’s text makes, whatever stands before it', async () => {
    const text =
      '-- a note\nCREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE SQL;\nCREATE TABLE a (x int);\nUPDATE a SET x = 1;\nALTER TABLE a ADD COLUMN y text;'
    assert.deepEqual(
      await schemaOf({
        'migrations/20240101-a.js': `exports.up = (db) => db.runSql(\`${text}\`)\nexports.down = (db) => db.runSql('DROP TABLE a')`,
        'package.json': '{"dependencies":{"pg":"*"}}',
      }),
      ['a(x int, y text)'],
    )
  })

  test('has tables whose columns or whose creation are steps that run later', async () => {
    assert.deepEqual(
      await schemaOf({
        'migrations/1.js':
          "exports.up = (db, cb) => async.series([db.createTable.bind(db, 'steps', {})], cb)\nexports.down = (db) => db.dropTable('steps')",
        'migrations/2.js': 'exports.up = (db) => db.query(`CREATE TABLE parts (id ${TYPE}, n int)`)',
      }),
      ['steps(?)', 'parts(?)'],
    )
    const { schema } = await scanCode({
      'migrations/3.js': 'exports.up = (db) => db.query(`CREATE TABLE ${name} (id int)`)',
    })
    assert.deepEqual(schema.notUnderstood, [
      'migrations/3.js:1: a table is declared under a name that is not written out',
    ])
  })

  test('survives dumps: routines, COPY data, conditional comments, client commands', async () => {
    assert.deepEqual(
      await schemaOf({
        'schema.sql': `\\connect shop
/*!40101 SET NAMES utf8 */;
CREATE TABLE a (id int NOT NULL, note text DEFAULT 'x; y');
COPY a (id) FROM stdin;
1; CREATE TABLE no (x int);
\\.
CREATE FUNCTION f() RETURNS void AS $$ BEGIN CREATE TABLE no2 (x int); END $$ LANGUAGE plpgsql;
CREATE TABLE b (id int);
`,
      }),
      ['a(id int!, note text)', 'b(id int)'],
    )
  })

  test('merges what several folders declare, and forgets types they disagree on', async () => {
    assert.deepEqual(
      await schemaOf({
        'one/schema.sql': 'CREATE TABLE a (id int, x text);',
        'two/schema.sql': 'CREATE TABLE a (id text, y text);',
      }),
      ['a(id , x text, y text)'],
    )
  })

  test('knows nothing of the columns of a table that another folder alters', async () => {
    assert.deepEqual(
      await schemaOf({
        'one/schema.sql': 'CREATE TABLE a (id int);',
        'two/change.sql': 'ALTER TABLE a ADD COLUMN b int;',
      }),
      ['a(?)'],
    )
  })
})
