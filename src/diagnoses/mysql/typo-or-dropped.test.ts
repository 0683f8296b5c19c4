import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { ordersTable } from '../../../test/support/mysql-answers.ts'
import { typoOrDropped } from './typo-or-dropped.ts'

describe('mysql/typo-or-dropped', () => {
  const given = (facts: { readonly [name: string]: string }) => ({
    rule: 'mysql/missing-table',
    category: 'MISSING_TABLE' as const,
    on: { type: 'server', name: 'a table that does not exist' },
    facts,
  })
  const NAMED = given({ schema: 'shop', table: 'orders' })
  test('a table that is not there is reported, never created', () => {
    const result = supported(typoOrDropped, { ...NAMED, answers: [{ kind: 'table', value: null }] })
    assert.deepEqual(result.candidates, [])
    assert.match(result.recommendation, /silent loss/)
  })
  test('a table that is there is no cause', () =>
    assert.equal(
      conclude(typoOrDropped, { ...NAMED, answers: [{ kind: 'table', value: ordersTable() }] }).outcome,
      'refuted',
    ))
  test('a counter alone does not say which table', () =>
    assert.equal(conclude(typoOrDropped, given({})).outcome, 'unknown'))
  test('a catalog that cannot be read proves nothing', () =>
    assert.equal(conclude(typoOrDropped, NAMED).outcome, 'unknown'))
})
