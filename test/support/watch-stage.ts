/** Watched targets on a store of their own, a fresh one for each test of a file. */
import { after, before, beforeEach } from 'node:test'
import type { Detector } from '../../src/core/detector.ts'
import type { DetectionEvent, Target } from '../../src/core/nouns.ts'
import { openFull } from '../contract/store/context.ts'
import { startStore, type TestStore } from '../store/support/stores.ts'
import type { FullStore } from './pipeline-rows.ts'
import { type Snapshots, watchScene } from './watch-scene.ts'

/** What the instrument of a scene says in trouble, and in calm. */
export const BUSY = { stock: { waiting: 12, readings: 100 } }
/** See BUSY. */
export const CALM = { stock: { waiting: 1, readings: 100 } }

/** The store and the target of the test that runs. */
export interface WatchStage {
  readonly store: FullStore
  readonly target: Target
  /** A watch on this test's target. */
  readonly scene: (options?: {
    readonly detectors?: readonly Detector<Snapshots>[]
    readonly calmWindowMs?: number
    readonly firstRareWithinMs?: number
  }) => ReturnType<typeof watchScene>
  /** Events of this test's target, oldest first. */
  readonly events: () => Promise<readonly DetectionEvent[]>
  readonly kinds: () => Promise<string[]>
}

/** Starts an SQLite store before a file's tests and stops it after them. */
export function watchStage(): WatchStage {
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
  const events = async (): Promise<readonly DetectionEvent[]> =>
    [...(await store.read.events({ targetId: target.targetId, limit: 200 }))].reverse()
  return {
    get store() {
      return store
    },
    get target() {
      return target
    },
    scene: (options = {}) => watchScene({ target, port: store.observe, uid: `uid-${count}`, ...options }),
    events,
    kinds: async () => (await events()).map((e) => e.eventKind),
  }
}
