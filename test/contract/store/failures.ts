/** What applications report: counted once, whoever sends at the same time, bounded, and read by page. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CountedFailure, FailureBatch, FailurePatternQuery } from '../../../src/core/failure-patterns.ts'
import type { TestStore } from '../../store/support/stores.ts'
import { sha256 as sha } from '../../support/pipeline-rows.ts'
import type { StoreContext } from './context.ts'

const failure = (
  name: string,
  over: { line?: number; count?: number; longestMs?: number; elsewhere?: boolean } = {},
): CountedFailure => ({
  kind: {
    signature: sha(name),
    engine: 'mariadb',
    code: '1146',
    failureType: 'TABLE_NOT_FOUND',
    object: `shop.${name}`,
    masked: `Table shop.${name} doesn't exist`,
  },
  site: {
    targetId: over.elsewhere === true ? null : 1,
    application: 'shop',
    outcome: 'thrown',
    statement: { fingerprint: 'a'.repeat(32), text: `select * from ${name} where id = ?` },
    place: { file: 'src/shop.js', line: over.line ?? 7, column: 3, function: null },
  },
  count: over.count ?? 1,
  longestMs: over.longestMs ?? 2,
})

const batch = (key: string, failures: readonly CountedFailure[], body = key): FailureBatch => ({
  workspaceId: 1,
  reportedBy: 'anna',
  batchDigest: sha(`key ${key}`),
  bodyDigest: sha(`body ${body}`),
  dropped: 0,
  failures,
})

const batchElsewhere = (key: string, failures: readonly CountedFailure[]): FailureBatch => ({
  ...batch(key, failures),
  workspaceId: 2,
})

const ALL: FailurePatternQuery = { sort: 'first', descending: false, after: null, limit: 100 }

/** The second workspace, which no door but its own makes. */
async function addWorkspace(store: TestStore): Promise<void> {
  const owner = await store.connect('owner')
  await owner.run("INSERT INTO workspaces (workspace_name) VALUES ('elsewhere')")
  await owner.close()
}

/** The contract of what applications report. */
export function failureContract({ world, server }: StoreContext): void {
  describe('errors of applications', () => {
    test('count once a batch, add up by kind and place, and are bounded and paged', async () => {
      const { serve } = world().store
      const first = batch('1', [failure('orders', { count: 2, longestMs: 9 }), failure('items')])
      assert.deepEqual(await serve.recordFailures(first), { state: 'new', counted: 3, leftOut: 0 })
      assert.deepEqual(await serve.recordFailures(first), { state: 'again', counted: 3, leftOut: 0 })
      assert.deepEqual(await serve.recordFailures({ ...first, bodyDigest: sha('other') }), {
        state: 'other',
      })
      await serve.recordFailures(
        batch('2', [failure('orders', { longestMs: 4 }), failure('orders', { line: 8 })]),
      )
      const orders = await serve.read.failurePattern(1, sha('orders'))
      assert.deepEqual([orders?.pattern.occurrences, orders?.pattern.sites], [4, 2])
      assert.deepEqual(
        orders?.sites.map(({ occurrences, longestMs, place, targetName }) => [
          occurrences,
          longestMs,
          place?.line,
          targetName,
        ]),
        [
          [3, 9, 7, 'shop'],
          [1, 2, 8, 'shop'],
        ],
      )
      const { observe } = world().store
      const met = async (since: string) =>
        (await observe.targetFailures(1, since)).map((each) => [each.object, each.met, each.healings])
      assert.deepEqual((await met('2026-01-01T00:00:00.000000Z')).toSorted(), [
        ['shop.items', 1, 0],
        ['shop.orders', 4, 0],
      ])
      assert.deepEqual(await met('2090-01-01T00:00:00.000000Z'), [])
      assert.deepEqual(await observe.targetFailures(999, '2026-01-01T00:00:00.000000Z'), [])
      assert.equal(orders?.pattern.masked, "Table shop.orders doesn't exist")
      assert.equal(await serve.read.failurePattern(2, sha('orders')), null)

      const places = Array.from({ length: 60 }, (_, line) => failure('many', { line }))
      await serve.recordFailures(batch('3', places))
      const many = await serve.read.failurePattern(1, sha('many'))
      assert.deepEqual([many?.pattern.occurrences, many?.pattern.sites], [60, 51])
      const [elsewhere] = many?.sites ?? []
      assert.deepEqual([elsewhere?.occurrences, elsewhere?.outcome, elsewhere?.place], [10, null, null])

      const page = await serve.read.failurePatterns({ ...ALL, sort: 'count', descending: true, limit: 2 })
      assert.deepEqual(
        page.rows.map(({ object }) => object),
        ['shop.many', 'shop.orders'],
      )
      const rest = await serve.read.failurePatterns({
        ...ALL,
        sort: 'count',
        descending: true,
        after: page.next,
      })
      assert.deepEqual([rest.rows.map(({ object }) => object), rest.next], [['shop.items'], null])
      for (const [filter, found] of [
        [{ signature: sha('items').slice(0, 12) }, 1],
        [{ engine: 'mysql' }, 0],
        [{ targetId: 1 }, 3],
        [{ targetId: 2 }, 0],
        [{ workspaceId: 2 }, 0],
        [{ failureType: 'TABLE_NOT_FOUND' }, 3],
      ] as const)
        assert.equal((await serve.read.failurePatterns({ ...ALL, ...filter })).rows.length, found)
    })

    test('sent by many at once are all counted, and the same batch sent twice at once is counted once', async () => {
      const { serve } = world().store
      await addWorkspace(server())
      const names = ['a', 'b', 'c', 'd']
      const sent = Array.from({ length: 8 }, (_, at) =>
        batchElsewhere(
          `p${at}`,
          // Each in an order of its own, each kind at two places.
          names.flatMap((_name, n) => {
            const kind = names[(n + at) % names.length] ?? ''
            return [failure(kind, { line: at }), failure(kind, { line: 100 })]
          }),
        ),
      )
      const receipts = await Promise.all([...sent, ...sent].map((each) => serve.recordFailures(each)))
      assert.equal(receipts.filter(({ state }) => state === 'new').length, 8)
      assert.equal(receipts.filter(({ state }) => state === 'again').length, 8)
      const { rows } = await serve.read.failurePatterns({ ...ALL, workspaceId: 2 })
      assert.deepEqual(
        rows.map(({ occurrences, sites }) => [occurrences, sites]),
        names.map(() => [16, 9]),
      )
    })
  })
}

/** The contract of what a target's windows are made of. It leaves more kinds than are listed at once: others come before it. */
export function failureListContract({ world }: StoreContext): void {
  describe('errors of applications on one target', () => {
    test('of other places push none of a target’s off its list, however many and late', async () => {
      const { serve, observe } = world().store
      await serve.recordFailures(batch('mine', [failure('mine')]))
      const others = Array.from({ length: 201 }, (_, n) => failure(`other${n}`, { elsewhere: true }))
      await serve.recordFailures(batch('others', others))
      const listed = await observe.targetFailures(1, '2026-01-01T00:00:00.000000Z')
      assert.ok(listed.some(({ object, met }) => object === 'shop.mine' && met === 1))
      assert.ok(!listed.some(({ object }) => object?.startsWith('shop.other')))
    })
  })
}
