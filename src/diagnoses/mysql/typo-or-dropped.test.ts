import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { FINGERPRINT_ID, ordersTable, statementUse } from '../../../test/support/mysql-answers.ts'
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

  describe('of a statement that always fails', () => {
    const FAILING = {
      rule: 'mysql/failing-statement',
      category: 'APPLICATION' as const,
      facts: { schema: 'shop', fingerprintId: FINGERPRINT_ID, errors: 40, calls: 40, failedPercent: 100 },
    }
    const uses = (unresolved: readonly string[]) => ({
      kind: 'statement-use' as const,
      value: statementUse([], { unresolved }),
    })
    test('the table it names and the catalog lacks is reported', () => {
      const answers = [uses(['table ordres']), { kind: 'table' as const, value: null }]
      const result = supported(typoOrDropped, { ...FAILING, answers })
      assert.match(result.hypothesis, /shop\.ordres does not exist/)
      assert.deepEqual(result.candidates, [])
    })
    test('it fails for another reason where its tables are there', () => {
      const outcome = conclude(typoOrDropped, { ...FAILING, answers: [uses(['column totl'])] }).outcome
      assert.equal(outcome, 'refuted')
    })
    test('a table that is there by now is no cause', () => {
      const answers = [uses(['table orders']), { kind: 'table' as const, value: ordersTable() }]
      assert.equal(conclude(typoOrDropped, { ...FAILING, answers }).outcome, 'refuted')
    })
    test('a statement nobody saw names nothing', () =>
      assert.equal(conclude(typoOrDropped, FAILING).outcome, 'unknown'))
  })
})
