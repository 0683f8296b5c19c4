/**
 * One whole run of the pipeline, event to verdict, by its real roles on a real target: each takes its turns in order,
 * and what a turn throws is noted and the next one comes, as in `dbmedic start`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { actionOf, type Config, createExecutor } from '../../../src/app/index.ts'
import { watchTarget } from '../../../src/app/watch.ts'
import type { Diagnosis } from '../../../src/core/diagnosis.ts'
import { errorFields, type LogLine } from '../../../src/core/log.ts'
import type { ActPort, ReadPort } from '../../../src/core/store-ports.ts'
import { EventSender } from '../../../src/pipeline/detect/event-sender.ts'
import { answerRequests } from '../../../src/pipeline/detect/index.ts'
import { Reasoner } from '../../../src/pipeline/index.ts'
import { claim } from '../../support/analysis-scene.ts'
import {
  after,
  type FullStore,
  newEvent,
  newVote,
  sha256,
  type TestPerson,
  type World,
} from '../../support/pipeline-rows.ts'

/** Where a run happens. */
export interface Scene {
  readonly config: Config
  /** The store as the roles use it, faults and all. */
  readonly store: FullStore
  /** The same store through a connection nothing happens to. */
  readonly witness: ReadPort
  readonly targetId: number
  /** The table of this run. */
  readonly table: string
  readonly anna: TestPerson
}

/** How it came out. */
export interface WholeRun {
  readonly lines: readonly LogLine[]
  readonly issueId: number | null
  /** The issue came to rest: resolved, or nobody can propose any more. */
  readonly rested: boolean
}

/** How long a run that was queued and never begun is looked at, ms: it is given up only after two minutes. */
const QUEUED_MS = 25_000
/** How long anything else may take on a busy machine, ms. */
const LONGEST_MS = 90_000
/** A verdict is due this long after the run, s; the act role's clock is moved on by so much once the run ended. */
const VERDICT_SECONDS = 3_600

const ruleFor = (table: string): Diagnosis<never> => ({
  id: 'mysql/missing-index',
  version: 1,
  engine: 'mysql',
  title: 'a missing index',
  rootCause: 'MISSING_INDEX',
  categories: ['QUERY_PERFORMANCE'],
  needs: () => [],
  test: () => ({
    outcome: 'supported',
    hypothesis: 'an index is missing',
    recommendation: 'Create it.',
    claims: [claim('the table is read whole')],
    weights: [],
    candidates: [
      {
        actionId: 'mysql/create-index',
        params: {
          table: { schema: 'shop', table },
          columns: [{ column: 'placed', prefix: null, direction: 'ASC' }],
        },
        why: 'it helps',
        affectedSeries: [],
      },
    ],
    affectingQueries: [],
  }),
})

/** Plays it until it rests, or is left queued. */
export async function wholeRun(scene: Scene): Promise<WholeRun> {
  const lines: LogLine[] = []
  const log = (line: LogLine): void => void lines.push(line)
  const roles = rolesOf(scene, log)
  const turn = async (stage: string, work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => log({ ...errorFields(error), level: 'error', stage }))
  }
  let last = { issueId: null as number | null, rested: false, isQueued: false }
  try {
    const began = performance.now()
    while (!last.rested && performance.now() - began < (last.isQueued ? QUEUED_MS : LONGEST_MS)) {
      await turn('detect', roles.detect)
      let thinking = true
      const reasoned = turn('analyze', roles.reason).finally(() => {
        thinking = false
      })
      while (thinking) {
        await turn('observe', roles.answer)
        await sleep(10)
      }
      await reasoned
      await turn('person', roles.vote)
      await turn('execute', roles.act)
      last = await restOf(scene)
      await sleep(20)
    }
  } finally {
    await roles.close()
  }
  return { lines, issueId: last.issueId, rested: last.rested }
}

