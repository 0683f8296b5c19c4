/**
 * The claims every action makes, tested on a target that answers from data: what it renders byte for byte on each
 * flavour, how it is undone, what stops it, and that not knowing stops it too. Real servers are in test/contract.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DescribedAction } from '../../src/actions/index.ts'
import type { ActionPolicy } from '../../src/core/action.ts'
import type { Plan } from '../../src/core/plan.ts'
import { PERMISSIVE } from './action-policy.ts'
import { type Answers, type Asked, fakeAsk, NOW } from './fake-target.ts'

type Flavour = 'mysql' | 'mariadb'
const VERSIONS: Record<Flavour, string> = { mysql: '8.4.3', mariadb: '10.11.19-MariaDB' }

/** What differs from the healthy target, the permissive policy and the given parameters. */
export interface Change {
  readonly answers?: Answers
  readonly policy?: Partial<ActionPolicy>
  readonly params?: { readonly [name: string]: unknown }
  readonly version?: string
  readonly flavour?: Flavour
}

/** An action's claims. */
export interface ActionClaims extends Change {
  /** Resolved parameters under which everything is met. */
  readonly params: { readonly [name: string]: unknown }
  /** The exact statements by flavour; a flavour that is absent is not this action's. */
  readonly renders: { readonly [F in Flavour]?: readonly string[] }
  /** The exact inverse statements by flavour, or part of the reason why there is none. */
  readonly undoes: { readonly [F in Flavour]?: readonly string[] } | RegExp
  /** What stops it: the condition's id, in words, and the change that must be enough. */
  readonly refuses: readonly (readonly [id: string, when: string, change: Change])[]
  /** What the postcondition says, in words, and of which answers. */
  readonly afterwards: readonly (readonly [holds: boolean | 'unknown', when: string, answers: Answers])[]
  /** Start of the run, for postconditions that compare times. */
  readonly startedAt?: string
}

/** Declares the tests of one action. */
export function claims(action: DescribedAction, given: ActionClaims): void {
  const flavours = (['mysql', 'mariadb'] as const).filter((item) => given.renders[item] !== undefined)
  const context = (change: Change = {}, asked?: Asked) => {
    const flavour = change.flavour ?? given.flavour ?? flavours[0] ?? 'mysql'
    return {
      params: { ...given.params, ...change.params } as never,
      ask: fakeAsk({ ...given.answers, ...change.answers }, asked),
      policy: { ...PERMISSIVE, ...given.policy, ...change.policy },
      server: { flavour, version: change.version ?? VERSIONS[flavour] },
      affectedSeries: ['statement:f1'],
      ...(given.startedAt === undefined ? {} : { startedAt: given.startedAt }),
    }
  }
  describe(action.id, () => {
    for (const flavour of flavours) {
      test(`proceeds on ${flavour} when everything is known and well`, async () => {
        const results = await action.check(context({ flavour }))
        assert.deepEqual(
          results.filter((item) => item.met !== true),
          [],
        )
        assert.deepEqual(
          results.map((item) => item.id),
          action.preconditions,
        )
      })
      test(`renders on ${flavour}: ${given.renders[flavour]?.join('; ')}`, async () => {
        const rendered = await action.render(context({ flavour }))
        assert.deepEqual(texts(rendered.plan), given.renders[flavour])
        checkUndo(rendered.undo, given.undoes, flavour)
        asksFirst(rendered.undo, action.id)
      })
    }
    refusals(action, given, context)
    unknownMeansNo(action, context)
    for (const [holds, when, answers] of given.afterwards) {
      test(`afterwards: ${String(holds)} when ${when}`, async () => {
        const found = await action.postcondition(context({ answers }))
        assert.equal(found.holds, holds, found.found)
        assert.ok(found.found.length > 0)
      })
    }
    test('measures with the windows of the policy and forecasts intervals', async () => {
      const plan = action.verificationPlan(context())
      assert.equal(plan.afterSeconds, PERMISSIVE.afterSeconds)
      assert.deepEqual(plan.affectedSeries, ['statement:f1'])
      const forecast = await action.forecast(context())
      assert.ok(forecast.durationMs.low <= forecast.durationMs.expected)
      assert.ok(forecast.durationMs.expected <= forecast.durationMs.high)
    })
  })
}

type MakeContext = (change?: Change, asked?: Asked) => Parameters<DescribedAction['check']>[0]

function refusals(action: DescribedAction, given: ActionClaims, context: MakeContext): void {
  for (const [id, when, change] of given.refuses) {
    test(`is refused by ${id} when ${when}, and says what would let it proceed`, async () => {
      const results = await action.check(context(change))
      const stopped = results.filter((item) => item.met !== true)
      assert.ok(
        stopped.some((item) => item.id === id),
        `stopped by ${stopped.map((item) => `${item.id} (${item.found})`).join(', ') || 'nothing'}`,
      )
      for (const item of stopped) assert.ok(item.toProceed.length > 10, `${item.id} says how to proceed`)
    })
  }
}

