import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MYSQL } from '../../../sql/index.ts'
import { assumedVariables } from './assumed-variables.ts'
import { asPlannable } from './program-text.ts'

const plannable = (sql: string, variables: Readonly<Record<string, string>> = {}) =>
  asPlannable(sql, MYSQL, new Map(Object.entries(variables)))

test('variables that take the result are left out, files and subqueries are not', () => {
  assert.equal(plannable('SELECT a, b INTO x, @y FROM t WHERE c = 1'), 'SELECT a, b  FROM t WHERE c = 1')
  assert.equal(plannable('SELECT a FROM t WHERE c = 1 INTO x'), 'SELECT a FROM t WHERE c = 1 ')
  for (const sql of [
    "SELECT a INTO OUTFILE '/tmp/x' FROM t",
    'INSERT INTO t SELECT a FROM u',
    "SELECT 'into x' FROM t",
    'SELECT `into` FROM t',
  ])
    assert.equal(plannable(sql), sql)
})

test('names of variables become literals, also where they are quoted; qualified names and functions stay', () =>
  assert.equal(
    plannable("SELECT t.who, who(1), 'who' FROM t /* who */ WHERE t.a = WHO AND t.b = `who` LIMIT n", {
      who: '1',
      n: '7',
    }),
    "SELECT t.who, who(1), 'who' FROM t /* who */ WHERE t.a = 1 AND t.b = 1 LIMIT 7",
  ))

test('what a trigger says of its row becomes literals', () =>
  assert.equal(
    plannable('UPDATE t SET x = NEW.y WHERE a = old.`b` AND new.z IS NULL', { 'old.b': '1', 'new.y': "'1'" }),
    "UPDATE t SET x = '1' WHERE a = 1 AND new.z IS NULL",
  ))

/** The columns of one table, as the catalog gives them. */
const catalog = {
  query: (_sql: string, values: readonly unknown[] = []) =>
    Promise.resolve(
      values[0] === 'shop' && values[1] === 't'
        ? [
            { name: 'a', type: 'int' },
            { name: 'b', type: 'varchar' },
            { name: 'day', type: 'date' },
            { name: 'shape', type: 'geometry' },
          ]
        : [],
    ),
}

async function assumed(text: string) {
  return Object.fromEntries(await assumedVariables(catalog, { text, schema: 'shop' }, MYSQL))
}

test('a variable is taken for a value of the column it is compared with, whichever side it stands on', async () =>
  assert.deepEqual(
    await assumed(
      'SELECT * FROM t x WHERE x.a = one AND two < x.`day` AND b LIKE three AND a BETWEEN four AND five AND x.b IN (six, seven) LIMIT eight',
    ),
    {
      one: '1',
      two: "DATE '2000-01-01'",
      three: "'1'",
      four: '1',
      five: '1',
      six: "'1'",
      seven: "'1'",
      eight: '1',
    },
  ))

test('the row of a trigger, too; columns, values and what is compared with nothing known are no variables', async () => {
  assert.deepEqual(await assumed('UPDATE t SET b = NEW.name WHERE a = NEW.id'), {
    'new.name': "'1'",
    'new.id': '1',
  })
  assert.deepEqual(
    await assumed(
      'SELECT c + other FROM t WHERE a = b AND a = NULL AND day > CURRENT_DATE AND shape = s AND unknown = v',
    ),
    {},
  )
})