function rolesOf(scene: Scene, log: (line: LogLine) => void) {
  const { config, store, witness, targetId } = scene
  // One process of one installation, whichever run: the next one does not wait for its leases to run out.
  const lease = { owner: 'installation', seconds: config.runtime.leaseSeconds }
  const sender = new EventSender(store.observe, log)
  const reasoner = reasonerOf(scene, log, lease)
  const port = laterOnceEnded(store.act, witness, targetId)
  const executor = createExecutor({ config, port, lease, log })
  let watched: ReturnType<typeof watchTarget> | null = null
  let isSent = false
  return {
    detect: async () => {
      const event = isSent ? [] : [await eventOf(scene)]
      isSent = true
      await sender.send(event)
    },
    answer: async () => {
      const target = (await witness.targets()).find((t) => t.targetId === targetId)
      if (target === undefined) throw new Error('no target')
      watched ??= watchTarget(target, { config, port: store.observe, log })
      const { answer } = watched
      await store.observe.leaseTargets(lease, 1_000)
      await answerRequests(store.observe, { lease, most: 8, log, answer: (request) => answer(request) })
    },
    reason: () => reasoner.turn(),
    /** As a person at the command line, who looks at what is there and tries again. */
    vote: async () => {
      const waiting = await witness.decisions({ status: 'PENDING_APPROVAL', limit: 1000 })
      for (const decision of waiting.filter((d) => d.targetId === targetId)) {
        const world = { store: { ...store, read: witness } } as unknown as World
        const cast = await newVote(world, decision, scene.anna)
        await store.serve.insertApproval(cast)
      }
    },
    act: async () => {
      await executor.turn()
      await executor.idle()
    },
    close: async () => {
      await (watched as { close(): Promise<void> } | null)?.close()
    },
  }
}

function reasonerOf(
  { config, store, table }: Scene,
  log: (line: LogLine) => void,
  lease: { owner: string; seconds: number },
) {
  return new Reasoner({
    port: store.reason,
    lease,
    diagnosesOf: () => [ruleFor(table)],
    actionOf,
    sha256,
    model: null,
    opening: config.detection.opening,
    history: config.analysis,
    abstainBelow: 0,
    settings: {},
    answerTimeoutMs: 2_500,
    resumeEveryMs: 500,
    version: '1',
    signal: new AbortController().signal,
    log,
  })
}

/** Once the run has ended, its port says it is an hour later, so that the verdict is due. */
function laterOnceEnded(port: ActPort, witness: ReadPort, targetId: number): ActPort {
  return {
    ...port,
    unverified: async (limit) => {
      const found = await port.unverified(limit)
      return found.filter((each) => each.decision.targetId === targetId)
    },
    read: {
      ...port.read,
      now: async () => {
        const [now, issues] = [await port.read.now(), await witness.issues({ targetId, limit: 5 })]
        return issues.some((i) => i.issueStatus === 'VERIFYING') ? after(now, VERDICT_SECONDS) : now
      },
    },
  }
}

async function eventOf({ store, witness, targetId, table }: Scene) {
  const target = (await witness.targets()).find((t) => t.targetId === targetId)
  const world = { store: { ...store, read: witness }, targetId } as unknown as World
  return newEvent(world, table, {
    issueCategory: 'QUERY_PERFORMANCE',
    instanceUid: target?.instanceUid ?? '',
    opensAtOnce: true,
  })
}

async function restOf({ witness, targetId }: Scene) {
  const [issue] = await witness.issues({ targetId, limit: 5 })
  if (issue === undefined) return { issueId: null, rested: false, isQueued: false }
  const { issueId, issueStatus } = issue
  if (issueStatus === 'RESOLVED') return { issueId, rested: true, isQueued: false }
  const [newest] = await witness.analyses(issueId)
  const [decision] = await witness.decisions({ issueId, limit: 1 })
  const [run] =
    decision === undefined ? [] : await witness.executions({ decisionId: decision.decisionId, limit: 1 })
  // It was tried, or could not be proposed; the last analysis says so, and it is thought of again in some minutes.
  const rested = issueStatus === 'AWAITING_DECISION' && newest?.analysisStatus === 'ABSTAINED'
  return { issueId, rested, isQueued: run?.executionStatus === 'QUEUED' }
}
