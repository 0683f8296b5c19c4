/** Migration 0021 on a store that has watches: what was there stays, with its numbers; back again only the new kinds go. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rollback, up } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/list.ts'
import { without } from './attacks/without.ts'
import type { Cells } from './support/literals.ts'
import { fromNow, literal } from './support/literals.ts'
import { type Recorded, recorded } from './support/recovery-records.ts'
import { DAY, Scene } from './support/scene.ts'
import { availableStores, startStore } from './support/stores.ts'

/** The last one with five kinds. */
const BEFORE = 20
const QUESTION = '{"kind":"disk-space","params":{}}'

for (const { name, missing } of await availableStores()) {
  describe(`migration 0021 on ${name}`, {
    skip: missing === null ? false : `no ${name} here: ${missing}`,
  }, () => {
    test('keeps watches, looks and their numbers, takes new kinds, and goes back without those', async () => {
      const store = await startStore(name)
      const owner = await store.connect('owner')
      const back = () => rollback(owner, migrations(store.dialect).length - BEFORE)
      try {
        await back()
        const scene = await new Scene(store, owner).prepare()
        const of = await comesBack(scene)
        const old = await watched(scene, of, { watch_kind: 'deadlock-rate' })
        await assert.rejects(watched(scene, of, { watch_kind: 'disk' }), /watch_kind|CHECK/i)
        const all = async () => [
          await owner.rows('SELECT * FROM failure_watches ORDER BY watch_id'),
          await owner.rows('SELECT * FROM watch_results ORDER BY result_id'),
        ]
        const before = await all()

        await up(owner)
        assert.deepEqual(await all(), before)
        const disk = await watched(scene, of, { watch_kind: 'disk' })
        assert.ok(disk > old, 'numbers go on')
        await fails(scene, disk)
        await scene.add('recovery_attempts', {
          ...{ task_id: of.taskId, attempt_number: 1, recovery_strategy: 'PREVENTIVE' },
          ...{ reasoning: 'it fails', evidence: `{"watchId":${disk},"look":2,"occurrences":10}` },
        })

        await back()
        assert.deepEqual(await all(), before, 'the rows of the older kinds, as they were')
        const attempt = `SELECT success FROM recovery_attempts WHERE task_id = ${of.taskId}`
        assert.equal(await scene.value(attempt), '0', 'nothing is left open for a watch that is gone')
        await assert.rejects(owner.run(`DELETE FROM watch_results WHERE watch_id = ${old}`), /GOV-143/)
        await assert.rejects(owner.run(`DELETE FROM failure_watches WHERE watch_id = ${old}`), /GOV-143/)
        await up(owner)
        assert.deepEqual(await all(), before)
        assert.ok((await watched(scene, of, { watch_kind: 'id-headroom' })) > disk, 'and are not given twice')
      } finally {
        await owner.close()
        await store.stop()
      }
    })
  })
}

/** A failure that was met ten times, as only the owner can make it. */
async function comesBack(scene: Scene): Promise<Recorded> {
  const of = await recorded(scene)
  await without(scene, 'failure_patterns_before_update', [
    `UPDATE failure_patterns SET occurrence_count = 10, last_seen_at = ${scene.now} WHERE pattern_id = ${of.patternId}`,
  ])
  return of
}

/** An accepted watch with a look that nobody answered; gives its number. */
async function watched(scene: Scene, { taskId }: Recorded, over: Cells): Promise<number> {
  const watchId = await scene.add(
    'failure_watches',
    {
      ...{ task_id: taskId, target_id: 1, subject: null, question: QUESTION, limit_value: 90 },
      ...{ interval_seconds: 600, reason: 'it came back', ...over },
    },
    'watch_id',
  )
  const until = literal(fromNow(DAY), scene.store.dialect)
  await scene.owner.run(
    `UPDATE failure_watches SET accepted_by = 'bob', expires_at = ${until} WHERE watch_id = ${watchId}`,
  )
  const unanswered = {
    request_id: null,
    watch_result: 'UNKNOWN',
    measured_value: null,
    says: 'nobody answered',
  }
  await scene.add('watch_results', { watch_id: watchId, result_number: 1, ...unanswered })
  return watchId
}

/** A second look, an interval later, that fails. */
async function fails(scene: Scene, watchId: number): Promise<void> {
  const then = literal(fromNow(-DAY), scene.store.dialect)
  await without(scene, 'watch_results_before_update', [
    `UPDATE watch_results SET checked_at = ${then} WHERE watch_id = ${watchId}`,
  ])
  const request_id = await scene.add(
    'evidence_requests',
    { target_id: 1, question: QUESTION, requested_by: 'reason' },
    'request_id',
  )
  await scene.owner.run(
    `UPDATE evidence_requests SET request_status = 'ANSWERED', answer = '{"known":true,"value":{"totalBytes":10,"availableBytes":0}}' WHERE request_id = ${request_id}`,
  )
  const full = { request_id, watch_result: 'FAILS', measured_value: 100, says: 'full' }
  await scene.add('watch_results', { watch_id: watchId, result_number: 2, ...full })
}
