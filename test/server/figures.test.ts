/** Figures for Prometheus that come from what the observer and the reviewers wrote, on both dialects of the store. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MetricSample } from '../../src/core/nouns.ts'
import { fromMs, toMs } from '../../src/core/time.ts'
import { COST_SERIES, COST_STALE_MS, COST_WINDOW_MS, costMeasures } from '../../src/core/watching-cost.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { openFull } from '../contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../store/support/stores.ts'
import {
  decide,
  makeIssue,
  makeWorld,
  newLesson,
  newVote,
  onlyRunnable,
  run,
  type World,
} from '../support/pipeline-rows.ts'

for (const { name, missing } of await availableStores()) {
  describe(`figures over ${name}`, { skip: missing ?? false }, () => {
    let server: TestStore
    let world: World
    before(async () => {
      server = await startStore(name)
      world = await makeWorld(await openFull(server))
    })
    after(async () => {
      await world.store.close()
      await server.stop()
    })

    const textNow = () => createMetrics(world.store, { open: 0 }).text()

    test('there is no calibration error before a run is reviewed; then it is of all workspaces', async () => {
      const { store } = world
      const before = await textNow()
      assert.match(before, /^dbmedic_confidence_calibration_runs 0$/m)
      assert.match(before, /^dbmedic_confidence_calibration_error_ratio (nan|NaN)$/im)
      const issueId = await makeIssue(world, 'shop.reviewed')
      const decision = await decide(world, issueId)
      await store.serve.insertApproval(await newVote(world, decision, world.bert))
      const executionId = await run(world, await onlyRunnable(world, decision.decisionId))
      const lesson = newLesson({ issueId, decisionId: decision.decisionId, executionId })
      const id = await store.learn.insertLesson(lesson)
      await store.serve.reviewLesson(id, { issueResolved: true, wouldApproveAgain: true, assessedBy: 'bert' })
      const { bins, records, calibrationError } = await store.browse.reliability(null)
      assert.equal(records, 1)
      assert.ok(Math.abs(Number(calibrationError) - (1 - Number(bins[0]?.meanConfidence))) < 1e-6)
      assert.deepEqual(await store.browse.reliability(1), await store.browse.reliability(null))
      assert.equal((await store.browse.reliability(2)).records, 0)
      const after = await textNow()
      assert.match(after, /^dbmedic_confidence_calibration_runs 1$/m)
      assert.ok(after.includes(`dbmedic_confidence_calibration_error_ratio ${calibrationError}\n`))
    })

    test('what watching costs is told of each target that was watched lately', async () => {
      const { store } = world
      const nowMs = toMs(await store.read.now())
      const cost = { busyMsPerSecond: 1.5, sharePercent: 0.25, allowedMsPerSecond: 2, shed: ['catalog'] }
      const sample = (targetId: number, agoMs: number, measures: MetricSample['measures']): MetricSample => ({
        ...COST_SERIES,
        targetId,
        instanceUid: 'uid-1',
        epoch: fromMs(nowMs - 86_400_000),
        windowStart: fromMs(nowMs - agoMs - COST_WINDOW_MS),
        windowEnd: fromMs(nowMs - agoMs),
        calls: 1,
        totalMs: 90,
        measures,
      })
      const add = (targetName: string) =>
        store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
      const [silent, unknown] = [await add('cost-silent'), await add('cost-unknown')]
      const measures = costMeasures({ ...cost, stretched: {}, shedsMuch: false })
      await store.observe.appendSamples([
        sample(world.targetId, 300_000, { ...measures, busyMsPerSecond: 99 }),
        sample(world.targetId, 1_000, measures),
        sample(silent, COST_STALE_MS + 60_000, measures),
        sample(unknown, 1_000, { busyMsPerSecond: 1 }),
      ])
      assert.deepEqual(await store.browse.watchingCosts(), [
        { targetName: 'shop', busyRatio: 0.0015, budgetRatio: 0.002, shareRatio: 0.0025, shed: 1 },
      ])
      const text = await textNow()
      assert.match(text, /^dbmedic_target_collector_busy_ratio\{target="shop"\} 0\.0015$/m)
      assert.match(text, /^dbmedic_target_collector_budget_ratio\{target="shop"\} 0\.002$/m)
      assert.match(text, /^dbmedic_target_collector_share_ratio\{target="shop"\} 0\.0025$/m)
      assert.match(text, /^dbmedic_target_collector_shed_instruments\{target="shop"\} 1$/m)
      assert.doesNotMatch(text, /collector_\w+\{target="cost-(silent|unknown)"/)
    })
  })
}
