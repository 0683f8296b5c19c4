import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../../test/store/support/stores.ts'
import type { FullStore } from '../../../test/support/pipeline-rows.ts'
import { detector, EVERY_MS, type Snapshots, T0, watchScene } from '../../../test/support/watch-scene.ts'
import type { Detector } from '../../core/detector.ts'
import type { SeriesWindow } from '../../core/engine.ts'
import type { DetectionEvent, Target } from '../../core/nouns.ts'
import { fromMs } from '../../core/time.ts'

/** A scene on this test’s target and store. */
const scene = (options: { readonly detectors?: readonly Detector<Snapshots>[] } = {}) =>
  watchScene({ target, port: store.observe, uid: `uid-${count}`, ...options })

let server: TestStore
let store: FullStore
let target: Target
let count = 0

before(async () => {
  server = await startStore('sqlite')
  store = await openFull(server)
})
after(async () => {
  await store.close()
  await server.stop()
})
beforeEach(async () => {
  count += 1
  const targetName = `t${count}`
  const targetId = await store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
  target = { targetId, targetName, engine: 'mysql', connection: {}, enabled: true, instanceUid: null }
})
