import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { scanCode } from '../../test/support/scan-code.ts'

/** A module with one statement that holds a request's value, in the form each driver has. */
const FORMS: readonly (readonly [name: string, imports: string, call: string])[] = [
  ['mysql2', "import mysql from 'mysql2'\nconst db = mysql.createPool({})", 'db.query(TEXT)'],
  [
    'mysql2 with an object',
    "import mysql from 'mysql2'\nconst db = mysql.createPool({})",
    'db.execute({ sql: TEXT, values: [] })',
  ],
  ['mariadb', "import mariadb from 'mariadb'\nconst db = mariadb.createPool({})", 'db.batch(TEXT, [])'],
  ['pg', "const { Pool } = require('pg')\nconst db = new Pool()", 'db.query({ text: TEXT })'],
  ['postgres', "import postgres from 'postgres'\nconst sql = postgres()", 'sql.unsafe(TEXT)'],
  [
    'better-sqlite3',
    "import Database from 'better-sqlite3'\nconst db = new Database('x')",
    'db.prepare(TEXT).all()',
  ],
  [
    'sqlite3',
    "import sqlite3 from 'sqlite3'\nconst db = new sqlite3.Database('x')",
    'db.get(TEXT, [], () => {})',
  ],
  [
    'node:sqlite',
    "import { DatabaseSync } from 'node:sqlite'\nconst db = new DatabaseSync('x')",
    'db.exec(TEXT)',
  ],
  ['knex', "import knex from 'knex'\nconst db = knex({})", 'db.raw(TEXT)'],
  ['sequelize', "import { Sequelize } from 'sequelize'\nconst db = new Sequelize('')", 'db.query(TEXT, {})'],
  [
    'typeorm',
    "import { DataSource } from 'typeorm'\nconst db = new DataSource({})",
    'db.manager.query(TEXT)',
  ],
  [
    'prisma',
    "import { PrismaClient } from '@prisma/client'\nconst db = new PrismaClient()",
    'db.$queryRawUnsafe(TEXT)',
  ],
  ['drizzle', "import { sql } from 'drizzle-orm'\nconst db = {}", 'db.execute(sql.raw(TEXT))'],
  ['kysely', "import { sql } from 'kysely'\nconst db = {}", 'sql.raw(TEXT).execute(db)'],
  ['slonik', "import { sql } from 'slonik'\nconst db = {}", 'db.any(sql.unsafe(TEXT))'],
]

const lineOf = async (code: string): Promise<readonly number[]> =>
  (await scanCode({ 'src/app.ts': code }, 'SQL_INJECTION')).findings.map((each) => each.line)

describe('a statement', () => {
  for (const [name, imports, call] of FORMS) {
    test(`is found as ${name} sends it`, async () => {
      const text = '`SELECT id FROM t WHERE a = ${req.body.a}`'
      const code = `${imports}\nexport const f = (req, res) => ${call.replace('TEXT', text)}\n`
      assert.deepEqual(await lineOf(code), [3])
    })
  }

  test('is not spoken of where only people can tell, unless that is asked for', async () => {
    const code =
      "import db from 'mysql2'\ndb.query(`SELECT id FROM t WHERE a = '${process.env.A}'`)\nexport const f = (req, res) => db.query(`SELECT id FROM t WHERE a = '${req.body.a}'`)\n"
    const usual = await scanCode({ 'src/app.ts': code }, 'SQL_INJECTION')
    assert.deepEqual([usual.findings.map(({ line }) => line), usual.toReview], [[3], 1])
    const all = await scanCode({ 'src/app.ts': code }, 'SQL_INJECTION', { review: true })
    assert.deepEqual(
      [all.findings.map(({ line, review }) => [line, review]), all.toReview],
      [
        [
          [2, true],
          [3, false],
        ],
        0,
      ],
    )
  })

  test('is found in script blocks of components, at the file’s own line', async () => {
    const component = `<template><p>SELECT a FROM b</p></template>\n<script lang="ts">\nimport pg from 'pg'\nexport const f = (req: any, res: any) => new pg.Pool().query('SELECT id FROM t WHERE a = ' + req.body.a)\n</script>\n`
    for (const file of ['src/App.vue', 'src/App.svelte']) {
      const { findings } = await scanCode({ [file]: component }, 'SQL_INJECTION')
      assert.deepEqual(
        findings.map((each) => [each.file, each.line, each.column]),
        [[file, 4, (component.split('\n')[3]?.indexOf('req.body') ?? 0) + 1]],
      )
    }
  })

  test('is found through a constant of another file and a function that composes it', async () => {
    const { findings, statements } = await scanCode(
      {
        'src/queries.js':
          "exports.byName = (name) => `SELECT id FROM users WHERE name = '${name}'`\nexports.ALL = 'SELECT id FROM users'\n",
        'src/app.js':
          "const db = require('mysql2')\nconst q = require('./queries')\nmodule.exports = (req, res) => { db.query(q.byName(req.query.n)); db.query(q.ALL) }\n",
      },
      'SQL_INJECTION',
    )
    assert.equal(statements, 2)
    assert.deepEqual(
      findings.map((each) => [each.file, each.line]),
      [['src/app.js', 3]],
    )
  })
})

