/** Watches: proposed by what comes back, accepted by a person, and never healthy without an answer. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configSchema, failuresDue, pruneFailures } from '../../../src/app/index.ts'
import { without } from '../../store/attacks/without.ts'
import { fromNow, literal } from '../../store/support/literals.ts'
import { DAY, Scene } from '../../store/support/scene.ts'
import { Watching } from '../../support/watching.ts'
import type { StoreContext } from './context.ts'

const there = async () => ({ known: true, at: 'x', source: 'x', value: { table: 'watched', columns: [] } })
const gone = async () => ({ known: true, at: 'x', source: 'x', value: null })
const hidden = async () => ({ known: false, because: 'the catalog is hidden', toProceed: 'Grant it.' })

/** The contract of watches. */
export function watchContract({ world, server }: StoreContext): void {
  let made: Watching | undefined
  const scene = (): Watching => {
    made ??= new Watching(world(), server(), {
      ...{ code: '1146', failureType: 'TABLE_NOT_FOUND', object: 'shop.watched' },
    })
    return made
  }
  const look = async () => {
    const { look: newest, runs } = await scene().of('table-exists')
    return [runs, newest?.number ?? null, newest?.result ?? null]
  }
  const attempts = async () =>
    (await scene().record()).latest.map((each) => [each.strategy, each.success, each.evidence])

  describe('watches', () => {
    test('a failure seen ten times proposes its checks once; nothing is asked until a person accepts one', async () => {
      await scene().met(9)
      assert.equal(await scene().watch(there), 0)
      assert.deepEqual((await scene().record()).watches, [])
      await scene().met(1)
      assert.equal(await scene().watch(there), 0)
      assert.equal(await scene().watch(there), 0)
      const { watches } = await scene().record()
      assert.deepEqual(watches.map((each) => each.kind).toSorted(), ['pending-migrations', 'table-exists'])
      const { question, subject, acceptedBy, runs, reason } = await scene().of('table-exists')
      assert.deepEqual(question, { kind: 'table', params: { schema: 'shop', table: 'watched' } })
      assert.deepEqual([subject, acceptedBy, runs], ['shop.watched', null, false])
      assert.match(reason, /TABLE_NOT_FOUND of shop\.watched was met 10 times/)
    })

    test('one that is declined is not proposed again, and one of another workspace is not found', async () => {
      const { serve } = world().store
      const { watchId } = await scene().of('pending-migrations')
      const end = { watchId, by: 'carl' }
      await assert.rejects(() => serve.endWatch({ ...end, workspaceId: 2 }), { code: 'DBM_STORE_NO_ROW' })
      await serve.endWatch({ ...end, workspaceId: 1 })
      await assert.rejects(() => scene().accept(watchId), /GOV-140/)
      await scene().watch(there)
      assert.equal((await scene().record()).watches.length, 2)
    })

    test('accepted it looks once an interval: unknown where nobody answers, and where the answer is unknown', async () => {
      await scene().accept((await scene().of('table-exists')).watchId)
      assert.equal(await scene().watch(null), 0)
      assert.deepEqual(await look(), [true, 1, 'UNKNOWN'])
      assert.match((await scene().of('table-exists')).look?.says ?? '', /did not answer within 50 ms/)
      // The question that nobody waits for any more is answered late, and rests nothing.
      assert.equal(await scene().watch(gone), 1)
      assert.deepEqual(await look(), [true, 1, 'UNKNOWN'])
      await scene().later(61)
      assert.equal(await scene().watch(hidden), 1)
      assert.deepEqual(await look(), [true, 2, 'UNKNOWN'])
      assert.match((await scene().of('table-exists')).look?.says ?? '', /the catalog is hidden\. Grant it\./)
      assert.deepEqual(await attempts(), [])
    })

    test('one that fails is an attempt to prevent the failure, once; it succeeds when the watch holds again', async () => {
      await scene().later(61)
      assert.equal(await scene().watch(gone), 1)
      const { watchId } = await scene().of('table-exists')
      assert.deepEqual(await look(), [true, 3, 'FAILS'])
      assert.deepEqual(await attempts(), [['PREVENTIVE', null, { watchId, look: 3, occurrences: 10 }]])
      assert.match(JSON.stringify(scene().lines), /what leads to a failure that came back is there again/)
      await scene().later(61)
      await scene().watch(gone)
      assert.equal((await attempts()).length, 1)
      await scene().later(61)
      await scene().watch(there)
      assert.deepEqual(await look(), [true, 5, 'HOLDS'])
      assert.deepEqual((await attempts())[0]?.[1], true)
    })

    test('one whose failure is met meanwhile has prevented nothing, and makes room for what heals it', async () => {
      await scene().later(61)
      await scene().watch(gone)
      assert.deepEqual(
        (await attempts()).map(([, success]) => success),
        [null, true],
      )
      await scene().met(1)
      await scene().watch(there)
      assert.deepEqual(
        (await attempts()).map(([, success]) => success),
        [false, true],
      )
      assert.deepEqual(await look(), [true, 6, 'FAILS'])
    })

    test('ended it looks no more', async () => {
      const { watchId } = await scene().of('table-exists')
      await world().store.serve.endWatch({ workspaceId: null, watchId, by: 'carl' })
      await scene().later(61)
      assert.equal(await scene().watch(there), 0)
      assert.deepEqual(await look(), [false, 6, 'FAILS'])
    })

    test('old looks go with the questions they rested on; the newest of each result stays with its own', async () => {
      const { store } = world()
      const installation = { config: configSchema.parse({}), store, log: () => undefined, owner: 'here:1' }
      const due = async () => {
        const { looks, questions } = await failuresDue(installation)
        return [looks, questions]
      }
      const owner = await server().connect('owner')
      const count = async (sql: string) => Number(Object.values((await owner.rows(sql))[0] ?? {})[0])
      const aged = async (days: number) => {
        const then = literal(fromNow(-days * DAY), server().dialect)
        for (const [table, column] of [
          ['watch_results', 'checked_at'],
          ['evidence_requests', 'requested_at'],
        ] as const)
          await without(new Scene(server(), owner), `${table}_before_update`, [
            `UPDATE ${table} SET ${column} = ${then}`,
          ])
      }
      const asked =
        'SELECT COUNT(*) FROM evidence_requests q WHERE q.question IN (SELECT w.question FROM failure_watches w)'
      try {
        assert.deepEqual(await due(), [0, 0])
        await aged(31)
        assert.deepEqual(await due(), [1, 2], 'the first that was unknown, and what two of those were asked')
        await aged(91)
        assert.deepEqual(await due(), [3, 2])
        const before = await count(asked)
        await pruneFailures(installation)
        assert.deepEqual(await due(), [0, 0])
        assert.equal(before - (await count(asked)), 4)
        const left = await owner.rows(
          'SELECT result_number AS n, watch_result AS r FROM watch_results ORDER BY result_number',
        )
        assert.deepEqual(
          left.map((row) => [Number(row['n']), row['r']]),
          [
            [2, 'UNKNOWN'],
            [5, 'HOLDS'],
            [6, 'FAILS'],
          ],
        )
      } finally {
        await owner.close()
      }
    })
  })
}
