import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, diagnose, supported } from '../../../test/support/diagnosis-case.ts'
import { FINGERPRINT_ID, ordersTable, statementUse } from '../../../test/support/mysql-answers.ts'
import type { TableDefinition } from '../../engines/mysql/shapes.ts'
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

  describe('with the names that are there', () => {
    const names = (change: object = {}) => ({
      kind: 'near-names' as const,
      value: { otherKind: false, near: [], elsewhere: [], compared: 12, more: false, ...change },
    })
    const gone = (change: object = {}) => ({
      ...NAMED,
      answers: [{ kind: 'table' as const, value: null }, names(change)],
    })
    const WITHOUT = supported(typoOrDropped, { ...NAMED, answers: [{ kind: 'table', value: null }] })

    test('those like it are told, as evidence that can be asked for again', () => {
      const result = supported(typoOrDropped, gone({ near: ['order', 'orders_old'] }))
      assert.match(result.hypothesis, /Names like it in shop: order, orders_old\./)
      assert.match(result.recommendation, /means one of the names that are there/)
      const claim = result.claims.find(({ recheck }) => recheck?.kind === 'near-names')
      assert.deepEqual(claim?.recheck?.params, { schema: 'shop', table: 'orders' })
      assert.ok(result.weights.length > WITHOUT.weights.length)
    })
    test('a schema with a table of that name is told', () => {
      const result = supported(typoOrDropped, gone({ elsewhere: ['shop_old'] }))
      assert.match(result.hypothesis, /that very name is in shop_old/)
      assert.match(result.recommendation, /connected to the schema it is for/)
    })
    test('where nothing is like it that is said', () =>
      assert.match(supported(typoOrDropped, gone()).hypothesis, /no other schema .* has that name/))
    test('a view of that name is no missing table', () =>
      assert.equal(conclude(typoOrDropped, gone({ otherKind: true })).outcome, 'refuted'))
    test('names are asked for only where the table is not there', () => {
      const asked = (value: TableDefinition | null) =>
        diagnose(typoOrDropped, { ...NAMED, answers: [{ kind: 'table', value }] }).asked.map(
          ({ kind }) => kind,
        )
      assert.deepEqual(asked(null), ['table', 'near-names'])
      assert.deepEqual(asked(ordersTable()), ['table'])
    })
  })

  describe('of a column', () => {
    const reported = (object: string) => ({
      rule: 'mysql/reported-error',
      category: 'APPLICATION' as const,
      facts: { failureType: 'COLUMN_NOT_FOUND', object },
    })
    const THERE = { kind: 'table' as const, value: ordersTable() }
    const [column = ''] = ordersTable().columns.map((each) => each.column)

    test('that is mistyped, those like it are told', () => {
      const result = supported(typoOrDropped, { ...reported(`shop.orders.${column}x`), answers: [THERE] })
      assert.ok(result.hypothesis.includes(`Columns with a name like it: ${column}`), result.hypothesis)
      assert.deepEqual(result.candidates, [])
      assert.deepEqual(result.claims[0]?.recheck, {
        kind: 'table',
        params: { schema: 'shop', table: 'orders' },
      })
    })
    test('like no other, no name is made up', () => {
      const result = supported(typoOrDropped, { ...reported('shop.orders.zzzzzzzz'), answers: [THERE] })
      assert.doesNotMatch(result.hypothesis, /like it/)
      assert.match(result.recommendation, /silent loss/)
    })
    test('that is there, whatever its case, is no cause', () => {
      const given = { ...reported(`shop.orders.${column.toUpperCase()}`), answers: [THERE] }
      assert.equal(conclude(typoOrDropped, given).outcome, 'refuted')
    })
    test('of a table that is not there, the table is told', () => {
      const answers = [{ kind: 'table' as const, value: null }]
      const result = supported(typoOrDropped, { ...reported('shop.orders.total'), answers })
      assert.match(result.hypothesis, /^shop\.orders does not exist/)
    })
  })

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