describe('a repository', () => {
  const bad =
    "import pg from 'pg'\nexport const f = (req, res) => new pg.Pool().query('SELECT a FROM t WHERE a = ' + req.body.a)\n"

  test('is read without what git ignores, others wrote or tools made, and without tests', async () => {
    const { findings, files } = await scanCode({
      '.gitignore': 'local/\n!local/kept.ts\n*.old.ts\n',
      'src/.gitignore': '!b.old.ts\n',
      'src/a.ts': bad,
      'src/b.old.ts': bad,
      'src/c.test.ts': bad,
      'src/d.min.js': bad,
      'src/e.ts': `// @generated by a tool\n${bad}`,
      'other.old.ts': bad,
      'local/x.ts': bad,
      'node_modules/m/index.js': bad,
      'dist/index.js': bad,
      'src/a.js': bad,
    })
    assert.deepEqual(
      findings.map((each) => each.file),
      ['src/a.ts', 'src/b.old.ts'],
    )
    assert.equal(files, 4)
  })

  test('whose methods are named as those of every object is read like any other', async () => {
    const methods = 'toLocaleString constructor valueOf hasOwnProperty __proto__'.split(' ')
    const calls = methods.map((name) => `a.${name}(1)\ndb.query('SELECT b FROM t WHERE ' + a.${name}('x'))`)
    const { skipped } = await scanCode({ 'src/a.js': `import db from 'pg'\n${calls.join('\n')}\n` })
    assert.deepEqual(skipped, [])
  })

  test('in CommonJS, with a return outside of functions, is read too', async () => {
    const text =
      "const db = require('pg')\nif (!db) return\nmodule.exports = (req, res) => db.query('SELECT a FROM t WHERE a = ' + req.body.a)\n"
    const { findings } = await scanCode({ 'src/a.js': text }, 'SQL_INJECTION')
    assert.deepEqual(
      findings.map((each) => each.line),
      [3],
    )
  })

  test('with broken, empty, huge and strange files is read to its end', async () => {
    const { findings, skipped } = await scanCode({
      'src/a.ts': bad,
      'src/broken.js': "db.query('SELECT 1 FROM t' + )",
      'src/empty.ts': '',
      'src/huge.js': `// ${'x'.repeat(1024 * 1024)}`,
      'src/deep.js': `db.query('SELECT ' + ${'('.repeat(500)}1${')'.repeat(500)} + ' FROM t')`,
      'src/loop.ts':
        "let s = 'SELECT a FROM t '\ns = s + s\nfunction f() { return f() }\ndb.query(s + f())\nconst a = b, b = a\ndb.query('SELECT ' + a + ' FROM t')\n",
      'q/strange.sql': "SELECT 'unclosed FROM t; \u0000 /* ; DELIMITER //\n",
    })
    assert.deepEqual(
      findings.filter((each) => each.ruleId === 'SQL_INJECTION').map((each) => each.file),
      ['src/a.ts'],
    )
    assert.deepEqual(
      skipped.map((each) => each.file),
      ['src/huge.js', 'src/broken.js'],
    )
  })
})
