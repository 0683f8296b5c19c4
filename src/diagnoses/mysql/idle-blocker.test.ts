import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, diagnose, issue, supported } from '../../../test/support/diagnosis-case.ts'
import { lockGraph, rootBlocker } from '../../../test/support/mysql-answers.ts'
import { idleBlocker, MOST_MODIFIED } from './idle-blocker.ts'

describe('mysql/idle-blocker', () => {
  const given = (
    root: Parameters<typeof rootBlocker>[0] = {},
    graph: Parameters<typeof lockGraph>[1] = {},
  ) => ({
    rule: 'mysql/lock-wait',
    category: 'LOCK_CONTENTION' as const,
    on: { type: 'table', name: 'shop.orders' },
    answers: [{ kind: 'lock-graph', value: lockGraph([rootBlocker(root)], graph) }] satisfies Answer[],
  })
  const outcome = (of: Parameters<typeof conclude>[1]) => conclude(idleBlocker, of).outcome
  const actions = (of: Parameters<typeof conclude>[1]) =>
    supported(idleBlocker, of).candidates.map((c) => c.actionId)

  test('an idle reader in others’ way is ended by the action that loses nothing', () =>
    assert.deepEqual(actions(given()), ['mysql/kill-idle-reader']))
  test('one that changed rows by the action that says so', () =>
    assert.deepEqual(actions(given({ rowsModified: 1 })), ['mysql/kill-idle-transaction']))
  test('10,000 changed rows may be rolled back, more are a person’s decision', () => {
    assert.deepEqual(actions(given({ rowsModified: MOST_MODIFIED })), ['mysql/kill-idle-transaction'])
    const large = supported(idleBlocker, given({ rowsModified: MOST_MODIFIED + 1 }))
    assert.deepEqual(large.candidates, [])
    assert.match(large.recommendation, /commit or roll back/)
  })
  test('the connection is bound by its whole identity', () => {
    const [candidate] = supported(idleBlocker, given()).candidates
    assert.deepEqual(candidate?.params['connection'], {
      instanceUid: 'uid-1',
      epoch: '2026-01-05T10:00:00.000000Z',
      connectionId: '10',
      user: 'app',
      host: '10.0.0.7',
      database: 'shop',
      transactionId: '421',
      transactionStartedAt: '2026-01-05T10:00:00.000000Z',
      queryId: null,
      statementFingerprintId: null,
    })
  })
  test('three waiters, ten idle seconds and a long rollback weigh', () => {
    const weights = (root: Parameters<typeof rootBlocker>[0]) =>
      supported(idleBlocker, given(root)).weights.map((w) => w.logOdds)
    assert.deepEqual(weights({ waiters: ['1', '2'], idleSeconds: 9 }), [])
    assert.deepEqual(weights({ waiters: ['1', '2', '3'], idleSeconds: 10 }), [2, 1])
    assert.deepEqual(weights({ idleSeconds: 0, rowsModified: MOST_MODIFIED }), [])
    assert.deepEqual(weights({ idleSeconds: 0, rowsModified: MOST_MODIFIED + 1 }), [-3])
  })
  test('a transaction without an id is not ended: a later one could be meant', () =>
    assert.deepEqual(actions(given({ transactionId: null })), []))

  test('who has been in the way for a moment is looked at again, and the later look counts', () => {
    const moment = { idleSeconds: 0, longestWaitSeconds: 1 }
    const seen = (first: typeof moment, later: readonly ReturnType<typeof rootBlocker>[]) => {
      const answers: Answer[] = [
        ...given(first).answers,
        { kind: 'later-lock-graph', value: lockGraph(later) },
      ]
      const { result, asked } = diagnose(idleBlocker, {
        ...given(),
        answers,
        before: [{ rootConnectionId: '9' }],
      })
      return [result.outcome, asked.length]
    }
    assert.deepEqual(seen(moment, [rootBlocker({ idleSeconds: 2 })]), ['supported', 2])
    assert.deepEqual(seen(moment, [rootBlocker(moment)]), ['supported', 2], 'the same transaction')
    assert.deepEqual(seen(moment, [rootBlocker({ ...moment, transactionId: '422' })]), ['refuted', 2])
    assert.deepEqual(seen(moment, [rootBlocker({ ...moment, connectionId: '11' })]), ['refuted', 2])
    assert.deepEqual(seen(moment, []), ['refuted', 2])
    assert.deepEqual(seen({ idleSeconds: 60, longestWaitSeconds: 8 }, []), ['supported', 1])
  })

  test('one of several that come and go is none; one that lasts, or was there before too, is', () => {
    const at = (root: Parameters<typeof rootBlocker>[0], before: string) =>
      outcome({ ...given(root), before: [{ rootConnectionId: before }] })
    const moment = { idleSeconds: 0, longestWaitSeconds: 1 }
    assert.equal(at(moment, '11'), 'refuted')
    assert.equal(at(moment, '10'), 'supported')
    assert.equal(at({ ...moment, idleSeconds: 2 }, '11'), 'supported')
    assert.equal(at({ ...moment, longestWaitSeconds: 2 }, '11'), 'supported')
    assert.equal(outcome(given(moment)), 'supported')
  })

  for (const kind of ['own', 'system', 'replication', 'backup'] as const) {
    test(`a ${kind} session is never ended`, () => assert.equal(outcome(given({ kind })), 'refuted'))
  }
  test('a blocker that runs a statement is not idle', () =>
    assert.equal(outcome(given({ idleSeconds: null })), 'refuted'))
  test('a blocker of another table is not this issue’s', () =>
    assert.equal(outcome(given({ objects: ['shop.items'] })), 'refuted'))
  test('waits that are over are over', () => {
    const over = { ...given(), answers: [{ kind: 'lock-graph', value: lockGraph([]) }] satisfies Answer[] }
    assert.equal(outcome(over), 'refuted')
  })
  test('a graph that cannot be read proves nothing', () =>
    assert.equal(outcome({ ...given(), answers: [] }), 'unknown'))
  test('a metadata lock whose holder cannot be seen proves nothing, and the remedy is named', () => {
    const blind = lockGraph([], {
      metadataWaits: [{ waiter: '20', waitSeconds: 9, schema: 'shop', table: 'orders', blockers: null }],
      metadataBlockersKnown: false,
    })
    const result = conclude(idleBlocker, { ...given(), answers: [{ kind: 'lock-graph', value: blind }] })
    assert.equal(result.outcome, 'unknown')
    assert.match(result.outcome === 'unknown' ? result.toProceed : '', /setup_instruments/)
  })

  const ddl = rootBlocker({
    connectionId: '30',
    isDdl: true,
    idleSeconds: null,
    waiters: ['40', '41'],
    lock: 'metadata',
  })
  test('when everybody else waits because of a waiting DDL, the blocker is left alone', () => {
    const behind = given({ waiters: ['30', '40', '41'], lock: 'metadata' }, { pendingDdl: ddl })
    assert.equal(outcome({ ...behind, rule: 'mysql/metadata-lock-wait' }), 'refuted')
  })
  test('… unless somebody waits for the blocker itself', () => {
    const both = given({ waiters: ['30', '40', '41', '50'] }, { pendingDdl: ddl })
    assert.equal(outcome({ ...both, rule: 'mysql/metadata-lock-wait' }), 'supported')
  })
  test('… or the DDL is one that is never ended', () => {
    const kept = given({ waiters: ['30', '40', '41'] }, { pendingDdl: { ...ddl, kind: 'replication' } })
    assert.equal(outcome({ ...kept, rule: 'mysql/metadata-lock-wait' }), 'supported')
  })

  const forgotten = {
    rule: 'mysql/idle-transaction',
    category: 'LOCK_CONTENTION' as const,
    on: { type: 'transaction', name: 'transactions of app' },
    facts: { user: 'app', connectionId: '10', idleSeconds: 60, rowsModified: 0, transactionsOver: 1 },
  }
  const lockIssue = issue({
    issueId: 3,
    ruleId: 'mysql/lock-wait',
    issueCategory: 'LOCK_CONTENTION',
    affectedResourceType: 'table',
    affectedResourceName: 'shop.orders',
  })
  test('a forgotten transaction nobody waits for gets advice and is not ended', () => {
    const alone = supported(idleBlocker, {
      ...forgotten,
      answers: [{ kind: 'lock-graph', value: lockGraph([]) }],
    })
    assert.deepEqual(alone.candidates, [])
    assert.match(alone.recommendation, /nobody waits/)
  })
  test('one somebody waits for is proposed to be ended, if no lock issue is open', () =>
    assert.deepEqual(actions({ ...forgotten, answers: given().answers }), ['mysql/kill-idle-reader']))
  test('one cause is one proposal: with a lock issue open it is decided there', () => {
    const result = conclude(idleBlocker, { ...forgotten, alongside: [lockIssue], answers: given().answers })
    assert.equal(result.outcome, 'refuted')
    assert.match(result.outcome === 'refuted' ? result.because : '', /issue 3/)
  })
  test('… and the lock issue keeps it whatever else is open', () => {
    const idleIssue = issue({
      issueId: 2,
      ruleId: 'mysql/idle-transaction',
      issueCategory: 'LOCK_CONTENTION',
    })
    assert.equal(outcome({ ...given(), alongside: [idleIssue] }), 'supported')
  })
  test('a lock issue about another table does not carry it', () => {
    const other = { ...lockIssue, affectedResourceName: 'shop.items' }
    assert.equal(outcome({ ...forgotten, alongside: [other], answers: given().answers }), 'supported')
  })
  test('another account’s transaction is not this issue’s', () =>
    assert.deepEqual(
      supported(idleBlocker, { ...forgotten, answers: given({ user: 'jobs' }).answers }).candidates,
      [],
    ))
})
