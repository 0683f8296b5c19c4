/** The key figures on every store, over issues that ended weeks ago and in each way an issue can end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../src/core/canonical.ts'
import { CLOSE_ISSUE } from '../../src/core/store-ports.ts'
import { openStore } from '../../src/store/index.ts'
import { without } from './attacks/without.ts'
import { fromNow, literal } from './support/literals.ts'
import { DAY, Scene } from './support/scene.ts'
import { availableStores, startStore } from './support/stores.ts'

for (const { name, missing } of await availableStores()) {
  const skip = missing === null ? false : `no ${name} here: ${missing}`
  test(`figures tell what came back, what was nothing and what passed [${name}]`, { skip }, async () => {
    const server = await startStore(name)
    const owner = await server.connect('owner')
    const store = await openStore({ ...server.address, roles: ['serve'] })
    try {
      const scene = await new Scene(server, owner).prepare()
      const figure = async (kpi: string, days: number): Promise<readonly Json[]> => {
        const { rows } = await store.read.report('kpis', { windowSeconds: days * 86_400 })
        const row = rows.find((each) => each.kpi === kpi) ?? assert.fail(kpi)
        return [row.value ?? null, row.numerator ?? null, row.denominator ?? null, row.left_out ?? null]
      }

      // Resolved 40 days ago: one came back after 10 days, one after 35, one not at all. Resolved 80 days ago: one, and back.
      for (const [closed, again] of [
        [40, 30],
        [40, 5],
        [40, null],
        [80, 70],
      ] as const) {
        const { issueId } = await scene.judged('improved')
        await dated(scene, issueId, { opened_at: closed + 0.5, closed_at: closed })
        if (again === null) continue
        const fingerprint = String(
          await scene.value(`SELECT issue_fingerprint FROM detected_issues WHERE issue_id = ${issueId}`),
        )
        const eventId = await scene.event(fingerprint)
        const later = await scene.add('detected_issues', scene.issueRow(fingerprint, eventId), 'issue_id')
        await dated(scene, later, { opened_at: again })
      }
      assert.deepEqual(await figure('recurrence', 30), [1 / 3, 1, 3, 0])
      assert.deepEqual(await figure('recurrence', 60), [2 / 4, 2, 4, 0])
      assert.deepEqual(await figure('recurrence', 1), [null, 0, 0, 0], 'none was resolved just then')

      // Ended in the last hour: one passed by itself, one a person closed, one explained wrongly, one declined for its hour.
      await closed(scene, await scene.analysed())
      const dismissed = await scene.analysed()
      const wish = { target_id: 1, issue_id: dismissed.issueId, action_name: CLOSE_ISSUE, params: '{}' }
      await scene.add('recovery_requests', { ...wish, reason: 'nothing', requested_by: 'bob' })
      await owner.run("UPDATE recovery_requests SET request_status = 'ANSWERED'")
      await closed(scene, dismissed)
      for (const why of ['WRONG_DIAGNOSIS', 'BAD_TIMING']) {
        const of = await scene.proposed()
        await scene.vote(of, { approval_status: 'DECLINED', approval_reason: why })
        const ending = { decision_id: of.decisionId, ending: 'CLOSE', reason: 'enough', ended_by: 'bob' }
        await scene.add('decision_endings', ending)
      }
      await scene.judged('improved')
      assert.deepEqual(await figure('false_positives', 1), [3 / 5, 3, 5, 0])
      assert.deepEqual(await figure('dismissed', 1), [2 / 5, 2, 5, 0])

      // Of the last day one was approved, two declined: what nobody said yes to is no time until a yes.
      const [approve, ...among] = await figure('time_to_approve', 1)
      assert.deepEqual(among, [1, 1, 2])
      assert.ok(Number(approve) >= 0 && Number(approve) < 60)
      const [detect, , opened] = await figure('time_to_detect', 1)
      assert.equal(opened, 5)
      assert.ok(Number(detect) >= 10, 'an issue of a window of 10 s is no sooner noticed')
    } finally {
      await store.close()
      await owner.close()
      await server.stop()
    }
  })
}

/** Ends an issue as one about which nothing needs doing. */
async function closed(scene: Scene, { issueId }: { readonly issueId: number }): Promise<void> {
  await scene.move(issueId, 'NO_ACTION')
  await scene.move(issueId, 'CLOSED')
}

/** Makes an issue so many days old; only whoever owns the schema can. */
async function dated(scene: Scene, issueId: number, ages: Readonly<Record<string, number>>): Promise<void> {
  const times = Object.entries(ages).map(
    ([column, days]) => `${column} = ${literal(fromNow(-days * DAY), scene.store.dialect)}`,
  )
  await without(scene, 'detected_issues_before_update', [
    `UPDATE detected_issues SET ${times.join(', ')} WHERE issue_id = ${issueId}`,
  ])
}
