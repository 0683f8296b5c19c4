/** Watches over a store of the tests: a failure that comes back, the watcher, and an observer that answers meanwhile. */
import { engineEntry } from '../../src/app/catalogue.ts'
import { FailureExplainer } from '../../src/app/explain-failures.ts'
import { FailureWatcher } from '../../src/app/watch-failures.ts'
import type { Json } from '../../src/core/canonical.ts'
import type { FailureWatch } from '../../src/core/failure-watches.ts'
import type { LogLine } from '../../src/core/log.ts'
import type { EvidenceQuestion } from '../../src/core/nouns.ts'
import type { RecoveryRecord } from '../../src/core/recovery-records.ts'
import { answerRequests } from '../../src/pipeline/detect/index.ts'
import { without } from '../store/attacks/without.ts'
import { fromNow, literal } from '../store/support/literals.ts'
import { MINUTE, Scene } from '../store/support/scene.ts'
import type { TestStore } from '../store/support/stores.ts'
import { sha256, type World } from './pipeline-rows.ts'

/** A kind of failure the watcher knows checks of. */
export interface WatchedKind {
  readonly code: string
  readonly failureType: string
  readonly object: string | null
}

/** Who answers a question in place of the target; null: nobody does. */
export type Answering = ((question: EvidenceQuestion) => Promise<unknown>) | null

/** One world with a watcher. */
export class Watching {
  readonly world: World
  readonly #server: TestStore
  readonly #kind: WatchedKind
  readonly signature: string
  readonly lines: LogLine[] = []
  #batches = 0

  constructor(world: World, server: TestStore, kind: WatchedKind) {
    this.world = world
    this.#server = server
    this.#kind = kind
    this.signature = sha256(`watched ${kind.failureType}`)
  }

  /** Applications meet the failure so often, and the analyst has looked at it. */
  async met(times: number): Promise<void> {
    const { store, targetId } = this.world
    this.#batches += 1
    const batchDigest = sha256(`${this.signature} ${this.#batches}`)
    const site = { targetId, application: 'shop', outcome: 'thrown', statement: null, place: null } as const
    const kind = { signature: this.signature, engine: 'mariadb', ...this.#kind, masked: 'x' }
    await store.serve.recordFailures({
      ...{ workspaceId: 1, reportedBy: 'anna', batchDigest, bodyDigest: batchDigest, dropped: 0 },
      failures: [{ kind, site, count: times, longestMs: 1 }],
    })
    const explainer = new FailureExplainer(store.reason.recovery, () => undefined)
    while (await explainer.turn());
  }

  /** The watcher of a program that has just started, until it has nothing more to do. Gives the number of questions asked. */
  async watch(answering: Answering): Promise<number> {
    const { reason, observe } = this.world.store
    const watcher = new FailureWatcher({
      port: reason,
      engines: ['mysql'],
      watchesOf: (engine) => engineEntry(engine).watches,
      answerTimeoutMs: answering === null ? 50 : 10_000,
      signal: new AbortController().signal,
      log: (line) => void this.lines.push(line),
    })
    const lease = { owner: 'observer', seconds: 60 }
    await observe.leaseTargets(lease, 10)
    let [asked, ended] = [0, false]
    const answer = async (): Promise<number> =>
      answering === null
        ? 0
        : answerRequests(observe, {
            ...{ lease, most: 10, log: () => undefined },
            answer: async ({ question }) => (await answering(question)) as Json,
          })
    const answers = (async () => {
      while (!ended) {
        asked += await answer()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    try {
      while (await watcher.turn());
    } finally {
      ended = true
      await answers
    }
    // What was left unanswered by an earlier one, too.
    for (let more = await answer(); more > 0; more = await answer()) asked += more
    return asked
  }

  /** The newest looks of all watches are so old, as only the owner can make it. */
  async later(minutes: number): Promise<void> {
    const owner = await this.#server.connect('owner')
    try {
      const then = literal(fromNow(-minutes * MINUTE), this.#server.dialect)
      await without(new Scene(this.#server, owner), 'watch_results_before_update', [
        `UPDATE watch_results SET checked_at = ${then}`,
      ])
    } finally {
      await owner.close()
    }
  }

  /** What is on record of the failure. @throws if nobody looked at it */
  async record(): Promise<RecoveryRecord> {
    const found = await this.world.store.read.failurePattern(1, this.signature)
    if (found?.recovery == null) throw new Error('nobody looked at it')
    return found.recovery
  }

  /** Its watch of a kind. @throws if there is none */
  async of(kind: string): Promise<FailureWatch> {
    const found = (await this.record()).watches.find((each) => each.kind === kind)
    if (found === undefined) throw new Error(`no watch ${kind}`)
    return found
  }

  accept(watchId: number): Promise<void> {
    return this.world.store.serve.acceptWatch({ workspaceId: 1, watchId, days: 30, by: 'carl' })
  }
}