/** Taking any one answer away that the check asks for must leave something not met. */
function unknownMeansNo(action: DescribedAction, context: MakeContext): void {
  test('is refused whenever any one thing it asks cannot be known', async () => {
    const asked: Asked = new Set()
    await action.check(context({}, asked))
    assert.ok(asked.size > 0)
    for (const kind of asked) {
      const results = await action.check(context({ answers: { [kind]: 'unknown' } }))
      assert.ok(
        results.some((item) => item.met !== true),
        `${kind} is unknown and nothing stops it`,
      )
    }
  })
}

const texts = (plan: Plan): readonly string[] => plan.steps.map((step) => step.text)

function checkUndo(
  undo: { readonly plan: Plan } | { readonly whyNot: string },
  expected: ActionClaims['undoes'],
  flavour: Flavour,
): void {
  if (expected instanceof RegExp) {
    assert.ok('whyNot' in undo, 'there is an undo')
    assert.match(undo.whyNot, expected)
    return
  }
  assert.ok('plan' in undo, 'whyNot' in undo ? undo.whyNot : '')
  assert.deepEqual(texts(undo.plan), expected[flavour])
}

/**
 * Undo plans that cannot tell what the run left from what somebody made since: a histogram and a running applier
 * bear no mark; an index built again collides by its name if there is one. Their pages say so.
 */
const CANNOT_TELL = ['mysql/analyze-histogram', 'mysql/start-replica-applier', 'mysql/drop-index']

function asksFirst(undo: { readonly plan: Plan } | { readonly whyNot: string }, id: string): void {
  if ('whyNot' in undo) return
  for (const step of undo.plan.steps)
    assert.equal(step.onlyIf === null, CANNOT_TELL.includes(id), `${id}: ${step.text}`)
}

/** Refusals that every action on the primary shares. */
export const ON_PRIMARY: ActionClaims['refuses'] = [
  [
    'X8',
    'the server is read-only',
    { answers: { topology: { writable: false, isReplica: true, replicas: 0, lagSeconds: 1 } } },
  ],
  [
    'X7',
    'twice as many threads run as there are processors',
    {
      answers: {
        health: {
          threadsRunning: 40,
          threadsConnected: 60,
          maxConnections: 151,
          uptimeSeconds: 1,
          historyListLength: 0,
        },
        'lock-graph': 'unknown',
      },
    },
  ],
]

/** Refusals that every action on a table shares. */
export const ON_TABLE: ActionClaims['refuses'] = [
  ...ON_PRIMARY,
  ['X1', 'the table is gone', { answers: { table: null } }],
  ['X2', 'its schema is on the denylist', { policy: { denySchemas: ['SHOP'] } }],
  [
    'X2',
    'its schema is the server’s own',
    { params: { table: { schema: 'MySQL', table: 'user', definitionDigest: 'd1' } } },
  ],
  [
    'X1',
    'its definition changed since',
    { params: { table: { schema: 'shop', table: 'orders', definitionDigest: 'another' } } },
  ],
]

/** `shop`.`orders`, resolved. */
export const TABLE = { schema: 'shop', table: 'orders', definitionDigest: 'd1' }
/** Its secondary index, resolved. */
export const INDEX = { ...TABLE, index: 'by_customer' }
/** A bound connection. */
export const CONNECTION = {
  instanceUid: 'uid-1',
  epoch: '2026-11-01T00:00:00.000000Z',
  connectionId: '4711',
  user: 'app',
  host: '10.0.0.9:5123',
  database: 'shop',
  transactionId: '8123',
  transactionStartedAt: NOW,
  queryId: null,
  statementFingerprintId: null,
}

/** Refusals that every action on a connection shares. */
export function onConnection(now: object): ActionClaims['refuses'] {
  const changed = (more: object): Change => ({ answers: { connection: { ...now, ...more } as never } })
  return [
    ...ON_PRIMARY,
    ['X1', 'the connection is gone', changed({ present: false, same: false, differences: ['connectionId'] })],
    ['X12', 'it is another by now', changed({ same: false, differences: ['transactionId'] })],
    ['X12', 'it is ours', changed({ kind: 'own' })],
    ['X12', 'it is a replica’s', changed({ kind: 'replication' })],
    ['X12', 'it is a backup’s', changed({ kind: 'backup' })],
    ['X2', 'its user is an administrator', { params: { connection: { ...CONNECTION, user: 'root' } } }],
    ['X2', 'its user is on the denylist', { policy: { denyUsers: ['app'] } }],
    ['X2', 'its schema is on the denylist', { policy: { denySchemas: ['shop'] } }],
  ]
}
