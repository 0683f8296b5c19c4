import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, issue, supported } from '../../../test/support/diagnosis-case.ts'
import { ordersTable } from '../../../test/support/mysql-answers.ts'
import type { Migrations } from '../../engines/mysql/shapes.ts'
import { typoOrDropped } from './typo-or-dropped.ts'
import { unappliedMigration } from './unapplied-migration.ts'

const REPORTED = {
  rule: 'mysql/reported-error',
  category: 'APPLICATION' as const,
  on: { type: 'failure', name: 'TABLE_NOT_FOUND of shop.coupons (mariadb 1146)' },
}
const facts = (change: object = {}) => ({
  failureType: 'TABLE_NOT_FOUND',
  object: 'shop.coupons',
  healings: 0,
  recoveryEnabled: true,
  ...change,
})
const pending = (name: string, part: Partial<Migrations['pending'][number]> = {}) => ({
  name,
  checksum: 'c'.repeat(64),
  statements: ['CREATE TABLE coupons (code VARCHAR(20) PRIMARY KEY)'],
  creates: [],
  adds: [],
  problem: null,
  ...part,
})
const migrations = (change: Partial<Migrations> = {}) => ({
  kind: 'migrations' as const,
  value: {
    schema: 'shop',
    table: 'schema_migrations',
    recorded: 2,
    disagreement: null,
    recordProblem: null,
    pendingTotal: 2,
    pending: [pending('0003.sql'), pending('0004.sql', { creates: ['coupons'] })],
    made: [{ table: 'orders', column: null, at: 0 }],
    ...change,
  },
})
const MISSING = { kind: 'table' as const, value: null }
const known = (change: Partial<Migrations> = {}, more: object = {}) => ({
  ...REPORTED,
  facts: facts(more),
  answers: [MISSING, migrations(change)],
})

describe('mysql/unapplied-migration', () => {
  test('proposes the files up to the one that creates what is missing, in order, and nothing invented', () => {
    const result = supported(unappliedMigration, known())
    assert.deepEqual(
      result.candidates.map(({ actionId, params }) => [actionId, params]),
      [['mysql/apply-migration', { recorded: 2, files: 2 }]],
    )
    assert.match(result.hypothesis, /0004\.sql has not been applied/)
    assert.equal(conclude(typoOrDropped, known()).outcome, 'refuted')
  })

  test('a column that a pending file adds counts as well as a table', () => {
    const adds = [pending('0003.sql', { adds: [{ table: 'orders', column: 'coupon' }] })]
    const given = {
      ...known({ pending: adds }, { failureType: 'COLUMN_NOT_FOUND', object: 'orders.coupon' }),
      answers: [{ kind: 'table' as const, value: ordersTable() }, migrations({ pending: adds })],
    }
    assert.deepEqual(supported(unappliedMigration, given).candidates[0]?.params, { recorded: 2, files: 1 })
  })

  test('without a file that creates exactly it nothing is said, and a table that is there is no cause', () => {
    assert.equal(conclude(unappliedMigration, known({ pending: [pending('0003.sql')] })).outcome, 'refuted')
    assert.equal(conclude(unappliedMigration, known({ schema: 'other' })).outcome, 'refuted')
    const there = { ...known(), answers: [{ kind: 'table' as const, value: ordersTable() }, migrations()] }
    assert.equal(conclude(unappliedMigration, there).outcome, 'refuted')
    assert.equal(conclude(unappliedMigration, known({}, { object: 'a+b.c' })).outcome, 'unknown')
    const none = { ...known(), answers: [MISSING, { kind: 'migrations' as const, value: null }] }
    assert.equal(conclude(unappliedMigration, none).outcome, 'unknown')
  })

  test('is advice where the record disagrees, a file does more than add, or a person switched recovery off', () => {
    const advises = (change: Partial<Migrations>, more: object, pattern: RegExp): void => {
      const result = supported(unappliedMigration, known(change, more))
      assert.deepEqual(result.candidates, [])
      assert.match(result.recommendation, pattern)
    }
    advises({ disagreement: '0001.sql was changed after it was applied' }, {}, /was changed/)
    const bad = [pending('0003.sql', { creates: ['coupons'], problem: 'statement 1: it has DROP' })]
    advises({ pending: bad }, {}, /own tool/)
    advises({}, { recoveryEnabled: false }, /switched recovery off/)
  })

  test('each healing that did not last lowers the confidence, and after the second a person must go on', () => {
    const odds = (healings: number): number =>
      supported(unappliedMigration, known({}, { healings })).weights.reduce(
        (sum, each) => sum + each.logOdds,
        0,
      )
    assert.ok(odds(0) > odds(1) && odds(1) > odds(2))
    assert.equal(supported(unappliedMigration, known({}, { healings: 1 })).candidates.length, 1)
    const third = supported(unappliedMigration, known({}, { healings: 2 }))
    assert.deepEqual(third.candidates, [])
    assert.match(third.recommendation, /find out who takes it away/)
  })

  test('one fault that two rules noticed is proposed for once', () => {
    const failing = {
      rule: 'mysql/failing-statement',
      category: 'APPLICATION' as const,
      facts: { schema: 'shop', table: 'coupons' },
      alongside: [issue({ issueId: 9, ruleId: 'mysql/reported-error' })],
      answers: [MISSING, migrations()],
    }
    const result = supported(unappliedMigration, failing)
    assert.deepEqual([result.candidates, result.decidedIn], [[], 9])
    assert.equal(supported(unappliedMigration, { ...failing, alongside: [] }).candidates.length, 1)
  })

  test('a table that a file on record made was dropped, and points to the backup', () => {
    const dropped = known({ pending: [], made: [{ table: 'coupons', column: null, at: 1 }] })
    assert.match(supported(typoOrDropped, dropped).hypothesis, /on record, and is gone/)
    assert.match(supported(typoOrDropped, dropped).recommendation, /backup/)
  })
})
