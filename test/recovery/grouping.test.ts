/**
 * Errors of real servers, provoked by statements written to fail, grouped by signature. `npm run bench -- grouping` does the
 * same with 3,500 statements in 13 languages of messages.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { skipPostgres } from '../support/private-postgres.ts'
import type { Gathered } from './grouping/corpus.ts'
import { groupCorpus } from './grouping/group-corpus.ts'
import { gatherMariadb, gatherPostgres, gatherSqlite } from './grouping/run-engines.ts'

const AMOUNT = { seed: 7, count: 60 }

describe('errors of one fault have one signature, those of two faults have two', () => {
  test('on MariaDB, in English, German and Japanese', async () => {
    isGrouped(await gatherMariadb(AMOUNT, ['en_US', 'de_DE', 'ja_JP']))
  })

  test('on PostgreSQL, in English and what else is installed', { skip: skipPostgres }, async () => {
    const gathered = await gatherPostgres(AMOUNT, ['de', 'ja'])
    assert.ok(gathered)
    isGrouped(gathered)
  })

  test('on SQLite', async () => {
    isGrouped(await gatherSqlite({ ...AMOUNT, count: 150 }))
  })
})

function isGrouped({ errors, unplanned }: Gathered): void {
  assert.deepEqual([...unplanned], [], 'every statement failed as planned')
  assert.ok(errors.length >= 120)
  assert.deepEqual(groupCorpus(errors, 'signature').wrong, [])
  const uncoded = groupCorpus(errors, 'signature without the code').score
  assert.equal(uncoded.pairPrecision, 1)
  assert.ok(uncoded.strictAccuracy >= 0.95, `without the code: ${uncoded.strictAccuracy}`)
  const log = groupCorpus(errors, 'signature of message and statement alone').score
  assert.equal(log.pairPrecision, 1)
  const simple = groupCorpus(errors, 'simple rule').score
  assert.ok(simple.strictAccuracy < log.strictAccuracy, `the simple rule: ${simple.strictAccuracy}`)
}
