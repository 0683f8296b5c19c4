/**
 * Executors in this process, each with one run, that all stop at a point of their own and wait there: then
 * something happens to the store, and they are let go. Points are named as in executor-process.ts.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createExecutor } from '../../src/app/index.ts'
import { DbmedicError } from '../../src/core/errors.ts'
import type { ActPort } from '../../src/core/store-ports.ts'
import { MysqlActSession } from '../../src/engines/mysql/act/act-session.ts'
import type { ReadyRun, ReadyRuns } from './consented-runs.ts'

/** One run, waiting at its point or gone on. */
export interface PausedRun {
  /** Resolves when it is at its point; rejects if it ended without. */
  readonly arrived: Promise<void>
  release(): void
  /** Resolves when its executor is done with it; gives how often the executor found the store away. */
  readonly ended: Promise<number>
}

/** Where a run stops, and what is done there before it counts as arrived. */
export interface Stop {
  readonly point: string
  /**
   * Called at `sending` before the statement goes: takes what it has to wait for, and gives a function that
   * resolves when the target works on the statement.
   */
  readonly holdUp?: () => Promise<Arrival>
}

/** Resolves when the target works on the statement. */
export type Arrival = () => Promise<void>

interface Gate {
  readonly reach: (point: string) => Promise<void>
  readonly holdUp: () => Promise<Arrival>
  sends: number
}

const gates = new AsyncLocalStorage<Gate>()
let isPatched = false

/** Points around each step that is sent, for the executors of this file only. */
function watchSends(): void {
  if (isPatched) return
  isPatched = true
  const send = MysqlActSession.prototype.send
  MysqlActSession.prototype.send = async function (step, mayGo) {
    const gate = gates.getStore()
    if (gate === undefined) return send.call(this, step, mayGo)
    gate.sends += 1
    const name = `send-${gate.sends}`
    const atWork = step.kind === 'statement' ? await gate.holdUp() : null
    const working = atWork?.().then(() => gate.reach('sending'))
    const result = await send.call(this, step, mayGo)
    await working
    await gate.reach(`${name}-returned`)
    return result
  }
}

const nothingToHold = async (): Promise<Arrival> => async () => undefined

/** Starts the executor of one run. */
export function startPaused(of: ReadyRuns, run: ReadyRun, stop: Stop): PausedRun {
  watchSends()
  const [arrival, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isPast = false
  const reach = async (point: string): Promise<void> => {
    if (point !== stop.point || isPast) return
    isPast = true
    arrival.resolve()
    await going.promise
  }
  const gate: Gate = {
    reach,
    sends: 0,
    holdUp: stop.point === 'sending' ? (stop.holdUp ?? nothingToHold) : nothingToHold,
  }
  const lease = { owner: `executor-${run.name}`, seconds: of.config.runtime.leaseSeconds }
  const executor = createExecutor({
    config: of.config,
    port: withGate(of.store.act, reach),
    lease,
    log: () => undefined,
  })
  const ended = gates.run(gate, () => untilRun(() => executor.runNow(run.decision.decisionId)))
  void ended
    .then(async () => {
      const [found] = await of.store.read.executions({ decisionId: run.decision.decisionId, limit: 1 })
      const how = `${found?.executionOutcome ?? 'no row'} ${found?.executionErrors ?? ''}`
      throw new Error(`${run.name} ended before ${stop.point}: ${how}`)
    })
    .catch((error: unknown) => arrival.reject(error))
  arrival.promise.catch(() => undefined)
  return { arrived: arrival.promise, release: () => going.resolve(), ended }
}

/** As the role does: what could not even be queued because the store was away is tried again later. */
async function untilRun(run: () => Promise<unknown>): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    try {
      await run()
      return tries
    } catch (error) {
      if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_UNREACHABLE') || tries > 180)
        throw error
      await sleep(500)
    }
  }
}

function withGate(port: ActPort, reach: Gate['reach']): ActPort {
  let records = 0
  return {
    ...port,
    queueExecution: async (...args) => {
      await reach('queue-before')
      const id = await port.queueExecution(...args)
      if (id !== null) await reach('queued')
      return id
    },
    startExecution: async (...args) => {
      await reach('start-before')
      const isStarted = await port.startExecution(...args)
      if (isStarted) await reach('started')
      return isStarted
    },
    recordSteps: async (executionId, owner, steps) => {
      // Another attempt at the same record is the same point.
      const isSecond = steps.at(-1)?.endedAt !== null
      records = 2 * steps.length - (isSecond ? 0 : 1)
      await reach(`record-${records}-before`)
      await port.recordSteps(executionId, owner, steps)
      await reach(`record-${records}-after`)
    },
    finishExecution: async (...args) => {
      await reach('finish-before')
      await port.finishExecution(...args)
      await reach('finish-after')
    },
  }
}
