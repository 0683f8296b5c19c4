/** What the store allows: the sole approver, sealed and pruned events, the whole path of a heal, the moments it sets. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { Scene } from './support/scene.ts'
import { availableStores, type StoreName, startStore } from './support/stores.ts'

const DIGEST_LINE =
  "e.event_id || ':' || e.dedupe_key || ':' || e.issue_fingerprint || ':' || e.event_kind || ':' || e.severity_indicator || ':' || e.raw_context_digest"

for (const { name, missing } of await availableStores()) {
  describe(`the life of rows on ${name}`, {
    skip: missing === null ? false : `no ${name} here: ${missing}`,
  }, () => {
    test('a sole active approver may approve an own LOW or MEDIUM request, marked as such, but not HIGH', () =>
      withScene(name, async (scene) => {
        for (const user of ['alice', 'erin']) {
          await scene.register(user, { is_approver: 0 })
        }
        for (const risk of ['LOW', 'MEDIUM'] as const) {
          const of = await scene.requested('bob', { risk })
          await assert.rejects(scene.vote(of), /GOV-033/)
          await scene.vote(of, { self_approved_sole_approver: 1 })
        }
        const high = await scene.requested('bob', { risk: 'HIGH' })
        await assert.rejects(
          scene.vote(high, { approval_status: 'CONDITIONAL_APPROVAL', self_approved_sole_approver: 1 }),
          /GOV-033/,
        )
      }))

    test('a heal passes through every state by rows alone, and each moment is set by the store', () =>
      withScene(name, async (scene) => {
        const of = await scene.judged('improved')
        const [issue] = await scene.owner.rows(`SELECT * FROM detected_issues WHERE issue_id = ${of.issueId}`)
        assert.equal(issue?.['issue_status'], 'RESOLVED')
        const [run] = await scene.owner.rows(
          `SELECT * FROM action_executions WHERE execution_id = ${of.executionId}`,
        )
        const moments = [
          run?.['queued_at'],
          run?.['started_at'],
          run?.['finished_at'],
          issue?.['closed_at'],
        ].map(String)
        assert.deepEqual([...moments].sort(), moments)
        for (const moment of moments) assert.match(moment, /^2\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{6}Z?$/)
        const [decision] = await scene.owner.rows(
          `SELECT used_at, open_key FROM recovery_decisions WHERE decision_id = ${of.decisionId}`,
        )
        assert.notEqual(decision?.['used_at'], null)
        assert.equal(decision?.['open_key'], null)
        assert.equal(
          await scene.value(
            `SELECT verdict FROM post_execution_metrics WHERE execution_id = ${of.executionId}`,
          ),
          'improved',
        )
      }))

    test('after a failed run the issue is analysed again and takes a new decision', () =>
      withScene(name, async (scene) => {
        const of = await scene.running()
        await scene.owner.run(scene.end(of.executionId, 'FAILED', 'FAILED'))
        assert.equal(await stateOf(scene, of.issueId), 'UNDER_ANALYSIS')
        const analysisId = await scene.add('ai_analysis', scene.analysisRow(of.issueId), 'analysis_id')
        await scene.move(of.issueId, 'AWAITING_DECISION')
        await scene.add('recovery_decisions', await scene.decisionRow({ issueId: of.issueId, analysisId }))
        assert.equal(await stateOf(scene, of.issueId), 'DECISION_MADE')
      }))

    test('a regression with consent is undone before the issue goes back; without consent it goes back at once', () =>
      withScene(name, async (scene) => {
        const without = await scene.judged('regressed')
        assert.equal(await stateOf(scene, without.issueId), 'UNDER_ANALYSIS')
        const consented = await scene.judged('regressed', {}, { undo_preconsented: 1 })
        assert.equal(await stateOf(scene, consented.issueId), 'VERIFYING')
        const undo = await scene.add(
          'action_executions',
          scene.runRow(consented, { purpose: 'UNDO' }),
          'execution_id',
        )
        await scene.owner.run(scene.start(undo))
        await scene.owner.run(scene.end(undo))
        assert.equal(await stateOf(scene, consented.issueId), 'UNDER_ANALYSIS')
      }))

    test('endings move decision and issue as the lifecycle says', () =>
      withScene(name, async (scene) => {
        const cases = [
          ['VOIDED', 'dbmedic', 'CANCELLED', 'UNDER_ANALYSIS'],
          ['REVOKED', 'bob', 'CANCELLED', 'UNDER_ANALYSIS'],
          ['CANCELLED', 'bob', 'CANCELLED', 'CANCELLED'],
        ] as const
        for (const [ending, by, decisionState, issueState] of cases) {
          const of = await scene.approved()
          await scene.add('decision_endings', {
            decision_id: of.decisionId,
            ending,
            reason: 'r',
            ended_by: by,
          })
          assert.equal(
            await scene.value(
              `SELECT decision_status FROM recovery_decisions WHERE decision_id = ${of.decisionId}`,
            ),
            decisionState,
          )
          assert.equal(await stateOf(scene, of.issueId), issueState)
        }
        for (const [ending, issueState] of [
          ['ASK_OTHER', 'UNDER_ANALYSIS'],
          ['CLOSE', 'CLOSED'],
        ] as const) {
          const of = await scene.proposed()
          await scene.vote(of, { approval_status: 'DECLINED', approval_reason: 'BAD_TIMING' })
          await scene.add('decision_endings', {
            decision_id: of.decisionId,
            ending,
            reason: 'r',
            ended_by: 'bob',
          })
          assert.equal(await stateOf(scene, of.issueId), issueState)
        }
      }))

    test('events are sealed under the digest of their lines, and pruned except where an issue refers to them', () =>
      withScene(name, async (scene) => {
        const issueId = await scene.issue()
        const loose = await scene.event()
        const [first, last] = await bounds(scene)
        const batch = {
          first_event_id: first,
          last_event_id: last,
          event_count: 2,
          events_digest: await digest(scene, first, last),
        }
        await scene.add('event_batches', batch)
        await assert.rejects(scene.add('event_prunings', { batch_id: 1, reason: 'age' }), /GOV-083/)
        await agedBatch(scene)
        await scene.add('event_prunings', { batch_id: 1, reason: 'age' })
        assert.equal(
          await scene.value(`SELECT COUNT(*) FROM detection_events WHERE event_id = ${loose}`),
          '0',
        )
        assert.equal(
          await scene.value(
            `SELECT COUNT(*) FROM detection_events e JOIN detected_issues i ON i.first_occurrence_event_id = e.event_id WHERE i.issue_id = ${issueId}`,
          ),
          '1',
        )
        const link = await scene.value(
          "SELECT canonical FROM audit_log WHERE canonical LIKE '%events_digest%'",
        )
        assert.ok(link?.includes(batch.events_digest))
      }))

    test('one transaction that fails leaves neither a row nor a link', () =>
      withScene(name, async (scene) => {
        const before = await scene.value('SELECT last_seq FROM audit_head')
        const of = await scene.proposed({ risk: 'HIGH' })
        const middle = await scene.value('SELECT last_seq FROM audit_head')
        await assert.rejects(scene.vote(of), /GOV-035/)
        assert.equal(await scene.value('SELECT last_seq FROM audit_head'), middle)
        assert.notEqual(before, middle)
      }))
  })
}

const stateOf = (scene: Scene, issueId: number): Promise<string | null> =>
  scene.value(`SELECT issue_status FROM detected_issues WHERE issue_id = ${issueId}`)

async function bounds(scene: Scene): Promise<[number, number]> {
  const [row] = await scene.owner.rows('SELECT MIN(event_id) AS a, MAX(event_id) AS b FROM detection_events')
  return [Number(row?.['a']), Number(row?.['b'])]
}

/** The digest as anybody with an export can compute it: one line an event, in order. */
async function digest(scene: Scene, first: number, last: number): Promise<string> {
  const line = scene.mysql
    ? "CONCAT_WS(':', e.event_id, e.dedupe_key, e.issue_fingerprint, e.event_kind, e.severity_indicator, e.raw_context_digest)"
    : DIGEST_LINE
  const rows = await scene.owner.rows(
    `SELECT ${line} AS line FROM detection_events e WHERE e.event_id BETWEEN ${first} AND ${last} ORDER BY e.event_id`,
  )
  return createHash('sha256')
    .update(rows.map((row) => String(row['line'])).join('\n'))
    .digest('hex')
}

/** Makes the batch 31 days old; only whoever owns the schema can, by taking the rule away for a moment. */
async function agedBatch(scene: Scene): Promise<void> {
  await scene.owner.run('DROP TRIGGER event_batches_before_update')
  await scene.owner.run(
    scene.mysql
      ? 'UPDATE event_batches SET sealed_at = SYSDATE(6) - INTERVAL 31 DAY'
      : "UPDATE event_batches SET sealed_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-31 day')",
  )
}

async function withScene(name: StoreName, body: (scene: Scene) => Promise<void>): Promise<void> {
  const store = await startStore(name)
  const owner = await store.connect('owner')
  try {
    await body(await new Scene(store, owner).prepare())
  } finally {
    await owner.close()
    await store.stop()
  }
}
