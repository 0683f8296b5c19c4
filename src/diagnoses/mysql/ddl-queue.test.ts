import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { lockGraph, rootBlocker } from '../../../test/support/mysql-answers.ts'
import { ddlQueue } from './ddl-queue.ts'

describe('mysql/ddl-queue', () => {
  const ddl = (part: Parameters<typeof rootBlocker>[0] = {}) =>
    rootBlocker({
      connectionId: '30',
      user: 'deploy',
      isDdl: true,
      idleSeconds: null,
      queryId: '77',
      waiters: ['40', '41'],
      lock: 'metadata',
      ...part,
    })
  const holder = rootBlocker({ waiters: ['30', '40', '41'], lock: 'metadata' })
  const given = (pendingDdl: ReturnType<typeof ddl> | null, graph: Parameters<typeof lockGraph>[1] = {}) => ({
    rule: 'mysql/metadata-lock-wait',
    category: 'LOCK_CONTENTION' as const,
    on: { type: 'table', name: 'shop.orders' },
    answers: [
      { kind: 'lock-graph', value: lockGraph([holder], { pendingDdl, ...graph }) },
    ] satisfies Answer[],
  })
  test('the victim is the DDL, not the older transaction and not those who wait', () => {
    const { candidates } = supported(ddlQueue, given(ddl()))
    assert.equal(candidates.length, 1)
    assert.equal(candidates[0]?.actionId, 'mysql/kill-query')
    const connection = candidates[0]?.params['connection'] as { readonly connectionId: string }
    assert.equal(connection.connectionId, '30')
  })
  test('a DDL of ours is left to its own guard', () => {
    const own = supported(ddlQueue, given(ddl({ kind: 'own' })))
    assert.deepEqual(own.candidates, [])
    assert.match(own.recommendation, /lock_wait_timeout/)
  })
  for (const kind of ['system', 'replication', 'backup'] as const) {
    test(`a ${kind} session is never ended`, () =>
      assert.deepEqual(supported(ddlQueue, given(ddl({ kind }))).candidates, []))
  }
  test('the fingerprint alone tells the DDL where the server has no statement ids', () => {
    const byShape = ddl({ queryId: null, fingerprintId: 'a1b2c3d4e5f60718' })
    assert.equal(supported(ddlQueue, given(byShape)).candidates.length, 1)
    assert.deepEqual(supported(ddlQueue, given(byShape)).affectingQueries, ['a1b2c3d4e5f60718'])
    assert.deepEqual(supported(ddlQueue, given(ddl({ queryId: null }))).candidates, [])
  })
  test('a DDL nobody waits behind is no queue', () =>
    assert.equal(conclude(ddlQueue, given(ddl({ waiters: [] }))).outcome, 'refuted'))
  test('a DDL on another table is another queue', () =>
    assert.equal(conclude(ddlQueue, given(ddl({ objects: ['shop.items'] }))).outcome, 'refuted'))
  test('no DDL, no queue', () => assert.equal(conclude(ddlQueue, given(null)).outcome, 'refuted'))
  test('an issue about row locks is not about a queue', () =>
    assert.equal(conclude(ddlQueue, { ...given(ddl()), rule: 'mysql/lock-wait' }).outcome, 'refuted'))
  test('holders that cannot be seen prove nothing', () => {
    const metadataWaits = [{ waiter: '40', waitSeconds: 9, schema: null, table: null, blockers: null }]
    assert.equal(conclude(ddlQueue, given(null, { metadataWaits })).outcome, 'unknown')
    assert.equal(conclude(ddlQueue, { ...given(null), answers: [] }).outcome, 'unknown')
  })
})
